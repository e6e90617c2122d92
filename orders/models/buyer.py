from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class BuyerHash(models.Model):
    """A keyed hash of an order's receiver or phone (`orders.buyer_hashes`); erased with the order's address."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="+", db_index=False)  # the constraint has an index
    digest = models.CharField(max_length=32, db_index=True)

    class Meta:
        verbose_name = _("hash of a buyer")
        verbose_name_plural = _("hashes of buyers")
        constraints = [models.UniqueConstraint(fields=["order", "digest"], name="one_hash_per_order")]

    def __str__(self) -> str:
        return self.digest
