"""Sharers, who are invited and have to agree (BEHAVIOUR 6.1 and 6.2)."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ..models import Account, Order, Sharer
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from ..values import moment, whole
from . import order as orders

MOST, MOST_ELSEWHERE, A_DAY, LOCKED = 10_000, 5, 3, timedelta(days=30)
PAUSE, LIFE = timedelta(minutes=10), timedelta(days=7)
SENT, RETRY, FINAL = range(3)  # result_code
BUSY, FULL, BAD_OPENID, ALREADY, UNWILLING, TOO_OFTEN = 100, 200, 201, 202, 203, 204  # reason_code


@endpoint("/shop/sharer/bind")
def bind(request: Request) -> dict:
    account, openids = request.account, _openids(request)
    lists: dict[int, list[str]] = {SENT: [], RETRY: [], FINAL: []}
    results = []
    for openid in openids:
        code, reason = _invite(account, openid)
        lists[code].append(openid)
        results.append({"openid": openid, "result_code": code, "reason_code": reason})
    return {
        "success_list": lists[SENT],
        "fail_list": lists[RETRY],
        "refuse_list": lists[FINAL],
        "result_list": results,
    }


def _invite(account: Account, openid: str) -> tuple[int, int]:
    """The result_code and the reason_code."""
    if account.busy_invitations:
        account.busy_invitations -= 1
        account.save(update_fields=["busy_invitations"])
        return RETRY, BUSY
    if not re.fullmatch(r"o[A-Za-z0-9_-]{19,39}", openid):
        return FINAL, BAD_OPENID
    sharer = _known(account, openid)
    if sharer and sharer.status == Sharer.BOUND:
        return FINAL, ALREADY
    if sharer and sharer.refuses:
        return FINAL, UNWILLING
    if Sharer.objects.filter(status=Sharer.BOUND).count() >= MOST:
        return FINAL, FULL
    now = account.now()
    last = [at for at in (sharer.invitations if sharer else []) if at > (now - timedelta(days=1)).timestamp()]
    if len(last) >= A_DAY or (last and last[-1] > (now - PAUSE).timestamp()):
        code = RETRY if account.on("too_often_may_be_retried") else FINAL
        return code, TOO_OFTEN
    sharer = sharer or Sharer(openid=openid, nickname=f"分享员{openid[-4:]}")
    _keep(sharer, status=Sharer.INVITING, invitations=[*last, now.timestamp()], invited_at=timezone.now())
    return SENT, 0


@endpoint("/shop/sharer/unbind")
def unbind(request: Request) -> dict:
    account = request.account
    lists: dict[str, list[str]] = {"success_list": [], "fail_list": [], "refuse_list": []}
    for openid in _openids(request):
        sharer = _known(account, openid)
        locked = sharer and sharer.bound_at and account.now() - sharer.bound_at <= LOCKED
        if sharer is None or sharer.status != Sharer.BOUND or locked:
            lists["refuse_list"].append(openid)
        else:
            _unbind(sharer)
            lists["success_list"].append(openid)
    return lists


@endpoint("/shop/sharer/get_sharer_list")
def get_sharer_list(request: Request) -> dict:
    bound = Sharer.objects.filter(status=Sharer.BOUND).order_by("pk")
    rows, total = _page(request, bound)
    return {"sharers": [{"openid": row.openid, **_times(row)} for row in rows], "total_num": total}


@endpoint("/shop/sharer/search_sharer")
def search_sharer(request: Request) -> dict:
    (openid,) = _texts(request, "openid")
    sharer = _known(request.account, openid)
    unbound = sharer and sharer.status == Sharer.REFUSED and sharer.unbound_at
    if sharer is None or (unbound and not request.account.on("unbound_is_2")):
        raise Refusal(990001, "openid is no sharer's")
    return {**_times(sharer), "bind_status": str(sharer.status)}


@endpoint("/shop/sharer/get_sharer_data_summary")
def get_sharer_data_summary(request: Request) -> dict:
    (openid,) = _texts(request, "openid")
    return _summary(_sold_by(openid))


@endpoint("/shop/sharer/get_sharer_live_summary_list")
def get_sharer_live_summary_list(request: Request) -> dict:
    (openid,) = _texts(request, "openid")
    rooms: dict[str, list[Order]] = {}
    for order in _sold_by(openid).order_by("-paid_at"):
        if order.live_export_id:
            rooms.setdefault(order.live_export_id, []).append(order)
    page, size = _paging(request)
    lives = [_live(room, sold) for room, sold in rooms.items()]
    return {"lives": lives[(page - 1) * size : page * size], "total_num": len(lives)}


@endpoint("/shop/sharer/get_sharer_live_order_list")
def get_sharer_live_order_list(request: Request) -> dict:
    openid, room = _texts(request, "openid", "live_export_id")
    rows, total = _page(request, _sold_by(openid).filter(live_export_id=room).order_by("-paid_at"))
    return {"orders": orders.show(rows), "total_num": total}


@endpoint("/shop/sharer/set_share_mode")
def set_share_mode(request: Request) -> dict:
    mode = request.data.get("share_mode")
    if not whole(mode):
        raise Refusal(40097, "share_mode is a whole number")
    request.account.share_mode = mode
    request.account.save(update_fields=["share_mode"])
    return {}


def agree(account: Account, sharer: Sharer) -> None:
    """The invited person agrees in WeChat."""
    _open_invitation(account, sharer)
    if sharer.elsewhere >= MOST_ELSEWHERE:
        raise Refusal(1040005, f"a person shares for at most {MOST_ELSEWHERE} mini programs")
    if Sharer.objects.filter(status=Sharer.BOUND).count() >= MOST:
        raise Refusal(1040005, f"a mini program has at most {MOST} sharers")
    _keep(sharer, status=Sharer.BOUND, bound_at=timezone.now(), unbound_at=None)
    push("miniprogram_sharer_bind_status_change", {"openid": sharer.openid, "bind_status": 1})


def refuse(account: Account, sharer: Sharer, for_good: bool = False) -> None:
    """The invited person declines, once or finally."""
    _open_invitation(account, sharer)
    _keep(sharer, status=Sharer.REFUSED, refuses=for_good)


def leave(account: Account, sharer: Sharer) -> None:
    """The platform or the person ends the sharing."""
    if sharer.status != Sharer.BOUND:
        raise Refusal(40097, "this person is not bound")
    _unbind(sharer)


def act(sharer: Sharer, promoter: dict) -> None:
    """The person shares a live room; only this event names its promoter (BEHAVIOUR 6.2)."""
    push("miniprogram_sharer_action", {"type": 1, "openid": sharer.openid, "promoter": promoter})


def _unbind(sharer: Sharer) -> None:
    _keep(sharer, status=Sharer.REFUSED, unbound_at=timezone.now())
    push("miniprogram_sharer_bind_status_change", {"openid": sharer.openid, "bind_status": 2})


def _open_invitation(account: Account, sharer: Sharer) -> None:
    _expire(account, sharer)
    if sharer.status != Sharer.INVITING:
        raise Refusal(40097, "no invitation is open")


def _known(account: Account, openid: str) -> Sharer | None:
    sharer = Sharer.objects.filter(openid=openid).first()
    if sharer:
        _expire(account, sharer)
    return sharer


def _expire(account: Account, sharer: Sharer) -> None:
    # By the account's clock where it is known: one made after the clock was moved has its whole life before it.
    invited = sharer.invitations[-1] if sharer.invitations else sharer.invited_at and sharer.invited_at.timestamp()
    due = invited and account.now().timestamp() - invited > LIFE.total_seconds()
    if sharer.status == Sharer.INVITING and due and account.on("invitations_expire"):
        _keep(sharer, status=Sharer.EXPIRED)


def _keep(sharer: Sharer, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(sharer, name, value)
    sharer.save()


def _texts(request: Request, *names: str) -> list[str]:
    texts = need(request.data, *names)
    if not all(isinstance(text, str) for text in texts):
        raise Refusal(40097, f"{' and '.join(names)}: text")
    return texts


def _openids(request: Request) -> list[str]:
    (openids,) = need(request.data, "openids")
    if not isinstance(openids, list) or not all(isinstance(openid, str) for openid in openids):
        raise Refusal(40097, "openids is a list of texts")
    return openids


def _paging(request: Request) -> tuple[int, int]:
    page, size = need(request.data, "page", "page_size")
    if not whole(page) or not whole(size) or not page or not size:
        raise Refusal(40097, "page and page_size count from 1")
    if size > 100 and request.account.on("sharer_pages_hold_100"):
        raise Refusal(990005, "page_size is at most 100")
    return page, size


def _page(request: Request, found: QuerySet) -> tuple[list, int]:
    page, size = _paging(request)
    return list(found[(page - 1) * size : page * size]), found.count()


def _times(sharer: Sharer) -> dict[str, str]:
    """BEHAVIOUR 6.1: times are numbers in text."""
    stamps = {"invited_time": sharer.invited_at, "bind_time": sharer.bound_at}
    return {"nickname": sharer.nickname} | {name: str(int(at.timestamp())) for name, at in stamps.items() if at}


def _sold_by(openid: str) -> QuerySet[Order]:
    return Order.objects.filter(sharer_openid=openid, paid_at__isnull=False)


def _summary(sold: Iterable[Order]) -> dict[str, int]:
    sold = list(sold)
    valid = [order for order in sold if order.status != Order.REFUNDED]
    return {
        "gmv": sum(order.price for order in valid),
        "order_cnt": len(sold),
        "user_cnt": len({order.openid for order in sold}),
    }


def _live(room: str, sold: list[Order]) -> dict:
    began = moment(sold[0].sharer["live_start_time"], "live_start_time", 40097)
    ended = began + timedelta(hours=4)
    times = {"live_start_time": int(began.timestamp()), "live_end_time": int(ended.timestamp()), "live_status": 2}
    name = sold[0].promotion.get("finder_nickname", "茶里的直播间")
    return {"live_export_id": room, "live_nickname": name, **times, **_summary(sold)}
