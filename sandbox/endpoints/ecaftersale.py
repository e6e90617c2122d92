"""Sections 5.2 to 5.4: claims of the new family, and what buyer, platform and clock do to them."""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..ids import new_id
from ..models import Account, Claim, Dispute, Order, Product
from ..platform import Refusal, Request, endpoint
from ..pushes import push
from ..values import LARGEST, whole
from . import complaint, img
from . import order as orders
from .complaint import number, page, since
from .delivery import COMPANIES

USER, MERCHANT, PLATFORM = "user", "merchant", "platform"
REFUND, RETURN = 1, 2
DISPUTABLE = (Claim.REFUND_REFUSED, Claim.RETURN_REFUSED, Claim.RETURN_CLOSED)
CLAIMS, TESTS = 5, 10  # of one sku, in a day


class Arrow(NamedTuple):
    """A row of 5.3: from these states, for a claim of this type (0 is either), by whom, to which state."""

    states: tuple[int, ...]
    type: int
    event: str
    who: str
    goal: int
    callback: str = ""


GRAPH = [
    Arrow((2, 4, 5), 0, "modify", USER, 2, "update_order"),
    Arrow((2, 4, 5, 6, 7), 0, "cancel", USER, 1, "user_cancel"),
    Arrow((2,), REFUND, "acceptrefund", MERCHANT, 15),
    Arrow((2,), REFUND, "merchant_handle_refund_overdue", PLATFORM, 15, "merchant_handle_refund_overdue"),
    Arrow((2,), REFUND, "reject", MERCHANT, 4),
    Arrow((2,), RETURN, "acceptreturn", MERCHANT, 6),
    Arrow((2,), RETURN, "merchant_handle_return_overdue", PLATFORM, 6, "merchant_handle_return_overdue"),
    Arrow((2,), RETURN, "reject", MERCHANT, 5),
    Arrow((6,), RETURN, "uploadreturninfo", USER, 8, "wait_merchant_confirm_receipt"),
    Arrow((8,), RETURN, "change_pickup", USER, 8, "user_modify_return_info"),
    Arrow((8,), RETURN, "cancel_pickup", USER, 6, "user_modify_return_info"),
    Arrow((6,), RETURN, "user_upload_return_info_overdue", PLATFORM, 7, "user_upload_return_info_overdue"),
    Arrow((8,), RETURN, "acceptrefund", MERCHANT, 15),
    Arrow((8,), RETURN, "reject", MERCHANT, 5),
    Arrow((8,), RETURN, "merchant_confirm_receipt_overdue", PLATFORM, 15, "merchant_confirm_receipt_overdue"),
    Arrow((4, 5, 7), 0, "user_apply_platform_judge_overdue", PLATFORM, 1, "user_apply_platform_judge_overdue"),
    Arrow((4, 5, 7), 0, "judge_for_merchant", PLATFORM, 19, "complaint_update_order_state"),
    Arrow((4, 5, 7), 0, "judge_refund", PLATFORM, 15, "complaint_update_order_state"),
    Arrow((4, 5, 7), RETURN, "judge_return", PLATFORM, 6, "complaint_update_order_state"),
    Arrow((15,), REFUND, "refund_arrives", PLATFORM, 13, "refund_success"),
    Arrow((15,), RETURN, "refund_arrives", PLATFORM, 14, "refund_success"),
    Arrow((15,), 0, "refund_fails", PLATFORM, 16, "wait_merchant_offline_refund"),
    Arrow((16, 12), 0, "upload_certificates", MERCHANT, 17),
    Arrow((16,), 0, "offline_refund_overdue", PLATFORM, 12),
    Arrow((17,), REFUND, "confirm_certificate", USER, 13, "user_confirm_refund_certificate"),
    Arrow((17,), RETURN, "confirm_certificate", USER, 14, "user_confirm_refund_certificate"),
    Arrow((12, 17), 0, "close", PLATFORM, 18),
]
# How long each state may last, and what happens then.
TERMS = {
    2: timedelta(hours=48), 6: timedelta(days=7), 8: timedelta(days=10), 16: timedelta(hours=48),
    **dict.fromkeys(DISPUTABLE, timedelta(days=7)),
}  # fmt: skip
OVERDUE = tuple(dict.fromkeys(arrow.event for arrow in GRAPH if arrow.event.endswith("_overdue")))
# What merchanttest can force: no event tells of an offline refund that is overdue.
FORCED = {f"aftersale_{event}": event for event in OVERDUE if event != "offline_refund_overdue"}


