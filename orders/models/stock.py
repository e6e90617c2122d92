"""What became of the stock beside the orders themselves: counts, pushes, evenings, and what was sold too often."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import SKU


class StockedSKUQuerySet(models.QuerySet["StockedSKU"]):
    def in_evening(self) -> Self:
        """Those of which a live evening holds a part."""
        return self.filter(kept_back__isnull=False)

    def with_total(self) -> Self:
        """With `total`: what is for sale and what an evening keeps back, in the same query."""
        return self.annotate(total=F("stock_num") + Coalesce(F("kept_back"), 0))


class StockedSKU(SKU):
    """A SKU as the stock page shows it."""

    objects: Any = StockedSKUQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = _("stock of a SKU")
        verbose_name_plural = _("stock")
        ordering = ["-id"]
        permissions = [("set_stock", _("Can set the stock by a count or a push"))]


class MoveKind(models.TextChoices):
    COUNT = "count", _("Counted")
    UNDO = "undo", _("Count undone")
    PUSH = "push", _("Pushed by a connected shop")
    EVENING = "evening", _("Evening began")
    EVENING_END = "evening_end", _("Evening ended")
    MOVED = "moved", _("Moved to the evening")


class StockMove(models.Model):
    """A change of a SKU's stock that no order made; `was` and `now` are of all its pieces."""

    sku = models.ForeignKey(SKU, models.CASCADE, related_name="moves", verbose_name=_("SKU"))
    kind = models.CharField(_("what"), max_length=12, choices=MoveKind)
    was = models.PositiveIntegerField(_("before"))
    now = models.PositiveIntegerField(_("after"))
    for_sale = models.PositiveIntegerField(_("for sale"))
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of stock")
        verbose_name_plural = _("changes of stock")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sku", "-id"], name="move_of_sku"),
            models.Index(fields=["at"], name="move_at"),  # push_sold_stock: those of the last days
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.was} → {self.now}"


class OversoldQuerySet(models.QuerySet["Oversold"]):
    def open(self) -> Self:
        """Sold, and nowhere in the stock: somebody has to find the pieces or refund them."""
        return self.filter(missing__gt=0, settled_at=None)

    def pieces(self) -> int:
        return self.aggregate(count=Sum("missing"))["count"] or 0


class Oversold(models.Model):
    """Pieces of a paid order beyond what was for sale: taken from the shop's part, or missing."""

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="oversold", verbose_name=_("order"))
    sku = models.ForeignKey(SKU, models.SET_NULL, null=True, related_name="oversold", verbose_name=_("SKU"))
    out_sku_id = models.CharField(_("SKU id"), max_length=100)
    from_shop = models.PositiveIntegerField(_("taken from the shop's part"), default=0)
    missing = models.PositiveIntegerField(_("missing"), default=0)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("seen to at"), null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = OversoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("oversold goods")
        verbose_name_plural = _("oversold goods")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-id"], name="oversold_open", condition=Q(missing__gt=0, settled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.out_sku_id} · {self.order}"


class StockPush(models.Model):
    """The newest stock of a SKU that a connected shop pushed: lower versions are refused."""

    sku = models.OneToOneField(SKU, models.CASCADE, related_name="push", verbose_name=_("SKU"))
    version = models.BigIntegerField(_("version"))
    stock = models.PositiveIntegerField(_("stock"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("pushed stock")
        verbose_name_plural = _("pushed stock")

    def __str__(self) -> str:
        return f"{self.version}: {self.stock}"


class StockCount(models.Model):
    """A sheet of counts: looked at first, then taken row by row, and undone the same way."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("To look at")
        TAKING = "taking", _("Being taken")
        TAKEN = "taken", _("Taken")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    name = models.CharField(_("sheet"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREVIEW)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=pgettext_lazy("who", "by")
    )
    created_at = models.DateTimeField(_("brought at"), auto_now_add=True)
    counted_at = models.DateTimeField(
        _("counted at"), null=True, help_text=_("What was sold here since then is taken off the counts.")
    )
    unknown = models.JSONField(default=list)  # headers of columns that are not read
    errors = models.JSONField(default=list)  # [[row, code, value]]

    class Meta:
        indexes = [
            # go_on_with_counts
            models.Index(fields=["id"], name="count_under_way", condition=Q(state__in=["taking", "undoing"])),
        ]
        verbose_name = _("sheet of counts")
        verbose_name_plural = _("sheets of counts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class StockCountRow(models.Model):
    """One SKU of a sheet of counts; `taken_at` and `undone_at` are committed with the stock."""

    count = models.ForeignKey(StockCount, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # of the sheet
    sku = models.ForeignKey(SKU, models.SET_NULL, null=True, related_name="+")
    out_sku_id = models.CharField(max_length=100)
    ours = models.PositiveIntegerField()  # when it was brought
    counted = models.PositiveIntegerField()
    was = models.PositiveIntegerField(null=True)  # when it was taken
    set_to = models.PositiveIntegerField(null=True)  # less what was sold since the count
    taken_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("row of a sheet of counts")
        verbose_name_plural = _("rows of sheets of counts")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["count", "sku"], name="one_row_per_sku")]

    def __str__(self) -> str:
        return self.out_sku_id
