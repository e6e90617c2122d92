"""The form of an evening's goods: the place of each product, and price and stock of each SKU."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from console.money import YuanField
from wechat.values import MOST

from ..models import LiveProduct, LiveState


class PlaceForm(forms.Form):
    position = forms.IntegerField(
        label=gettext_lazy("place"), min_value=0, max_value=MOST, required=False, widget=forms.NumberInput({"size": 4})
    )


class TermForm(forms.Form):
    price = YuanField(label=gettext_lazy("price of the evening"), required=False)
    stock = forms.IntegerField(
        label=gettext_lazy("stock of the evening"),
        min_value=0,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput({"size": 6}),
    )

    def clean_price(self) -> int | None:
        price = self.cleaned_data.get("price")
        if price == 0:
            raise forms.ValidationError(gettext_lazy("The price has to be above zero."))
        return price


class GoodsForm:
    """All of them together, of the rows of one page."""

    def __init__(self, rows: list[LiveProduct], data: Any = None) -> None:
        self.places = {
            row.pk: _named(PlaceForm(data, prefix=f"row-{row.pk}", initial={"position": row.position}), str(row))
            for row in rows
        }
        self.terms = {
            term.pk: _named(
                TermForm(data, prefix=f"term-{term.pk}", initial={"price": term.price, "stock": term.stock}),
                term.out_sku_id,
            )
            for row in rows
            for term in row.terms.all()
            if row.state != LiveState.ENDED
        }
        self.of = {row.pk: [(term, self.terms.get(term.pk)) for term in row.terms.all()] for row in rows}

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in (*self.places.values(), *self.terms.values())]  # all, for their errors
        return all(valid)

    def positions(self) -> dict[int, int]:
        found = {pk: form.cleaned_data["position"] for pk, form in self.places.items() if form.has_changed()}
        return {pk: position for pk, position in found.items() if position is not None}

    def wanted(self) -> dict[int, dict[str, int | None]]:
        """What the changed ones shall be."""
        return {pk: dict(form.cleaned_data) for pk, form in self.terms.items() if form.has_changed()}


def _named(form: forms.Form, whose: str) -> forms.Form:
    for field in form.fields.values():
        field.widget.attrs["aria-label"] = f"{field.label} · {whose}"
    return form
