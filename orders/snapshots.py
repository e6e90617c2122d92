"""A read of an order (`Snapshot`) and how it is applied; the newest read wins."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from wechat.shop import order as shop
from wechat.steps import actors
from wechat.steps.reading import Reading, accepted, lock_newest
from wechat.values import moment, number, text, texts

from . import stock, surprises
from .models import Order, OrderLine, StatusChange
from .models.order import PAID

PRICES = ("order_price", "freight", "discounted_price", "additional_price")
LINE_TEXTS = ("out_product_id", "out_sku_id", "title", "path", "head_img")


class Snapshot(NamedTuple):
    """An order as read, and when that read began."""

    began: datetime
    order: dict

    @property
    def status(self) -> int | None:
        return number(self.order.get("status"))


def read(order: Order) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, shop.get(order.out_order_id, order.openid))


def apply_snapshot(order: Order, snapshot: Snapshot) -> bool:
    """Store what was read; False when a later read has been applied."""
    with transaction.atomic():
        before = lock_newest(order, snapshot.began)
        if before is None:
            return False
        fields = _fields(snapshot.order)
        surprises.keep(before, fields, snapshot.order, snapshot.began)
        Order.objects.filter(pk=order.pk).update(**fields)
        if snapshot.status is not None:
            record_change(before, snapshot.status)
        in_full = before.told_fen is None or before.told_fen >= before.order_price
        if before.payment_alert and snapshot.status in PAID and in_full:
            # The message arrived before WeChat's own records had the payment: remove the alert.
            Order.objects.filter(pk=order.pk).update(payment_alert="", payment_alert_code="")
    return True


reading = Reading(read, apply_snapshot)


def status_accepted(order: Order, status: int, **fields: Any) -> None:
    """WeChat accepted a write just now: set the state that follows from it."""
    before = Order.objects.get(pk=order.pk)
    accepted(order, status=status, **fields)
    record_change(before, status)


def record_change(order: Order, status: int) -> None:
    """Store a change of state, within the transaction that makes it; a paid order lowers the stock."""
    if order.status == status:
        return
    if order.status is not None:
        StatusChange.objects.create(order=order, was=order.status, status=status, door=actors.current().door)
    if status in PAID and order.status not in PAID and order.stock_taken_at is None and settings.STOCK_FOLLOWS_ORDERS:
        stock.take(order)


def import_order(row: dict) -> Order:
    """Create a record of an order that exists only at WeChat; `apply_snapshot` sets the rest."""
    detail = row.get("order_detail") or {}
    price = detail.get("price_info") or {}
    order = Order.objects.create(
        out_order_id=str(row.get("out_order_id")),
        openid=str(row.get("openid") or ""),
        fund_type=number(row.get("fund_type")) or 0,
        scene=number(row.get("scene")) or 0,
        path=text(Order, "path", row.get("path")),
        pay_method_type=number((detail.get("pay_info") or {}).get("pay_method_type")) or 0,
        placed_at=moment(row.get("create_time")) or timezone.now(),
        stock_taken_at=timezone.now(),  # an order from outside this console must not lower the stock here
        **{name: max(0, number(price.get(name)) or 0) for name in PRICES},
    )
    OrderLine.objects.bulk_create(_line(order, nth, info) for nth, info in enumerate(detail.get("product_infos") or []))
    return order


def _fields(row: dict) -> dict[str, Any]:
    detail = row.get("order_detail") or {}
    pay = detail.get("pay_info") or {}
    promoter, sharer = detail.get("promotion_info") or {}, detail.get("sharer_info") or {}
    fields = {
        "order_id": number(row.get("order_id")),
        "status": number(row.get("status")),
        "paid_at": moment(pay.get("pay_time")),
        "live_started_at": moment(sharer.get("live_start_time") or promoter.get("live_start_time")),
        **texts(
            Order,
            transaction_id=pay.get("transaction_id"),
            promoter_id=promoter.get("promoter_id"),
            promoter_openid=promoter.get("promoter_openid"),
            finder_nickname=promoter.get("finder_nickname"),
            sharer_openid=sharer.get("sharer_openid") or promoter.get("sharer_openid"),
        ),
    }
    # A field that is missing in the read keeps its value: attribution comes late, and not in every list.
    return {name: value for name, value in fields.items() if value not in (None, "")} | {"refusal": {}}


def _line(order: Order, nth: int, info: dict) -> OrderLine:
    cnt = max(1, number(info.get("product_cnt")) or 1)
    sale = max(0, number(info.get("sale_price")) or 0)
    paid = number(info.get("sku_real_price"))
    if paid is None and (each := number(info.get("real_price"))) is not None:
        paid = each * cnt
    return OrderLine(
        order=order,
        position=nth,
        product_cnt=cnt,
        sale_price=sale,
        sku_real_price=max(0, sale * cnt if paid is None else paid),
        **texts(OrderLine, **{name: info.get(name) for name in LINE_TEXTS}),
    )
