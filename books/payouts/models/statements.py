from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import OrderLine
from scenes.models import Promoter, Sharer
from wechat.masking import mask

from .periods import Period
from .rates import WHOLE, Rate, Role, percents


class StatementQuerySet(models.QuerySet["Statement"]):
    def with_names(self) -> Self:
        """With how their people are called, in the same query (`Statement.name`)."""
        promoters = Promoter.objects.filter(promoter_id=OuterRef("person"))
        sharers = Sharer.objects.filter(openid=OuterRef("person"))
        return self.annotate(
            nickname=Case(
                When(role=Role.PROMOTER, then=Subquery(promoters.values("finder_nickname")[:1])),
                default=Subquery(sharers.values(called=Case(When(name="", then="nickname"), default="name"))[:1]),
                output_field=models.CharField(),
            )
        )

    def to_pay(self) -> Self:
        """Of closed periods, with an amount that nobody has paid."""
        return self.filter(closed_by__isnull=False, payable__gt=0, paid_at=None)


class Statement(models.Model):
    """What one person gets for one period; frozen when the period is closed, then paid by another person."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="statements", verbose_name=_("period"))
    role = models.CharField(_("kind of seller"), max_length=10, choices=Role)
    person = models.CharField(_("person"), max_length=64)  # promoter_id, or a sharer's openid
    lines = models.PositiveIntegerField(_("order lines"), default=0)
    base = models.BigIntegerField(_("sold"), default=0)  # fen, like all below; less what was returned until then
    earned = models.BigIntegerField(_("commission"), default=0)
    corrected = models.BigIntegerField(_("returns of earlier orders"), default=0)
    carried_in = models.BigIntegerField(_("brought forward"), default=0)
    total = models.BigIntegerField(_("total"), default=0)
    payable = models.BigIntegerField(_("to pay"), default=0)
    carried_out = models.BigIntegerField(_("carried forward"), default=0)

    # Who closed the period: the constraint compares whoever pays with it.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("pay-out", "paid by"),
    )
    paid_at = models.DateTimeField(_("paid at"), null=True)
    bank_no = models.CharField(_("bank's number"), max_length=64, blank=True, default="")

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("pay-out")
        verbose_name_plural = _("pay-outs")
        ordering = ["-id"]
        permissions = [("pay_statement", _("Can mark pay-outs as paid that somebody else closed"))]
        indexes = [
            # The list's states, the card on Today, and the sum of what is paid of a period.
            models.Index(
                fields=["period", "id"],
                name="statement_to_pay",
                condition=Q(closed_by__isnull=False, payable__gt=0, paid_at=None),
            ),
            models.Index(fields=["role", "person", "-id"], name="statement_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["period", "role", "person"], name="one_statement_per_person"),
            models.UniqueConstraint(fields=["bank_no"], condition=~Q(bank_no=""), name="one_payment_per_number"),
            models.CheckConstraint(
                condition=Q(total=F("earned") + F("corrected") + F("carried_in"))
                & Q(total=F("payable") + F("carried_out")),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(payable__gte=0, carried_in__lte=0) & (Q(carried_out=0) | Q(carried_out__lt=0, payable=0)),
                name="statement_paid_or_carried",
            ),
            models.CheckConstraint(
                condition=Q(paid_by=None) | (Q(closed_by__isnull=False) & ~Q(paid_by=F("closed_by"))),
                name="statement_two_people",
            ),
            models.CheckConstraint(
                condition=Q(paid_by=None, paid_at=None, bank_no="")
                | (Q(paid_by__isnull=False, paid_at__isnull=False, payable__gt=0) & ~Q(bank_no="")),
                name="statement_paid_with_number",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def name(self) -> str:
        """How the person is called; their id, a sharer's masked, where nobody knows."""
        return getattr(self, "nickname", "") or self.shown_person

    @property
    def shown_person(self) -> str:
        return mask(self.person) if self.role == Role.SHARER else self.person

    @property
    def number(self) -> str:
        """By which it is known on paper and to the bank."""
        return f"P{self.period_id}-{self.pk}"

    @property
    def is_closed(self) -> bool:
        return self.closed_by_id is not None

    @property
    def may_be_paid(self) -> bool:
        return self.is_closed and self.payable > 0 and self.paid_at is None

    @property
    def state_label(self) -> str:
        if self.paid_at:
            return str(_("Paid"))
        if not self.is_closed:
            return str(_("Draft"))
        if self.payable:
            return str(_("To pay"))
        return str(_("Carried forward") if self.carried_out else _("Nothing to pay"))


class Commission(models.Model):
    """One row of a statement: an order line sold, or what its later returns take back.

    Down to the fen of `bps` of what is left of the line; a later row is the difference to what the rows before gave,
    so that the rows of a line always add up to its commission.
    """

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="commissions", verbose_name=_("pay-out"))
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+", verbose_name=_("order line"))
    role = models.CharField(max_length=10, choices=Role)
    is_sale = models.BooleanField(_("sale"))  # else a return after a period that had it
    base = models.BigIntegerField(_("paid"))  # fen, like all below: for all pieces of the line
    returned_before = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(_("returned"), default=0)  # of all of it, when this was reckoned
    bps = models.PositiveIntegerField(_("commission in %"))
    rate = models.ForeignKey(Rate, models.PROTECT, null=True, related_name="+", verbose_name=_("commission rate"))
    commission = models.BigIntegerField(_("commission"))

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "role"], condition=Q(is_sale=True), name="line_sold_once"),
            models.UniqueConstraint(fields=["statement", "line"], name="line_once_per_statement"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("base"), bps__lte=WHOLE), name="commission_within_its_base"
            ),
            models.CheckConstraint(
                condition=Q(is_sale=False) | Q(is_sale=True, returned_before=0, commission__gte=0),
                name="commission_of_sale",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line_id)

    @property
    def percent(self) -> str:
        return percents(self.bps)


def share(amount: int, bps: int) -> int:
    """So many basis points of an amount, down to the fen."""
    return amount * bps // WHOLE


def commission_of(base: int, returned: int, bps: int, before: int | None = None) -> int:
    """Of a line's sale; with what was returned before, the difference that later returns make."""
    now = share(base - returned, bps)
    return now if before is None else now - share(base - before, bps)
