"""QR codes that the administrator scans with a phone."""

import base64
import secrets
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

from django.db import transaction

from ...models import Account, Ticket, Withdrawal
from ...platform import Refusal, Request, endpoint
from .bank import accept, move
from .checks import need_text

LIFE = timedelta(minutes=5)
WRONG_TICKET, EXPIRED_TICKET = 60208, 60220


@endpoint("/shop/funds/qrcode/gen")
def qrcode_gen(request: Request) -> dict:
    if request.data.get("identity_type") != 1:
        raise Refusal(40097, "identity_type is 1, the administrator")
    return {"qrcode_ticket": new_ticket(request.account).qrcode_ticket}


@endpoint("/shop/funds/qrcode/get")
def qrcode_get(request: Request) -> dict:
    ticket = _find(request)
    if ticket.status == Ticket.EXPIRED:
        raise Refusal(EXPIRED_TICKET, "the ticket has expired")
    return {"qrcode_buf": base64.b64encode(_picture(ticket.qrcode_ticket)).decode()}


@endpoint("/shop/funds/qrcode/check")
def qrcode_check(request: Request) -> dict:
    """Returns 3 for an expired ticket, while qrcode/get refuses."""
    ticket = _find(request)
    told = {"self_check_err_code": ticket.errcode, "self_check_err_msg": ticket.errmsg}
    return {"status": ticket.status, "scan_user_type": ticket.scan_user_type} | told


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


def expire_due(account: Account) -> None:
    """Expire codes that nobody confirmed in time, and close their withdrawals, which can get no other code."""
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


def new_ticket(account: Account, withdrawal: Withdrawal | None = None) -> Ticket:
    key, ends = secrets.token_hex(12), account.now() + LIFE
    return Ticket.objects.create(qrcode_ticket=key, withdrawal=withdrawal, expires_at=ends)


def use_up_ticket() -> bool:
    """Use the oldest code that the administrator confirmed for something other than a withdrawal; False if none."""
    good = Ticket.objects.filter(
        withdrawal=None, status=Ticket.CONFIRMED, scan_user_type=Ticket.ADMINISTRATOR, used=False
    )
    ticket = good.order_by("pk").first()
    return ticket is not None and bool(good.filter(pk=ticket.pk).update(used=True))


def _find(request: Request) -> Ticket:
    key = need_text(request.data, "qrcode_ticket")
    expire_due(request.account)
    ticket = Ticket.objects.filter(qrcode_ticket=key).first()
    if ticket is None:
        raise Refusal(WRONG_TICKET, "the ticket is wrong")
    return ticket


def _need_administrator(ticket: Ticket) -> None:
    """Refuse a scan by somebody else than the administrator; the code stays valid."""
    ticket.refresh_from_db()
    stranger = ticket.status == Ticket.SCANNED and ticket.scan_user_type != Ticket.ADMINISTRATOR
    if stranger and Account.only().on("only_administrators_confirm"):
        Ticket.objects.filter(pk=ticket.pk).update(errcode=48001, errmsg="扫码者不是管理员")
        raise Refusal(48001, "who scanned it is not the administrator")


def _play(ticket: Ticket, allowed: tuple[int, ...], status: int, goal: str, reason: str = "", **fields: Any) -> None:
    """Change a code's state, and that of its withdrawal."""
    expire_due(Account.only())
    with transaction.atomic(using="sandbox"):
        _move_ticket(ticket, allowed, status, **fields)
        if ticket.withdrawal:
            before = (Withdrawal.SCANNED, *([Withdrawal.UNSCANNED] if goal == Withdrawal.SCANNED else []))
            move(ticket.withdrawal, before, goal, reason)


def _move_ticket(ticket: Ticket, allowed: tuple[int, ...], status: int, **fields: Any) -> None:
    if not Ticket.objects.filter(pk=ticket.pk, status__in=allowed).update(status=status, **fields):
        ticket.refresh_from_db()
        expired = ticket.status == Ticket.EXPIRED
        raise Refusal(
            EXPIRED_TICKET if expired else 1000000, f"the ticket's state does not allow this: {ticket.status}"
        )
    ticket.status = status


def _picture(text: str) -> bytes:
    """A PNG that looks like a QR code but is not one: in the sandbox a button stands for the scan."""
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
