"""What a read of an after-sale changed and nobody expected: kept as a difference that is taken over."""

from datetime import datetime
from typing import Any

from console.reconciling import reads

from .models import Aftersale
from .models.aftersale import EC_FINAL

CONTENT = ("orderamt", "refund_id")


def is_ahead(ours: Any) -> bool:
    """Whether a state may become another: the graph has circles, but nothing leads out of a final state."""
    return ours not in EC_FINAL


def keep(before: dict[str, Any], aftersale: Aftersale, began: datetime) -> None:
    """Compare what a read has set with what was stored; within its transaction."""
    changed: dict[str, tuple[Any, Any]] = {}
    if before["status"] is not None and before["status"] != aftersale.status and not is_ahead(before["status"]):
        changed["status"] = before["status"], aftersale.status
    is_over = before["status"] in EC_FINAL
    if is_over and before["orderamt"] != aftersale.orderamt:
        changed["orderamt"] = before["orderamt"], aftersale.orderamt
    if before["refund_id"] and before["refund_id"] != aftersale.refund_id:
        changed["refund_id"] = before["refund_id"], aftersale.refund_id
    reads.keep("aftersales", aftersale, changed, began)
