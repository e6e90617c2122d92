import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord
from wechat.masking import mask
from wechat.models import Single

# WeChat's limits of BEHAVIOUR 6; from NEAR_PROMOTERS on, which is ours, the console warns.
MOST_PROMOTERS, MOST_SHARERS = 1_000, 10_000
NEAR_PROMOTERS = 950
BINDINGS_A_YEAR, YEAR = 2, timedelta(days=365)  # of a promoter; for sharers WeChat gives no number
INVITATIONS_A_DAY, PAUSE, LOCKED = 3, timedelta(minutes=10), timedelta(days=30)
OPENID = re.compile(r"^o[A-Za-z0-9_-]{19,39}\Z")
openid_of = RegexValidator(OPENID.pattern, _("An openid of your mini program begins with o."))


def is_openid(text: str) -> bool:
    return OPENID.search(text) is not None


def _rate(name: Any = None, **options: Any) -> models.DecimalField:
    return models.DecimalField(
        name or _("commission in %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        **options,
    )


class SellingSettings(AuditedRecord, Single):
    """The default commission rates and the sharing mode. One record."""

    promoter_rate = _rate(
        _("promoters' commission in %"),
        default=Decimal(0),
        help_text=_("Of what a promoter sold, less what was refunded; a promoter's own rate goes before it."),
    )
    sharer_rate = _rate(_("sharers' commission in %"), default=Decimal(0), help_text=_("The same for sharers."))
    share_mode = models.PositiveSmallIntegerField(
        _("sharing mode"),
        default=0,
        help_text=_("A number of WeChat's own, whose values it does not document. Ask WeChat before you change it."),
    )
    mode_sent_at = models.DateTimeField(_("sharing mode sent"), null=True, editable=False)

    class Meta:
        verbose_name = _("selling settings")
        verbose_name_plural = _("selling settings")
        permissions = [("view_sales", _("Can see what promoters and sharers sold"))]

    def __str__(self) -> str:
        return str(_("Commission and sharing"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Mark a changed sharing mode as not sent."""
        if SellingSettings.objects.filter(pk=self.pk).exclude(share_mode=self.share_mode).exists():
            self.mode_sent_at = None
        super().save(*args, **kwargs)

    @property
    def state_label(self) -> str:
        return str(_("sent") if self.mode_sent_at else _("not sent yet"))


class PromoterQuerySet(models.QuerySet):
    def bound(self) -> Self:
        return self.filter(gone=False)


class Promoter(AuditedRecord):
    """A person who sells the mini program's goods from a Channels account: `promoter/list` (BEHAVIOUR section 6)."""

    promoter_id = models.CharField(_("promoter_id"), max_length=64, unique=True, editable=False)
    promoter_openid = models.CharField(_("openid"), max_length=64, blank=True, editable=False)
    finder_nickname = models.CharField(_("Channels account"), max_length=100, blank=True, editable=False)
    gone = models.BooleanField(_("no longer bound"), default=False, editable=False)
    first_read_at = models.DateTimeField(_("first read"), default=timezone.now, editable=False)
    sales_read_at = models.DateTimeField(_("sales read"), null=True, editable=False)
    rate = _rate(null=True, blank=True, help_text=_("Empty is the usual rate of the selling settings."))
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = PromoterQuerySet.as_manager()

    class Meta:
        verbose_name = _("promoter")
        verbose_name_plural = _("promoters")
        ordering = ["-id"]
        # The list filtered by state (bound, or no longer bound), newest first.
        indexes = [models.Index(fields=["gone", "-id"], name="promoter_gone")]

    def __str__(self) -> str:
        return self.finder_nickname or self.promoter_id

    @property
    def state_label(self) -> str:
        return str(_("No longer bound") if self.gone else _("Bound"))


class BindStatus(models.IntegerChoices):
    """The state of a sharer in `search_sharer` (BEHAVIOUR 6.1)."""

    BOUND = 1, _("Bound")
    REFUSED = 2, _("Declined")
    INVITING = 3, _("Invited")
    EXPIRED = 4, _("Invitation expired")


class SharerQuerySet(models.QuerySet):
    def bound(self) -> Self:
        return self.filter(bind_status=BindStatus.BOUND)

    def inviting(self) -> Self:
        return self.filter(bind_status=BindStatus.INVITING)

    def uninvited(self) -> Self:
        """Sharers that are stored here and were never invited."""
        return self.filter(bind_status=None)


class Sharer(AuditedRecord):
    """A person who shares live rooms for a commission, or was invited to (BEHAVIOUR section 6)."""

    openid = models.CharField(_("openid"), max_length=64, unique=True, validators=[openid_of])
    name = models.CharField(_("name"), max_length=50, blank=True, help_text=_("How you call this person."))
    note = models.CharField(_("note"), max_length=200, blank=True)
    rate = _rate(null=True, blank=True, help_text=_("Empty is the usual rate of the selling settings."))

    # WeChat's values, empty until the first read.
    nickname = models.CharField(_("nickname"), max_length=100, blank=True, editable=False)
    bind_status = models.IntegerField(_("state"), null=True, editable=False)
    invited_at = models.DateTimeField(_("invited"), null=True, editable=False, db_index=True)
    bound_at = models.DateTimeField(_("bound since"), null=True, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    # The last answer to an invitation.
    reason_code = models.IntegerField(_("last answer"), null=True, editable=False)
    is_final = models.BooleanField(default=False, editable=False)  # WeChat said not to ask again
    # WeChat's totals of this person's sales, in fen.
    gmv = models.BigIntegerField(_("sold, says WeChat"), null=True, editable=False)
    order_cnt = models.PositiveIntegerField(_("orders, says WeChat"), null=True, editable=False)
    user_cnt = models.PositiveIntegerField(_("buyers, says WeChat"), null=True, editable=False)
    sales_read_at = models.DateTimeField(_("sales read"), null=True, editable=False)

    objects = SharerQuerySet.as_manager()

    class Meta:
        verbose_name = _("sharer")
        verbose_name_plural = _("sharers")
        ordering = ["-id"]
        indexes = [
            # The list filtered by state, and the chips' counts.
            models.Index(fields=["bind_status", "-id"], name="sharer_state"),
            # tasks.refresh_sharers: invited ones (3), oldest read first; then those missing in the last pull.
            models.Index(fields=["read_at"], name="sharer_to_read", condition=Q(bind_status=3)),
            models.Index(fields=["id"], name="sharer_unread", condition=Q(bind_status__isnull=False, read_at=None)),
        ]

    def __str__(self) -> str:
        return self.name or self.nickname or mask(self.openid)

    @property
    def is_bound(self) -> bool:
        return self.bind_status == BindStatus.BOUND

    @property
    def may_be_invited(self) -> bool:
        return not self.is_bound

    @property
    def was_unbound(self) -> bool:
        """Whether a sharer was bound once: state 2 means either that, or that the invitation was refused."""
        return self.bind_status == BindStatus.REFUSED and self.bound_at is not None

    @property
    def unbind_from(self) -> datetime | None:
        """The earliest time at which a bound sharer may be unbound."""
        return self.bound_at + LOCKED if self.is_bound and self.bound_at else None

    @property
    def state_label(self) -> str:
        if self.bind_status is None:
            return str(_("Not invited"))
        if self.was_unbound:
            return str(_("Unbound"))
        if self.bind_status in BindStatus.values:
            return str(BindStatus(self.bind_status).label)
        return str(_("status %(number)s") % {"number": self.bind_status})


class Invitation(models.Model):
    """One invitation of one person, with WeChat's answer: the limits per day count these."""

    sharer = models.ForeignKey(Sharer, models.CASCADE, related_name="invitations")
    result_code = models.IntegerField()
    reason_code = models.IntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-id"]
        # rules.invited_lately: a person's invitations within a day, before each invitation.
        indexes = [models.Index(fields=["sharer", "-at"], name="invitation_of_sharer")]

    def __str__(self) -> str:
        return f"{self.result_code}/{self.reason_code}"


class Binding(models.Model):
    """A binding or unbinding of one promoter or sharer, as this console saw it: the rule per year counts these."""

    promoter = models.ForeignKey(Promoter, models.CASCADE, null=True, related_name="bindings")
    sharer = models.ForeignKey(Sharer, models.CASCADE, null=True, related_name="bindings")
    is_bound = models.BooleanField()  # False: unbound
    at = models.DateTimeField()  # WeChat's time of a sharer's binding, else when it was seen

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["sharer", "is_bound", "at"], name="one_binding_of_sharer")]

    def __str__(self) -> str:
        return str(_("Bound") if self.is_bound else _("Unbound"))


class SharerLive(models.Model):
    """WeChat's totals of one sharer's sales from one live room; amounts in fen."""

    sharer = models.ForeignKey(Sharer, models.CASCADE, related_name="lives")
    live_export_id = models.CharField(max_length=100)
    live_nickname = models.CharField(_("live room"), max_length=100, blank=True)
    started_at = models.DateTimeField(_("began"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    live_status = models.IntegerField(null=True)
    gmv = models.BigIntegerField(_("sold"), default=0)
    order_cnt = models.PositiveIntegerField(_("orders"), default=0)
    user_cnt = models.PositiveIntegerField(_("buyers"), default=0)

    class Meta:
        verbose_name = _("live room of a sharer")
        verbose_name_plural = _("live rooms of a sharer")
        ordering = ["-started_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["sharer", "live_export_id"], name="one_room_per_sharer")]

    def __str__(self) -> str:
        return self.live_nickname or self.live_export_id
