"""Changing the bank account for withdrawals: approved by a second person, confirmed by a scan, then sent."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Refused
from wechat.shop import funds as shop
from wechat.steps.errors import NotDone
from wechat.steps.operations import REPEAT, Applies, operation

from .. import payloads
from ..models import BankAccount, BankChange
from ..models.scan import Scanned, ScanStatus
from .account import read_bank_account

EXPIRED, WRONG = 60220, 60208


def kept_code(record: Scanned, ticket: str, qrcode: str) -> None:
    type(record)._default_manager.filter(pk=record.pk).update(
        qrcode_ticket=ticket, qrcode=qrcode, scan_status=ScanStatus.UNSCANNED, scan_user_type=None, scan_error=""
    )


def scan_of(ticket: str) -> dict:
    """Read a ticket's state at WeChat; returns values for the fields of `Scanned`."""
    try:
        said = shop.qrcode_check(ticket)
    except Refused as error:
        if error.errcode not in (EXPIRED, WRONG):
            raise
        return {"scan_status": ScanStatus.EXPIRED, "qrcode": "", "scan_error": ""}
    waits = said["status"] in (ScanStatus.UNSCANNED, ScanStatus.SCANNED)
    fault = f"{said['self_check_err_code']} {said['self_check_err_msg']}" if said["self_check_err_code"] else ""
    told = {"scan_status": said["status"], "scan_user_type": said["scan_user_type"], "scan_error": fault[:200]}
    return told if waits else told | {"qrcode": ""}


@operation(
    on=BankChange,
    name="ask_scan",
    label=gettext_lazy("Show the QR code"),
    allowed=BankChange.may_ask_scan,
    recover=REPEAT,
)
def ask_scan(change: BankChange, sent: dict) -> Applies:
    """Get a QR code that the administrator scans in WeChat; it expires after some minutes."""
    ticket = shop.qrcode_gen()
    qrcode = shop.qrcode_get(ticket)
    return lambda: kept_code(change, ticket, qrcode)


@operation(
    on=BankChange,
    name="check_scan",
    label=gettext_lazy("Check the scan"),
    allowed=BankChange.may_check_scan,
    reads=True,
)
def check_scan(change: BankChange, sent: dict) -> Applies:
    """Read the state of the QR code."""
    told = scan_of(change.qrcode_ticket or "")
    return lambda: BankChange.objects.filter(pk=change.pk, qrcode_ticket__isnull=False).update(**told)


def _find_account(change: BankChange, sent: dict) -> Applies:
    """A recovery: done where WeChat has the bank account we sent. Otherwise a person decides; it is never resent."""
    info = read_bank_account()
    if not _same(change, info):
        raise NotDone(_("WeChat still has another bank account. Check before you send it again."))
    return lambda: _changed(change, info)


def _same(change: BankChange, info: dict) -> bool:
    wanted = payloads.bank_account(change)
    told = str(info.get("account_number") or "")
    # WeChat may return the last digits only.
    number = told == wanted["account_number"] or ("*" in told and told[-4:] == wanted["account_number"][-4:])
    others = ("account_bank", "bank_address_code", "bank_account_type")
    return number and all(info.get(name) == wanted[name] for name in others)


def _changed(change: BankChange, info: dict) -> None:
    now = timezone.now()
    BankChange.objects.filter(pk=change.pk).update(sent_at=now, qrcode="", qrcode_ticket="")
    BankAccount.objects.filter(pk=1).update(info=info, read_at=now)


@operation(
    on=BankChange,
    name="submit_bank_account",
    label=gettext_lazy("Change the bank account"),
    allowed=BankChange.may_submit,
    recover=_find_account,
    confirm=gettext_lazy("Send all withdrawals from now on to this account?"),
)
def submit_bank_account(change: BankChange, sent: dict) -> Applies:
    """Send the new bank account to WeChat."""
    info = payloads.bank_account(change)
    try:
        shop.setbankaccount(info)
    except Refused as error:
        if error.errcode in (EXPIRED, WRONG):  # the scan is no longer valid: a new QR code is needed
            BankChange.objects.filter(pk=change.pk).update(scan_status=ScanStatus.EXPIRED, qrcode="")
        raise
    return lambda: _changed(change, info)
