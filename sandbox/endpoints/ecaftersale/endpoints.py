"""The calls of the new family of claims (BEHAVIOUR 5.2 to 5.4)."""

import re
import time
from collections.abc import Callable

from django.db.models import F

from ...models import Account, Claim, Order, Product
from ...platform import Endpoint, Refusal, Request, endpoint
from ...values import LARGEST
from .. import order as orders
from ..complaint import number, page, since
from ..delivery import COMPANIES
from .buyer import change_claim, milliseconds, open_claim, return_info_of
from .checks import check_not_stuck, check_picture, check_undisputed, need_text, read_claim, read_goods
from .graph import FORCED, arrow_or_refuse
from .moves import be_overdue, expire_due, lock_claim, move

TESTS = 10  # calls of merchanttest in a day


def _write(path: str) -> Callable[[Endpoint], Endpoint]:
    """A writing call; one at a time per order (2747026)."""

    def register(function: Endpoint) -> Endpoint:
        def guarded(request: Request) -> dict:
            # Returned, not raised: an exception would roll the count back.
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
    line, count = read_goods(account, given.get("product_info"))
    claim = open_claim(account, order, line, count, read_claim(account, given), own)
    orders.seen(account, "add_aftersale", "ec_after_sale")
    return {"aftersale_id": claim.aftersale_id}


@_write("cancel")
def cancel(request: Request) -> dict:
    move(_find(request, by_buyer=True), "cancel")
    return {}


@_write("update")
def update(request: Request) -> dict:
    claim = _find(request, by_buyer=True)
    arrow_or_refuse(claim, "modify")
    change_claim(request.account, claim, read_claim(request.account, request.data))
    return {}


@_write("uploadreturninfo")
def uploadreturninfo(request: Request) -> dict:
    claim, given = _find(request, by_buyer=True), request.data
    company, name, waybill = [need_text(given, name) for name in ("delivery_id", "delivery_name", "waybill_id")]
    if company not in COMPANIES:
        raise Refusal(2747002, "delivery_id comes from get_company_list")
    move(claim, "uploadreturninfo", return_info=return_info_of(company, name, waybill))
    return {}


@endpoint("/shop/ecaftersale/get_list")
def get_list(request: Request) -> dict:
    given = request.data
    expire_due(request.account)
    found = Claim.objects.order_by("-created_at", "-pk")
    for name, column in (("out_order_id", "order__out_order_id"), ("openid", "order__openid")):
        if given.get(name):
            found = found.filter(**{column: need_text(given, name)})
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
    """Agree to a refund, or confirm that the goods came back (BEHAVIOUR 14.17)."""
    claim = _find(request)
    check_not_stuck(request.account, claim, "acceptrefund")
    move(claim, "acceptrefund")
    return {}


@_write("acceptreturn")
def acceptreturn(request: Request) -> dict:
    claim = _find(request)
    check_not_stuck(request.account, claim, "acceptreturn")
    arrow_or_refuse(claim, "acceptreturn")
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
    arrow_or_refuse(claim, "upload_certificates")
    links = given.get("certificates")
    if not isinstance(links, list) or not links:
        raise Refusal(2747002, "certificates is a list")
    for link in links:
        check_picture(request.account, link)
    move(claim, "upload_certificates", refund_desc=need_text(given, "refund_desc"), certificates=links)
    return {}


@_write("merchanttest")
def merchanttest(request: Request) -> dict:
    account, claim = request.account, _find(request)
    event = FORCED.get(need_text(request.data, "operation"))
    if event is None:
        raise Refusal(2747002, "operation is one of the five overdue events")
    today = [at for at in account.claim_tests if at > time.time() - 86400]
    if len(today) >= TESTS:
        raise Refusal(45009, "merchanttest can be used 10 times a day")
    account.claim_tests = [*today, int(time.time())]
    account.save(update_fields=["claim_tests"])
    check_undisputed(claim, event)
    be_overdue(account, claim, event)
    return {}


def _order(request: Request) -> Order:
    try:
        return orders.find(request)
    except Refusal as no:
        known = {1010001: 2747018, 40097: 2747018, 1010011: 2747006}
        raise Refusal(known.get(no.errcode, no.errcode), no.errmsg) from None


def _find(request: Request, by_buyer: bool = False, lock: bool = True) -> Claim:
    """Find the claim by either id; the buyer's actions need the openid as well."""
    given, account = request.data, request.account
    ours, theirs = given.get("out_aftersale_id"), given.get("aftersale_id")
    if not ours and not theirs:
        raise Refusal(2747012, "aftersale_id or out_aftersale_id is needed")
    if theirs and (account.on("platform_id_wins") or not ours):
        # The platform's own sample has it as text.
        told = int(theirs) if isinstance(theirs, str) and re.fullmatch("[0-9]{1,19}", theirs) else theirs
        found = Claim.objects.filter(pk=number({"aftersale_id": told}, "aftersale_id", LARGEST))
    else:
        found = Claim.objects.filter(out_aftersale_id=need_text(given, "out_aftersale_id"))
    if by_buyer:
        found = found.filter(order__openid=need_text(given, "openid"))
    claim = found.select_related("order").first()
    if claim is None:
        raise Refusal(2747007, "the aftersale does not exist")
    if lock:
        lock_claim(claim)
    return claim


def _shown(claim: Claim) -> dict:
    """As in the platform's sample: times as strings, and empty fields where there is no return."""
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
        "create_time": str(milliseconds(claim.created_at)),
        "update_time": str(milliseconds(claim.updated_at)),
    }
