import secrets
from typing import TYPE_CHECKING, Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHANNELS_LIVE = 4  # the one promote_type that is documented
SHOP = 100  # added to a type: 101 to 104 are types 1 to 4 for the whole shop
id_of = RegexValidator(r"^[A-Za-z0-9_-]{1,64}\Z", _("Letters, digits, - and _, 64 at most."))


class CouponType(models.IntegerChoices):
    CONDITIONAL = 1, _("Goods: discount on a condition")
    REDUCTION = 2, _("Goods: full reduction")
    DISCOUNT = 3, _("Goods: discount")
    DIRECT = 4, _("Goods: direct reduction")
    TRADE_IN = 5, _("Goods: trade-in")
    BUY_AND_GET = 6, _("Goods: buy and get")
    SHOP_CONDITIONAL = 101, _("Whole shop: discount on a condition")
    SHOP_REDUCTION = 102, _("Whole shop: full reduction")
    SHOP_DISCOUNT = 103, _("Whole shop: discount")
    SHOP_DIRECT = 104, _("Whole shop: direct reduction")


class ValidType(models.IntegerChoices):
    FIXED = 1, _("fixed period")
    DAYS = 2, _("days after receiving it")
    SECONDS = 3, _("seconds after receiving it")


class CouponStatus(models.IntegerChoices):
    EDITING = 1, _("Being edited")
    EFFECTIVE = 2, _("Effective")
    EXPIRED = 3, _("Expired")
    VOIDED = 4, _("Voided")


def new_number() -> str:
    return f"coupon-{secrets.token_hex(8)}"


class CouponQuerySet(models.QuerySet):
    def effective(self) -> Self:
        return self.filter(status=CouponStatus.EFFECTIVE)

    def nearly_out(self) -> Self:
        """Effective, with a tenth left or less."""
        return self.filter(NEARLY_OUT)

    def stock_to_send(self) -> Self:
        """Effective, and their stock was set after it was last sent to WeChat."""
        return self.effective().filter(Q(stock_sent_at=None) | Q(stock_sent_at__lt=F("stock_set_at")))


def _number(label: "str | _StrPromise", **options: Any) -> models.PositiveIntegerField:
    """A 32-bit number of the platform's, empty or above zero."""
    bounds = [MinValueValidator(1), MaxValueValidator(2**31 - 1)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=bounds, **options)


def _time(label: "str | _StrPromise", **options: Any) -> models.DateTimeField:
    return models.DateTimeField(label, null=True, blank=True, **options)


def _product(label: "str | _StrPromise") -> models.CharField:
    return models.CharField(label, max_length=128, blank=True)


class Coupon(AuditedRecord):
    """A coupon; its columns are our copy, which is sent. `terms` has the table of which columns each type uses."""

    Status, Type, ValidType = CouponStatus, CouponType, ValidType

    out_coupon_id = models.CharField(
        _("out_coupon_id"),
        max_length=200,
        unique=True,
        default=new_number,
        validators=[id_of],
        help_text=_("Your own number for it, for ever: it cannot be changed once WeChat has the coupon."),
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("What the buyer reads."))
    type = models.IntegerField(_("type"), choices=CouponType, default=CouponType.SHOP_REDUCTION)
    promote_type = models.IntegerField(
        _("promote_type"),
        default=CHANNELS_LIVE,
        help_text=_("4 is a live room in Channels; WeChat documents no other."),
    )
    finder_nickname = models.CharField(
        _("Channels account"),
        max_length=100,
        blank=True,
        help_text=_("The nickname of the account it is given out in."),
    )

    # The discount and its conditions. Amounts in fen.
    discount_num = models.PositiveIntegerField(
        _("discount rate"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1000), MaxValueValidator(10000)],
        help_text=_("1000 to 10000: 5100 means that the buyer pays 51 %."),
    )
    discount_fee = _number(_("amount off"))
    product_price = _number(_("from an amount of"))
    product_cnt = _number(_("from so many pieces"))
    out_product_ids = models.JSONField(_("goods"), default=list, blank=True)
    tradein_out_product_id = _product(_("goods to trade in for"))
    tradein_price = _number(_("trade-in price"))
    buy_out_product_id = _product(_("goods to buy"))
    buy_product_cnt = _number(_("pieces to buy"))
    get_out_product_id = _product(_("goods given with it"))
    get_product_cnt = _number(_("pieces given"))

    receive_start_time = _time(_("may be received from"))
    receive_end_time = _time(_("may be received until"))
    limit_num_one_person = _number(
        _("limit per person"), help_text=_("Enforced by this console: WeChat asks it each time. Empty means no limit.")
    )
    total_num = _number(_("total number"), help_text=_("The stock at the time it is published."))

    valid_type = models.IntegerField(_("is valid"), choices=ValidType, default=ValidType.FIXED)
    valid_start_time = _time(_("valid from"))
    valid_end_time = _time(_("valid until"))
    valid_day_num = _number(_("valid days"))
    valid_second = _number(_("valid seconds"))

    # WeChat's values, empty until the first read.
    status = models.IntegerField(_("state"), null=True, editable=False)
    issued_num = models.IntegerField(_("left (WeChat)"), null=True, editable=False)
    receive_num = models.IntegerField(_("given out (WeChat)"), null=True, editable=False)
    theirs = models.JSONField(default=dict, editable=False)  # the coupon as WeChat has it
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    # Our own count, from when the coupon becomes effective. Changed by UPDATEs only, so that saving a form does not
    # write back an old value.
    left = models.PositiveIntegerField(_("left"), null=True, editable=False)
    given = models.PositiveIntegerField(_("given out"), default=0, editable=False)
    stock_set_at = models.DateTimeField(null=True, editable=False)
    stock_sent_at = models.DateTimeField(_("stock sent"), null=True, editable=False)

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ["-id"]
        # The list's filter by state; also `effective()`, asked for by the schedule.
        indexes = [models.Index(fields=["status", "-id"], name="coupon_status")]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> int:
        """1 to 6: the kind of discount, without the distinction between goods and the whole shop."""
        return self.type % SHOP

    @property
    def is_for_shop(self) -> bool:
        return self.type > SHOP

    @property
    def is_known(self) -> bool:
        return self.status is not None

    @property
    def is_new(self) -> bool:
        return self.status is None

    @property
    def is_editing(self) -> bool:
        return self.status == CouponStatus.EDITING

    @property
    def is_effective(self) -> bool:
        return self.status == CouponStatus.EFFECTIVE

    @property
    def may_change(self) -> bool:
        """Whether it may be edited here: not where WeChat no longer accepts changes."""
        return self.is_new or self.is_editing

    @property
    def state_label(self) -> str:
        if self.status is None:
            return str(_("Not sent"))
        if self.status in CouponStatus.values:
            return str(CouponStatus(self.status).label)
        return str(_("status %(number)s") % {"number": self.status})


NEARLY_OUT = Q(status=CouponStatus.EFFECTIVE, left__isnull=False, given__gte=F("left") * 9)
