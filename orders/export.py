"""Orders as rows of a sheet, one row per order line; buyers are masked."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from console.sheets.columns import Column
from wechat.chunks import in_chunks

from .models import Order, OrderLine

COLUMNS = [
    Column("out_order_id", _("Order number"), width=24),
    Column("order_id", "order_id", width=22),
    Column("state", _("State"), width=14),
    Column("buyer", _("Buyer"), width=14),
    Column("out_product_id", _("Product id"), width=18),
    Column("out_sku_id", _("SKU id"), width=20),
    Column("title", _("Title"), width=36),
    Column("product_cnt", _("Pieces"), width=8),
    Column("sale_price", _("Price (yuan)"), width=12),
    Column("sku_real_price", _("Paid (yuan)"), width=12),
    Column("refunded", _("Refunded (yuan)"), width=12),
    Column("order_price", _("Order's price (yuan)"), width=14),
    Column("freight", _("Freight (yuan)"), width=12),
    Column("transaction_id", "transaction_id", width=30),
    Column("placed_at", _("Placed at"), width=20),
    Column("paid_at", _("Paid at"), width=20),
    Column("promoter_id", _("Promoter"), width=18),
]


def rows(orders: QuerySet) -> Iterator[dict[str, str]]:
    for order in in_chunks(orders.prefetch_related("lines")):
        for nth, line in enumerate(order.lines.all()):
            yield _line(line) | (_order(order) if nth == 0 else {"out_order_id": order.out_order_id})


def _order(order: Order) -> dict[str, str]:
    return {
        "out_order_id": order.out_order_id,
        "order_id": str(order.order_id or ""),
        "state": order.state_label,
        "buyer": order.buyer,
        "order_price": yuan(order.order_price),
        "freight": yuan(order.freight),
        "transaction_id": order.transaction_id,
        "placed_at": _time(order.placed_at),
        "paid_at": _time(order.paid_at),
        "promoter_id": order.promoter_id,
    }


def _line(line: OrderLine) -> dict[str, str]:
    return {
        "out_product_id": line.out_product_id,
        "out_sku_id": line.out_sku_id,
        "title": line.title,
        "product_cnt": str(line.product_cnt),
        "sale_price": yuan(line.sale_price),
        "sku_real_price": yuan(line.sku_real_price),
        "refunded": yuan(line.refunded_fen),
    }


def _time(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
