"""Disputes (BEHAVIOUR 9). The states are the sibling product's; the event numbers after the first are invented."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..ids import new_id
from ..models import Account, Claim, Dispute, Order
from ..platform import Refusal, Request, endpoint
from ..pushes import push
from ..values import LARGEST, MOST, whole
from . import img

STATES = {
    101: "待客服处理",
    102: "已取消平台介入",
    104: "待用户补充凭证",
    105: "用户已补充凭证",
    106: "待商家补充凭证",
    107: "商家已补充凭证",
    116: "纠纷已结束",
    305: "用户补充凭证超时",
    307: "商家补充凭证超时",
}
STARTED, ASKED, MERCHANT_PROVED, USER_PROVED, LATE, WITHDRAWN, JUDGED = range(240001, 240008)
EVENTS = {
    STARTED: "用户发起投诉",
    ASKED: "平台要求补充凭证",
    MERCHANT_PROVED: "商家补充凭证",
    USER_PROVED: "用户补充凭证",
    LATE: "补充凭证超时",
    WITHDRAWN: "用户取消平台介入",
    JUDGED: "平台判责",
}
PLATFORM, USER, MERCHANT = 1, 2, 3
RECORDS = {PLATFORM: "op_record", USER: "user_record", MERCHANT: "merchant_record"}
BUYERS_FAULT, MERCHANTS_FAULT = 1, 2
PROOF, PAGE = timedelta(days=3), 100
# The next state after proof was handed in, and after a timeout.
PROVED = {
    USER: {Dispute.USER_TO_PROVE: Dispute.USER_PROVED, Dispute.USER_TIMED_OUT: Dispute.USER_PROVED},
    MERCHANT: {Dispute.TO_PROVE: Dispute.PROVED, Dispute.TIMED_OUT: Dispute.PROVED},
}
SILENT = {Dispute.USER_TO_PROVE: Dispute.USER_TIMED_OUT, Dispute.TO_PROVE: Dispute.TIMED_OUT}


@endpoint("/shop/complaint/get_list")
def get_list(request: Request) -> dict:
    given = request.data
    offset, limit = page(request)
    expire_due(request.account)
    found = Dispute.objects.select_related("claim__order").filter(since(given, 1)).order_by("-created_at", "-pk")
    columns = {"state": "state", "type": "type", "order_id": "claim__order", "after_sale_order_id": "claim"}
    for name, column in columns.items():
        if given.get(name):
            found = found.filter(**{column: number(given, name, LARGEST)})
    shown = [_shown(request.account, dispute) for dispute in found[offset : offset + limit]]
    return {"orders": shown, "total": found.count()}


@endpoint("/shop/complaint/get")
def get(request: Request) -> dict:
    dispute = _find(request)
    return {"order": _shown(request.account, dispute), "flow_info": {"list": dispute.flow}}


@endpoint("/shop/complaint/upload_material")
def upload_material(request: Request) -> dict:
    dispute = _find(request)
    given = request.data.get("material_info")
    content, links = (given.get("content"), given.get("media_url_list", [])) if isinstance(given, dict) else ("", [])
    if not isinstance(content, str) or not content or not isinstance(links, list):
        raise Refusal(2747002, "material_info has a content and a media_url_list")
    for link in links:
        img.check(request.account, link)
    _prove(dispute, MERCHANT, MERCHANT_PROVED, content, links)
    return {}


def start(claim: Claim, content: str, links: Sequence[str] = ()) -> Dispute:
    """The buyer brings the claim before the platform. No event reports the opening."""
    now = timezone.now()
    dispute = Dispute(complaint_order_id=new_id(), claim=claim, type=claim.type, created_at=now, updated_at=now)
    _keep(dispute, USER, STARTED, Dispute.WAITING, content, list(links))
    dispute.save()
    return dispute


def ask_proof(dispute: Dispute, of_user: bool = False, content: str = "请补充凭证") -> None:
    """The platform asks the merchant, or the buyer, for proof within three days."""
    state = Dispute.USER_TO_PROVE if of_user else Dispute.TO_PROVE
    _record(dispute, PLATFORM, ASKED, state, content, due_at=Account.only().now() + PROOF)


def user_proves(dispute: Dispute, content: str = "商品与描述不符", links: Sequence[str] = ()) -> None:
    dispute.refresh_from_db()
    _prove(dispute, USER, USER_PROVED, content, list(links))


def withdraw(dispute: Dispute) -> None:
    _record(dispute, USER, WITHDRAWN, Dispute.CANCELLED)


def finish(dispute: Dispute, buyer_wins: bool) -> None:
    result, said = (MERCHANTS_FAULT, "支持用户") if buyer_wins else (BUYERS_FAULT, "支持商家")
    _record(dispute, PLATFORM, JUDGED, Dispute.CLOSED, said, judge_result=result)


def expire_due(account: Account) -> None:
    """A party that did not answer in time has timed out; the platform can still decide."""
    if account.on("proof_overdue"):
        for dispute in Dispute.objects.filter(due_at__lte=account.now()).order_by("due_at", "pk"):
            with suppress(Refusal):
                _record(dispute, PLATFORM, LATE, SILENT[dispute.state])


def page(request: Request) -> tuple[int, int]:
    """offset and limit of the lists of claims and disputes."""
    offset, limit = number(request.data, "offset"), number(request.data, "limit")
    if not limit:
        raise Refusal(2747002, "limit counts from 1")
    if limit > PAGE and request.account.on("claim_pages_hold_100"):
        raise Refusal(990005, f"limit is at most {PAGE}")
    return offset, limit


def since(given: dict, unit: int) -> Q:
    """The condition on the time of creation, in seconds or (unit 1000) milliseconds; either end may be open."""
    wanted, names = Q(), ("begin_create_time", "end_create_time")
    start, end = [number(given, name, 2**32 * unit) if given.get(name) else 0 for name in names]
    if end and start > end:
        raise Refusal(990009, "the start lies after the end")
    if start:
        wanted &= Q(created_at__gte=datetime.fromtimestamp(start / unit, UTC))
    if end:
        wanted &= Q(created_at__lt=datetime.fromtimestamp((end + 1) / unit, UTC))
    return wanted


def number(given: dict, name: str, most: int = MOST) -> int:
    if not whole(given.get(name), most):
        raise Refusal(2747002, f"{name} is a whole number")
    return given[name]


def complain(order: Order, content: str = "商家长时间不发货", kind: int = 643) -> None:
    """A complaint of the transaction guarantee, with the buyer's number; flat and all text where events are JSON."""
    account, now = Account.only(), int(timezone.now().timestamp())
    info = {
        "appid": account.appid,
        "option_type": "1",
        "complaint_order_id": 1_000_000 + secrets.randbelow(10**6),
        "status": 201,
        "create_time": now,
        "expire_time": now + 86400,
        "type": kind,
        "order_id": str(order.order_id),
        "out_trade_no": order.out_order_id,
        "phone_number": _phone(order),
        "open_id": order.openid,
        "customer_material_content": content,
        "customer_material_media_id_list": "",
        "pay_time": int(order.paid_at.timestamp()) if order.paid_at else 0,
        "total_cost": order.price,
        "product_name": order.lines[0].get("title", ""),
    }
    history = [{"time": now, "content": content, "media_id_list": []}]
    if account.format == "json":
        texts = {name: str(value) for name, value in info.items()}
        flat = texts | {"history": [{**entry, "time": str(entry["time"])} for entry in history]}
        push("complaint_callback", {"Event": "complaint callback", **flat})
    else:
        push("complaint_callback", {"BussiCallBackInfo": info | {"history": history}})


