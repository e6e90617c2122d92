"""Section 7.3: the balance and its flows, withdrawals that the administrator confirms, and where they go."""

import base64
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import banks, books
from ..models import Account, Flow, Ticket, Withdrawal
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from ..values import MOST, seconds, stamp, whole

LIFE = timedelta(minutes=5)
LONGEST_NUMBER = 1024  # of a bank account; it may come encrypted
NO_DATA, WRONG_TICKET, EXPIRED_TICKET = 9710001, 60208, 60220
BUSINESS, PRIVATE = "ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"


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
    return _page(request, found, "funds_flow_id", "funds_flow_ids")


@endpoint("/shop/funds/getorderflow")
def getorderflow(request: Request) -> dict:
    flow = Flow.objects.filter(funds_flow_id=_text(request.data, "funds_flow_id")).first()
    if flow is None:
        raise Refusal(NO_DATA, "no data")
    yuan = _yuan_text if request.account.on("flows_in_yuan_text") else _yuan_number
    shown = {
        "funds_flow_id": flow.funds_flow_id, "type": "基本账户", "flow_type": "收入" if flow.amount > 0 else "支出",
        "amount": yuan(abs(flow.amount)), "balance": yuan(flow.balance), "busi_type": Flow.WORDS[flow.kind],
        "request_no": flow.request_no, "bookkeeping_time": stamp(flow.booked_at),
    }  # fmt: skip
    return {"funds_flow": shown}


@endpoint("/shop/funds/submitwithdraw")
def submitwithdraw(request: Request) -> dict:
    account, given = request.account, request.data
    if account.merchant == "frozen":
        raise Refusal(48001, "the merchant account is frozen")
    amount = given.get("amount")
    if not whole(amount) or not amount:
        raise Refusal(40097, "amount is a number of fen above 0")
    if not account.bank_account:
        raise Refusal(40097, "there is no bank account to withdraw to")
    expire_due(account)
    if amount > books.free(books.locked()):
        raise Refusal(40097, "amount is more than the available balance")
    now = timezone.now()
    withdrawal = Withdrawal.objects.create(
        out_request_no=f"wd{secrets.randbelow(10**20):020d}", amount=amount, created_at=now, updated_at=now,
        remark=str(given.get("remark") or ""), bank_memo=str(given.get("bank_memo") or ""),
        bank_name=account.bank_account["account_bank"], bank_num=account.bank_account["account_number"],
    )  # fmt: skip
    ticket = _ticket(account, withdrawal)
    return {"out_request_no": withdrawal.out_request_no, "qrcode_ticket": ticket.qrcode_ticket}


@endpoint("/shop/funds/scanwithdraw")
def scanwithdraw(request: Request) -> dict:
    expire_due(request.account)
    return _page(request, Withdrawal.objects.order_by("-pk"), "out_request_no", "out_request_nos")


@endpoint("/shop/funds/getwithdrawdetail")
def getwithdrawdetail(request: Request) -> dict:
    expire_due(request.account)
    withdrawal = Withdrawal.objects.filter(out_request_no=_text(request.data, "out_request_no")).first()
    if withdrawal is None:
        raise Refusal(NO_DATA, "no data")
    names = ("amount", "remark", "bank_name", "bank_num", "bank_memo", "status", "reason")
    times = {"create_time": seconds(withdrawal.created_at), "update_time": seconds(withdrawal.updated_at)}
    return {"withdraw_info": {name: getattr(withdrawal, name) for name in names} | times}


@endpoint("/shop/funds/qrcode/gen")
def qrcode_gen(request: Request) -> dict:
    if request.data.get("identity_type") != 1:
        raise Refusal(40097, "identity_type is 1, the administrator")
    return {"qrcode_ticket": _ticket(request.account).qrcode_ticket}


@endpoint("/shop/funds/qrcode/get")
def qrcode_get(request: Request) -> dict:
    ticket = _find(request)
    if ticket.status == Ticket.EXPIRED:
        raise Refusal(EXPIRED_TICKET, "the ticket has expired")
    return {"qrcode_buf": base64.b64encode(_picture(ticket.qrcode_ticket)).decode()}


@endpoint("/shop/funds/qrcode/check")
def qrcode_check(request: Request) -> dict:
    """Of an expired ticket it says so (3), where qrcode/get refuses."""
    ticket = _find(request)
    told = {"self_check_err_code": ticket.errcode, "self_check_err_msg": ticket.errmsg}
    return {"status": ticket.status, "scan_user_type": ticket.scan_user_type} | told


