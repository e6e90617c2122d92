"""Raw payment orders, without a component order behind them (BEHAVIOUR 7.2)."""

import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import books
from ..models import Account, Flow, Sharing, Trade, TradeRefund
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from ..values import seconds, stamp, whole

LONGEST = 64
NOT_FOUND, WRONG_STATE = 1010011, 1010043


@endpoint("/shop/pay/createorder")
def createorder(request: Request) -> dict:
    """One order, or several that are paid together; the same request again returns new payment parameters."""
    account, given = request.account, request.data
    openid, together = _openid(given), str(given.get("combine_trade_no") or "")
    ends = given.get("expire_time") or 0
    if not whole(ends, 2**32):
        raise Refusal(40097, "expire_time is in Unix seconds")
    expire_due(account)
    for sub in _subs(given):
        _create(account, sub, openid=openid, combine_trade_no=together, expire_time=ends)
    params = {
        "timeStamp": int(time.time()),
        "nonceStr": secrets.token_hex(16),
        "signType": "RSA",
        "package": f"prepay_id=wx{secrets.token_hex(17)}",
        "paySign": secrets.token_urlsafe(256),
    }
    return {"payment_params": params}


@endpoint("/shop/pay/closeorder")
def closeorder(request: Request) -> dict:
    openid, given = _openid(request.data), request.data
    expire_due(request.account)
    for sub in _subs(given):
        trade = _trade(request.account, sub, openid)
        if given.get("combine_trade_no") and trade.combine_trade_no != given["combine_trade_no"]:
            raise Refusal(NOT_FOUND, "the payment order is not part of this combined one")
        _move(trade, Trade.UNPAID, Trade.CLOSED)
    return {}


@endpoint("/shop/pay/getorder")
def getorder(request: Request) -> dict:
    (number,) = need(request.data, "trade_no")
    expire_due(request.account)
    trade = Trade.objects.filter(trade_no=str(number)).first()
    if trade is None:
        raise Refusal(NOT_FOUND, "the payment order does not exist")
    return {"order": _shown(trade)}


@endpoint("/shop/pay/getorderlist")
def getorderlist(request: Request) -> dict:
    """Ordered by creation time; last_index is the end of the previous page."""
    given = request.data
    (size,) = need(given, "page_size")
    if not whole(size) or not size:
        raise Refusal(40097, "page_size counts from 1")
    if size > 100:
        raise Refusal(990005, "page_size is at most 100")
    begin, end = [given.get(name) or 0 for name in ("begin_create_time", "end_create_time")]
    last = str(given.get("last_index") or "0")
    if not whole(begin, 2**32) or not whole(end, 2**32) or not (last.isascii() and last.isdigit() and len(last) < 19):
        raise Refusal(40097, "the span is in Unix seconds, last_index from the page before")
    if end and begin > end:
        raise Refusal(990009, "the start lies after the end")
    wanted = Q(pk__gt=int(last))
    if begin:
        wanted &= Q(created_at__gte=datetime.fromtimestamp(begin, UTC))
    if end:
        wanted &= Q(created_at__lt=datetime.fromtimestamp(end + 1, UTC))
    if given.get("mchid"):
        wanted &= Q(mchid=given["mchid"])
    rows = list(Trade.objects.filter(wanted).order_by("pk").values_list("pk", "trade_no")[: size + 1])
    page = rows[:size]
    index = str(page[-1][0]) if page else last
    return {"trade_no_list": [number for _pk, number in page], "has_more": len(rows) > size, "last_index": index}


@endpoint("/shop/pay/refundorder")
def refundorder(request: Request) -> dict:
    given = request.data
    number, total, amount = need(given, "refund_no", "total_amount", "refund_amount")
    trade = _named(request)
    if not whole(total) or not whole(amount) or not amount or total != trade.amount:
        raise Refusal(40097, "total_amount is the order's, refund_amount a number of fen above 0")
    known = TradeRefund.objects.filter(refund_no=str(number)).first()
    if known:
        same = (known.trade_id, known.amount) == (trade.pk, amount)
        if same and request.account.on("refund_no_is_idempotent"):
            return {}
        raise Refusal(2747013, "this refund_no is another refund's")
    if trade.status != Trade.PAID:
        raise Refusal(WRONG_STATE, "only what was paid is refunded")
    if any(sharing.result == Sharing.PROCESSING for sharing in trade.sharings.all()):
        raise Refusal(WRONG_STATE, "the money is being shared")
    if amount > trade.left:
        raise Refusal(2747014, f"the amount is illegal, {trade.left} fen at most")
    if trade.shared and amount > books.free(books.locked()):
        raise Refusal(2747009, "the refund failed: the balance does not hold it")
    key = f"5030{secrets.randbelow(10**24):024d}"
    trade.refunds.create(refund_no=str(number), refund_id=key, amount=amount, created_at=timezone.now())
    books.enter(Flow.TRADE_REFUND, str(number), **{_place(trade): -amount})
    return {}


