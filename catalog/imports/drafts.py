"""Parses rows into products and collects each error with its row and column; stores nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from console.sheets.columns import Merged, shown
from console.sheets.read import Row
from wechat.statements import made

from ..models import SKU, SPU, Brand, Category, SPUPicture
from ..models.spu import USED_UP
from . import columns

PICTURES = frozenset(SPUPicture.Kind.values)
SKU_FIELDS = ("sku_attrs", "sale_price", "market_price", "stock_num", "sku_code", "barcode")
TEXTS = ("title", "path", "direct_path", "desc", "info_version", "scene_group_list")


@dataclass
class Draft:
    """One product as read from a sheet: only the values that its columns give."""

    out_product_id: str
    rows: list[Row]
    fields: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, list[str]] = field(default_factory=dict)
    skus: list[dict[str, Any]] = field(default_factory=list)  # with `row`, and `thumb_img` as a name
    faults: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    images: dict[str, list[int]] = field(default_factory=dict)  # of `pictures`: the keys of their Images

    def fault(self, row: int, column: str, *sentences: object) -> None:
        self.faults.setdefault(row, {}).setdefault(column, []).extend(str(line) for line in sentences)

    def faults_of_rows(self) -> dict[int, dict[str, list[str]]]:
        """Why each of its rows is not imported: one faulty row holds the whole product back."""
        held = {
            "out_product_id": [_("Not imported: row %(row)d of this product has errors.") % {"row": min(self.faults)}]
        }
        return {number: self.faults.get(number) or held for number, _cells in self.rows}

    @property
    def first(self) -> int:
        return self.rows[0][0]

    def names(self) -> set[str]:
        """The names of all its pictures."""
        own = {name for names in self.pictures.values() for name in names}
        return own | {sku["thumb_img"] for sku in self.skus if sku.get("thumb_img")}


class Shelves:
    """Finds categories and brands by their ids, names and paths."""

    def __init__(self) -> None:
        rows = Category.objects.current().values_list(
            "third_cat_id", "first_cat_name", "second_cat_name", "third_cat_name"
        )
        self.categories: dict[str, int | None] = {}
        for pk, *names in rows:
            self.categories[str(pk)] = pk
            self.categories[">".join(map(_plain, names))] = pk
            # The name of two categories identifies neither.
            last = _plain(names[-1])
            self.categories[last] = None if last in self.categories else pk
        self.brands: dict[str, int] = {}
        for pk, wording in Brand.objects.filter(gone=False).values_list("brand_id", "brand_wording"):
            self.brands |= {str(pk): pk, _plain(wording): pk}

    def category(self, text: str) -> int | None:
        if not text:
            return None
        for key in (text, ">".join(_plain(part) for part in text.replace("›", ">").replace("/", ">").split(">"))):
            if self.categories.get(key):
                return self.categories[key]
        # The names themselves may contain a slash.
        key = ">".join(_plain(part) for part in text.replace("›", ">").split(">"))
        if self.categories.get(key):
            return self.categories[key]
        raise ValidationError(_("“%(text)s” is not a third-level category of WeChat.") % {"text": text})

    def brand(self, text: str) -> int | None:
        if not text or text in ("2100000000", "无品牌", "无"):
            return None
        if brand_id := self.brands.get(text) or self.brands.get(_plain(text)):
            return brand_id
        raise ValidationError(
            _("The brand “%(text)s” is not granted. Apply for it, or leave the cell empty.") % {"text": text}
        )


class NoShelves(Shelves):
    """For sheets of prices, which have no categories or brands."""

    def __init__(self) -> None:
        pass

    def category(self, text: str) -> None:
        return None

    def brand(self, text: str) -> None:
        return None


def _plain(name: str) -> str:
    return name.strip().casefold()


def grouped(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row], list[str]]]:
    """(out_product_id, its rows, errors of the id): rows without an id belong to the product above."""
    current: list[Row] = []
    current_id, current_errors = "", list[str]()
    for row in rows:
        product_id, errors = _product_id(row)
        if current and product_id in ("", current_id):
            current.append(row)
            continue
        if current:
            yield current_id, current, current_errors
        if not product_id and not errors:
            errors = [_("The product id is missing.")]
        current_id, current_errors, current = product_id, errors, [row]
    if current:
        yield current_id, current, current_errors


def _product_id(row: Row) -> tuple[str, list[str]]:
    """The row's product id and its errors; an invalid id is returned as the cell shows it."""
    cell = row[1].get("out_product_id")
    try:
        return str(columns.value("out_product_id", cell)), []
    except ValidationError as error:
        return shown(cell), error.messages


def parsed(out_product_id: str, rows: list[Row], errors: list[str], shelves: Shelves) -> Draft:
    draft = Draft(out_product_id, rows)
    _spread_merged(draft)
    if errors:
        draft.fault(draft.first, "out_product_id", *errors)
    _read_product(draft, shelves)
    for number, cells in rows:
        _read_sku(draft, number, cells)
    return draft


