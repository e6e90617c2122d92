from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, SPUPicture


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def with_pictures(self) -> Self:
        """With `picture`, the key of the first picture of its product, in the same query."""
        return self.annotate(picture=Subquery(SPUPicture.objects.heads(spu__skus=OuterRef("sku"))))


class OrderLine(models.Model):
    """Goods of an order; `refunded_cnt` and `refunded_fen` are written by after-sales."""

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    sku = models.ForeignKey(SKU, models.SET_NULL, null=True, related_name="+")
    out_product_id = models.CharField(_("product id"), max_length=100)
    out_sku_id = models.CharField(_("SKU id"), max_length=100)
    product_cnt = models.PositiveIntegerField(_("pieces"))
    sale_price = models.PositiveIntegerField(_("price"))  # fen per piece
    sku_real_price = models.PositiveIntegerField(_("paid"))  # fen for all pieces
    title = models.CharField(_("title"), max_length=200)
    path = models.CharField(max_length=300)
    head_img = models.CharField(max_length=500)
    refunded_cnt = models.PositiveIntegerField(_("refunded pieces"), default=0)
    # Of them, those in no parcel when they were refunded, which did not have to come back: nobody waits for them.
    refunded_unshipped_cnt = models.PositiveIntegerField(_("refunded before shipping"), default=0)
    refunds_unclear = models.BooleanField(default=False)  # nobody can tell which they were: a person has to say
    refunded_fen = models.PositiveIntegerField(_("refunded"), default=0)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["out_product_id"], name="line_of_product"),  # the list filtered by product
            models.Index(fields=["order"], name="line_unclear", condition=Q(refunds_unclear=True)),
            # finish_shipping
            models.Index(fields=["order"], name="line_freed", condition=Q(refunded_unshipped_cnt__gt=0)),
        ]

    def __str__(self) -> str:
        return self.title or self.out_sku_id


class StatusChange(models.Model):
    """A change of an order's state, with the time at which this console read it."""

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="changes")
    was = models.IntegerField(null=True)
    status = models.IntegerField()
    door = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("change of state")
        verbose_name_plural = _("changes of state")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.was} → {self.status}"
