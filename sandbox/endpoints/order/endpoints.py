"""The calls of orders (BEHAVIOUR 4.2, 4.3 and 4.5)."""

import secrets
import time
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from ...ids import new_id
from ...models import Account, Order
from ...platform import Refusal, Request, endpoint, need
from ...values import moment, span_of, stamp, whole
from .answers import ids_of, pay_method, show
from .checks import check_order, read_openid
from .clock import expire_due
from .moves import cancel, keep, move

TICKET = timedelta(hours=24)


@endpoint("/shop/order/add")
def add(request: Request) -> dict:
    account, given = request.account, request.data
    expire_due(account)
    check_order(account, given)
    if given["fund_type"] == 1 and account.merchant != "open":
        raise Refusal(48001, "fund_type 1 needs a merchant account, which is not open")
    now = timezone.now()
    fields = _fields(account, given) | {"updated_at": now}
    known = {"order_id": new_id(), "created_at": now}
    order, new = Order.objects.get_or_create(out_order_id=given["out_order_id"], defaults=known | fields)
    # BEHAVIOUR 4.2: with fund_type 1 the first content stays
    if not new and order.fund_type == 0 and order.status == Order.UNPAID and account.on("fund_0_overwrites"):
        keep(order, **fields)
    until = order.ticket_until
    if not order.ticket or until is None or until <= account.now():
        until = account.now() + TICKET
        keep(order, ticket=secrets.token_urlsafe(30), ticket_until=until)
    data = {"ticket": order.ticket, "ticket_expire_time": stamp(until), "final_price": order.price}
    return {"data": ids_of(order) | data}


@endpoint("/shop/order/getpaymentparams")
def getpaymentparams(request: Request) -> dict:
    order = find(request)
    if order.fund_type != 1:
        raise Refusal(1010047, "fund_type is not 1, there are no payment parameters")
    if order.price == 0:
        raise Refusal(1010051, "the price is 0, there is nothing to pay")
    if order.status != Order.UNPAID:
        raise Refusal(1010043, "the order's state does not allow payment")
    keep(order, frozen=True)
    params = {
        "timeStamp": int(time.time()),
        "nonceStr": secrets.token_hex(16),
        "signType": "RSA",
        "package": f"prepay_id=wx{secrets.token_hex(17)}",
        "paySign": secrets.token_urlsafe(256),
    }
    return {"payment_params": params}


@endpoint("/shop/order/pay")
def pay_(request: Request) -> dict:
    order, given = find(request), request.data
    if order.fund_type == 1:
        raise Refusal(1010050, "fund_type 1 needs no payment sync")
    action = given.get("action_type", 1)
    if action not in (1, 2, 3, 4, 5, 10):
        raise Refusal(40097, "invalid action_type")
    if action != 1:
        move(order, (Order.UNPAID,), Order.CANCELLED)
        return {}
    transaction_id = given.get("transaction_id") or ""
    if not isinstance(transaction_id, str) or (not transaction_id and pay_method(order.content) == 0):
        raise Refusal(1010004, "transaction_id is needed")
    paid_at = moment(given.get("pay_time"), "pay_time", 1010004)
    unpaid = (Order.UNPAID, Order.UNSYNCED)
    move(order, unpaid, Order.TO_SHIP, paid_at=paid_at, transaction_id=transaction_id, ticket="")
    return {}


@endpoint("/shop/order/close")
def close(request: Request) -> dict:
    cancel(find(request))
    return {}


@endpoint("/shop/order/get")
def get(request: Request) -> dict:
    return {"order": show([find(request)])[0]}


@endpoint("/shop/order/get_list")
def get_list(request: Request) -> dict:
    given = request.data
    sort = given.get("sort_order", 1)
    if sort not in (1, 2):
        raise Refusal(40097, "sort_order is 1 or 2")
    by = "created_at" if request.account.on("listed_by_arrival") else "create_time"
    found = Order.objects.order_by(f"-{by}" if sort == 1 else by)
    if span := span_of(given, "create"):
        found = found.filter(**{f"{by}__range": span})
    return _page(request, found)


@endpoint("/shop/order/get_list_by_finder")
def get_list_by_finder(request: Request) -> dict:
    given = request.data
    wanted = {name: given[name] for name in ("promoter_id", "promoter_openid") if given.get(name)}
    if not wanted:
        raise Refusal(990007, "promoter_id or promoter_openid is needed")
    return _page(request, _paid_within(given).filter(**wanted))


@endpoint("/shop/order/get_list_by_sharer")
def get_list_by_sharer(request: Request) -> dict:
    (sharer,) = need(request.data, "sharer_openid")
    return _page(request, _paid_within(request.data).filter(sharer_openid=sharer))


def find(request: Request) -> Order:
    """Find the order by either id, together with the buyer's openid (BEHAVIOUR 4.5)."""
    given, account = request.data, request.account
    ours, theirs = given.get("out_order_id"), given.get("order_id")
    if not ours and not theirs:
        raise Refusal(1010001, "order_id or out_order_id is needed")
    openid = read_openid(given)
    by_theirs = theirs and (account.on("platform_id_wins") or not ours)
    if by_theirs and not whole(theirs, 2**63 - 1):
        raise Refusal(40097, "order_id is a whole number")
    expire_due(account)
    found = Order.objects.select_for_update().filter(openid=openid)
    order = found.filter(**({"order_id": theirs} if by_theirs else {"out_order_id": ours})).first()
    if order is None:
        raise Refusal(1010011, "the order does not exist, check its number and openid")
    return order


def _fields(account: Account, given: dict) -> dict:
    names = ("openid", "fund_type", "scene")
    # As long from now by the clock as the merchant means: a clock moved earlier kills no new order.
    ends = given.get("expire_time") if given["fund_type"] == 1 else 0
    expire_at = datetime.fromtimestamp(ends, UTC) + timedelta(seconds=account.clock) if ends else None
    return {name: given[name] for name in names} | {
        "content": given,
        "create_time": moment(given["create_time"], "create_time", 1010008),
        "expire_at": expire_at,
    }


def _paid_within(given: dict) -> QuerySet[Order]:
    span = span_of(given, "pay")
    found = Order.objects.exclude(paid_at=None).order_by("-paid_at")
    return found.filter(paid_at__range=span) if span else found


def _page(request: Request, found: QuerySet[Order]) -> dict:
    page, size = need(request.data, "page", "page_size")
    if not whole(page) or not whole(size) or not page or not size:
        raise Refusal(40097, "page and page_size count from 1")
    if size > 100:
        raise Refusal(990005, "page_size is at most 100")
    expire_due(request.account)
    # BEHAVIOUR 14.4: named `data` in the documents
    return {"orders": show(list(found[(page - 1) * size : page * size])), "total_num": found.count()}