def _write(path: str):
    """A writing call; of one order's, one at a time (2747026)."""

    def register(function: Callable[[Request], dict]):
        def guarded(request: Request) -> dict:
            # Answered, not raised: a refusal would take the count back.
            if Account.objects.filter(busy_orders__gt=0).update(busy_orders=F("busy_orders") - 1):
                return {"errcode": 2747026, "errmsg": "another operation on this order is running"}
            expire_due(request.account)
            return function(request)

        return endpoint(f"/shop/ecaftersale/{path}")(guarded)

    return register


@_write("add")
def add(request: Request) -> dict:
    account, given, order = request.account, request.data, _order(request)
    own = given.get("out_aftersale_id") or ""
    if not isinstance(own, str):
        raise Refusal(2747002, "out_aftersale_id is a string")
    if len(own) > 200:
        raise Refusal(990008, "out_aftersale_id is too long")
    if own and Claim.objects.filter(out_aftersale_id=own).exists():
        raise Refusal(2747013, "the aftersale exists, do not repeat it")
    line, count = _product(account, given.get("product_info"))
    claim = _open(account, order, line, count, _asked(account, given), own)
    orders.seen(account, "add_aftersale", "ec_after_sale")
    return {"aftersale_id": claim.aftersale_id}


@_write("cancel")
def cancel(request: Request) -> dict:
    move(_find(request, by_buyer=True), "cancel")
    return {}


@_write("update")
def update(request: Request) -> dict:
    claim = _find(request, by_buyer=True)
    _goal(claim, "modify")
    _modify(request.account, claim, _asked(request.account, request.data))
    return {}


@_write("uploadreturninfo")
def uploadreturninfo(request: Request) -> dict:
    claim, given = _find(request, by_buyer=True), request.data
    company, name, waybill = [_text(given, name) for name in ("delivery_id", "delivery_name", "waybill_id")]
    if company not in COMPANIES:
        raise Refusal(2747002, "delivery_id comes from get_company_list")
    move(claim, "uploadreturninfo", return_info=_returned(company, name, waybill))
    return {}


@endpoint("/shop/ecaftersale/get_list")
def get_list(request: Request) -> dict:
    given = request.data
    expire_due(request.account)
    found = Claim.objects.order_by("-created_at", "-pk")
    for name, column in (("out_order_id", "order__out_order_id"), ("openid", "order__openid")):
        if given.get(name):
            found = found.filter(**{column: _text(given, name)})
    for name in ("status", "order_id"):
        if given.get(name):
            found = found.filter(**{name: number(given, name, LARGEST)})
    found = found.filter(since(given, 1000))
    offset, limit = page(request)
    rows = list(found.values_list("pk", flat=True)[offset : offset + limit + 1])
    return {"after_sales_orders": rows[:limit], "has_more": len(rows) > limit}


@endpoint("/shop/ecaftersale/get")
def get(request: Request) -> dict:
    expire_due(request.account)
    return {"after_sales_order": _shown(_find(request, lock=False))}


@_write("acceptrefund")
def acceptrefund(request: Request) -> dict:
    """It agrees to a refund, or says that the goods came back (14.17)."""
    claim = _find(request)
    _not_stuck(request.account, claim, "acceptrefund")
    move(claim, "acceptrefund")
    return {}