@endpoint("/shop/pay/profitsharingorder")
def profitsharingorder(request: Request) -> dict:
    """Release the amount that is not refunded; the same number again is the same release."""
    (number,) = need(request.data, "profit_sharing_no")
    trade = _named(request)
    known = Sharing.objects.filter(profit_sharing_no=str(number)).first()
    if known:
        if known.trade_id != trade.pk:
            raise Refusal(2747013, "this profit_sharing_no is another order's")
        return {}
    if trade.status != Trade.PAID:
        raise Refusal(WRONG_STATE, "only what was paid is shared")
    going = any(sharing.result == Sharing.PROCESSING for sharing in trade.sharings.all())
    if going or (trade.shared and request.account.on("shared_once")):
        raise Refusal(WRONG_STATE, "the money is shared already, or about to be")
    key, amount = f"3000{secrets.randbelow(10**24):024d}", 0 if trade.shared else trade.left
    now = timezone.now()
    trade.sharings.create(profit_sharing_no=str(number), profit_sharing_id=key, amount=amount, created_at=now)
    return {}


# --- the payer and the platform


def pay(trade: Trade) -> None:
    """The buyer pays; combined orders are paid together."""
    expire_due(Account.only())
    together = Q(combine_trade_no=trade.combine_trade_no) if trade.combine_trade_no else Q(pk=trade.pk)
    with transaction.atomic(using="sandbox"):
        for one in Trade.objects.filter(together).order_by("pk"):
            now, key = timezone.now(), f"4200{secrets.randbelow(10**24):024d}"
            _move(one, Trade.UNPAID, Trade.PAID, transaction_id=key, paid_at=now)
            books.enter(Flow.TRADE, one.trade_no, pending=one.amount)
            _tell("pay", trade_no=one.trade_no, transaction_id=key, pay_time=stamp(now))


def finish_refund(refund: TradeRefund, result: str) -> None:
    """SUCCESS; CLOSE, and the money is back; or ABNORMAL, the card is dead: that can still become either."""
    with transaction.atomic(using="sandbox"):
        trade = Trade.objects.select_for_update().get(pk=refund.trade_id)
        now = timezone.now()
        done = {"result": result, "finished_at": None if result == TradeRefund.ABNORMAL else now}
        allowed = [known for known in TradeRefund.OPEN if known != result]
        if not TradeRefund.objects.filter(pk=refund.pk, result__in=allowed).update(**done):
            raise Refusal(1000000, "the refund has its result already")
        if result == TradeRefund.CLOSED:
            books.enter(Flow.TRADE_RETURN, refund.refund_no, **{_place(trade): refund.amount})
        when = {"success_time": stamp(now)} if result == TradeRefund.SUCCEEDED else {}
        words = {TradeRefund.CLOSED: "退款关闭", TradeRefund.ABNORMAL: "退款异常：用户的卡作废或者冻结"}
        _tell("refund", refund_no=refund.refund_no, status=result, message=words.get(result, "退款成功"), **when)


def finish_sharing(sharing: Sharing, fail_reason: str = "") -> None:
    """The money is the merchant's to withdraw; with a reason it stays where it is, and another number may try."""
    with transaction.atomic(using="sandbox"):
        trade, now = Trade.objects.select_for_update().get(pk=sharing.trade_id), timezone.now()
        result = Sharing.CLOSED if fail_reason else Sharing.SUCCEEDED
        open_ = Sharing.objects.filter(pk=sharing.pk, result=Sharing.PROCESSING)
        if not open_.update(result=result, finished_at=now):
            raise Refusal(1000000, "the sharing has its result already")
        if not fail_reason:
            # A refund that closed meanwhile is shared with the rest.
            amount = 0 if trade.shared else trade.left
            Sharing.objects.filter(pk=sharing.pk).update(amount=amount)
            Trade.objects.filter(pk=trade.pk).update(shared=True, updated_at=now)
            books.enter(Flow.TRADE, trade.trade_no, pending=-amount, available=amount)
        sharing.refresh_from_db()
        told = {"amount": sharing.amount, "result": result, "finish_time": stamp(now)}
        why = {"fail_reason": fail_reason} if fail_reason else {}
        _tell("profitsharing", profit_sharing_no=sharing.profit_sharing_no, **told, **why)


