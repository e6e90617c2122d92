"""Section 4: orders of both generations, and what the buyer and the platform do to them."""

import re
import secrets
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import books
from ..ids import new_id
from ..models import Account, Claim, Flow, Order, Product
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from ..values import moment, span_of, stamp, whole
from . import scene

TICKET, RECEIPT = timedelta(hours=24), timedelta(days=10)
SETTLEMENT = timedelta(days=7)  # after the days for claims
METHODS = {0: "微信支付", 1: "货到付款", 2: "商家会员储蓄卡抵扣"}
PROMOTER = {
    "promoter_id": "PROMOTER_1", "promoter_openid": "oPromoter_sandbox_00000000001",
    "finder_username": "v2_sandbox_finder", "finder_nickname": "茶里的直播间",
}  # fmt: skip
SHARER = {"sharer_openid": "oSharer_sandbox_000000000001"}


@endpoint("/shop/order/add")
def add(request: Request) -> dict:
    account, given = request.account, request.data
    expire_due(account)
    _check(account, given)
    if given["fund_type"] == 1 and account.merchant != "open":
        raise Refusal(48001, "fund_type 1 needs a merchant account, which is not open")
    now = timezone.now()
    fields = _fields(account, given) | {"updated_at": now}
    known = {"order_id": new_id(), "created_at": now}
    order, new = Order.objects.get_or_create(out_order_id=given["out_order_id"], defaults=known | fields)
    # 4.2: fund_type 1 keeps what came first
    if not new and order.fund_type == 0 and order.status == Order.UNPAID and account.on("fund_0_overwrites"):
        _keep(order, **fields)
    if not order.ticket or order.ticket_until is None or order.ticket_until <= account.now():
        _keep(order, ticket=secrets.token_urlsafe(30), ticket_until=account.now() + TICKET)
    data = {"ticket": order.ticket, "ticket_expire_time": stamp(order.ticket_until), "final_price": order.price}
    return {"data": _ids(order) | data}


@endpoint("/shop/order/getpaymentparams")
def getpaymentparams(request: Request) -> dict:
    order = find(request)
    if order.fund_type != 1:
        raise Refusal(1010047, "fund_type is not 1, there are no payment parameters")
    if order.price == 0:
        raise Refusal(1010051, "the price is 0, there is nothing to pay")
    if order.status != Order.UNPAID:
        raise Refusal(1010043, "the order's state does not allow payment")
    _keep(order, frozen=True)
    params = {
        "timeStamp": int(time.time()), "nonceStr": secrets.token_hex(16), "signType": "RSA",
        "package": f"prepay_id=wx{secrets.token_hex(17)}", "paySign": secrets.token_urlsafe(256),
    }  # fmt: skip
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
    if not isinstance(transaction_id, str) or (not transaction_id and _method(order.content) == 0):
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


def pay(order: Order, amount: int | None = None, forged: bool = False) -> None:
    """The buyer pays. What is forged or too little is only told of: the order stays as it is."""
    account = Account.only()
    expire_due(account)
    order.refresh_from_db()
    amount = order.price if amount is None else amount
    paid: dict[str, Any] = {"transaction_id": f"4200{secrets.randbelow(10**24):024d}", "paid_at": timezone.now()}
    if not forged and amount >= order.price:
        if order.fund_type == 0:
            move(order, (Order.UNPAID,), Order.UNSYNCED, errcode=1010043)
            return
        with transaction.atomic(using="sandbox"):
            move(order, (Order.UNPAID,), Order.TO_SHIP, **paid, ticket="", errcode=1010043)
            _enter_payment(order)
        # 1.5: only a fund_type 1 order from a Channels scene counts, and one whose payment parameters were asked for
        if order.frozen and scene.verified(account, order.scene):
            seen(account, "pay_order", "ec_order")
    told = {"transaction_id": paid["transaction_id"], "pay_time": stamp(paid["paid_at"])}
    _tell(order, "pay", **told, amount=amount, payer_amount=amount, sp_openid=order.openid)