@_write("acceptreturn")
def acceptreturn(request: Request) -> dict:
    claim = _find(request)
    _not_stuck(request.account, claim, "acceptreturn")
    _goal(claim, "acceptreturn")
    address = request.data.get("address_info")
    named = ("receiver_name", "detailed_address", "tel_number")
    if not isinstance(address, dict) or not all(isinstance(address.get(name), str) and address[name] for name in named):
        raise Refusal(2747025, "the return address is illegal")
    move(claim, "acceptreturn", address=address)
    return {}


@_write("reject")
def reject(request: Request) -> dict:
    move(_find(request), "reject")
    return {}


@_write("upload_certificates")
def upload_certificates(request: Request) -> dict:
    claim, given = _find(request), request.data
    _goal(claim, "upload_certificates")
    links = given.get("certificates")
    if not isinstance(links, list) or not links:
        raise Refusal(2747002, "certificates is a list")
    for link in links:
        _picture(request.account, link)
    move(claim, "upload_certificates", refund_desc=_text(given, "refund_desc"), certificates=links)
    return {}


@_write("merchanttest")
def merchanttest(request: Request) -> dict:
    account, claim = request.account, _find(request)
    event = FORCED.get(_text(request.data, "operation"))
    if event is None:
        raise Refusal(2747002, "operation is one of the five overdue events")
    today = [at for at in account.claim_tests if at > time.time() - 86400]
    if len(today) >= TESTS:
        raise Refusal(45009, "merchanttest can be used 10 times a day")
    account.claim_tests = [*today, int(time.time())]
    account.save(update_fields=["claim_tests"])
    _undisputed(claim, event)
    _overdue(account, claim, event)
    return {}


# --- the buyer, in WeChat


def apply(
    order: Order,
    out_sku_id: str,
    type: int = REFUND,
    amount: int | None = None,
    count: int | None = None,
    reason_type: int = 1,
    reason: str = "拍错/多拍",
    out_product_id: str = "",
    links: Sequence[str] = (),
) -> Claim:
    """The buyer claims in WeChat: the merchant's own number stays empty. Without an amount, all that can be had."""
    account = Account.only()
    orders.expire_due(account)
    with transaction.atomic(using="sandbox"):
        order = Order.objects.select_for_update().get(pk=order.pk)
        named = [line["out_product_id"] for line in order.lines if line["out_sku_id"] == out_sku_id]
        line = (out_product_id or (named[0] if named else ""), out_sku_id)
        asked: dict[str, Any] = {
            "type": type,
            "orderamt": amount,
            "refund_reason_type": reason_type,
            "refund_reason": reason,
            "media_list": [{"type": 1, "url": link, "thumb_url": link} for link in links],
        }
        return _open(account, order, line, count, asked)


def modify(claim: Claim, **fields) -> None:
    """With any of type, orderamt, refund_reason_type, refund_reason and media_list."""
    claim.refresh_from_db()
    _goal(claim, "modify")
    _modify(Account.only(), claim, {"type": claim.type, "orderamt": claim.orderamt} | fields)


def user_cancel(claim: Claim) -> None:
    move(claim, "cancel")


def user_return(claim: Claim, delivery_id: str = "SF", waybill_id: str = "SF1000000000001") -> None:
    """Also without a waybill (14.19)."""
    info = _returned(delivery_id, COMPANIES.get(delivery_id, ""), waybill_id)
    move(claim, "uploadreturninfo", return_info=info)


def user_modify_return(claim: Claim, back: bool = False, waybill_id: str = "SF1000000000002") -> None:
    """The buyer changes the pickup ordered in WeChat, or cancels it and has to return again."""
    claim.refresh_from_db()
    info = {} if back else claim.return_info | {"waybill_id": waybill_id}
    move(claim, "cancel_pickup" if back else "change_pickup", return_info=info)


def confirm_certificate(claim: Claim) -> None:
    move(claim, "confirm_certificate")


