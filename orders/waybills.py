"""Reads a warehouse's list of waybills: order number, express company by its usual name, waybill.

Nothing is stored here; an ambiguous row is shown with its possible meanings, for a person to choose.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from console.sheets import read as sheets

from .models import ExpressCompany, Order
from .models.order import UNSHIPPED

HEADERS = {
    "out_order_id": ("订单号", "订单编号", "商家订单号", "order", "ordernumber", "orderid", "outorderid"),
    "express": ("快递", "快递公司", "物流公司", "承运商", "express", "expresscompany", "carrier", "deliveryid"),
    "waybill_id": ("运单号", "快递单号", "物流单号", "单号", "waybill", "waybillid", "trackingnumber"),
    "out_sku_id": ("sku", "sku编号", "商家sku编号", "skuid", "outskuid"),
    "pieces": ("数量", "件数", "pieces", "quantity"),
}
MOST = 2000  # rows in one list
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
    for number, line in enumerate(text.splitlines(), 1):
        # A line copied from a spreadsheet is split at tabs only, as names may contain blanks.
        cells = [cell.strip() for cell in re.split(r"\t" if "\t" in line else r"[,，;；]+|\s+", line.strip())]
        cells = [cell for cell in cells if cell]
        if cells and not _is_header(cells):
            rows.append(_row(number, cells))
    return _not_too_many(rows)


def from_sheet(file: IO[bytes], name: str) -> list[Row]:
    """Rows of an XLSX or CSV with headers; raises ValidationError where it cannot be read."""
    rows = []
    cells_of = sheets.raw_rows(file, name)
    columns: list[str | None] = []
    for number, cells in cells_of:
        texts = [_text(cell) for cell in cells]
        if not columns:
            headers = [_column(cell) for cell in texts]
            if "out_order_id" in headers and "waybill_id" in headers:
                columns = headers
            elif any(texts):
                rows.append(_row(number, [text for text in texts if text]))
            continue
        named = {name: text for name, text in zip(columns, texts, strict=False) if name}
        if any(named.values()):
            rows.append(_row_of(number, [named.get(name, "") for name in HEADERS]))
        if len(rows) > MOST:
            break
    return _not_too_many(rows)


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
        row.fault = _fault(row, seen)
        seen |= {(row.out_order_id,), (row.out_order_id, row.waybill_id, row.out_sku_id)}
    return rows


def goods_of(order: Order, out_sku_id: str, pieces: str) -> list[dict]:
    """The goods that a row names; empty where the parcel contains all pieces that are left."""
    line = next((line for line in order.lines.all() if line.out_sku_id == out_sku_id), None)
    if line is None:
        return []
    count = (
        int(pieces) if pieces.isascii() and pieces.isdigit() and int(pieces) else line.product_cnt - line.refunded_cnt
    )
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
    if (row.out_order_id,) in seen and not row.out_sku_id:
        return _("Several parcels of one order: name the SKU id and the pieces of each, or ship it on its own page.")
    if any(parcel.waybill_id == row.waybill_id and parcel.sent_at for parcel in row.order.parcels.all()):
        return _("WeChat knows this waybill already.")
    if row.order.status not in UNSHIPPED:
        return _("The order is “%(state)s”.") % {"state": row.order.state_label}
    if row.order.payment_alert:
        return _("The payment is in doubt: clear that first.")
    return ""


def _row(number: int, cells: list[str]) -> Row:
    if len(cells) == 2:
        cells = [cells[0], "", cells[1]]
    return _row_of(number, [*cells, "", "", "", ""][:5])


def _row_of(number: int, cells: list[str]) -> Row:
    """A row of the five columns, in their order."""
    out_order_id, express, waybill_id, out_sku_id, pieces = cells
    return Row(number, out_order_id, express, waybill_id, out_sku_id, pieces)


def _is_header(cells: Iterable[str]) -> bool:
    return _column(next(iter(cells))) == "out_order_id"


def _column(cell: str) -> str | None:
    plain = re.sub(r"[\s_*]", "", cell).casefold()
    return next((name for name, names in HEADERS.items() if plain in names), None)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip().lstrip("'")


def _plain(name: str) -> str:
    return _NOISE.sub("", name).casefold()
