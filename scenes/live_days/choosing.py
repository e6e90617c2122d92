"""Adds products to a live day: chosen in the list of products, named by their ids, or by a sheet, which may also have
the evening's price and stock of SKUs.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SKU, SPU
from console.money import fen
from console.sheets import read
from console.sheets.columns import Column, identifier, names_by_header, text
from wechat.values import MOST

from ..models import LiveDay, LiveTerm
from . import goods

COLUMNS = [
    Column("out_product_id", gettext_lazy("product id"), also=("商品编号", "商家商品ID", "商品id")),
    Column("out_sku_id", gettext_lazy("SKU id"), also=("SKU编号", "规格编号", "SKU编码")),
    Column("price", gettext_lazy("price of the evening"), also=("直播价", "直播价格", "售价")),
    Column("stock", gettext_lazy("stock of the evening"), also=("直播库存", "库存", "库存数量")),
]
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
        help_text=gettext_lazy(
            "XLSX, XLS or CSV with a column “product id”, in the evening's order. With “SKU id” a row may have the "
            "“price of the evening” in yuan and the “stock of the evening”; other columns are not read."
        ),
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
        self._refuse_unknown_skus(found)
        return data | {"products": [found[one] for one in dict.fromkeys(wanted) if one in found]}

    def _of_sheet(self, sheet: Any) -> list[str]:
        """The products of the sheet in its order; price and stock are kept in `terms`."""
        self.terms: dict[tuple[str, str], dict[str, int | None]] = {}
        products: list[str] = []
        if not sheet:
            return []
        try:
            for number, cells in read.table(sheet, names_by_header(COLUMNS), {"out_product_id"}).rows:
                products.append(self._row(number, cells, products[-1] if products else ""))
        except ValidationError as error:
            self.add_error("sheet", error)
        return [one for one in products if one]

    def _row(self, number: int, cells: dict[str, Any], above: str) -> str:
        """The product of a row, that of the row above where its own cell is empty and it names a SKU."""
        try:
            product, sku = identifier(cells.get("out_product_id")), identifier(cells.get("out_sku_id"))
            product = product or (above if sku else "")
            terms = {"price": _fen(text(cells.get("price"))), "stock": _count(text(cells.get("stock")))}
            if any(value is not None for value in terms.values()):
                if not sku:
                    raise ValidationError(_("Price and stock need a SKU id."))
                self.terms[product, sku] = {name: value for name, value in terms.items() if value is not None}
        except ValidationError as error:
            said = " ".join(error.messages)
            self.add_error("sheet", _("Row %(row)d: %(text)s") % {"row": number, "text": said})
            return ""
        return product

    def _refuse_unknown_skus(self, products: dict[str, int]) -> None:
        skus = SKU.objects.filter(spu__in=products.values()).values_list("spu__out_product_id", "out_sku_id")
        known = set(skus) if self.terms else set()
        if unknown := [sku for product, sku in self.terms if product in products and (product, sku) not in known]:
            self.add_error("sheet", _("There is no SKU with %(ids)s.") % {"ids": ", ".join(unknown[:MOST_NAMED])})

    def save(self) -> tuple[LiveDay, int]:
        """The live day, and how many products it did not have yet."""
        data = self.cleaned_data
        day = data["day"] or LiveDay.objects.create(date=data["date"], title=data["title"])
        with transaction.atomic():
            added = goods.add(day, data["products"])
            rows = LiveTerm.objects.filter(product__day=day, product__spu__in=data["products"])
            keys = {
                (product, sku): pk
                for pk, product, sku in rows.values_list("pk", "product__spu__out_product_id", "out_sku_id")
            }
            goods.set_terms(day, {keys[named]: terms for named, terms in self.terms.items() if named in keys})
        return day, added


def _fen(amount: str) -> int | None:
    if not amount:
        return None
    price = fen(amount)
    if not price:
        raise ValidationError(_("The price has to be above zero."))
    return price


def _count(pieces: str) -> int | None:
    if pieces and not (pieces.isdecimal() and len(pieces) <= 10 and int(pieces) <= MOST):
        raise ValidationError(_("“%(text)s” is not a number of pieces.") % {"text": pieces[:40]})
    return int(pieces) if pieces else None


def _split(text: str) -> list[str]:
    return [one for one in text.replace(",", "\n").replace("，", "\n").split() if one]