def intervene(claim: Claim, content: str = "商家拒绝售后，请平台介入", links: Sequence[str] = ()) -> Dispute:
    """The buyer calls the platform (9); nothing tells the merchant."""
    claim.refresh_from_db()
    if claim.status not in DISPUTABLE:
        raise _no(claim, "intervene")
    _undisputed(claim, "intervene")
    Claim.objects.filter(pk=claim.pk).update(due_at=None)
    return complaint.start(claim, content, links)


def call_off(dispute: Dispute) -> None:
    """The buyer needs no platform any more, and has another seven days to."""
    complaint.withdraw(dispute)
    claim = dispute.claim
    Claim.objects.filter(pk=claim.pk).update(due_at=Account.only().now() + TERMS[claim.status])


# --- the platform


def refund_arrives(claim: Claim) -> None:
    move(claim, "refund_arrives", refund_id=_refund_id())


def refund_fails(claim: Claim) -> None:
    move(claim, "refund_fails")


def close(claim: Claim) -> None:
    move(claim, "close")


def judge(dispute: Dispute, buyer_wins: bool, send_back: bool = False) -> None:
    """The platform's word (9): nothing, the money, or (send_back) the money once the goods are back."""
    event = ("judge_return" if send_back else "judge_refund") if buyer_wins else "judge_for_merchant"
    dispute.refresh_from_db()
    if dispute.state in Dispute.OVER:
        raise Refusal(2747008, f"dispute state {dispute.state} does not allow {event}")
    _goal(dispute.claim, event)
    complaint.finish(dispute, buyer_wins)
    move(dispute.claim, event)


def expire_due(account: Account) -> None:
    """What the clock has brought (5.3), state after state."""
    complaint.expire_due(account)
    due = Claim.objects.filter(due_at__lte=account.now()).order_by("due_at", "pk")
    if not account.on("offline_refund_overdue"):
        due = due.exclude(status=Claim.REFUND_FAILED)
    # No more than four states follow each other by time alone.
    for _step in range(4):
        claims = list(due.select_related("order"))
        if not claims:
            return
        for claim in claims:
            event = next(event for event in OVERDUE if _arrow(claim, event))
            # Of two calls that find the same claim due, one moves it.
            with suppress(Refusal):
                _overdue(account, claim, event, at=claim.due_at)


def move(claim: Claim, event: str, at: datetime | None = None, **fields) -> None:
    """One arrow of 5.3; of two at once, one goes. What the next state may last counts from `at`."""
    account, now = Account.only(), timezone.now()
    with transaction.atomic(using="sandbox"):
        _lock(claim)
        arrow = _goal(claim, event)
        term = TERMS.get(arrow.goal)
        fields |= {
            "status": arrow.goal, "updated_at": now, "due_at": (at or account.now()) + term if term else None,
            "log": [*claim.log, {"event": event, "who": arrow.who, "from": claim.status, "to": arrow.goal}],
        }  # fmt: skip
        for name, value in fields.items():
            setattr(claim, name, value)
        claim.save(update_fields=list(fields))
        for dispute in claim.disputes.exclude(state__in=Dispute.OVER):
            complaint.withdraw(dispute)
        if arrow.callback:
            _tell(claim, arrow.callback)
        if arrow.goal in Claim.DONE:
            # What the merchant paid offline is not the platform's money.
            paid = claim.orderamt if event == "refund_arrives" else 0
            orders.refund(claim.order, claim.out_sku_id, claim.product_cnt, paid, claim.refund_id)
        elif arrow.goal == Claim.REFUNDING and account.on("refunds_arrive_at_once"):
            _pay_back(claim, at)


def possible(claim: Claim) -> list[str]:
    """What the buyer and the platform can do now."""
    events = [arrow.event for arrow in GRAPH if arrow.who != MERCHANT and _fits(arrow, claim)]
    plays = [event for event in events if event not in OVERDUE and not event.startswith("judge_")]
    disputed = any(dispute.state not in Dispute.OVER for dispute in claim.disputes.all())
    return [*plays, "intervene"] if claim.status in DISPUTABLE and not disputed else plays


