"""Adds products to a live day: chosen in the list of products, named by their ids, or by a sheet."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SPU
from console.sheets import read
from console.sheets.columns import Column, identifier, names_by_header

from ..models import LiveDay

COLUMNS = [Column("out_product_id", gettext_lazy("product id"), also=("商品编号", "商家商品ID", "商品id"))]
MOST_NAMED = 10  # unknown ids in one message


class ChoosingForm(forms.Form):
    """A live day that exists, or a new one; and the products."""

    day = forms.ModelChoiceField(
        LiveDay.objects.none(), label=gettext_lazy("live day"), required=False, empty_label=gettext_lazy("a new one")
    )
    date = forms.DateField(
        label=gettext_lazy("day of the new one"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    title = forms.CharField(label=gettext_lazy("title of the new one"), required=False, max_length=100)
    ids = forms.CharField(
        label=gettext_lazy("our product ids"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 40}),
        help_text=gettext_lazy("One a line, or separated by commas."),
    )
    sheet = forms.FileField(
        label=gettext_lazy("or a sheet"),
        required=False,
        help_text=gettext_lazy("XLSX, XLS or CSV with a column “product id”; other columns are not read."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days: Any = self.fields["day"]
        days.queryset = LiveDay.objects.order_by("-date", "-id")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("day"):
            for name in ("date", "title"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A new live day needs this."))
        wanted = [*_split(data.get("ids", "")), *self._of_sheet(data.get("sheet"))]
        found = dict(SPU.objects.current().filter(out_product_id__in=wanted).values_list("out_product_id", "pk"))
        if unknown := [one for one in dict.fromkeys(wanted) if one not in found]:
            some = ", ".join(unknown[:MOST_NAMED])
            self.add_error("ids", _("There is no product with %(ids)s.") % {"ids": some})
        if not wanted and not self.errors:
            self.add_error("ids", _("Name at least one product."))
        return data | {"products": list(found.values())}

    def _of_sheet(self, sheet: Any) -> list[str]:
        if not sheet:
            return []
        try:
            rows = read.table(sheet, names_by_header(COLUMNS), {"out_product_id"}).rows
            return [text for _number, cells in rows if (text := identifier(cells.get("out_product_id")))]
        except ValidationError as error:
            self.add_error("sheet", error)
            return []

    def save(self) -> tuple[LiveDay, int]:
        """The live day, and how many products it did not have yet."""
        data = self.cleaned_data
        day = data["day"] or LiveDay.objects.create(date=data["date"], title=data["title"])
        before = day.products.count()
        day.products.add(*data["products"])
        return day, day.products.count() - before


def _split(text: str) -> list[str]:
    return [one for one in text.replace(",", "\n").replace("，", "\n").split() if one]
