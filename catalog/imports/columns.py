"""The columns of both sheets; a cell becomes a value by the same serializer fields as in the API."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError as FieldError
from rest_framework.fields import Field

from console.money import fen
from console.sheets.columns import Cell, Column, identifier, names_by_header, text

from .. import attributes
from ..serializers import SKUSerializer, SPUSerializer
from .archives import CELL_PICTURE
from .quick import UNSURE, Quick, compiled

SPU_COLUMNS = [
    Column("out_product_id", gettext_lazy("Product id"), gettext_lazy("Your own; needed on every product's first row."),
           "dress-1001", 18, ("商品ID", "商家商品编号", "商品编码", "货号")),
    Column("title", gettext_lazy("Title"), gettext_lazy("3 to 60 characters."), "法式碎花连衣裙 夏季新款", 36,
           ("商品名称", "商品标题", "名称")),
    Column("third_cat_id", gettext_lazy("Category"),
           gettext_lazy("Its third_cat_id, or its path: first > second > third."), "服饰内衣 > 女装 > 连衣裙", 26,
           ("商品类目", "三级类目", "类目ID")),
    Column("brand_id", gettext_lazy("Brand"), gettext_lazy("Its name or brand_id; empty for none."), "", 14,
           ("商品品牌",)),
    Column("path", gettext_lazy("Page"), gettext_lazy("In the mini program."), "pages/product/detail?id=1001", 30),
    Column("direct_path", gettext_lazy("Page for buying at once"), gettext_lazy("Only if there is one."), "", 20),
    Column("head_img", gettext_lazy("Pictures"),
           gettext_lazy("File names in the zip, or https addresses; several by a line break or |."),
           "dress-1.jpg | dress-2.jpg", 30, ("商品主图", "图片", "商品图片")),
    Column("desc", gettext_lazy("Description"), "", "100% 棉，可机洗", 30, ("商品描述", "商品详情")),
    Column("imgs", gettext_lazy("Detail pictures"), gettext_lazy("As above."), "", 24, ("商品详情图",)),
    Column("qualification_pics", gettext_lazy("Product papers"), gettext_lazy("Where the category asks for them."), ""),
    Column("scene_group_list", gettext_lazy("Scene groups"), gettext_lazy("1, or 1,3."), "1", 10),
    Column("info_version", gettext_lazy("Version mark"), gettext_lazy("Your own."), "", 10),
]  # fmt: skip
FREE_COLUMNS = [
    Column("sale_price", gettext_lazy("Price (yuan)"), gettext_lazy("Such as 199 or 199.90."), "199.90", 12,
           ("价格", "销售价", "单价", "现价", "price")),
    Column("market_price", gettext_lazy("List price (yuan)"), gettext_lazy("Empty: same as the price."), "299", 12,
           ("原价", "划线价", "吊牌价")),
    Column("stock_num", gettext_lazy("Stock"), gettext_lazy("Above zero for a new SKU."), "100", 8,
           ("库存数量", "库存数", "可售库存", "quantity")),
    Column("sku_code", gettext_lazy("SKU code"), "", "", 14, ("SKU商家编码",)),
    Column("barcode", gettext_lazy("Barcode"), "", "6901234567892", 16, ("条码", "69码", "国际条码")),
]  # fmt: skip
SKU_ID = Column("out_sku_id", gettext_lazy("SKU id"), gettext_lazy("Your own; orders name it."), "dress-1001-red-m", 20,
                ("SKUID", "规格编号", "SKU编码"))  # fmt: skip
SKU_COLUMNS = [
    SKU_ID,
    Column("sku_attrs", gettext_lazy("Attributes"), gettext_lazy("Such as: colour: red; size: M"),
           "颜色: 红; 尺码: M", 22, ("商品规格", "属性")),
    Column("thumb_img", gettext_lazy("SKU picture"), gettext_lazy("Empty: the product's first."), "", 20),
    *FREE_COLUMNS,
]  # fmt: skip
PRODUCTS = [*SPU_COLUMNS, *SKU_COLUMNS]
PRICES = [SPU_COLUMNS[0], SKU_ID, *FREE_COLUMNS]
VALUES = {column.name for column in FREE_COLUMNS}
SPU_NAMES = {column.name for column in SPU_COLUMNS}
IDS = ("out_product_id", "out_sku_id", "barcode", "sku_code")
PICTURES = ("head_img", "imgs", "qualification_pics", "thumb_img")
_FILES = re.compile(rf"\s*{CELL_PICTURE.pattern}|[^\n|,;，；]+", re.I)
KEY = "out_product_id"  # the row that has this column is the header row
MENDS = Column("mends", gettext_lazy("Of import"), "", "", 10)  # whose rows are mended: its pictures are used again
FAULTS = Column("faults", gettext_lazy("Errors"), "", "", 60)


@lru_cache(maxsize=1)
def headers() -> dict[str, str]:
    """{accepted header: column name}: the header in both languages, and the column's own name."""
    return names_by_header([*PRODUCTS, MENDS, FAULTS])


def _whole(value: str) -> str:
    return value.replace(",", "").replace("，", "")


def _groups(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,;，；、|]+", value) if part]


_PARSE: dict[str, Callable[[str], Any]] = {
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


@cache
def _fields() -> dict[str, Field]:
    return {**SKUSerializer().fields, **SPUSerializer().fields}


@cache
def _quick(name: str) -> Quick:
    return compiled(_fields()[name])


def value(name: str, cell: Cell) -> Any:
    """A cell's value; raises ValidationError with its sentences. Categories, brands and pictures stay text."""
    raw = identifier(cell) if name in IDS else text(cell)
    if name in PICTURES or name in ("third_cat_id", "brand_id"):
        return raw
    if raw == "":
        return EMPTY.get(name, "")
    # A price shown as 19.99 may be stored as a float: use its displayed value.
    parsed = _PARSE[name](raw) if name in _PARSE else raw
    if (found := _quick(name)(parsed)) is not UNSURE:
        return found
    return validated(name, parsed)


def validated(name: str, parsed: Any) -> Any:
    """What the API's field makes of it; raises ValidationError with its sentences."""
    try:
        return _fields()[name].run_validation(parsed)
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
    return [part.group().strip() for part in _FILES.finditer(value) if part.group().strip()]
