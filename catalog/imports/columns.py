"""The columns of both sheets; a cell becomes a value by the same serializer fields as in the API."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError as FieldError
from rest_framework.fields import Field

from console.money import fen
from console.sheets.columns import Cell, Column, names_by_header, text

from .. import attributes
from ..serializers import SKUSerializer, SPUSerializer

SPU_COLUMNS = [
    Column("out_product_id", gettext_lazy("Product id"), gettext_lazy("Your own; needed on every product's first row."),
           "dress-1001", 18),
    Column("title", gettext_lazy("Title"), gettext_lazy("3 to 60 characters."), "法式碎花连衣裙 夏季新款", 36),
    Column("third_cat_id", gettext_lazy("Category"),
           gettext_lazy("Its third_cat_id, or its path: first > second > third."), "服饰内衣 > 女装 > 连衣裙", 26),
    Column("brand_id", gettext_lazy("Brand"), gettext_lazy("Its name or brand_id; empty for none."), "", 14),
    Column("path", gettext_lazy("Page"), gettext_lazy("In the mini program."), "pages/product/detail?id=1001", 30),
    Column("direct_path", gettext_lazy("Page for buying at once"), gettext_lazy("Only if there is one."), "", 20),
    Column("head_img", gettext_lazy("Pictures"),
           gettext_lazy("File names in the zip, or https addresses; several by a line break or |."),
           "dress-1.jpg | dress-2.jpg", 30),
    Column("desc", gettext_lazy("Description"), "", "100% 棉，可机洗", 30),
    Column("imgs", gettext_lazy("Detail pictures"), gettext_lazy("As above."), "", 24),
    Column("qualification_pics", gettext_lazy("Product papers"), gettext_lazy("Where the category asks for them."), ""),
    Column("scene_group_list", gettext_lazy("Scene groups"), gettext_lazy("1, or 1,3."), "1", 10),
    Column("info_version", gettext_lazy("Version mark"), gettext_lazy("Your own."), "", 10),
]  # fmt: skip
FREE_COLUMNS = [
    Column("sale_price", gettext_lazy("Price (yuan)"), gettext_lazy("Such as 199 or 199.90."), "199.90", 12),
    Column("market_price", gettext_lazy("List price (yuan)"), gettext_lazy("Empty: same as the price."), "299", 12),
    Column("stock_num", gettext_lazy("Stock"), gettext_lazy("Above zero for a new SKU."), "100", 8),
    Column("sku_code", gettext_lazy("SKU code"), "", "", 14),
    Column("barcode", gettext_lazy("Barcode"), "", "6901234567892", 16),
]
SKU_ID = Column("out_sku_id", gettext_lazy("SKU id"), gettext_lazy("Your own; orders name it."), "dress-1001-red-m", 20)
SKU_COLUMNS = [
    SKU_ID,
    Column("sku_attrs", gettext_lazy("Attributes"), gettext_lazy("Such as: colour: red; size: M"),
           "颜色: 红; 尺码: M", 22),
    Column("thumb_img", gettext_lazy("SKU picture"), gettext_lazy("Empty: the product's first."), "", 20),
    *FREE_COLUMNS,
]  # fmt: skip
PRODUCTS = [*SPU_COLUMNS, *SKU_COLUMNS]
PRICES = [SPU_COLUMNS[0], SKU_ID, *FREE_COLUMNS]
SPU_NAMES = {column.name for column in SPU_COLUMNS}
PICTURES = ("head_img", "imgs", "qualification_pics", "thumb_img")
KEY = "out_product_id"  # the row that has this column is the header row
FAULTS = Column("faults", gettext_lazy("Errors"), "", "", 60)


@lru_cache(maxsize=1)
def headers() -> dict[str, str]:
    """{accepted header: column name}: the header in both languages, and the column's own name."""
    return names_by_header([*PRODUCTS, FAULTS])


def _identifier(value: str) -> str:
    if re.fullmatch(r"-?\d(\.\d+)?[eE]\+?\d+", value):
        raise ValidationError(_("The spreadsheet has shortened this number. Format the column as text."))
    return value


def _whole(value: str) -> str:
    return value.replace(",", "").replace("，", "")


def _groups(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,;，；、|]+", value) if part]


_PARSE: dict[str, Callable[[str], Any]] = {
    "out_product_id": _identifier,
    "out_sku_id": _identifier,
    "barcode": _identifier,
    "sku_code": _identifier,
    "sale_price": fen,
    "market_price": fen,
    "stock_num": _whole,
    "sku_attrs": attributes.parse,
    "scene_group_list": _groups,
}
EMPTY: dict[str, Any] = {
    "stock_num": None,
    "sale_price": None,
    "market_price": None,
    "sku_attrs": [],
    "scene_group_list": None,
}
_FIELDS: dict[str, Field] = {}


def _field(name: str) -> Field:
    if not _FIELDS:
        _FIELDS.update(SKUSerializer().fields)
        _FIELDS.update(SPUSerializer().fields)
    return _FIELDS[name]


def value(name: str, cell: Cell) -> Any:
    """A cell's value; raises ValidationError with its sentences. Categories, brands and pictures stay text."""
    raw = text(cell)
    if name in PICTURES or name in ("third_cat_id", "brand_id"):
        return raw
    if raw == "":
        return EMPTY.get(name, "")
    # A price shown as 19.99 may be stored as a float: use its displayed value.
    parsed = _PARSE[name](raw) if name in _PARSE else raw
    try:
        return _field(name).run_validation(parsed)
    except FieldError as error:
        raise ValidationError(_sentences(error.detail)) from None


def _sentences(detail: Any) -> list[str]:
    if isinstance(detail, dict):
        return [line for part in detail.values() for line in _sentences(part)]
    if isinstance(detail, list):
        return [line for part in detail for line in _sentences(part)]
    return [str(detail)]


def files(value: str) -> list[str]:
    """The file names or addresses in a picture cell."""
    return [part.strip() for part in re.split(r"[\n|,;，；]", value) if part.strip()]
