from datetime import date
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models import AuditedRecord
from scenes.models import Promoter, Sharer

WHOLE = 10_000  # a rate is in basis points: of so many parts


class Role(models.TextChoices):
    """As whom a person gets a commission of an order."""

    PROMOTER = "promoter", gettext_lazy("Promoter")
    SHARER = "sharer", gettext_lazy("Sharer")


class RateQuerySet(models.QuerySet["Rate"]):
    def overlapping(self, scope: int, first: date, last: date | None) -> "RateQuerySet":
        """Rates of this reach that hold on one of these days; `last` None is without an end."""
        found = self.filter(Q(valid_until=None) | Q(valid_until__gte=first), scope=scope)
        return found if last is None else found.filter(valid_from__lte=last)


class Rate(AuditedRecord):
    """A commission rate with its days of validity; what is empty holds for all (`rate_book`: which one wins)."""

    role = models.CharField(gettext_lazy("commission of"), max_length=10, choices=Role)
    promoter = models.ForeignKey(
        Promoter, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("promoter")
    )
    sharer = models.ForeignKey(
        Sharer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("sharer")
    )
    room = models.CharField(
        gettext_lazy("live room"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("The Channels account whose live room it is, as orders show it. Empty is every room."),
    )
    out_product_id = models.CharField(
        gettext_lazy("product id"), max_length=100, blank=True, help_text=gettext_lazy("Empty is every product.")
    )
    bps = models.PositiveIntegerField(gettext_lazy("commission in %"), validators=[MaxValueValidator(WHOLE)])
    valid_from = models.DateField(gettext_lazy("valid from"))
    valid_until = models.DateField(
        gettext_lazy("valid until"),
        null=True,
        blank=True,
        help_text=gettext_lazy("The last day, by the day on which an order was paid. Empty is without an end."),
    )
    note = models.CharField(gettext_lazy("note"), max_length=200, blank=True)
    # Which orders it is of, as a number: two of the same never hold on the same day (`triggers`).
    scope = models.BigIntegerField(editable=False, db_index=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("commission rate")
        verbose_name_plural = gettext_lazy("commission rates")
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="rate_ends_after_its_start"
            ),
            models.CheckConstraint(condition=Q(bps__lte=WHOLE), name="rate_of_a_whole"),
            models.CheckConstraint(
                condition=Q(role=Role.PROMOTER, sharer=None) | Q(role=Role.SHARER, promoter=None),
                name="rate_of_one_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reach} · {percents(self.bps)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.scope = self._scope()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a second rate of the same reach for the same days, and a person of the other role."""
        other = "sharer" if self.role == Role.PROMOTER else "promoter"
        if self.role and getattr(self, f"{other}_id"):
            raise ValidationError({other: _("The commission is of the other role: leave this empty.")})
        if not (self.role and self.valid_from):
            return
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("It ends before it begins.")})
        same = Rate.objects.exclude(pk=self.pk).overlapping(self._scope(), self.valid_from, self.valid_until).first()
        if same:
            days = {"days": same.days, "rate": percents(same.bps)}
            text = _("The same has a rate for these days already: %(rate)s, %(days)s. End that one first.")
            raise ValidationError({"valid_from": text % days})

    def _scope(self) -> int:
        reach = "|".join(map(repr, (self.role, self.promoter_id, self.sharer_id, self.room, self.out_product_id)))
        return int.from_bytes(sha256(reach.encode()).digest()[:7])

    @property
    def person(self) -> Promoter | Sharer | None:
        return self.promoter or self.sharer

    @property
    def reach(self) -> str:
        """Whose commission of what it is, such as “Promoters · 连衣裙”."""
        named = (self.person, self.room, self.out_product_id)
        return " · ".join([str(Role(self.role).label), *(str(one) for one in named if one)])

    @property
    def days(self) -> str:
        return f"{self.valid_from} – {self.valid_until or ''}".strip()


def percents(bps: int) -> str:
    """Basis points as percent: 1250 is 12.5%."""
    text = f"{bps // 100}.{bps % 100:02d}".rstrip("0").rstrip(".")
    return f"{text}%"