def cancel(order: Order, status: int = Order.CANCELLED) -> None:
    """Either side cancels before payment, or time does (4.4)."""
    move(order, (Order.UNPAID,), status)
    _tell(order, "cancel", cancel_type=1)


def confirm(order: Order) -> None:
    """The buyer has it, and says so in the order centre."""
    move(order, (Order.SHIPPED,), Order.FINISHED)
    _tell(order, "confirm")


def refund_all(order: Order) -> None:
    """Everything was refunded (4.4)."""
    with transaction.atomic(using="sandbox"):
        _lock(order)
        _give_back(order, order.price, f"5030{secrets.randbelow(10**24):024d}")
        move(order, Order.PAID, Order.REFUNDED, refunded=dict(_pieces(order)))
        _tell(order, "refund")


def refund(order: Order, out_sku_id: str, count: int, amount: int = 0, number: str = "") -> None:
    """Pieces of one sku were refunded, for `amount` of the platform's; with the last, the order is over (4.4)."""
    with transaction.atomic(using="sandbox"):
        order = Order.objects.select_for_update().get(pk=order.pk)
        _give_back(order, amount, number)
        refunded = {**order.refunded, out_sku_id: order.refunded.get(out_sku_id, 0) + count}
        _keep(order, refunded=refunded, updated_at=timezone.now())
        over = all(refunded.get(sku, 0) >= ordered for sku, ordered in _pieces(order).items())
        if over and order.status in Order.PAID:
            move(order, Order.PAID, Order.REFUNDED)
            _tell(order, "refund")


def settle(order: Order) -> None:
    """The after-sale window is over: what was not refunded is the merchant's, but for the fee (7.1)."""
    with transaction.atomic(using="sandbox"):
        _lock(order)
        if order.settled:
            raise Refusal(1000000, "the order is settled already")
        waits = Account.only().on("settlement_waits_for_claims")
        if waits and order.claims.exclude(status__in=Claim.FINAL).exists():
            raise Refusal(1000000, "a claim of the order is open")
        move(order, (Order.FINISHED,), Order.FINISHED, settled=True)
        _enter_payment(order)
        left = order.price - order.paid_back if order.fund_type == 1 else 0
        if left:
            number, net = f"SETTLE{secrets.token_hex(10)}", left - books.fee(left)
            books.enter(Flow.FEE, order.out_order_id, pending=-left, available=net)
            _tell(order, "settle", settle_no=number, amount=net, settle_time=stamp(timezone.now()))


def attribute(order: Order, promoter: dict | None = None, sharer: dict | None = None) -> None:
    """The platform has found out through whom the order came (4.5), late."""
    if promoter:
        ids = {name: promoter.get(name, "") for name in ("promoter_id", "promoter_openid")}
        _keep(order, promotion=promoter, **ids)
    if sharer:
        live = {"live_start_time": stamp(timezone.now())}
        room = f"LIVE_{timezone.localdate():%Y%m%d}"
        _keep(order, sharer=live | sharer, sharer_openid=sharer["sharer_openid"], live_export_id=room)
    _keep(order, updated_at=timezone.now())
    _tell(order, "analyze", openid=order.openid)


def expire_due(account: Account) -> None:
    """What the clock has brought: unpaid orders time out (4.2), receipt confirms itself (4.4), money settles (7.1)."""
    # Of two calls that find the same order due, one moves it.
    for order in Order.objects.filter(status=Order.UNPAID, expire_at__lte=account.now()).order_by("pk"):
        with suppress(Refusal):
            cancel(order, Order.TIMED_OUT)
    if account.on("auto_confirm"):
        due = account.now() - RECEIPT
        for order in Order.objects.filter(status=Order.SHIPPED, shipped_at__lte=due).order_by("pk"):
            with suppress(Refusal):
                confirm(order)
    if account.on("settles_by_itself"):
        for order in _to_settle(account.now() - SETTLEMENT):
            with suppress(Refusal):
                settle(order)


