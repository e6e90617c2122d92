"""What was sold, counted by day: made from the orders and their lines, and made anew from them at any time."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Order
from wechat.models import Single


class Amounts(models.Model):
    """The figures that are added up; money in fen."""

    pieces = models.BigIntegerField(_("pieces"), default=0)
    gross = models.BigIntegerField(_("gross"), default=0)
    discount = models.BigIntegerField(_("discount"), default=0)
    freight = models.BigIntegerField(_("freight"), default=0)
    extra = models.BigIntegerField(_("extra charge"), default=0)
    refunded = models.BigIntegerField(_("refunded"), default=0)
    fee = models.BigIntegerField(pgettext_lazy("of WeChat", "fee"), default=0)

    class Meta:
        abstract = True


class SoldOrder(Amounts):
    """A paid order as it was counted, and on which day: an order that moves to another day is found on the old one."""

    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="+", db_constraint=False)
    day = models.DateField(_("day"))  # of the payment, in Shanghai's time
    hour = models.PositiveSmallIntegerField(_("hour"))
    openid = models.CharField(_("openid"), max_length=64, blank=True)
    coupon = models.CharField(_("coupon"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("sold order")
        verbose_name_plural = _("sold orders")
        # A day is deleted and counted anew; the buyers of many days are counted from the index alone.
        indexes = [models.Index(fields=["day", "openid"], name="sold_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.order_id}"


class Dimension(models.TextChoices):
    DAY = "day", _("day")
    HOUR = "hour", _("hour")
    PRODUCT = "product", _("product")
    SKU = "sku", "SKU"
    CATEGORY = "category", _("category")
    SCENE = "scene", _("entry scene")
    ROOM = "room", _("live room")
    PROMOTER = "promoter", _("promoter")
    SHARER = "sharer", _("sharer")
    COUPON = "coupon", _("coupon")


class Figure(Amounts):
    """What was sold on a day under one key of a dimension; in each dimension the rows of a day add up to the day.

    `part` completes the key: the SKU of a product, when a live room began; of a product its category. A row without a
    key is what belongs to none: orders that nobody promoted, and of products freight and rounding.
    """

    day = models.DateField(_("day"))
    dimension = models.CharField(max_length=10, choices=Dimension)
    key = models.CharField(max_length=200, blank=True)
    part = models.CharField(max_length=100, blank=True)
    orders = models.PositiveIntegerField(_("orders"), default=0)
    buyers = models.PositiveIntegerField(_("buyers"), default=0)

    class Meta:
        verbose_name = _("sales figure")
        verbose_name_plural = _("sales figures")
        constraints = [
            models.UniqueConstraint(fields=["dimension", "day", "key", "part"], name="one_figure_per_key_and_day")
        ]
        indexes = [
            models.Index(fields=["day"], name="figure_day"),
            # The days on which a product was sold, after its category has changed.
            models.Index(fields=["key"], name="figure_product", condition=models.Q(dimension="product")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension} {self.key}"


class DayToCount(models.Model):
    """A day with orders that changed since it was counted."""

    day = models.DateField(_("day"), unique=True)

    class Meta:
        verbose_name = _("day to be counted")
        verbose_name_plural = _("days to be counted")

    def __str__(self) -> str:
        return f"{self.day}"


class SalesMark(Single):
    """How far the figures are; its row is the lock of those who count. One record."""

    position = models.BigIntegerField(null=True)  # of the feed; None: nothing was counted yet
    current_at = models.DateTimeField(null=True)  # no change before it is missing in the figures

    class Meta:
        verbose_name = _("mark of the sales figures")
        verbose_name_plural = _("marks of the sales figures")

    def __str__(self) -> str:
        return str(self.position)