def _arrow(claim: Claim, event: str) -> Arrow | None:
    return next((arrow for arrow in GRAPH if arrow.event == event and _fits(arrow, claim)), None)


def _fits(arrow: Arrow, claim: Claim) -> bool:
    return claim.status in arrow.states and arrow.type in (0, claim.type)


def _goal(claim: Claim, event: str) -> Arrow:
    arrow = _arrow(claim, event)
    if arrow is None:
        raise _no(claim, event)
    return arrow


def _no(claim: Claim, event: str) -> Refusal:
    return Refusal(2747008, f"operation not allowed, status: {claim.status}, type: {claim.type}, operation: {event}")


def _undisputed(claim: Claim, event: str) -> None:
    if claim.disputes.exclude(state__in=Dispute.OVER).exists():
        raise _no(claim, event)


def _not_stuck(account: Account, claim: Claim, event: str) -> None:
    """14.18: rejected after the goods came back, then changed by the buyer."""
    if account.on("modified_return_stuck") and claim.status == Claim.HANDLING and claim.return_info:
        raise _no(claim, event)


def _overdue(account: Account, claim: Claim, event: str, at: datetime | None = None) -> None:
    fields = {}
    if event == "merchant_handle_return_overdue":
        default = claim.order.content.get("default_receiving_address")
        fields["address"] = default or account.info.get("default_receiving_address") or {}
    move(claim, event, at=at, **fields)


def _pay_back(claim: Claim, at: datetime | None) -> None:
    if Account.objects.filter(failing_refunds__gt=0).update(failing_refunds=F("failing_refunds") - 1):
        move(claim, "refund_fails", at=at)
        return
    try:
        refund_arrives(claim)
    except Refusal:
        # The balance does not hold it.
        move(claim, "refund_fails", at=at)


def _open(
    account: Account, order: Order, line: tuple[str, str], count: int | None, asked: dict, out_aftersale_id: str = ""
) -> Claim:
    left = _left(account, order, line)
    count = left if count is None else count
    if count > left and account.on("claims_hold_what_is_left"):
        raise Refusal(2747020, f"the goods cannot be claimed: {left} pieces are left")
    asked["orderamt"] = _amount(order, line, asked["type"], asked["orderamt"])
    now = timezone.now()
    claim = Claim.objects.create(
        aftersale_id=new_id(),
        order=order, out_aftersale_id=out_aftersale_id, out_product_id=line[0], out_sku_id=line[1], product_cnt=count,
        due_at=account.now() + TERMS[Claim.HANDLING], created_at=now, updated_at=now,
        log=[{"event": "apply", "who": USER, "from": 0, "to": Claim.HANDLING}], **asked,
    )  # fmt: skip
    ids = {"aftersale_id": claim.aftersale_id, "order_id": order.order_id, "out_order_id": order.out_order_id}
    push("aftersale_new_order", {"aftersale_info": ids})
    return claim


def _modify(account: Account, claim: Claim, asked: dict) -> None:
    line = (claim.out_product_id, claim.out_sku_id)
    _not_too_often(account, claim.order, line)
    asked["orderamt"] = _amount(claim.order, line, asked["type"], asked["orderamt"])
    move(claim, "modify", changes=claim.changes + 1, **asked)


def _left(account: Account, order: Order, line: tuple[str, str]) -> int:
    """The pieces of a sku that can be claimed; 5.4 says when none can."""
    if order.fund_type != 1:
        raise Refusal(2747027, "this is not a second-level merchant order")
    if order.status not in (*Order.PAID, Order.REFUNDED):
        raise Refusal(2747006, "the order does not exist, or is not paid")
    ordered = sum(item["product_cnt"] for item in _lines(order, line))
    if not ordered:
        raise Refusal(2747021, "the goods are not in the order")
    claims = list(_claims(order, line))
    left = ordered - sum(claim.product_cnt for claim in claims if claim.status in Claim.DONE)
    until = order.claimable_until
    reasons = {
        "a claim is open": any(claim.status not in Claim.FINAL for claim in claims),
        f"there were {CLAIMS} claims": len(claims) >= CLAIMS,
        "the order is settled": order.settled,
        "everything is refunded": order.status == Order.REFUNDED or left <= 0,
        "the after-sale window is over": until is not None and until < account.now(),
    }
    for reason, holds in reasons.items():
        if holds:
            raise Refusal(2747020, f"the goods cannot be claimed: {reason}")
    _not_too_often(account, order, line)
    return left


