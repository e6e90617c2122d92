"""Exports addresses for the warehouse, as a sheet or labels of orders to ship; each export has a reason and a trace."""

from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.models import Reveal
from console.sheets.columns import Column
from wechat.chunks import in_chunks
from wechat.steps import actors

from .models import Order
from .models.order import OrderQuerySet

COLUMNS = [
    Column("out_order_id", _("Order number"), width=24),
    Column("express", _("Express company"), width=14),
    Column("waybill_id", _("Waybill"), width=20),
    Column("receiver_name", _("Receiver"), width=12),
    Column("tel_number", _("Phone"), width=16),
    Column("address", _("Address"), width=60),
    Column("goods", _("Goods"), width=50),
    Column("pieces", _("Pieces"), width=8),
]
MOST = 5000  # orders in one batch


def rows(orders: OrderQuerySet) -> Iterator[dict[str, str]]:
    """One row per order, with the columns that the upload of waybills reads; the goods left to ship, else all."""
    for order in in_chunks(orders.with_content(), 200):
        left = {pk: count for pk, count in order.left_to_ship().items() if count > 0}
        lines = [(line, left.get(line.pk, 0) if left else line.product_cnt) for line in order.lines.all()]
        goods = [f"{line.title} ({line.out_sku_id}) × {count}" for line, count in lines if count]
        yield {
            "out_order_id": order.out_order_id,
            "receiver_name": str((order.address or {}).get("receiver_name", "")),
            "tel_number": str((order.address or {}).get("tel_number", "")),
            "address": whole_address(order.address or {}),
            "goods": "\n".join(goods),
            "pieces": str(sum(count for _line, count in lines)),
        }


def whole_address(address: dict) -> str:
    return " ".join(
        str(address[name]) for name in ("province", "city", "town", "detailed_address") if address.get(name)
    )


def leave_trace(orders: QuerySet, reason: str) -> int:
    """Store for each order who exported its address and why; returns how many."""
    actor, kind = actors.current(), ContentType.objects.get_for_model(Order)
    traces = [
        Reveal(
            user=actor.user,
            door=actor.door,
            content_type=kind,
            object_id=pk,
            what=str(_("address, for shipping")),
            reason=reason,
        )
        for pk in orders.values_list("pk", flat=True)
    ]
    Reveal.objects.bulk_create(traces, batch_size=500)
    return len(traces)