def expire_due(account: Account) -> None:
    for trade in Trade.objects.filter(status=Trade.UNPAID, expire_at__lte=account.now()).order_by("pk"):
        with suppress(Refusal):
            _move(trade, Trade.UNPAID, Trade.CLOSED)


def _create(account: Account, sub: dict, **shared: Any) -> None:
    number, amount = need(sub, "trade_no", "amount")
    _mine(account, sub)
    if not isinstance(number, str) or len(number) > LONGEST or not whole(amount) or not amount:
        raise Refusal(40097, "trade_no is text of 64 letters at most, amount a number of fen above 0")
    now = timezone.now()
    given = {"mchid": str(sub["mchid"]), "amount": amount, "description": str(sub.get("description") or ""), **shared}
    ends = datetime.fromtimestamp(shared["expire_time"], UTC) + timedelta(seconds=account.clock)
    known = {"created_at": now, "updated_at": now, "expire_at": ends if shared["expire_time"] else None}
    trade, new = Trade.objects.get_or_create(trade_no=number, defaults=given | known)
    if new:
        return
    if trade.status != Trade.UNPAID:
        raise Refusal(WRONG_STATE, "the payment order is paid or closed")
    if any(getattr(trade, name) != given[name] for name in ("openid", "amount", "combine_trade_no")):
        raise Refusal(40097, "this trade_no is another payment order's")


def _subs(given: dict) -> list[dict]:
    subs = given.get("sub_orders") if given.get("combine_trade_no") else [given]
    if not isinstance(subs, list) or not subs or not all(isinstance(sub, dict) for sub in subs):
        raise Refusal(40097, "sub_orders is a list of objects")
    return subs


def _openid(given: dict) -> str:
    (openid,) = need(given, "openid")
    if not isinstance(openid, str) or not openid.startswith("o") or not 20 <= len(openid) <= 40:
        raise Refusal(990001, "openid is illegal")
    return openid


def _mine(account: Account, given: dict) -> None:
    (mchid,) = need(given, "mchid")
    if str(mchid) != account.mchid:
        raise Refusal(40097, "mchid is not this mini program's merchant account")


def _trade(account: Account, given: dict, openid: str) -> Trade:
    _mine(account, given)
    names = {name: str(given[name]) for name in ("trade_no", "transaction_id") if given.get(name)}
    if not names:
        raise Refusal(990007, "trade_no or transaction_id is needed")
    trade = Trade.objects.select_for_update().filter(openid=openid, **names).first()
    if trade is None:
        raise Refusal(NOT_FOUND, "the payment order does not exist, check its number and openid")
    return trade


def _named(request: Request) -> Trade:
    expire_due(request.account)
    return _trade(request.account, request.data, _openid(request.data))


def _move(trade: Trade, before: str, status: str, **fields: Any) -> None:
    fields |= {"status": status, "updated_at": timezone.now()}
    if not Trade.objects.filter(pk=trade.pk, status=before).update(**fields):
        raise Refusal(WRONG_STATE, "the payment order is paid or closed")


def _place(trade: Trade) -> str:
    return "available" if trade.shared else "pending"


def _tell(what: str, **fields: Any) -> None:
    push(f"funds_order_{what}", {"order_info": fields})


def _shown(trade: Trade) -> dict:
    names = ("mchid", "trade_no", "combine_trade_no", "amount", "description", "transaction_id", "expire_time")
    shown = {name: getattr(trade, name) for name in names}
    times = {"create_time": seconds(trade.created_at), "update_time": seconds(trade.updated_at)}
    if trade.paid_at:
        times["pay_time"] = seconds(trade.paid_at)
    refunds = [_dated(refund, "refund_no", "refund_id") for refund in trade.refunds.order_by("pk")]
    sharings = [
        _dated(sharing, "profit_sharing_no", "profit_sharing_id") | {"mchid": trade.mchid}
        for sharing in trade.sharings.order_by("pk")
    ]
    frozen = int(trade.status == Trade.PAID and not trade.shared)
    lists = {"refund_list": refunds, "profit_sharing_list": sharings}
    return shown | times | lists | {"profit_sharing_delay": 0, "profit_sharing_frozen": frozen}


def _dated(row: TradeRefund | Sharing, *names: str) -> dict:
    shown = {name: getattr(row, name) for name in (*names, "amount", "result")}
    done = {"finish_time": seconds(row.finished_at)} if row.finished_at else {}
    return shown | {"create_time": seconds(row.created_at)} | done
