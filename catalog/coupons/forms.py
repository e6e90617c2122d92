from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.money import YuanField

from .models import Coupon


class ProductIdsField(forms.CharField):
    """Products by our own ids, one per line; a list in the database."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 40})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(str(super().to_python(value) or "").replace(",", " ").split()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data or "")


class CouponForm(forms.ModelForm):
    discount_fee = YuanField(label=_("Amount off, yuan"), required=False)
    product_price = YuanField(label=_("From an amount of, yuan"), required=False)
    tradein_price = YuanField(label=_("Trade-in price, yuan"), required=False)
    out_product_ids = ProductIdsField(
        label=_("Goods"), required=False, help_text=_("The out_product_id of each, one a line.")
    )

    class Meta:
        model = Coupon
        fields = "__all__"  # noqa: DJ007  the admin names them
        widgets = {"name": forms.TextInput(attrs={"size": 50}), "out_coupon_id": forms.TextInput(attrs={"size": 40})}


class StockForm(forms.Form):
    left = forms.IntegerField(label=_("left"), min_value=0, max_value=2**31 - 1)
