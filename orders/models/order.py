from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SPUPicture
from wechat.masking import mask
from wechat.sealed import SealedJSONField
from wechat.values import out_id

from .line import OrderLine


class FundType(models.IntegerChoices):
    """Whose merchant account the money goes to (BEHAVIOUR section 0)."""

    OWN = 0, _("Own merchant number")
    PLATFORM = 1, _("Merchant account at WeChat")


class PayMethod(models.IntegerChoices):
    WECHAT_PAY = 0, _("WeChat Pay")
    ON_DELIVERY = 1, _("Cash on delivery")
    STORED_VALUE = 2, _("Stored-value card")


class DeliveryType(models.IntegerChoices):
    EXPRESS = 1, _("Express")
    NONE = 2, _("No delivery needed")
    OFFLINE = 3, _("Delivered by the shop")
    PICKUP = 4, _("Picked up")


class OrderStatus(models.IntegerChoices):
    """The states of an order (BEHAVIOUR 4.4)."""

    TO_PAY = 10, _("To be paid")
    PAID_UNSYNCED = 11, _("Paid, not reported yet")
    TO_SHIP = 20, _("To be shipped")
    PART_SHIPPED = 21, _("Partly shipped")
    SHIPPED = 30, _("On its way")
    FINISHED = 100, _("Finished")
    TIMED_OUT = 181, _("Not paid in time")
    REFUNDED = 200, _("Refunded")
    CANCELLED = 250, _("Cancelled")


UNPAID = (OrderStatus.TO_PAY, OrderStatus.PAID_UNSYNCED)
UNSHIPPED = (OrderStatus.TO_SHIP, OrderStatus.PART_SHIPPED)
PAID = (*UNSHIPPED, OrderStatus.SHIPPED, OrderStatus.FINISHED, OrderStatus.REFUNDED)
OVER = (OrderStatus.TIMED_OUT, OrderStatus.REFUNDED, OrderStatus.CANCELLED)


class OrderQuerySet(models.QuerySet):
    def unplaced(self) -> Self:
        """Orders that WeChat has neither accepted nor refused, and that were not closed here."""
        return self.filter(order_id=None, refusal={}, given_up_at=None)

    def to_push(self) -> Self:
        """Orders that WeChat does not have, and that the buyer may still pay."""
        return self.unplaced().filter(Q(expire_at=None) | Q(expire_at__gt=timezone.now()))

    def unpaid(self) -> Self:
        return self.filter(status__in=UNPAID)

    def to_ship(self) -> Self:
        return self.filter(status__in=UNSHIPPED)

    def overdue(self) -> Self:
        """Orders that are unpaid after their time to pay has ended."""
        return self.filter(status=OrderStatus.TO_PAY, expire_at__lt=timezone.now())

    def to_look_at(self) -> Self:
        return self.exclude(payment_alert="")

    def with_goods(self) -> Self:
        """With their first goods, how many kinds they are, and a picture, in the same query (`goods_label`)."""
        lines = OrderLine.objects.filter(order=OuterRef("pk"))
        first = lines.order_by("position", "id")
        head = SPUPicture.objects.heads(spu__skus=OuterRef("sku"))
        return self.annotate(
            first_title=Subquery(first.values("title")[:1]),
            first_cnt=Subquery(first.values("product_cnt")[:1]),
            kinds=Subquery(lines.order_by().values("order").annotate(count=Count("pk")).values("count")),
            picture=Subquery(first.values(head=Subquery(head))[:1]),
        )

    def with_content(self) -> Self:
        """With lines and parcels, always in three queries."""
        return self.prefetch_related("lines", "parcels__items")