def find(request: Request) -> Order:
    """By either id together with the buyer (4.5)."""
    given, account = request.data, request.account
    ours, theirs = given.get("out_order_id"), given.get("order_id")
    if not ours and not theirs:
        raise Refusal(1010001, "order_id or out_order_id is needed")
    openid = _openid(given)
    by_theirs = theirs and (account.on("platform_id_wins") or not ours)
    if by_theirs and not whole(theirs, 2**63 - 1):
        raise Refusal(40097, "order_id is a whole number")
    expire_due(account)
    found = Order.objects.select_for_update().filter(openid=openid)
    order = found.filter(**({"order_id": theirs} if by_theirs else {"out_order_id": ours})).first()
    if order is None:
        raise Refusal(1010011, "the order does not exist, check its number and openid")
    return order


def move(order: Order, allowed: tuple[int, ...], status: int, errcode: int = 1000000, **fields) -> None:
    """One arrow of 4.4; of two at once, one goes."""
    fields |= {"status": status, "updated_at": timezone.now()}
    if status == Order.FINISHED and order.finished_at is None:
        fields["finished_at"] = _received(order)
    if not Order.objects.filter(pk=order.pk, status__in=allowed).update(**fields):
        raise Refusal(errcode, f"order state flow error: {order.status}")
    for name, value in fields.items():
        setattr(order, name, value)


def _received(order: Order) -> datetime:
    """By the account's clock, and however late it is looked at, not after it confirmed itself."""
    account = Account.only()
    if order.shipped_at and account.on("auto_confirm"):
        return min(order.shipped_at + RECEIPT, account.now())
    return account.now()


def _to_settle(over: datetime) -> list[Order]:
    """Those whose days for claims ended before; an open claim is looked at when settling."""
    finished = Order.objects.filter(fund_type=1, settled=False, status=Order.FINISHED)
    found = finished.filter(Q(finished_at__lte=over) | Q(claims_until__lte=over)).order_by("pk")
    return [order for order in found if order.claimable_until and order.claimable_until <= over]


def _lock(order: Order) -> None:
    """The order as it stands now, held."""
    Order.objects.select_for_update().get(pk=order.pk)
    order.refresh_from_db()


def _enter_payment(order: Order) -> None:
    """Once. An order that was paid before there were books is entered when its money next moves."""
    if order.fund_type == 1 and not books.entered(Flow.ORDER, order.out_order_id):
        books.enter(Flow.ORDER, order.out_order_id, pending=order.price)


def _give_back(order: Order, amount: int, number: str) -> None:
    """A refund takes what is pending; after a settlement, which 5.4 rules out, it would take what is available."""
    amount = min(amount, order.price - order.paid_back)
    if order.fund_type != 1 or amount <= 0 or order.status not in Order.PAID:
        return
    if order.settled and books.free(books.locked()) < amount:
        raise Refusal(2747009, "the refund failed: the balance does not hold it")
    _enter_payment(order)
    _keep(order, paid_back=order.paid_back + amount)
    books.enter(Flow.ORDER_REFUND, number, **{"available" if order.settled else "pending": -amount})


def seen(account: Account, *tasks: str) -> None:
    """1.5: the platform has seen it happen."""
    if not all(account.observed.get(task) for task in tasks):
        account.observed = {**account.observed, **dict.fromkeys(tasks, 1)}
        account.save(update_fields=["observed"])


def _check(account: Account, given: dict) -> None:
    """4.2, in the order of the platform's codes; 1010006 to 1010008 are inferred, their texts were not recovered."""
    number = given.get("out_order_id")
    if not isinstance(number, str) or not number:
        raise Refusal(1010001, "out_order_id is missing")
    if len(number) > 200:
        raise Refusal(990008, "out_order_id is too long")
    _openid(given)
    # The platform's own samples leave out scene, and those of G2 fund_type.
    if not whole(given.setdefault("fund_type", 0), 1) or not whole(given.setdefault("scene", 0)):
        raise Refusal(40097, "fund_type is 0 or 1, scene a whole number")
    need(given, "path")
    fund_type = given["fund_type"]
    detail = _object(given.get("order_detail"), "order_detail", 1010003)
    lines = _lines(detail.get("product_infos"), fund_type)
    _check_payment(_object(detail.get("pay_info"), "pay_info", 1010004), fund_type)
    prices = _prices(_object(detail.get("price_info"), "price_info", 1010005))
    _check_delivery(account, given)
    _check_times(given)
    _check_uploaded(lines)
    _check_sums(fund_type, lines, prices)


