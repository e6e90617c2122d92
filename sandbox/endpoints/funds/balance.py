"""The balance and its flows."""

from datetime import datetime, timedelta

from django.utils import timezone

from ... import books
from ...models import Flow
from ...platform import Refusal, Request, endpoint
from ...values import stamp
from .checks import NO_DATA, need_text, page_of


@endpoint("/shop/funds/getbalance")
def getbalance(request: Request) -> dict:
    now = books.current()
    return {"balance_info": {"available_amount": now.available, "pending_amount": now.pending}}


@endpoint("/shop/funds/scanorderflow")
def scanorderflow(request: Request) -> dict:
    try:
        day = timezone.make_aware(datetime.strptime(str(request.data.get("date")), "%Y%m%d"))
    except ValueError:
        raise Refusal(40097, "date is yyyyMMdd") from None
    found = Flow.objects.filter(booked_at__gte=day, booked_at__lt=day + timedelta(days=1)).order_by("pk")
    return page_of(request, found, "funds_flow_id", "funds_flow_ids")


@endpoint("/shop/funds/getorderflow")
def getorderflow(request: Request) -> dict:
    flow = Flow.objects.filter(funds_flow_id=need_text(request.data, "funds_flow_id")).first()
    if flow is None:
        raise Refusal(NO_DATA, "no data")
    yuan = yuan_text if request.account.on("flows_in_yuan_text") else yuan_number
    shown = {
        "funds_flow_id": flow.funds_flow_id,
        "type": "基本账户",
        "flow_type": "收入" if flow.amount > 0 else "支出",
        "amount": yuan(abs(flow.amount)),
        "balance": yuan(flow.balance),
        "busi_type": Flow.WORDS[flow.kind],
        "request_no": flow.request_no,
        "bookkeeping_time": stamp(flow.booked_at),
    }
    return {"funds_flow": shown}


def yuan_text(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def yuan_number(fen: int) -> float:
    return fen / 100
