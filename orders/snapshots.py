"""What reading an order brings, and what it changes here; a later read is never overwritten by an earlier one."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wechat.shop import order as shop
from wechat.steps import actors
from wechat.values import moment, number

from . import stock
from .models import Order, OrderLine, StatusChange
from .models.order import PAID


class Snapshot(NamedTuple):
    began: datetime
    order: dict

    @property
    def status(self) -> int | None:
        return number(self.order.get("status"))


def read(order: Order) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, shop.get(order.out_order_id, order.openid))


def take_in(order: Order, found: Snapshot) -> bool:
    """Record what was read; False when a later read is recorded already."""
    with transaction.atomic():
        fresh = Order.objects.filter(Q(read_at=None) | Q(read_at__lt=found.began), pk=order.pk)
        if not fresh.update(read_at=found.began):
            return False
        now = Order.objects.get(pk=order.pk)
        Order.objects.filter(pk=order.pk).update(**_fields(now, found.order))
        if found.status is not None:
            changed(now, found.status)
        if now.payment_alert and found.status in PAID and (now.told_fen is None or now.told_fen >= now.order_price):
            # The message only came before WeChat's own books had it.
            Order.objects.filter(pk=order.pk).update(payment_alert="")
    return True


def changed(order: Order, status: int) -> None:
    """Note a change of state, within the transaction that makes it; what is paid for leaves the stock."""
    if order.status == status:
        return
    if order.status is not None:
        StatusChange.objects.create(order=order, was=order.status, status=status, door=actors.current().door)
    if status in PAID and order.status not in PAID and order.stock_taken_at is None and settings.STOCK_FOLLOWS_ORDERS:
        stock.take(order)


def adopt(found: dict) -> Order:
    """An order WeChat has and we had not, as it stands there."""
    detail = found.get("order_detail") or {}
    price = detail.get("price_info") or {}
    order = Order.objects.create(
        out_order_id=str(found.get("out_order_id")),
        openid=str(found.get("openid") or ""),
        fund_type=number(found.get("fund_type")) or 0,
        scene=number(found.get("scene")) or 0,
        path=str(found.get("path") or "")[:300],
        pay_method_type=number((detail.get("pay_info") or {}).get("pay_method_type")) or 0,
        placed_at=moment(found.get("create_time")) or timezone.now(),
        stock_taken_at=timezone.now(),  # what was sold elsewhere is counted elsewhere
        **{name: max(0, number(price.get(name)) or 0) for name in PRICES},
    )
    OrderLine.objects.bulk_create(_line(order, nth, info) for nth, info in enumerate(detail.get("product_infos") or []))
    return order


PRICES = ("order_price", "freight", "discounted_price", "additional_price")


def _fields(order: Order, found: dict) -> dict:
    detail = found.get("order_detail") or {}
    pay = detail.get("pay_info") or {}
    promoter, sharer = detail.get("promotion_info") or {}, detail.get("sharer_info") or {}
    told = {
        "order_id": number(found.get("order_id")),
        "status": number(found.get("status")),
        "transaction_id": str(pay.get("transaction_id") or "")[:64],
        "paid_at": moment(pay.get("pay_time")),
        "promoter_id": str(promoter.get("promoter_id") or "")[:64],
        "promoter_openid": str(promoter.get("promoter_openid") or "")[:64],
        "finder_nickname": str(promoter.get("finder_nickname") or "")[:100],
        "sharer_openid": str(sharer.get("sharer_openid") or promoter.get("sharer_openid") or "")[:64],
        "live_started_at": moment(sharer.get("live_start_time") or promoter.get("live_start_time")),
    }
    # What a read does not tell stays as it was: attribution comes late, and not in every list.
    return {name: value for name, value in told.items() if value not in (None, "")} | {"refusal": {}}


def _line(order: Order, nth: int, info: dict) -> OrderLine:
    cnt = max(1, number(info.get("product_cnt")) or 1)
    sale = max(0, number(info.get("sale_price")) or 0)
    paid = number(info.get("sku_real_price"))
    if paid is None and (each := number(info.get("real_price"))) is not None:
        paid = each * cnt
    return OrderLine(
        order=order,
        position=nth,
        out_product_id=str(info.get("out_product_id") or "")[:100],
        out_sku_id=str(info.get("out_sku_id") or "")[:100],
        product_cnt=cnt,
        sale_price=sale,
        sku_real_price=max(0, sale * cnt if paid is None else paid),
        title=str(info.get("title") or "")[:200],
        path=str(info.get("path") or "")[:300],
        head_img=str(info.get("head_img") or "")[:500],
    )