def _openid(given: dict) -> str:
    openid = given.get("openid")
    if openid in (None, ""):
        raise Refusal(990004, "openid is missing")
    if not isinstance(openid, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", openid):
        raise Refusal(990001, "openid is illegal")
    if not openid.startswith("o") or not 20 <= len(openid) <= 40:
        raise Refusal(1010014, "openid does not belong to this appid")
    return openid


def _object(value, name: str, errcode: int) -> dict:
    if not isinstance(value, dict):
        raise Refusal(errcode, f"{name} is an object")
    return value


def _lines(value, fund_type: int) -> list[dict]:
    if not isinstance(value, list) or not value:
        raise Refusal(1010003, "product_infos is a list")
    for line in value:
        _object(line, "product_infos", 1010003)
        if not all(isinstance(line.get(name), str) and line[name] for name in ("out_product_id", "out_sku_id")):
            raise Refusal(1010003, "out_product_id and out_sku_id are strings")
        if not whole(line.get("product_cnt")) or not line["product_cnt"] or not whole(line.get("sale_price")):
            raise Refusal(1010003, "product_cnt and sale_price are whole numbers")
        if not whole(line.get("sku_real_price", None if fund_type else 0)) or not whole(line.get("real_price", 0)):
            raise Refusal(1010003, "sku_real_price and real_price are whole numbers")
    return value


def _method(content: dict) -> int:
    return content["order_detail"]["pay_info"].get("pay_method_type", 0)


def _check_payment(info: dict, fund_type: int) -> None:
    method = info.get("pay_method_type", 0)
    if not whole(method, max(METHODS)):
        raise Refusal(1010004, "pay_method_type is 0, 1 or 2")
    if fund_type == 0 and method == 0:
        if not isinstance(info.get("prepay_id"), str) or not info["prepay_id"]:
            raise Refusal(1010004, "prepay_id is needed")
        moment(info.get("prepay_time"), "prepay_time", 1010004)


def _prices(info: dict) -> dict[str, int]:
    prices = {name: info.get(name, 0) for name in ("freight", "discounted_price", "additional_price")}
    prices["order_price"] = info.get("order_price")
    if not all(whole(price) for price in prices.values()):
        raise Refusal(1010005, "prices are whole numbers")
    return prices


def _check_delivery(account: Account, given: dict) -> None:
    kind = _object(given.get("delivery_detail") or {}, "delivery_detail", 1010007).get("delivery_type", 1)
    if not whole(kind, 4) or kind == 0:
        raise Refusal(1010007, "delivery_type is 1 to 4")
    if kind == 2:
        barred = given["fund_type"] == 1 and scene.verified(account, given["scene"])
        if barred and account.on("no_delivery_needs_other_scene"):
            raise Refusal(990022, "orders without delivery are not supported yet")
        return
    address = _object(given.get("address_info"), "address_info", 1010006)
    for name in ("receiver_name", "detailed_address", "tel_number"):
        if not isinstance(address.get(name), str) or not address[name]:
            raise Refusal(1010006, f"address_info.{name} is missing")


def _check_times(given: dict) -> None:
    moment(given.get("create_time"), "create_time", 1010008)
    # Milliseconds do not fit.
    if not whole(given.get("expire_time", 0), 2**32):
        raise Refusal(1010008, "expire_time is in Unix seconds")
    if not whole(given.get("aftersale_duration", 0)):
        raise Refusal(1010008, "aftersale_duration is a number of days")


def _check_uploaded(lines: list[dict]) -> None:
    uploaded = set(_products(lines))
    for line in lines:
        if line["out_product_id"] not in uploaded and not all(line.get(name) for name in ("title", "path", "head_img")):
            raise Refusal(1010015, "goods that were not uploaded need title, path and head_img")


def _check_sums(fund_type: int, lines: list[dict], prices: dict[str, int]) -> None:
    goods = sum(line["sale_price"] * line["product_cnt"] for line in lines) - prices["discounted_price"]
    beside = prices["freight"] + prices["additional_price"]
    if prices["order_price"] != goods + beside:
        raise Refusal(1010040, "order_price is not the sum of sale_price × product_cnt and the rest")
    if fund_type == 1 and prices["order_price"] != sum(line["sku_real_price"] for line in lines) + beside:
        raise Refusal(1010040, "order_price is not the sum of sku_real_price, freight and additional_price")


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


def _keep(order: Order, **fields) -> None:
    for name, value in fields.items():
        setattr(order, name, value)
    order.save(update_fields=list(fields))


def _pieces(order: Order) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for line in order.lines:
        pieces[line["out_sku_id"]] += line["product_cnt"]
    return pieces


def _ids(order: Order) -> dict:
    return {"order_id": order.order_id, "out_order_id": order.out_order_id}


def _tell(order: Order, what: str, **fields) -> None:
    push(f"open_product_order_{what}", {"order_info": _ids(order) | fields})


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
    # 14.4: named `data` in the documents
    return {"orders": show(list(found[(page - 1) * size : page * size])), "total_num": found.count()}


def _products(lines: list[dict]) -> dict[str, Product]:
    wanted = {line["out_product_id"] for line in lines}
    return {found.out_product_id: found for found in Product.objects.filter(out_product_id__in=wanted, deleted=False)}


def show(orders: list[Order]) -> list[dict]:
    products = _products([line for order in orders for line in order.lines])
    now = Account.only().now()
    return [_shown(order, products, now) for order in orders]


def _shown(order: Order, products: dict[str, Product], now: datetime) -> dict:
    """As 4.5 returns it: without the address, and with a delivery only after a send."""
    detail = {
        "product_infos": [_line(order, line, products.get(line["out_product_id"]), now) for line in order.lines],
        "pay_info": _payment(order),
        "price_info": order.content["order_detail"]["price_info"],
        "promotion_info": order.promotion and order.promotion | order.sharer,
        "sharer_info": order.sharer,
    }
    if order.parcels or order.shipped_at:
        listed = [{name: parcel.get(name, "") for name in ("delivery_id", "waybill_id")} for parcel in order.parcels]
        finished = int(order.shipped_at is not None)
        detail["delivery_detail"] = {
            "delivery_type": order.delivery_type, "finish_all_delivery": finished, "delivery_list": listed,
        }  # fmt: skip
    stamps = {"create_time": stamp(order.create_time), "update_time": stamp(order.updated_at)}
    kept = {name: order.content[name] for name in ("path", "default_receiving_address") if name in order.content}
    state = {"status": order.status, "fund_type": order.fund_type, "scene": order.scene}
    return _ids(order) | state | kept | {"order_detail": detail} | stamps


def _line(order: Order, line: dict, product: Product | None, now: datetime) -> dict:
    ids, own = platform_ids(product, line["out_sku_id"]), {}
    if product:
        own = {"title": product.draft["title"], "path": product.draft["path"], "head_img": product.draft["head_img"][0]}
    # 14.3: one piece, where sku_real_price is all of them
    own["real_price"] = line.get("sku_real_price", 0) // line["product_cnt"]
    if order.fund_type == 1:
        claimed = order.refunded.get(line["out_sku_id"], 0) >= line["product_cnt"]
        over = order.settled or (order.claimable_until or now) < now
        own["can_after_sale"] = order.status in Order.PAID and not over and not claimed
    return own | ids | line


def platform_ids(product: Product | None, out_sku_id: str) -> dict[str, int]:
    if product is None:
        return {"product_id": 0, "sku_id": 0}
    nth = {sku["out_sku_id"]: nth for nth, sku in enumerate(product.draft["skus"], 1)}.get(out_sku_id)
    return {"product_id": product.product_id, "sku_id": product.product_id + nth if nth else 0}


def _payment(order: Order) -> dict:
    method = _method(order.content)
    info = {**order.content["order_detail"]["pay_info"], "pay_method": METHODS[method], "pay_method_type": method}
    if order.paid_at:
        info |= {"transaction_id": order.transaction_id, "pay_time": stamp(order.paid_at)}
    return info
