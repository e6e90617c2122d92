import re
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.steps import actors

from .traces import Trace

MENTION = re.compile(r"@([\w.+-]+)")
LONGEST = 2000


class NoteQuerySet(models.QuerySet["Note"]):
    def write(self, record: models.Model, text: str) -> "Note":
        """Store a note of the current actor; whom it mentions (`@wang`) is told, where they may see the record."""
        actor, names = actors.current(), set(MENTION.findall(text))
        named = get_user_model().objects.filter(is_active=True, username__in={*names, *(n.rstrip(".") for n in names)})
        kind = ContentType.objects.get_for_model(record)
        people = [person for person in named if person.has_perm(f"{kind.app_label}.view_{kind.model}")]
        with transaction.atomic():
            note = self.create(user=actor.user, door=actor.door, content_type=kind, object_id=record.pk, text=text)
            Mention.objects.bulk_create(Mention(note=note, user=person) for person in people)
        return note

    def unseen_by(self, user: Any) -> Self:
        return self.filter(mentions__user=user, mentions__seen_at=None)


class Note(Trace):
    """What somebody wrote beside a record, for colleagues; WeChat and the buyer never see it."""

    text = models.TextField(_("note"), max_length=LONGEST)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="note_of_record")]

    def __str__(self) -> str:
        return self.text[:60]


class Mention(models.Model):
    """Somebody who is named in a note; seen once they opened the record."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        indexes = [models.Index(fields=["user"], name="mention_unseen", condition=models.Q(seen_at=None))]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.note_id}"

    @classmethod
    def see(cls, user: Any, record: models.Model) -> None:
        """The person has opened the record: what mentions them there is seen."""
        kind = ContentType.objects.get_for_model(record)
        unseen = cls.objects.filter(user=user, seen_at=None, note__content_type=kind, note__object_id=record.pk)
        unseen.update(seen_at=timezone.now())