def _not_too_often(account: Account, order: Order, line: tuple[str, str]) -> None:
    if sum(claim.changes for claim in _claims(order, line)) >= account.claim_changes:
        raise Refusal(2747016, "the total number of claims and changes is exceeded")


def _amount(order: Order, line: tuple[str, str], type: int, amount: int | None) -> int:
    """5.4: what was paid for the sku, with the freight where it is the last one of an unshipped order."""
    unshipped = order.status == Order.TO_SHIP
    if unshipped and type == RETURN:
        raise Refusal(2747024, "goods that were not shipped can only be refunded")
    most = sum(item["sku_real_price"] for item in _lines(order, line))
    most -= sum(claim.orderamt for claim in _claims(order, line) if claim.status in Claim.DONE)
    others = {(item["out_product_id"], item["out_sku_id"]) for item in order.lines} - {line}
    if unshipped and all(_is_refunded(order, other) for other in others):
        most += order.content["order_detail"]["price_info"].get("freight", 0)
    amount = most if amount is None else amount
    if amount > most:
        raise Refusal(2747014, f"the amount is illegal, {most} fen at most")
    return amount


def _is_refunded(order: Order, line: tuple[str, str]) -> bool:
    refunded = sum(claim.product_cnt for claim in _claims(order, line) if claim.status in Claim.DONE)
    return refunded >= sum(item["product_cnt"] for item in _lines(order, line))


def _lines(order: Order, line: tuple[str, str]) -> list[dict]:
    return [item for item in order.lines if (item["out_product_id"], item["out_sku_id"]) == line]


def _claims(order: Order, line: tuple[str, str]):
    return order.claims.filter(out_product_id=line[0], out_sku_id=line[1])


def _order(request: Request) -> Order:
    try:
        return orders.find(request)
    except Refusal as no:
        known = {1010001: 2747018, 40097: 2747018, 1010011: 2747006}
        raise Refusal(known.get(no.errcode, no.errcode), no.errmsg) from None


def _find(request: Request, by_buyer: bool = False, lock: bool = True) -> Claim:
    """By either id; what the buyer does needs the buyer, too."""
    given, account = request.data, request.account
    ours, theirs = given.get("out_aftersale_id"), given.get("aftersale_id")
    if not ours and not theirs:
        raise Refusal(2747012, "aftersale_id or out_aftersale_id is needed")
    if theirs and (account.on("platform_id_wins") or not ours):
        # The platform's own sample has it as text.
        told = int(theirs) if isinstance(theirs, str) and re.fullmatch("[0-9]{1,19}", theirs) else theirs
        found = Claim.objects.filter(pk=number({"aftersale_id": told}, "aftersale_id", LARGEST))
    else:
        found = Claim.objects.filter(out_aftersale_id=_text(given, "out_aftersale_id"))
    if by_buyer:
        found = found.filter(order__openid=_text(given, "openid"))
    claim = found.select_related("order").first()
    if claim is None:
        raise Refusal(2747007, "the aftersale does not exist")
    if lock:
        _lock(claim)
    return claim


def _lock(claim: Claim) -> None:
    """Claims are written one at a time per order: the claim as it stands now, and its order held."""
    order = Order.objects.select_for_update().get(pk=claim.order_id)
    claim.refresh_from_db()
    claim.order = order


