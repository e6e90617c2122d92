"""Withdrawals (BEHAVIOUR 7.3): asked of WeChat once two people want it, confirmed by the administrator's scan."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from wechat.errors import OperationError, Refused, Unreachable
from wechat.masking import mask
from wechat.shop import funds as shop
from wechat.steps.errors import Conflict
from wechat.steps.operations import NotDone, operation
from wechat.steps.pages import pages
from wechat.values import moment_of_unix, number

from ..models import Balance, Withdrawal
from ..models.account import ScanStatus
from ..models.withdrawal import WithdrawStatus
from .account import NO_DATA
from .bank import kept_code, scan_of

PAGES = 5  # of the newest withdrawals that are looked through after a silence
PAGE = 20
WAITS = (ScanStatus.UNSCANNED, ScanStatus.SCANNED)
SLACK = timedelta(minutes=10)  # between our clock and WeChat's
LISTED = timedelta(minutes=5)  # until then the list may be behind


def take_in(withdrawal: Withdrawal, began: datetime, said: dict, **also) -> bool:
    """Record what was read; False when a later read is recorded already."""
    fresh = Withdrawal.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=withdrawal.pk)
    told = {
        "status": str(said.get("status") or "")[:30],
        "reason": str(said.get("reason") or "")[:300],
        "bank_name": str(said.get("bank_name") or "")[:100],
        "bank_num": mask(said["bank_num"])[:40] if said.get("bank_num") else "",
        "created_at": moment_of_unix(said.get("create_time")),
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
    return {"remark": withdrawal.marked_remark, "after": timezone.now().timestamp()}


def is_of(withdrawal: Withdrawal, said: dict) -> bool:
    """Whether WeChat tells of what was asked for here: by our mark, the amount, and since when it is wanted."""
    created = moment_of_unix(said.get("create_time"))
    return (
        withdrawal.approved_at is not None
        and str(said.get("remark") or "") == withdrawal.marked_remark
        and number(said.get("amount")) == withdrawal.amount
        and (created is None or created > withdrawal.approved_at - SLACK)
    )


def asked_here(said: dict) -> Withdrawal | None:
    """The withdrawal whose mark the remark carries, though WeChat's number for it never arrived."""
    mark = re.search(r"#(\d{1,18})\.\d+\Z", str(said.get("remark") or ""))
    withdrawal = Withdrawal.objects.filter(pk=mark[1]).first() if mark else None
    if withdrawal is None or withdrawal.out_request_no not in (None, *withdrawal.earlier):
        return None  # it has its number: whatever else carries its mark is another one, and is shown as such
    return withdrawal if is_of(withdrawal, said) else None


def adopt(withdrawal: Withdrawal, began: datetime, found: str, said: dict) -> bool:
    """Take WeChat's number for it. The QR code went with the answer: it closes unless it is asked anew."""
    return take_in(
        withdrawal, began, said, out_request_no=found, scan_status=None, qrcode_ticket=None, qrcode=None, scan_error=""
    )


def numbers_of(size: int) -> Iterator[list[str]]:
    """The withdrawals at WeChat, newest first, page by page."""

    def read(page: int, _before: int) -> tuple[list[str], int]:
        try:
            return shop.scanwithdraw(page, size)
        except Refused as error:
            if error.errcode == NO_DATA:
                return [], 0
            raise

    return pages(read)


def _search(withdrawal: Withdrawal) -> tuple[datetime, str, dict] | None:
    """WeChat has no key of ours, so the newest withdrawals are looked through for our mark."""
    for numbers in islice(numbers_of(PAGE), PAGES):
        known = set(Withdrawal.objects.filter(out_request_no__in=numbers).values_list("out_request_no", flat=True))
        for found in numbers:
            if found in known or found in withdrawal.earlier:
                continue
            began, said = timezone.now(), shop.getwithdrawdetail(found)
            if is_of(withdrawal, said):
                return began, found, said
    return None


def _find(withdrawal: Withdrawal, sent: dict):
    """After a silence. Where it is not found nobody asks a second time by themselves."""
    if there := _search(withdrawal):
        return lambda: adopt(withdrawal, *there)
    if timezone.now().timestamp() < sent["after"] + LISTED.total_seconds():
        raise Unreachable(_("WeChat does not list it yet; the list is read again."))
    raise NotDone(_("WeChat has no such withdrawal. Look once more before you ask again."))


def _look_first(withdrawal: Withdrawal) -> None:
    """An earlier try whose answer was lost may have come through after all. Raises Conflict where it did."""
    if there := _search(withdrawal):
        adopt(withdrawal, *there)
        raise Conflict(_("WeChat has this withdrawal already: nothing was asked again, and it is shown as it stands."))


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
    on=Withdrawal,
    name="submit_withdrawal",
    label=gettext_lazy("Withdraw"),
    allowed=Withdrawal.may_submit,
    check=_limits,
    prepare=_look_first,
    payload=_mark,
    recover=_find,
)
def submit_withdrawal(withdrawal: Withdrawal, sent: dict):
    """Ask WeChat for it, and get the QR code that the administrator scans."""
    return _ask(withdrawal, sent)


def _refuse_if_alive(withdrawal: Withdrawal) -> None:
    """WeChat has not closed it, so it is read once more. Raises Conflict where somebody confirmed it after all."""
    began, said = timezone.now(), shop.getwithdrawdetail(withdrawal.out_request_no)
    if said.get("status") not in (WithdrawStatus.UNSCANNED, WithdrawStatus.CLOSED):
        take_in(withdrawal, began, said)
        raise Conflict(_("It has moved on at WeChat: nothing was asked again, and it is shown as it stands."))


def _remember(withdrawal: Withdrawal) -> None:
    """The number that has closed is kept; the next asking has a mark of its own."""
    if withdrawal.is_dead:
        _refuse_if_alive(withdrawal)
    if withdrawal.out_request_no not in withdrawal.earlier:
        withdrawal.earlier = [*withdrawal.earlier, withdrawal.out_request_no]
        Withdrawal.objects.filter(pk=withdrawal.pk).update(earlier=withdrawal.earlier)
    _look_first(withdrawal)


@operation(
    on=Withdrawal,
    name="renew_withdrawal",
    label=gettext_lazy("Ask anew"),
    allowed=Withdrawal.may_renew,
    check=_limits,
    prepare=_remember,
    payload=_mark,
    recover=_find,
)
def renew_withdrawal(withdrawal: Withdrawal, sent: dict):
    """Its QR code expired before it was confirmed: ask for the same withdrawal again."""
    return _ask(withdrawal, sent)


@operation(
    on=Withdrawal,
    name="refresh_withdrawal",
    label=gettext_lazy("Read from WeChat"),
    allowed=Withdrawal.may_refresh,
    reads=True,
)
def refresh_withdrawal(withdrawal: Withdrawal, sent: dict):
    """Read where the withdrawal stands."""
    began, said = timezone.now(), shop.getwithdrawdetail(withdrawal.out_request_no)
    # Closed by an expired code, it may be asked anew; cancelled by somebody, not.
    closed = (
        said.get("status") == WithdrawStatus.CLOSED and withdrawal.scan_status in WAITS and withdrawal.qrcode_ticket
    )
    told = scan_of(withdrawal.qrcode_ticket) if closed else {}
    return lambda: take_in(withdrawal, began, said, **told)


@operation(
    on=Withdrawal,
    name="check_withdrawal_scan",
    label=gettext_lazy("Look whether it is scanned"),
    allowed=Withdrawal.may_check_scan,
    reads=True,
)
def check_withdrawal_scan(withdrawal: Withdrawal, sent: dict):
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
