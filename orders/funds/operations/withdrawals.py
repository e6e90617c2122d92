"""Withdrawals (BEHAVIOUR 7.3): asked of WeChat once two people want it, confirmed by the administrator's scan."""

from datetime import datetime

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from orders.snapshots import number
from wechat.errors import OperationError, Refused
from wechat.masking import mask
from wechat.shop import funds as shop
from wechat.steps import NotDone, operation

from ..models import Balance, Withdrawal
from .account import NO_DATA
from .bank import kept_code, scan_of

PAGES = 5  # of the newest withdrawals that are looked through after a silence
PAGE = 20


def moment(seconds) -> datetime | None:
    """A time of the platform's in Unix seconds; None for what is none."""
    stamp = number(seconds)
    return datetime.fromtimestamp(stamp, timezone.get_current_timezone()) if stamp else None


def take_in(withdrawal: Withdrawal, began: datetime, said: dict, **also) -> bool:
    """Record what was read; False when a later read is recorded already."""
    fresh = Withdrawal.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=withdrawal.pk)
    told = {
        "status": str(said.get("status") or "")[:30],
        "reason": str(said.get("reason") or "")[:300],
        "bank_name": str(said.get("bank_name") or "")[:100],
        "bank_num": mask(said["bank_num"])[:40] if said.get("bank_num") else "",
        "created_at": moment(said.get("create_time")),
    }
    return bool(fresh.update(read_at=began, **told, **also))


def _limits(withdrawal: Withdrawal) -> dict[str, list]:
    """Two people, and no more than there is: what is on its way already is spoken for."""
    if not withdrawal.is_approved:
        return {"": [_("A second person has to approve it first.")]}
    available = Balance.load().available
    if available is None:
        return {"amount": [_("Read the balance first.")]}
    others = Withdrawal.objects.holding().exclude(pk=withdrawal.pk)
    free = available - (others.aggregate(held=Sum("amount"))["held"] or 0)
    if withdrawal.amount > free:
        return {"amount": [_("%(amount)s can be withdrawn at most.") % {"amount": yuan(max(0, free), "¥")}]}
    return {}


def _mark(withdrawal: Withdrawal) -> dict:
    return {"remark": f"{withdrawal.remark} {withdrawal.mark}".strip(), "after": timezone.now().timestamp()}


def numbers_of(page: int, size: int) -> list[str]:
    """A page of the withdrawals at WeChat, newest first."""
    try:
        return shop.scanwithdraw(page, size)[0]
    except Refused as error:
        if error.errcode == NO_DATA:
            return []
        raise


def _find(withdrawal: Withdrawal, sent: dict):
    """After a silence: WeChat has no key of ours, so the newest withdrawals are looked through for our mark.

    Where it is not found nobody asks a second time by themselves. The QR code went with the answer: found, it closes
    unless it is renewed.
    """
    for page in range(1, PAGES + 1):
        numbers = numbers_of(page, PAGE)
        for found in numbers:
            if Withdrawal.objects.filter(out_request_no=found).exists():
                continue
            began, said = timezone.now(), shop.getwithdrawdetail(found)
            if str(said.get("remark") or "") == sent["remark"] and number(said.get("amount")) == withdrawal.amount:
                return lambda began=began, said=said, found=found: take_in(
                    withdrawal, began, said, out_request_no=found, scan_status=None
                )
        if len(numbers) < PAGE:
            break
    raise NotDone(_("WeChat has no such withdrawal. Look once more before you ask again."))


def _ask(withdrawal: Withdrawal, sent: dict):
    number_of, ticket = shop.submitwithdraw(withdrawal.amount, sent["remark"], withdrawal.bank_memo)
    try:
        qrcode = shop.qrcode_get(ticket)
    except OperationError:
        qrcode = ""  # the ticket is kept: it can be shown later

    def record():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(
            out_request_no=number_of, status="BEFORE_SCAN_QRCODE", reason="", read_at=timezone.now()
        )
        kept_code(withdrawal, ticket, qrcode)

    return record


@operation(
    gettext_lazy("Withdraw"),
    allowed=Withdrawal.may_submit,
    check=_limits,
    payload=_mark,
    recover=_find,
)
def submit_withdrawal(withdrawal: Withdrawal, sent: dict):
    """Ask WeChat for it, and get the QR code that the administrator scans."""
    return _ask(withdrawal, sent)


def _remember(withdrawal: Withdrawal) -> None:
    """The number that has closed is kept; the next asking has a mark of its own."""
    earlier = [*withdrawal.earlier, withdrawal.out_request_no]
    Withdrawal.objects.filter(pk=withdrawal.pk).update(earlier=earlier)
    withdrawal.refresh_from_db()


@operation(
    gettext_lazy("Ask anew"),
    allowed=Withdrawal.may_renew,
    check=_limits,
    prepare=_remember,
    payload=_mark,
    recover=_find,
)
def renew_withdrawal(withdrawal: Withdrawal, sent: dict):
    """Its QR code expired before it was confirmed: ask for the same withdrawal again."""
    return _ask(withdrawal, sent)


@operation(gettext_lazy("Read from WeChat"), allowed=Withdrawal.may_refresh, reads=True)
def refresh_withdrawal(withdrawal: Withdrawal):
    """Read where the withdrawal stands."""
    began, said = timezone.now(), shop.getwithdrawdetail(withdrawal.out_request_no)
    return lambda: take_in(withdrawal, began, said)


@operation(gettext_lazy("Look whether it is scanned"), allowed=Withdrawal.may_check_scan, reads=True)
def check_withdrawal_scan(withdrawal: Withdrawal):
    """Ask what became of the QR code, and read the withdrawal once something did."""
    told = scan_of(withdrawal.qrcode_ticket)
    if not withdrawal.qrcode and told["scan_status"] == 0:
        try:
            told["qrcode"] = shop.qrcode_get(withdrawal.qrcode_ticket)
        except Refused:
            pass  # expired between the two
    began, said = timezone.now(), shop.getwithdrawdetail(withdrawal.out_request_no)

    def record():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(**told)
        take_in(withdrawal, began, said)

    return record