def _spread_merged(draft: Draft) -> None:
    """Give merged cells the value they show, within the rows of one product; beyond them it would be a guess."""
    numbers = {number for number, _cells in draft.rows}
    for number, cells in draft.rows:
        for name, cell in cells.items():
            if isinstance(cell, Merged):
                cells[name] = cell.value
                if cell.first not in numbers:
                    text = _("This cell is merged with row %(row)d, which is another product: unmerge it.")
                    draft.fault(number, name, text % {"row": cell.first})


def _read_product(draft: Draft, shelves: Shelves) -> None:
    first, cells = draft.rows[0]
    for name, cell in cells.items():
        if name not in columns.SPU_NAMES or name == "out_product_id":
            continue
        _refuse_contradictions(draft, name)
        try:
            value = columns.value(name, cell)
            if name == "third_cat_id":
                draft.fields["category_id"] = shelves.category(value)
            elif name == "brand_id":
                draft.fields["brand_id"] = shelves.brand(value)
            elif name in PICTURES:
                draft.pictures[name] = columns.files(value)
            elif value is not None:
                draft.fields[name] = value
        except ValidationError as error:
            draft.fault(first, name, *error.messages)
    if draft.fields.get("title") == "":
        draft.fault(first, "title", _("The title is needed."))


def _refuse_contradictions(draft: Draft, name: str) -> None:
    first = draft.rows[0][1].get(name)
    for number, cells in draft.rows[1:]:
        if cells.get(name) not in (None, "", first):
            text = _("Row %(row)d has another value for the same product.")
            draft.fault(number, name, text % {"row": draft.first})


def _read_sku(draft: Draft, number: int, cells: dict) -> None:
    sku: dict[str, Any] = {"row": number}
    for name in ("out_sku_id", "thumb_img", *SKU_FIELDS):
        if name not in cells:
            continue
        try:
            value = columns.value(name, cells[name])
            if name == "thumb_img":
                names = columns.files(value)
                if len(names) > 1:
                    raise ValidationError(_("A SKU has one picture."))
                value = names[0] if names else ""
            sku[name] = value
        except ValidationError as error:
            draft.fault(number, name, *error.messages)
    add_sku(draft, sku)


def add_sku(draft: Draft, sku: dict[str, Any]) -> None:
    """Add a row's SKU to the product, which may name it once."""
    number = sku["row"]
    if "out_sku_id" not in draft.faults.get(number, {}):
        if not sku.get("out_sku_id"):
            draft.fault(number, "out_sku_id", _("The SKU id is missing: orders name it."))
        elif any(sku["out_sku_id"] == other.get("out_sku_id") for other in draft.skus):
            draft.fault(number, "out_sku_id", _("This SKU id is used twice in the product."))
    draft.skus.append(sku)


def compare(draft: Draft, spu: SPU | None) -> None:
    """Errors that depend on what exists: a new product or SKU needs more columns than an existing one."""
    if spu is not None and spu.removed_at:
        draft.fault(draft.first, "out_product_id", USED_UP)
        return
    if spu is None and not draft.fields.get("title") and "title" not in draft.faults.get(draft.first, {}):
        draft.fault(draft.first, "title", _("The title is needed."))
    existing = {sku.out_sku_id for sku in spu.skus.all()} if spu else set()
    for sku in draft.skus:
        errors = draft.faults.get(sku["row"], {})
        if "out_sku_id" in errors:
            continue
        new = sku.get("out_sku_id") not in existing
        if new and sku.get("sale_price") is None and "sale_price" not in errors:
            draft.fault(sku["row"], "sale_price", _("The price is needed."))
        if new and not sku.get("stock_num") and "stock_num" not in errors:
            draft.fault(sku["row"], "stock_num", _("A new SKU needs a stock above zero."))
        price, market = sku.get("sale_price"), sku.get("market_price")
        if price is not None and market is not None and market < price:
            draft.fault(sku["row"], "market_price", _("The list price must not be below the price."))


def compare_prices(draft: Draft, spu: SPU | None) -> None:
    """Errors of rows with prices: they change SKUs that exist."""
    if spu is None:
        draft.fault(draft.first, "out_product_id", _("There is no product with this id."))
        return
    existing = {sku.out_sku_id for sku in spu.skus.all()}
    for sku in draft.skus:
        if sku.get("out_sku_id") not in existing:
            draft.fault(sku["row"], "out_sku_id", _("The product has no SKU with this id."))
    compare(draft, spu)


def filled(sku: dict[str, Any], spu: SPU, existing: SKU | None, position: int) -> SKU:
    """The SKU to store: the sheet's values, else those of the existing SKU."""
    row = existing or made(SKU, out_sku_id=sku["out_sku_id"], position=position)
    row.spu_id = spu.pk
    for name in SKU_FIELDS:
        # An empty list price means the price itself; any other empty cell of an existing SKU changes nothing.
        if name in sku and (sku[name] not in (None, "", []) or name == "market_price" or existing is None):
            setattr(row, name, 0 if sku[name] is None and name == "stock_num" else sku[name])
    return row
