"""Reads a warehouse's list of waybills: order number, express company by its usual name, waybill.

Nothing is stored here; an ambiguous row is shown with its possible meanings, for a person to choose.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.sheets import read
from console.sheets.columns import Column, Merged, column_names, identifier, names_by_header, shown, text
from wechat.cleaning import compact
from wechat.values import waybill

from .models import ExpressCompany, Order
from .models.order import UNSHIPPED

COLUMNS = [
    Column("out_order_id", gettext_lazy("Order number"), also=("订单编号", "商家订单号", "order", "order id")),
    Column(
        "express",
        gettext_lazy("Express company"),
        also=("快递", "快递公司", "物流公司", "物流", "承运商", "express", "carrier", "deliveryid"),
    ),
    Column(
        "waybill_id",
        gettext_lazy("Waybill"),
        also=("快递单号", "物流单号", "快递运单号", "单号", "waybill", "waybill number", "tracking number"),
    ),
    Column("out_sku_id", gettext_lazy("SKU id"), also=("sku", "商家SKU编号", "sku编码")),
    Column("pieces", gettext_lazy("Pieces"), also=("数量", "件数", "发货数量", "quantity")),
]
NAMES = [column.name for column in COLUMNS]
KEYS = {"out_order_id", "waybill_id"}  # by which a row of headers is known
MOST = 2000  # rows in one list
WHOLE = 8  # characters from which a word may be a waybill by itself
_NOISE = re.compile(r"(快递|速递|速运|快运|物流|express|logistics|\s|[（(].*?[)）])", re.IGNORECASE)


@dataclass
class Row:
    number: int
    out_order_id: str
    express: str
    waybill_id: str
    out_sku_id: str = ""  # with `pieces`, where an order is shipped in several parcels
    pieces: str = ""
    order: Order | None = None
    delivery_id: str = ""
    candidates: list[tuple[str, str]] = field(default_factory=list)  # (delivery_id, name) it may mean
    fault: str = ""

    @property
    def is_doubtful(self) -> bool:
        return not self.fault and not self.delivery_id


class Companies:
    """Finds express companies by the names that people use."""

    def __init__(self) -> None:
        self.rows = list(ExpressCompany.objects.filter(gone=False).values_list("delivery_id", "delivery_name"))
        self.exact = {key.casefold(): pk for pk, name in self.rows for key in (pk, name)}
        self.plain: dict[str, set[str]] = {}
        for pk, name in self.rows:
            self.plain.setdefault(_plain(name), set()).add(pk)

    def find(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """(delivery_id, []) where the name is unambiguous, else ("", possible companies)."""
        if delivery_id := self.exact.get(text.strip().casefold()):
            return delivery_id, []
        same = self.plain.get(_plain(text), set())
        if len(same) == 1:
            return next(iter(same)), []
        names = get_close_matches(_plain(text), list(self.plain), n=5, cutoff=0.4)
        close = {pk for name in names for pk in self.plain[name]}
        close |= {pk for name, pks in self.plain.items() if _plain(text) and _plain(text) in name for pk in pks}
        close |= same
        return "", [(pk, name) for pk, name in self.rows if pk in close]


def from_text(text: str) -> list[Row]:
    """Rows of pasted text: three cells separated by tab, comma or blanks."""
    rows = []
    headers = names_by_header(COLUMNS)
    for number, line in enumerate(text.splitlines(), 1):
        # A line that came from a spreadsheet is cut at its tabs alone: names may hold blanks.
        cells = [cell.strip() for cell in re.split(r"\t" if "\t" in line else r"[,，;；]+|\s+", line.strip())]
        cells = [cell for cell in cells if cell]
        if cells and column_names(cells[:1], headers) != ["out_order_id"]:
            rows.append(_row(number, _by_place(cells)))
    return _not_too_many(rows)


def from_sheet(file: IO[bytes]) -> list[Row]:
    """Rows of a sheet with headers, or of one with order, company and waybill in this order. Raises ValidationError."""
    try:
        table = read.table(file, names_by_header(COLUMNS), KEYS)
    except read.NoHeaders:
        filled = ((number, [cell for cell in cells if cell not in (None, "")]) for number, cells in _first(file))
        return _not_too_many([_row(number, _by_place(cells)) for number, cells in islice(filled, MOST + 1) if cells])
    order_of: dict[int, str] = {}  # by row: which order a merged cell belongs to
    rows = []
    for number, cells in islice(table.rows, MOST + 1):
        row = _row(number, cells)
        order_of[number] = row.out_order_id
        merged = [cell.first for name, cell in cells.items() if isinstance(cell, Merged) and name != "out_order_id"]
        if other := next((first for first in merged if order_of.get(first) != row.out_order_id), 0):
            row.fault = _("This row is merged with row %(row)d, which is another order: unmerge it.") % {"row": other}
        rows.append(row)
    return _not_too_many(rows)


def confirmed(out_order_id: str, delivery_id: str, waybill_id: str, out_sku_id: str, pieces: str) -> Row:
    """A row that a person has confirmed, read as it was on the list: the form brings texts."""
    cells = dict(zip(NAMES, (out_order_id, "", waybill_id, out_sku_id, pieces), strict=True))
    row = _row(0, cells)
    row.delivery_id = delivery_id
    return row


def _first(file: IO[bytes]) -> read.Rows:
    return next(iter(read.sheets(file)), iter(()))


def _not_too_many(rows: list[Row]) -> list[Row]:
    if len(rows) > MOST:
        raise ValidationError(_("There are more than %(count)d lines. Split the list.") % {"count": MOST})
    return rows


def looked_up(rows: list[Row]) -> list[Row]:
    """Find order and express company of each row, in a constant number of queries."""
    companies = Companies()
    numbers = [row.out_order_id for row in rows]
    orders = Order.objects.with_content().in_bulk(numbers, field_name="out_order_id") if numbers else {}
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        row.order = orders.get(row.out_order_id)
        row.delivery_id, row.candidates = companies.find(row.express)
        if not row.candidates and not row.delivery_id:
            row.candidates = companies.rows
        row.fault = row.fault or _fault(row, seen)
        seen |= {(row.out_order_id,), (row.out_order_id, row.waybill_id, row.out_sku_id)}
    return rows


def goods_of(order: Order, out_sku_id: str, pieces: str) -> list[dict]:
    """The goods that a row names; empty where the parcel contains all pieces that are left."""
    line = next((line for line in order.lines.all() if line.out_sku_id == out_sku_id), None)
    if line is None:
        return []
    count = int(pieces) if pieces else max(0, order.left_to_ship()[line.pk])
    return [{"out_product_id": line.out_product_id, "out_sku_id": line.out_sku_id, "product_cnt": count}]


def as_parcels(rows: list[Row]) -> list[dict]:
    """The parcels of one order's rows: rows with the same waybill are one parcel."""
    parcels: dict[tuple[str, str], dict] = {}
    for row in rows:
        if row.order is None:
            continue  # reported as a fault already
        new: dict = {"delivery_id": row.delivery_id[:50], "waybill_id": row.waybill_id[:64], "product_infos": []}
        parcel = parcels.setdefault((row.delivery_id, row.waybill_id), new)
        parcel["product_infos"] += goods_of(row.order, row.out_sku_id, row.pieces)
    for parcel in parcels.values():
        parcel["product_infos"] = parcel["product_infos"] or None  # no goods named: all pieces that are left
    return list(parcels.values())


