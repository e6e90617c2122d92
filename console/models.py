import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from string import ascii_lowercase
from typing import Any, NoReturn, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import Step
from wechat.steps import operations

from .scopes import grants


class Trace(models.Model):
    """Something a person did to a record; written once, never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    door = models.CharField(_("through"), max_length=10)
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("a trace is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a trace is never deleted")


class Edit(Trace):
    """What a person changed: {field: [before, after]}, personal data masked."""

    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        indexes = [models.Index(fields=["content_type", "object_id"], name="edit_of_record")]

    def __str__(self) -> str:
        return f"{self.content_type_id}/{self.object_id}"


class Reveal(Trace):
    """Who was shown masked data, and why."""

    what = models.CharField(_("what"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        permissions = [("reveal", _("Can look behind a mask, giving a reason"))]
        indexes = [models.Index(fields=["content_type", "object_id"], name="reveal_of_record")]

    def __str__(self) -> str:
        return self.what


class JobQuerySet(models.QuerySet["Job"]):
    def standing(self) -> Self:
        """Neither paused nor finished."""
        return self.filter(paused=False, finished_at=None)

    def seen_by(self, user: Any) -> Self:
        """All jobs for users who may view steps, else the user's own."""
        return self if user.has_perm("wechat.view_step") else self.filter(user=user)


