from django.db import models
from django.utils.translation import gettext_lazy as _

from .line import OrderLine
from .order import Order

OTHERS = "OTHERS"  # WeChat's id for any company that is not in its list


class ExpressCompany(models.Model):
    """An express company from WeChat's list; no other ids are valid."""

    delivery_id = models.CharField(_("delivery_id"), max_length=50, unique=True)
    delivery_name = models.CharField(_("express company"), max_length=100)
    gone = models.BooleanField(_("no longer listed"), default=False)

    class Meta:
        verbose_name = _("express company")
        verbose_name_plural = _("express companies")
        ordering = ["delivery_name"]

    def __str__(self) -> str:
        return self.delivery_name


class Parcel(models.Model):
    """A parcel of an order; it counts as shipped once it has been sent to WeChat (`sent_at`)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="parcels")
    delivery_id = models.CharField(_("express company"), max_length=50)
    waybill_id = models.CharField(_("waybill"), max_length=64, db_index=True)  # search in the list of orders
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(_("sent to WeChat at"), null=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "delivery_id", "waybill_id"], name="one_parcel_per_waybill")
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.waybill_id}"


class ParcelItem(models.Model):
    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="items")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="+")
    product_cnt = models.PositiveIntegerField(_("pieces"))

    class Meta:
        verbose_name = _("goods in a parcel")
        verbose_name_plural = _("goods in parcels")

    def __str__(self) -> str:
        return f"{self.line_id} × {self.product_cnt}"