def _fault(row: Row, seen: set[tuple[str, ...]]) -> str:
    if not row.waybill_id:
        return _("The waybill is missing.")
    if row.order is None:
        return _("There is no order “%(number)s”.") % {"number": row.out_order_id}
    if (row.out_order_id, row.waybill_id, row.out_sku_id) in seen:
        return _("This waybill is listed twice for the order.")
    if row.out_sku_id and not goods_of(row.order, row.out_sku_id, row.pieces):
        return _("The order has no such goods.")
    if row.out_sku_id and not goods_of(row.order, row.out_sku_id, row.pieces)[0]["product_cnt"]:
        return _("%(count)d pieces are left to ship.") % {"count": 0}
    if (row.out_order_id,) in seen and not row.out_sku_id:
        return _("Several parcels of one order: name the SKU id and the pieces of each, or ship it on its own page.")
    if any(parcel.waybill_id == row.waybill_id and parcel.sent_at for parcel in row.order.parcels.all()):
        return _("WeChat knows this waybill already.")
    if row.order.status not in UNSHIPPED:
        return _("The order is “%(state)s”.") % {"state": row.order.state_label}
    if row.order.payment_alert:
        return _("The payment is in doubt: clear that first.")
    return ""


def _by_place(cells: list[Any]) -> dict[str, Any]:
    """The cells of a row without headers: order number, express company (may be left out), waybill, SKU, pieces."""
    if len(cells) == 2:
        cells = [cells[0], "", cells[1]]
    return dict(zip(NAMES, cells, strict=False))


def _row(number: int, cells: dict[str, Any]) -> Row:
    """A row as it is understood; what a cell is not understood for is its fault."""
    out_order_id, express, waybill_id, out_sku_id, pieces = (shown(cells.get(name)) for name in NAMES)
    row = Row(number, out_order_id, express, waybill_id, out_sku_id, pieces)
    try:
        row.out_order_id, row.out_sku_id = identifier(cells.get("out_order_id")), identifier(cells.get("out_sku_id"))
        row.express = text(cells.get("express"))
        row.waybill_id = _one_waybill(_as_waybill(cells.get("waybill_id")))
        row.pieces = _whole(text(cells.get("pieces")))
    except ValidationError as error:
        row.fault = " ".join(error.messages)
    return row


def _as_waybill(cell: Any) -> str:
    """As an id, but for the characters that are taken out of a waybill."""
    return identifier(compact(cell) if isinstance(cell, str) else cell)


def _one_waybill(cell: str) -> str:
    """The waybill in a cell. Raises ValidationError where there are several: people know what is in which parcel."""
    parts = [part for part in re.split(r"[\n\r,;、/|]+", unicodedata.normalize("NFKC", cell)) if compact(part)]
    # Blanks within a number are how people read it aloud; between two whole numbers they are not.
    words = [word for part in parts for word in (part.split() if min(map(len, part.split())) >= WHOLE else [part])]
    if len(words) > 1:
        raise ValidationError(
            _("There are %(count)d waybills in one cell. Give each a row of its own, with the SKU id and the pieces.")
            % {"count": len(words)}
        )
    return waybill(words[0]) if words else ""


def _whole(pieces: str) -> str:
    if pieces and not re.fullmatch(r"0*[1-9][0-9]{0,4}", pieces, re.ASCII):
        raise ValidationError(_("“%(pieces)s” is no number of pieces: a whole number above 0.") % {"pieces": pieces})
    return pieces


def _plain(name: str) -> str:
    return _NOISE.sub("", name).casefold()
