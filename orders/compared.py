"""How orders, their payments and their parcels are compared with WeChat."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models import Difference
from console.reconciling.sources import THERE, Changed, Source, Span, Theirs, compared, pending
from wechat.errors import Refused
from wechat.shop import order as shop
from wechat.steps.errors import Incomplete
from wechat.steps.operations import Operation
from wechat.steps.unread import LeftOut
from wechat.values import number, time_text

from . import operations, parcels
from .models import Order, OrderLine, OrderStatus, Parcel
from .models.order import UNSHIPPED
from .operations.orders import UNKNOWN_ORDER, WRONG_BUYER
from .snapshots import PRICES, Snapshot, apply_snapshot, import_order, read
from .surprises import is_ahead

PAGE = 100
LINES, PARCELS = "goods ", "parcel "
PAYMENT = ("transaction_id", "paid_at", "pay_method_type")
LINE_FIELDS = {
    "product_cnt": gettext_lazy("pieces"),
    "sale_price": gettext_lazy("price"),
    "sku_real_price": gettext_lazy("paid"),
}


@compared
class Orders(Source):
    name = "orders"
    kinds = {
        "orders": gettext_lazy("Orders"),
        "payments": gettext_lazy("Payments"),
        "parcels": gettext_lazy("Parcels"),
    }
    model = Order
    key = "out_order_id"
    permission = "orders.view_order"
    take_permission = "orders.refresh_order"
    labels = {
        "status": gettext_lazy("state"),
        "order_price": gettext_lazy("price"),
        "freight": gettext_lazy("freight"),
        "discounted_price": gettext_lazy("discount"),
        "additional_price": gettext_lazy("extra charge"),
        "transaction_id": gettext_lazy("transaction_id"),
        "paid_at": gettext_lazy("paid at"),
        "pay_method_type": gettext_lazy("paid by"),
    }
    money = frozenset(PRICES)
    amount = "order_price"
    states = frozenset({"status", "transaction_id", "paid_at"})
    sets = (PARCELS,)

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        page, began = cursor or 1, timezone.now()
        rows = shop.get_list(time_text(span.since), time_text(span.until), page, PAGE)
        found = LeftOut().readable(rows, lambda row: theirs_of(row, began), "out_order_id", "order_id")
        return found, page + 1 if len(rows) >= PAGE else None

    def ours(self, span: Span) -> QuerySet:
        """Those with a buyer: an order whose buyer was erased can only be found in lists."""
        at_wechat = Order.objects.exclude(order_id=None).exclude(openid="")
        return at_wechat.filter(placed_at__gte=span.since, placed_at__lt=span.until).prefetch_related(
            "lines", "parcels"
        )

    def rows(self) -> QuerySet:
        return Order.objects.prefetch_related("lines", "parcels")

    def read(self, record: Order) -> Theirs | None:
        if not record.openid:
            return None
        try:
            began, row = read(record)
        except Refused as error:
            if error.errcode in (UNKNOWN_ORDER, WRONG_BUYER):
                return None
            raise
        return theirs_of({**row, "out_order_id": record.out_order_id}, began)

    def values(self, record: Order) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(record, name) for name in ("status", *PRICES)}
        values["transaction_id"] = record.transaction_id or None
        values["paid_at"] = time_text(record.paid_at) if record.paid_at else None
        values["pay_method_type"] = record.pay_method_type
        for line in record.lines.all():
            values |= {f"{LINES}{line.out_sku_id} {name}": getattr(line, name) for name in LINE_FIELDS}
        sent = [parcel for parcel in record.parcels.all() if parcel.sent_at]
        return values | {f"{PARCELS}{parcel.delivery_id} {parcel.waybill_id}": True for parcel in sent}

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        return theirs_of(row, began)

    def kind_of(self, field: str) -> str:
        if field.startswith(PARCELS):
            return "parcels"
        return "payments" if field in PAYMENT else "orders"

    def fen(self, field: str, changed: Changed, values: Any) -> int:
        if field.startswith(LINES) and not field.endswith("product_cnt"):
            return abs(int(changed.ours or 0) - int(changed.theirs or 0))
        return super().fen(field, changed, values)

    def is_forward(self, field: str, changed: Changed) -> bool:
        if field == "status":
            return is_ahead(changed.ours, changed.theirs)
        return not changed.ours and bool(changed.theirs)

    def label(self, field: str) -> str:
        if field.startswith(PARCELS):
            return _("parcel %(number)s") % {"number": field.removeprefix(PARCELS)}
        if field.startswith(LINES):
            sku, _blank, name = field.removeprefix(LINES).rpartition(" ")
            return f"{sku} · {LINE_FIELDS[name]}"
        return super().label(field)

    def shown(self, field: str, value: Any) -> str:
        if field.startswith(PARCELS):
            return super().shown(THERE, bool(value))
        if field == "status" and value in OrderStatus.values:
            return str(OrderStatus(value).label)
        if field.startswith(LINES) and not field.endswith("product_cnt"):
            return super().shown("order_price", value)
        return super().shown(field, value)

    def take(self, record: Order, rows: dict[str, Difference]) -> bool:
        """State and payment as a read would; prices, goods and parcels, which no read changes, one by one."""
        taken = {field: row.theirs for field, row in rows.items()}
        began = self.began(record, rows)
        pay = {
            name: taken.get(column) for name, column in (("transaction_id", "transaction_id"), ("pay_time", "paid_at"))
        }
        row = {"status": taken.get("status"), "order_detail": {"pay_info": pay}}
        if not apply_snapshot(record, Snapshot(began, row)):
            return False
        columns: dict[str, Any] = {name: taken[name] for name in (*PRICES, "pay_method_type") if name in taken}
        columns |= {name: "" for name in ("transaction_id",) if name in taken and not taken[name]}
        columns |= {name: None for name in ("paid_at",) if name in taken and not taken[name]}
        if columns:
            Order.objects.filter(pk=record.pk).update(**columns)
        for field, value in taken.items():
            if field.startswith(LINES):
                sku, _blank, name = field.removeprefix(LINES).rpartition(" ")
                OrderLine.objects.filter(order=record, out_sku_id=sku).update(**{name: value})
            elif field.startswith(PARCELS):
                _take_parcel(record, field, bool(value))
        return True

    def adopt(self, row: Difference) -> Any:
        order = import_order(row.their_row)
        apply_snapshot(order, Snapshot(row.seen_at, row.their_row))
        return order

    def push(self, row: Difference) -> Operation | None:
        """A parcel that WeChat lost, or never got, is sent again while the order is not wholly shipped."""
        is_lost = row.field.startswith(PARCELS) and bool(row.ours)
        order = row.record
        return operations.ship_order if is_lost and order is not None and order.status in UNSHIPPED else None

    def before_push(self, rows: list[Difference]) -> None:
        """A parcel counts as sent no longer, so that the operation sends it."""
        for row in rows:
            company, _blank, waybill = row.field.removeprefix(PARCELS).partition(" ")
            lost = Parcel.objects.filter(order=row.object_id, delivery_id=company, waybill_id=waybill)
            lost.update(sent_at=None)


def theirs_of(row: dict, began: Any) -> Theirs:
    """An order of WeChat's, in values that can be compared. Raises KeyError, TypeError."""
    if not row.get("out_order_id"):
        raise KeyError("out_order_id")
    detail = row.get("order_detail") or {}
    price, pay = detail.get("price_info") or {}, detail.get("pay_info") or {}
    values: dict[str, Any] = {"status": number(row.get("status"))}
    values |= {name: number(price[name]) or 0 for name in PRICES if name in price}
    # A payment that WeChat does not name says nothing while the order was not paid here either.
    values["transaction_id"] = str(pay.get("transaction_id") or "") or None
    values["paid_at"] = str(pay.get("pay_time") or "") or None
    if number(pay.get("pay_method_type")) is not None:
        values["pay_method_type"] = number(pay["pay_method_type"])
    for line in detail.get("product_infos") or []:
        numbers = {name: number(line.get(name)) for name in LINE_FIELDS}
        values |= {f"{LINES}{line.get('out_sku_id')} {name}": n for name, n in numbers.items() if n is not None}
    for parcel in (detail.get("delivery_detail") or {}).get("delivery_list") or []:
        if parcel.get("waybill_id"):
            values[f"{PARCELS}{parcel.get('delivery_id')} {parcel['waybill_id']}"] = True
    return Theirs(str(row["out_order_id"]), values, began, row)


def _take_parcel(order: Order, field: str, is_there: bool) -> None:
    company, _blank, waybill = field.removeprefix(PARCELS).partition(" ")
    mine = Parcel.objects.filter(order=order, delivery_id=company, waybill_id=waybill)
    if not is_there:
        mine.update(sent_at=None)
    elif not mine.update(sent_at=timezone.now()):
        _add_parcel(order, company, waybill)


def _add_parcel(order: Order, company: str, waybill: str) -> None:
    """A parcel that was sent outside this console: WeChat does not tell what is in it; what is left then is."""
    try:
        made = parcels.add(order, [{"delivery_id": company, "waybill_id": waybill}])
    except Incomplete:
        made = [Parcel.objects.create(order=order, delivery_id=company, waybill_id=waybill)]
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in made]).update(sent_at=timezone.now())


@pending("products")
def about_to_be_sent(keys: Iterable[str]) -> set[str]:
    """Products sold a moment ago, whose stock is lowered here and sent to WeChat with others."""
    lines = OrderLine.objects.filter(order__stock_pushed=False, sku__spu__out_product_id__in=list(keys))
    return set(lines.values_list("sku__spu__out_product_id", flat=True))