def _prove(dispute: Dispute, who: int, event: int, content: str, links: list[str]) -> None:
    """Store proof. Where nobody had asked for it, the state stays."""
    state = PROVED[who].get(dispute.state)
    fields = {} if state else {"due_at": dispute.due_at}
    _record(dispute, who, event, state or dispute.state, content, links, **fields)


def _record(
    dispute: Dispute, who: int, event: int, state: int, content: str = "", links: list | None = None, **fields: Any
) -> None:
    """Store one entry of the history; all but the merchant's own cause an event."""
    dispute.refresh_from_db()
    if dispute.state in Dispute.OVER:
        raise Refusal(2747008, f"operation not allowed, state: {dispute.state}, operation: {EVENTS[event]}")
    _keep(dispute, who, event, state, content, links)
    for name, value in ({"due_at": None, "updated_at": timezone.now()} | fields).items():
        setattr(dispute, name, value)
    dispute.save()
    if who != MERCHANT:
        told = {"complaint_order_id": dispute.complaint_order_id, "state": state, "event": event}
        push("complaint_notify", {"complaint_info": told})


def _keep(dispute: Dispute, who: int, event: int, state: int, content: str = "", links: list | None = None) -> None:
    now = timezone.now().timestamp()
    record = {
        "state": state,
        "state_describe": STATES[state],
        "event": event,
        "event_describe": EVENTS[event],
        # As in the sample, and nowhere else: the user's in milliseconds, quoted.
        "time": str(int(now * 1000)) if who == USER else int(now),
    }
    if content:
        record["material_info"] = {"content": content, "media_url_list": links or []}
    if who == MERCHANT:
        record["operator_nickname"] = "商家"
    dispute.state = state
    dispute.flow = [*dispute.flow, {"object": who, RECORDS[who]: record}]


def _find(request: Request) -> Dispute:
    key = number(request.data, "complaint_order_id", LARGEST)
    expire_due(request.account)
    found = Dispute.objects.select_related("claim__order").filter(pk=key).first()
    if found is None:
        raise Refusal(2747007, "the dispute does not exist")
    return found


def _phone(order: Order) -> str:
    return (order.content.get("address_info") or {}).get("tel_number", "")


def _shown(account: Account, dispute: Dispute) -> dict:
    order = dispute.claim.order
    # Moving the clock changes deadlines, not stored times: so the deadline is shown earlier by the clock's offset.
    ends = dispute.due_at - timedelta(seconds=account.clock) if dispute.due_at else None
    return {
        "complaint_order_id": dispute.complaint_order_id,
        "after_sale_order_id": dispute.claim_id,
        "order_id": str(order.order_id),
        "openid": order.openid,
        "phone_number": _phone(order),
        "state": dispute.state,
        "type": dispute.type,
        "judge_result": dispute.judge_result,
        "create_time": _seconds(dispute.created_at),
        "update_time": _seconds(dispute.updated_at),
        "expired_time": _seconds(ends) if ends else 0,
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