@endpoint("/shop/funds/setbankaccount")
def setbankaccount(request: Request) -> dict:
    """Each change takes a code of its own; the call does not name it, so any that was confirmed will do."""
    account = request.account
    account.bank_account = bank_account(request.data.get("account_info"))
    if not account.bank_account["account_number"].isdigit():
        raise Refusal(40097, "account_number has only digits")
    if account.on("bank_account_needs_scan") and not _use_up():
        raise Refusal(WRONG_TICKET, "no ticket for this was confirmed by the administrator")
    account.save(update_fields=["bank_account"])
    return {}


@endpoint("/shop/funds/getbankaccount")
def getbankaccount(request: Request) -> dict:
    if not request.account.bank_account:
        raise Refusal(NO_DATA, "no data")
    return {"account_info": request.account.bank_account}


@endpoint("/shop/funds/getbanklist")
def getbanklist(request: Request) -> dict:
    words, kind = request.data.get("key_words") or "", request.data.get("bank_type") or 0
    if not isinstance(words, str) or kind not in (0, *banks.BOTH):
        raise Refusal(40097, "key_words is text, bank_type 1 (personal) or 2 (corporate)")
    found = [
        _bank(bank) | {"bank_type": type}
        for bank in banks.BANKS
        for type in bank.types
        if kind in (0, type) and (words in bank.bank_name or words in bank.account_bank)
    ]
    start, end = _slice(request)
    return {"data": found[start:end], "total_count": len(found)}


@endpoint("/shop/funds/getbankbynum")
def getbankbynum(request: Request) -> dict:
    number = _text(request.data, "account_number")
    found = [_bank(bank) for bank in banks.BANKS if number.startswith(bank.cards)]
    return {"data": found, "total_count": len(found)}


@endpoint("/shop/funds/getprovince")
def getprovince(request: Request) -> dict:
    found = [{"province_code": code, "province_name": name} for code, name in banks.PROVINCES.items()]
    return {"data": found, "total_count": len(found)}


@endpoint("/shop/funds/getcity")
def getcity(request: Request) -> dict:
    names = ("city_code", "city_name", "bank_address_code")
    cities = banks.CITIES.get(_code(request.data, "province_code"), [])
    return {"data": [dict(zip(names, city, strict=True)) for city in cities], "total_count": len(cities)}