# A condition keeps an index small. The database uses it only for queries that contain the same condition.
INDEXES = [
    # The list of orders filtered by state, newest first; counts on the Today page.
    models.Index(fields=["status", "-id"], name="order_status"),
    # The list's filters by money: whose it is, and how much (console.list_filters.amount_filter).
    models.Index(fields=["-id"], name="order_own_number", condition=Q(fund_type=0)),
    models.Index(fields=["-id"], name="order_of_account", condition=Q(fund_type=1)),
    models.Index(fields=["order_price"], name="order_price"),
    # Orders of the last months without a settlement (funds.settlements._add_new).
    models.Index(fields=["placed_at"], name="order_placed"),
    # The list's search by a number, and matching account movements with orders (funds.matching).
    models.Index(fields=["transaction_id"], name="order_transaction", condition=~Q(transaction_id="")),
    models.Index(fields=["settle_no"], name="order_settlement", condition=~Q(settle_no="")),
    # The API's filters, newest first.
    models.Index(fields=["promoter_id", "-id"], name="order_promoter", condition=~Q(promoter_id="")),
    models.Index(fields=["sharer_openid", "-id"], name="order_sharer", condition=~Q(sharer_openid="")),
    # refresh_orders, oldest read first: every few minutes, and daily.
    models.Index(fields=["read_at"], name="order_to_read", condition=Q(status__in=[10, 11, 20, 21])),
    models.Index(fields=["read_at"], name="order_to_read_daily", condition=Q(status__in=[30, 100])),
    # forget_idempotency_keys and erase_addresses: only the rows that still have one.
    models.Index(fields=["created_at"], name="order_keyed", condition=Q(idempotency_key__isnull=False)),
    models.Index(fields=["placed_at"], name="order_addressed", condition=Q(address__isnull=False)),
    # close_overdue_orders; those that wait longest to be shipped (Today page); push_unplaced_orders.
    models.Index(fields=["expire_at"], name="order_overdue", condition=Q(status__in=[10, 11])),
    models.Index(fields=["status", "paid_at"], name="order_waiting", condition=Q(paid_at__isnull=False)),
    models.Index(fields=["id"], name="order_unplaced", condition=Q(order_id=None)),
    # The sales figures count a day's orders; the list filtered by the day of payment.
    models.Index(fields=["paid_at"], name="order_paid", condition=Q(paid_at__isnull=False)),
    # Sales of promoters and sharers, by day of payment.
    models.Index(fields=["paid_at"], name="order_promoted", condition=~Q(promoter_id="")),
    models.Index(fields=["paid_at"], name="order_shared", condition=~Q(sharer_openid="")),
    # The access board (scenes.board.evidence): orders of some scenes since a day, and those that were paid.
    models.Index(fields=["scene", "placed_at"], name="order_scene"),
    models.Index(fields=["scene", "fund_type", "id"], name="order_of_scene_paid", condition=Q(paid_at__isnull=False)),
    # Orders with a payment alert (Today page); orders whose sold stock push_sold_stock has not sent yet.
    models.Index(fields=["id"], name="order_alert", condition=~Q(payment_alert="")),
    models.Index(fields=["id"], name="order_stock", condition=Q(stock_pushed=False)),
]