class Job(models.Model):
    """One action of a person or a command: a set of steps, each with its own outcome."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")

    operation = models.CharField(_("operation"), max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    door = models.CharField(_("through"), max_length=10)
    steps = models.ManyToManyField(Step, related_name="jobs")
    paused = models.BooleanField(_("paused"), default=False)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True, db_index=True)
    # Indexed for `standing()`: jobs that are not finished.
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, db_index=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} #{self.pk}"

    @property
    def label(self) -> str:
        return operations.label_of(self.operation)

    @property
    def state(self) -> str:
        if self.finished_at:
            return self.State.FINISHED
        return self.State.PAUSED if self.paused else self.State.RUNNING

    def counts(self) -> dict[str, int]:
        """Number of its steps by state; and `total`, `to_go`, `closed`."""
        by_state = dict(self.steps.order_by().values_list("state").annotate(Count("pk")))
        counts = {state: by_state.get(state, 0) for state in Step.State.values}
        counts["total"] = sum(counts.values())
        counts["to_go"] = counts["wanted"] + counts["sent"]
        return counts | {"closed": counts["total"] - counts["to_go"]}


class APIKeyQuerySet(models.QuerySet["APIKey"]):
    def person_behind(self, user: Any) -> Any:
        """The person responsible for an account: for the account of a key, the person who created the key."""
        key = self.filter(user=user).select_related("created_by").first()
        return key.created_by if key else user

    def make(self, name: str, scopes: Sequence[str], created_by: Any, per_minute: int = 1200) -> "tuple[APIKey, str]":
        """Create a key and the account it acts as; returns it with its text, which is shown once and never stored."""
        prefix, secret = "".join(secrets.choice(ascii_lowercase) for _nth in range(12)), secrets.token_urlsafe(32)
        people = get_user_model().objects
        with transaction.atomic():
            username = people.model.normalize_username(f"api:{name}")[:130]
            if people.filter(username=username).exists():
                username += f"-{prefix}"
            key = self.create(
                name=name,
                prefix=prefix,
                digest=_digest(secret),
                scopes=list(scopes),
                user=people.create_user(username),
                per_minute=per_minute,
                created_by=created_by,
            )
        return key, f"tc_{prefix}_{secret}"


class APIKey(models.Model):
    """An API key; only the first part of its text and a hash of the rest are stored."""

    name = models.CharField(_("name"), max_length=100, help_text=_("Which machine will use it."))
    prefix = models.CharField(_("begins with"), max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_key", verbose_name=_("acts as")
    )
    per_minute = models.PositiveIntegerField(
        _("requests a minute"),
        default=1200,
        validators=[MinValueValidator(1)],
        help_text=_("What is above is answered with 429 and the time to wait."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = APIKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def fits(self, secret: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(secret))

    def may(self, permission: str) -> bool:
        return any(grants(scope, permission) for scope in self.scopes)

    def note_use(self) -> None:
        """Store when it was used, at most once a minute."""
        now = timezone.now()
        stale = now - timedelta(minutes=1)
        if self.last_used_at is None or self.last_used_at < stale:
            unnoted = Q(last_used_at=None) | Q(last_used_at__lt=stale)
            APIKey.objects.filter(unnoted, pk=self.pk).update(last_used_at=now)

    def revoke(self) -> bool:
        """Revoke the key; False where it was revoked already."""
        return bool(APIKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()))


def _digest(secret: str) -> str:
    """One SHA-256: a secret of 32 random bytes cannot be guessed, so no slow hash is needed."""
    return sha256(secret.encode()).hexdigest()


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: Any, name: str) -> Self:
        """The views of a list for this person: their own, and those that others share."""
        return self.filter(models.Q(user=user) | models.Q(shared=True), list=name).select_related("user")


class SavedView(models.Model):
    """Filters, columns and order of a list under a name, of one person; shared ones are offered to everybody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list = models.CharField(max_length=100)  # app_label.model
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)  # of the list's address
    shared = models.BooleanField(_("shared"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["list", "user", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class AuditedRecord(models.Model):
    """Base of records that staff edit and send: when they were created and changed."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True


class ExportQuerySet(models.QuerySet["Export"]):
    def seen_by(self, user: Any) -> Self:
        """All downloads for users who may view reveals, else the user's own."""
        return self if user.has_perm("console.view_reveal") else self.filter(user=user)


class Export(models.Model):
    """A download of a list: who took which rows; and its file, where a worker wrote it (`exports`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    list = models.CharField(_("list"), max_length=100)  # app.model
    query = models.TextField(_("filters"), blank=True)
    kind = models.CharField(_("as"), max_length=4)  # csv or xlsx
    language = models.CharField(max_length=10)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    file = models.FileField(upload_to="exports", blank=True)
    fault = models.CharField(max_length=200, blank=True)  # in English: translated where it is shown
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True, db_index=True)
    done_at = models.DateTimeField(null=True, db_index=True)  # indexed for those that wait
    lease_until = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.list} #{self.pk}"

    @property
    def model(self) -> type[models.Model] | None:
        """The model of the list; None where this version has no such list."""
        try:
            return apps.get_model(self.list)
        except (LookupError, ValueError):
            return None


class SearchText(models.Model):
    """The text by whose parts a row is found, in one case (`search_index`)."""

    kind = models.CharField(max_length=20)
    source = models.BigIntegerField()  # key of the row
    text = models.TextField()

    class Meta:
        verbose_name = _("text of the search")
        verbose_name_plural = _("texts of the search")
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="one_text_per_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class SearchMark(models.Model):
    """How far the search has read a kind of rows."""

    kind = models.CharField(max_length=20, primary_key=True)
    last = models.BigIntegerField(default=0)  # the highest key
    at = models.DateTimeField(null=True)  # when the last complete run began

    class Meta:
        verbose_name = _("mark of the search")
        verbose_name_plural = _("marks of the search")

    def __str__(self) -> str:
        return self.kind


def records_to_retry(job: Job, model: type[models.Model]) -> models.QuerySet:
    """The records whose steps were refused, skipped or failed; an unknown outcome has to be resolved first."""
    steps = failed(job).exclude(state=Step.State.UNKNOWN)
    return model._default_manager.filter(pk__in=steps.values("object_id")).order_by("pk")


def failed(job: Job) -> models.QuerySet:
    """The steps a person has to look at."""
    return job.steps.filter(state__in=[Step.State.REFUSED, Step.State.UNKNOWN, Step.State.SKIPPED, Step.State.FAILED])