@endpoint("/shop/funds/getsubbranch")
def getsubbranch(request: Request) -> dict:
    city, code = _code(request.data, "city_code"), str(need(request.data, "bank_code")[0])
    bank = next((bank for bank in banks.BANKS if bank.bank_code == code), None)
    if bank is None:
        raise Refusal(40097, "bank_code comes from getbanklist")
    found = [{"branch_id": key, "branch_name": name} for key, name in banks.BRANCHES.get((code, city), [])]
    start, end = _slice(request)
    size = end - start
    return {
        "account_bank": bank.account_bank, "account_bank_code": bank.bank_id, "bank_alias": bank.bank_name,
        "bank_alias_code": bank.bank_code, "data": found[start:end], "total_count": len(found),
        "count": -(-len(found) // size),
    }  # fmt: skip


# --- the administrator, with a phone


def scan(ticket: Ticket, user_type: int = Ticket.ADMINISTRATOR) -> None:
    _play(ticket, Ticket.WAITING, Ticket.SCANNED, Withdrawal.SCANNED, scan_user_type=user_type, errcode=0, errmsg="")


def confirm(ticket: Ticket) -> None:
    _need_administrator(ticket)
    _play(ticket, (Ticket.SCANNED,), Ticket.CONFIRMED, Withdrawal.STARTED)
    if ticket.withdrawal and Account.only().on("withdrawals_accepted_at_once"):
        accept(ticket.withdrawal)


def cancel(ticket: Ticket) -> None:
    _need_administrator(ticket)
    _play(ticket, (Ticket.SCANNED,), Ticket.CANCELLED, Withdrawal.CLOSED, reason="管理员取消了提现")


# --- the bank


def accept(withdrawal: Withdrawal) -> None:
    """Only now the money leaves; where refunds have taken it meanwhile, the withdrawal fails."""
    with transaction.atomic(using="sandbox"):
        if books.locked().available < withdrawal.amount:
            move(withdrawal, (Withdrawal.STARTED,), Withdrawal.FAILED, "可用余额不足")
            Ticket.objects.filter(withdrawal=withdrawal).update(errcode=2747009, errmsg="可用余额不足")
            return
        move(withdrawal, (Withdrawal.STARTED,), Withdrawal.ACCEPTED)
        books.enter(Flow.WITHDRAWAL, withdrawal.out_request_no, available=-withdrawal.amount)


def succeed(withdrawal: Withdrawal) -> None:
    move(withdrawal, (Withdrawal.ACCEPTED,), Withdrawal.SUCCEEDED)


def fail(withdrawal: Withdrawal, reason: str = "银行卡状态异常") -> None:
    with transaction.atomic(using="sandbox"):
        withdrawal.refresh_from_db()
        gone = withdrawal.status == Withdrawal.ACCEPTED
        move(withdrawal, (Withdrawal.STARTED, Withdrawal.ACCEPTED), Withdrawal.FAILED, reason)
        if gone:
            _take_back(withdrawal)


def give_back(withdrawal: Withdrawal, reason: str = "银行退票：户名与账号不符") -> None:
    """The bank returns it, also after it had succeeded."""
    with transaction.atomic(using="sandbox"):
        move(withdrawal, (Withdrawal.ACCEPTED, Withdrawal.SUCCEEDED), Withdrawal.RETURNED, reason)
        _take_back(withdrawal)


def expire_due(account: Account) -> None:
    """A code nobody confirmed in time is dead, and its withdrawal with it: no other code can be had for that."""
    if not account.on("tickets_live_5_minutes"):
        return
    closes = account.on("expired_tickets_close_withdrawals")
    due = Ticket.objects.filter(status__in=Ticket.WAITING, expires_at__lte=account.now())
    for ticket in due.select_related("withdrawal").order_by("pk"):
        # Of two calls that find the same code due, one moves it.
        with suppress(Refusal), transaction.atomic(using="sandbox"):
            _move_ticket(ticket, Ticket.WAITING, Ticket.EXPIRED)
            if ticket.withdrawal and closes:
                waiting = (Withdrawal.UNSCANNED, Withdrawal.SCANNED)
                move(ticket.withdrawal, waiting, Withdrawal.CLOSED, "二维码已过期")


def move(withdrawal: Withdrawal, allowed: tuple[str, ...], status: str, reason: str = "") -> None:
    """One step of WithDrawStatus; every result is told of."""
    fields = {"status": status, "reason": reason, "updated_at": timezone.now()}
    if not Withdrawal.objects.filter(pk=withdrawal.pk, status__in=allowed).update(**fields):
        withdrawal.refresh_from_db()
        raise Refusal(1000000, f"the withdrawal's state does not allow this: {withdrawal.status}")
    withdrawal.status, withdrawal.reason = status, reason
    if event := Withdrawal.RESULTS.get(status):
        push("withdraw_notify", {"withdraw_info": {"out_request_no": withdrawal.out_request_no, "event": event}})


def bank_account(given, types: dict[str, str] | None = None) -> dict:
    """A bank account as the platform keeps it; its bank is one of the pickers'. `types`: how its type may be named."""
    if not isinstance(given, dict):
        raise Refusal(40097, "account_info is an object")
    names = ("bank_account_type", "account_bank", "bank_address_code", "account_number")
    type, bank, address, number = need(given, *names)
    types = types or {BUSINESS: BUSINESS, PRIVATE: PRIVATE}
    if not isinstance(type, str) or type not in types:
        raise Refusal(40097, f"bank_account_type is one of {', '.join(types)}")
    if bank not in banks.NAMES:
        raise Refusal(40097, "account_bank comes from getbanklist")
    if not str(address).isdigit() or len(str(address)) != 6:
        raise Refusal(40097, "bank_address_code has six digits")
    if not isinstance(number, str | int) or len(str(number)) > LONGEST_NUMBER:
        raise Refusal(40097, f"account_number is text of {LONGEST_NUMBER} letters at most")
    return dict(zip(names, (types[type], bank, str(address), str(number)), strict=True))


def _need_administrator(ticket: Ticket) -> None:
    """Who is not the administrator is told so, and the code goes on waiting."""
    ticket.refresh_from_db()
    stranger = ticket.status == Ticket.SCANNED and ticket.scan_user_type != Ticket.ADMINISTRATOR
    if stranger and Account.only().on("only_administrators_confirm"):
        Ticket.objects.filter(pk=ticket.pk).update(errcode=48001, errmsg="扫码者不是管理员")
        raise Refusal(48001, "who scanned it is not the administrator")


def _play(ticket: Ticket, allowed: tuple[int, ...], status: int, goal: str, reason: str = "", **fields) -> None:
    """One thing done with a code, and what it does to the withdrawal it stands for."""
    expire_due(Account.only())
    with transaction.atomic(using="sandbox"):
        _move_ticket(ticket, allowed, status, **fields)
        if ticket.withdrawal:
            before = (Withdrawal.SCANNED, *([Withdrawal.UNSCANNED] if goal == Withdrawal.SCANNED else []))
            move(ticket.withdrawal, before, goal, reason)


def _move_ticket(ticket: Ticket, allowed: tuple[int, ...], status: int, **fields) -> None:
    if not Ticket.objects.filter(pk=ticket.pk, status__in=allowed).update(status=status, **fields):
        ticket.refresh_from_db()
        expired = ticket.status == Ticket.EXPIRED
        raise Refusal(
            EXPIRED_TICKET if expired else 1000000, f"the ticket's state does not allow this: {ticket.status}"
        )
    ticket.status = status


def _take_back(withdrawal: Withdrawal) -> None:
    books.enter(Flow.RETURN, withdrawal.out_request_no, available=withdrawal.amount)


def _ticket(account: Account, withdrawal: Withdrawal | None = None) -> Ticket:
    key, ends = secrets.token_hex(12), account.now() + LIFE
    return Ticket.objects.create(qrcode_ticket=key, withdrawal=withdrawal, expires_at=ends)


def _use_up() -> bool:
    """Take the oldest code that the administrator confirmed for something other than a withdrawal."""
    good = Ticket.objects.filter(
        withdrawal=None, status=Ticket.CONFIRMED, scan_user_type=Ticket.ADMINISTRATOR, used=False
    )
    ticket = good.order_by("pk").first()
    return ticket is not None and bool(good.filter(pk=ticket.pk).update(used=True))


def _find(request: Request) -> Ticket:
    key = _text(request.data, "qrcode_ticket")
    expire_due(request.account)
    ticket = Ticket.objects.filter(qrcode_ticket=key).first()
    if ticket is None:
        raise Refusal(WRONG_TICKET, "the ticket is wrong")
    return ticket


def _picture(text: str) -> bytes:
    """A PNG that looks like a QR code and is none: who scans here presses a button."""
    from PIL import Image

    side, scale, noise = 25, 8, sha256(text.encode()).digest() * 3
    code = Image.new("1", (side + 4, side + 4), 1)
    for spot in range(side * side):
        x, y = spot % side, spot // side
        corner = [(abs(x - a), abs(y - b)) for a, b in ((3, 3), (side - 4, 3), (3, side - 4))]
        ring = min(max(away) for away in corner)
        dark = ring not in (2, 4) if ring <= 4 else noise[spot // 8 % len(noise)] >> spot % 8 & 1
        code.putpixel((x + 2, y + 2), 0 if dark else 1)
    written = BytesIO()
    code.resize(((side + 4) * scale,) * 2, Image.Resampling.NEAREST).save(written, "PNG")
    return written.getvalue()


def _page(request: Request, found: QuerySet, column: str, name: str) -> dict:
    number, size = need(request.data, "page_num", "page_size")
    if not whole(number) or not whole(size) or not number or not size:
        raise Refusal(40097, "page_num and page_size count from 1")
    if size > 100:
        raise Refusal(990005, "page_size is at most 100")
    total = found.count()
    rows = list(found.values_list(column, flat=True)[(number - 1) * size : number * size])
    if not rows:
        raise Refusal(NO_DATA, "no data")
    return {name: rows, "total_num": total}


def _slice(request: Request) -> tuple[int, int]:
    offset, limit = request.data.get("offset") or 0, request.data.get("limit") or 20
    if not whole(offset) or not whole(limit):
        raise Refusal(40097, "offset and limit are whole numbers")
    return offset, offset + limit


def _bank(bank: banks.Bank) -> dict:
    return {name: getattr(bank, name) for name in ("account_bank", "bank_id", "bank_code", "bank_name", "need_branch")}


def _text(given: dict, name: str) -> str:
    (value,) = need(given, name)
    if not isinstance(value, str):
        raise Refusal(40097, f"{name} is a string")
    return value


def _code(given: dict, name: str) -> int:
    """A number, also as text, as the platform's own sample has it."""
    (value,) = need(given, name)
    if not whole(value) and not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10):
        raise Refusal(40097, f"{name} is a number")
    return min(int(value), MOST)


def _yuan_text(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _yuan_number(fen: int) -> float:
    return fen / 100