class Order(models.Model):
    """An order as placed by the mini program's backend, and WeChat's values of it (BEHAVIOUR section 4)."""

    out_order_id = models.CharField(_("order number"), max_length=100, unique=True, validators=[out_id])
    out_user_id = models.CharField(_("customer number"), max_length=100, blank=True)
    openid = models.CharField(_("openid"), max_length=64, db_index=True)  # the list's search and the API's filter
    fund_type = models.IntegerField(_("money goes to"), choices=FundType, default=FundType.PLATFORM)
    scene = models.IntegerField(_("entry scene"))
    path = models.CharField(_("page"), max_length=300)
    trace_id = models.CharField(max_length=200, blank=True)
    pay_method_type = models.IntegerField(_("paid by"), choices=PayMethod, default=PayMethod.WECHAT_PAY)
    prepay_id = models.CharField(max_length=100, blank=True)
    prepay_time = models.DateTimeField(null=True, blank=True)
    order_price = models.PositiveIntegerField(_("price"))  # fen, like all below
    freight = models.PositiveIntegerField(_("freight"), default=0)
    discounted_price = models.PositiveIntegerField(_("discount"), default=0)
    additional_price = models.PositiveIntegerField(_("extra charge"), default=0)
    additional_remarks = models.CharField(_("extra charge for"), max_length=100, blank=True)
    delivery_type = models.IntegerField(_("delivery"), choices=DeliveryType, default=DeliveryType.EXPRESS)
    address = SealedJSONField(_("address"), null=True)  # the platform's address_info
    placed_at = models.DateTimeField(_("placed at"))
    expire_at = models.DateTimeField(_("to be paid until"), null=True)
    aftersale_duration = models.PositiveSmallIntegerField(_("days for after-sales"), null=True)
    # The result of a payment to the merchant's own number, to be reported to WeChat: {action_type, transaction_id, …}.
    payment_report = models.JSONField(default=dict)

    # WeChat's values, empty until the first read.
    order_id = models.BigIntegerField(_("order_id"), null=True, unique=True)
    status = models.IntegerField(_("state"), null=True)
    ticket = models.CharField(max_length=300, blank=True)
    ticket_until = models.DateTimeField(null=True)
    final_price = models.PositiveIntegerField(null=True)
    transaction_id = models.CharField(_("transaction_id"), max_length=64, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    promoter_id = models.CharField(_("promoter"), max_length=64, blank=True)
    promoter_openid = models.CharField(max_length=64, blank=True)
    finder_nickname = models.CharField(_("Channels account"), max_length=100, blank=True)
    sharer_openid = models.CharField(_("sharer"), max_length=64, blank=True)
    live_started_at = models.DateTimeField(_("live room began at"), null=True)
    settle_no = models.CharField(_("settlement"), max_length=64, blank=True)
    settled_fen = models.PositiveIntegerField(_("settled"), null=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    refusal = models.JSONField(default=dict)  # {errcode, errmsg}: WeChat refused this order finally

    erased_at = models.DateTimeField(_("buyer erased at"), null=True)  # what reads bring of the buyer is not kept
    given_up_at = models.DateTimeField(_("closed here at"), null=True)  # never sent to WeChat: the buyer has left

    # An alert: a message reported a payment that a read of the order does not confirm, or of less than the price.
    told_fen = models.PositiveIntegerField(null=True)  # as the message reported it
    payment_alert = models.TextField(_("payment in doubt"), blank=True)
    payment_alert_code = models.CharField(max_length=20, blank=True)  # unconfirmed, underpaid: for programs
    stock_taken_at = models.DateTimeField(null=True)
    stock_pushed = models.BooleanField(default=True)

    # Who placed it and how: a repeated request is recognised by these.
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    idempotency_key = models.CharField(max_length=100, null=True)  # noqa: DJ001  empty is not unique
    request_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuerySet.as_manager()

    first_title: str  # these three are set `with_goods`
    first_cnt: int
    kinds: int | None

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        permissions = [
            ("reveal_personal", _("Can see buyers' addresses in full")),
            ("export_shipping", _("Can export addresses for shipping, giving a reason")),
            ("clear_alert", _("Can settle a payment in doubt")),
        ]
        indexes = INDEXES
        constraints = [
            models.UniqueConstraint(
                fields=["placed_by", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_order_per_idempotency_key",
            )
        ]

    def __str__(self) -> str:
        return self.out_order_id

    @property
    def may_place(self) -> bool:
        return self.order_id is None and self.given_up_at is None

    @property
    def may_get_payment_params(self) -> bool:
        return self.status == OrderStatus.TO_PAY and self.fund_type == FundType.PLATFORM

    @property
    def may_confirm_payment(self) -> bool:
        return self.status in UNPAID and self.fund_type == FundType.OWN and bool(self.payment_report)

    @property
    def may_close(self) -> bool:
        return self.status == OrderStatus.TO_PAY

    @property
    def may_ship(self) -> bool:
        return self.status in UNSHIPPED and not self.payment_alert

    @property
    def may_confirm_receipt(self) -> bool:
        return self.status == OrderStatus.SHIPPED

    @property
    def may_refresh(self) -> bool:
        return self.order_id is not None and bool(self.openid)

    @property
    def is_unpaid(self) -> bool:
        """Whether it can still be paid."""
        return self.status in UNPAID

    @property
    def is_paid(self) -> bool:
        return self.status in PAID

    @property
    def goods_label(self) -> str:
        """“title × 2 and 1 more”; reads the lines, unless they came `with_goods`."""
        if hasattr(self, "kinds"):
            title, count, kinds = self.first_title, self.first_cnt, self.kinds or 0
        else:
            lines = list(self.lines.all())
            kinds = len(lines)
            title, count = (lines[0].title, lines[0].product_cnt) if lines else ("", 0)
        first = f"{title} × {count}" if kinds else "–"
        return first + (str(_(" and %(count)d more") % {"count": kinds - 1}) if kinds > 1 else "")

    @property
    def state_label(self) -> str:
        if self.status is None:
            if self.given_up_at:
                return str(_("Closed here, never at WeChat"))
            return str(_("Refused by WeChat") if self.refusal else _("Not at WeChat yet"))
        documented = self.status in OrderStatus.values
        return str(OrderStatus(self.status).label if documented else _("status %(number)s") % {"number": self.status})

    def left_to_ship(self, *, sent_only: bool = False) -> dict[int, int]:
        """{line: pieces that the buyer waits for and that are in no parcel}; reads lines and parcels.

        sent_only: in none that WeChat knows. Below 0 where a parcel that is not sent yet holds pieces that were
        refunded meanwhile.
        """
        left = {line.pk: line.product_cnt - line.refunded_unshipped_cnt for line in self.lines.all()}
        for parcel in self.parcels.all():
            for item in parcel.items.all() if parcel.sent_at or not sent_only else ():
                left[item.line_id] -= item.product_cnt
        return left

    @property
    def is_all_shipped(self) -> bool:
        """Whether nobody waits for a piece and WeChat knows every parcel."""
        parcels, unclear = list(self.parcels.all()), any(line.refunds_unclear for line in self.lines.all())
        is_told = bool(parcels) and all(parcel.sent_at for parcel in parcels)
        return is_told and not unclear and not any(count > 0 for count in self.left_to_ship().values())

    @property
    def buyer(self) -> str:
        return mask(self.openid)