def _product(account: Account, info) -> tuple[tuple[str, str], int]:
    """One sku (an object, not a list), by the merchant's numbers or by the platform's."""
    if not isinstance(info, dict):
        raise Refusal(2747002, "product_info is an object")
    count = number(info, "product_cnt")
    if not count:
        raise Refusal(2747002, "product_cnt counts from 1")
    ours, theirs = (info.get("out_product_id"), info.get("out_sku_id")), info.get("product_id")
    if theirs and (account.on("platform_id_wins") or not all(ours)):
        ours = _theirs(theirs, info.get("sku_id"))
    if not all(isinstance(name, str) and name for name in ours):
        raise Refusal(2747021, "the goods are not in the order")
    return (str(ours[0]), str(ours[1])), count


def _theirs(product_id, sku_id) -> tuple[str, str]:
    product = Product.objects.filter(pk=product_id).first() if whole(product_id, LARGEST) else None
    skus = [sku["out_sku_id"] for sku in product.draft["skus"]] if product else []
    for sku in skus:
        if product and orders.platform_ids(product, sku)["sku_id"] == sku_id:
            return product.out_product_id, sku
    raise Refusal(2747021, "the goods are not in the order")


def _asked(account: Account, given: dict) -> dict[str, Any]:
    """What the buyer wants; a picture's thumb_url may be left out, as in the platform's samples."""
    type = number(given, "type")
    if type not in (REFUND, RETURN):
        raise Refusal(2747002, "type is 1 or 2")
    asked = {
        "type": type,
        "orderamt": number(given, "orderamt"),
        "refund_reason_type": number(given, "refund_reason_type"),
        "refund_reason": _text(given, "refund_reason"),
    }
    media = given.get("media_list")
    if media is None:
        return asked
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise Refusal(2747002, "media_list is a list of objects")
    for item in media:
        number(item, "type")
        for name in ("url", "thumb_url"):
            if name == "url" or item.get(name):
                _picture(account, item.get(name))
    return asked | {"media_list": media}


def _picture(account: Account, link) -> None:
    if not isinstance(link, str) or not link:
        raise Refusal(2747010, "the picture's url is illegal")
    try:
        img.check(account, link)
    except (Refusal, ValueError):
        raise Refusal(2747010, "the picture's url is illegal") from None


def _text(given: dict, name: str) -> str:
    if not isinstance(given.get(name), str) or not given[name]:
        raise Refusal(2747002, f"{name} is missing")
    return given[name]


def _returned(company: str, name: str, waybill: str) -> dict:
    stamp = _milliseconds(timezone.now())
    return {"delivery_id": company, "delivery_name": name, "waybill_id": waybill, "order_return_time": stamp}


def _refund_id() -> str:
    return f"5030{secrets.randbelow(10**24):024d}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _tell(claim: Claim, what: str) -> None:
    ids = {"aftersale_id": claim.aftersale_id, "out_aftersale_id": claim.out_aftersale_id}
    push(f"aftersale_{what}", {"aftersale_info": ids})


def _shown(claim: Claim) -> dict:
    """As the platform's sample has it: times as strings, and of no return only the emptiness."""
    order = claim.order
    product = Product.objects.filter(out_product_id=claim.out_product_id, deleted=False).first()
    ids = {"out_product_id": claim.out_product_id, "out_sku_id": claim.out_sku_id}
    names = ("out_aftersale_id", "aftersale_id", "type", "status", "orderamt", "refund_reason_type", "refund_reason")
    return {name: getattr(claim, name) for name in names} | {
        "out_order_id": order.out_order_id,
        "order_id": order.order_id,
        "openid": order.openid,
        "product_info": ids | orders.platform_ids(product, claim.out_sku_id) | {"product_cnt": claim.product_cnt},
        "return_info": claim.return_info or {"order_return_time": 0, "waybill_id": ""},
        "media_list": claim.media_list,
        "refund_pay_detail": {"refund_id": claim.refund_id},
        "return_id": "",
        "create_time": str(_milliseconds(claim.created_at)),
        "update_time": str(_milliseconds(claim.updated_at)),
    }
