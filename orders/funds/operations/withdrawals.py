"""Withdrawals (BEHAVIOUR 7.3): sent after a second person approved, confirmed by the administrator's scan."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import OperationError, Refused, Unreachable
from wechat.masking import mask
from wechat.shop import funds as shop
from wechat.steps.errors import Conflict, NotDone
from wechat.steps.operations import REPEAT, Applies, operation
from wechat.steps.pages import pages
from wechat.steps.reading import accepted, apply_newest
from wechat.values import moment_of_unix, number, texts

from .. import money
from ..models import Withdrawal
from ..models.scan import ScanStatus
from ..models.withdrawal import OVER, WithdrawStatus
from ..releases import LET_GO
from .account import NO_DATA
from .bank import kept_code, scan_of

PAGES = 5  # pages of the newest withdrawals that are searched after a call without an answer
PAGE = 20
WAITS = (ScanStatus.UNSCANNED, ScanStatus.SCANNED)
SLACK = timedelta(minutes=10)  # tolerated difference between our clock and WeChat's
LISTED = timedelta(minutes=5)  # until a new withdrawal is surely in WeChat's list


class Snapshot(NamedTuple):
    """A withdrawal as read, with its number at WeChat."""

    began: datetime
    out_request_no: str
    detail: dict


def read(out_request_no: str) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, out_request_no, shop.getwithdrawdetail(out_request_no))


def apply_snapshot(withdrawal: Withdrawal, snapshot: Snapshot, **fields: Any) -> bool:
    """Store what was read, and these columns; False when a later read has been applied."""
    detail = snapshot.detail
    bank_num = detail.get("bank_num")
    return apply_newest(
        withdrawal,
        snapshot.began,
        created_at=moment_of_unix(detail.get("create_time")),
        released_at=None,  # WeChat knows it after all
        **texts(
            Withdrawal,
            status=detail.get("status"),
            reason=detail.get("reason"),
            bank_name=detail.get("bank_name"),
            bank_num=mask(bank_num) if bank_num else "",
        ),
        **fields,
    )


def _limits(withdrawal: Withdrawal) -> dict[str, list]:
    """It needs an approval, and at most the balance less the amounts of withdrawals in progress."""
    if not withdrawal.is_approved:
        return {"": [_("A second person has to approve it first.")]}
    fault = money.of(withdrawal).fault(withdrawal.amount)
    return {"amount": [fault]} if fault else {}


def _mark(withdrawal: Withdrawal) -> dict:
    return {"remark": withdrawal.marked_remark, "after": timezone.now().timestamp()}


def is_of(withdrawal: Withdrawal, detail: dict) -> bool:
    """Whether WeChat's withdrawal is this one: our mark, the same amount, and created after the approval."""
    created = moment_of_unix(detail.get("create_time"))
    return (
        withdrawal.approved_at is not None
        and str(detail.get("remark") or "") == withdrawal.marked_remark
        and number(detail.get("amount")) == withdrawal.amount
        and (created is None or created > withdrawal.approved_at - SLACK)
    )


def asked_here(detail: dict) -> Withdrawal | None:
    """The withdrawal whose mark is in the remark, and for which WeChat's number never arrived; else None."""
    mark = re.search(r"#(\d{1,18})\.\d+\Z", str(detail.get("remark") or ""))
    withdrawal = Withdrawal.objects.filter(pk=mark[1]).first() if mark else None
    if withdrawal is None or withdrawal.out_request_no not in (None, *withdrawal.earlier):
        return None  # it has a number already, so another withdrawal with its mark is a separate one
    return withdrawal if is_of(withdrawal, detail) else None


def apply_with_number(withdrawal: Withdrawal, snapshot: Snapshot) -> bool:
    """Apply a read and store WeChat's number. The QR code was lost with the answer, so it has to be requested again."""
    return apply_snapshot(
        withdrawal,
        snapshot,
        out_request_no=snapshot.out_request_no,
        scan_status=None,
        qrcode_ticket=None,
        qrcode=None,
        scan_error="",
    )


def numbers_of(size: int) -> Iterator[list[str]]:
    """The numbers of the withdrawals at WeChat, newest first, page by page."""

    def read(page: int, _before: int) -> tuple[list[str], int]:
        try:
            return shop.scanwithdraw(page, size)
        except Refused as error:
            if error.errcode == NO_DATA:
                return [], 0
            raise

    return pages(read)


def _search(withdrawal: Withdrawal) -> Snapshot | None:
    """Search WeChat's newest withdrawals for our mark, as WeChat accepts no id of ours."""
    for numbers in islice(numbers_of(PAGE), PAGES):
        stored = set(Withdrawal.objects.filter(out_request_no__in=numbers).values_list("out_request_no", flat=True))
        for out_request_no in numbers:
            if out_request_no in stored or out_request_no in withdrawal.earlier:
                continue
            snapshot = read(out_request_no)
            if is_of(withdrawal, snapshot.detail):
                return snapshot
    return None


def _find(withdrawal: Withdrawal, sent: dict) -> Applies:
    """A recovery: done where our mark is found. Where it is not, only a person may send it again."""
    if snapshot := _search(withdrawal):
        return lambda: apply_with_number(withdrawal, snapshot)
    if timezone.now().timestamp() < sent["after"] + LISTED.total_seconds():
        raise Unreachable(_("WeChat does not list it yet; the list is read again."))
    raise NotDone(_("WeChat has no such withdrawal. Check once more before you request it again."))


def _look_first(withdrawal: Withdrawal) -> None:
    """Before sending: an earlier attempt whose answer was lost may have succeeded. Raises Conflict where it did."""
    if snapshot := _search(withdrawal):
        apply_with_number(withdrawal, snapshot)
        raise Conflict(_("WeChat has this withdrawal already: nothing was sent again, and the current state is shown."))


def _ask(withdrawal: Withdrawal, sent: dict) -> Applies:
    out_request_no, ticket = shop.submitwithdraw(withdrawal.amount, sent["remark"], withdrawal.bank_memo)
    try:
        qrcode = shop.qrcode_get(ticket)
    except OperationError:
        qrcode = ""  # the ticket is stored, by which check_withdrawal_scan gets the QR code later

    def apply() -> None:
        accepted(withdrawal, out_request_no=out_request_no, status=WithdrawStatus.UNSCANNED, reason="")
        kept_code(withdrawal, ticket, qrcode)

    return apply


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
def submit_withdrawal(withdrawal: Withdrawal, sent: dict) -> Applies:
    """Request the withdrawal, and get the QR code that the administrator scans."""
    return _ask(withdrawal, sent)


def _refuse_if_alive(withdrawal: Withdrawal) -> None:
    """Read an unscannable withdrawal that WeChat has not closed. Raises Conflict where it was confirmed after all."""
    snapshot = read(withdrawal.out_request_no or "")
    if snapshot.detail.get("status") not in (WithdrawStatus.UNSCANNED, WithdrawStatus.CLOSED):
        apply_snapshot(withdrawal, snapshot)
        raise Conflict(_("Its state at WeChat has changed: nothing was sent again, and the current state is shown."))


def _remember(withdrawal: Withdrawal) -> None:
    """Keep the number of the closed withdrawal, which also changes the mark of the next request."""
    if withdrawal.is_dead:
        _refuse_if_alive(withdrawal)
    if withdrawal.out_request_no not in withdrawal.earlier:
        withdrawal.earlier = [*withdrawal.earlier, withdrawal.out_request_no]
        Withdrawal.objects.filter(pk=withdrawal.pk).update(earlier=withdrawal.earlier)
    _look_first(withdrawal)


@operation(
    on=Withdrawal,
    name="renew_withdrawal",
    label=gettext_lazy("Request again"),
    allowed=Withdrawal.may_renew,
    check=_limits,
    prepare=_remember,
    payload=_mark,
    recover=_find,
)
def renew_withdrawal(withdrawal: Withdrawal, sent: dict) -> Applies:
    """Request the same withdrawal again, whose QR code expired before it was confirmed."""
    return _ask(withdrawal, sent)


@operation(
    on=Withdrawal,
    name="let_go_withdrawal",
    label=gettext_lazy("Let go of it"),
    allowed=Withdrawal.may_release,
    second=LET_GO,
    recover=REPEAT,
    confirm=gettext_lazy("Let go of its amount, so that it can be withdrawn anew? Only where WeChat does not know it."),
    typed_above=0,
)
def let_go_withdrawal(withdrawal: Withdrawal, sent: dict) -> Applies:
    """Ask WeChat once more about a scanned withdrawal that hangs; only where it has no such withdrawal, let it go."""
    try:
        snapshot = read(withdrawal.out_request_no or "")
    except Refused as error:
        if error.errcode != NO_DATA:
            raise
        answer = {"errcode": error.errcode, "errmsg": error.errmsg, "rid": error.rid}

        def apply() -> None:
            mine = Withdrawal.objects.filter(pk=withdrawal.pk, released_at=None)
            mine.update(released_at=timezone.now(), release_answer=answer)
            LET_GO.end(withdrawal)  # where WeChat knows it again, letting go is asked for anew

        return apply
    apply_snapshot(withdrawal, snapshot)
    LET_GO.end(withdrawal)  # the next time is asked for anew
    if snapshot.detail.get("status") in OVER:
        raise Conflict(_("It has come to its end at WeChat: there is nothing to let go. Its present state is shown."))
    raise Conflict(_("WeChat still has it, and may still pay it: it stays locked. Its present state is shown."))


@operation(
    on=Withdrawal,
    name="refresh_withdrawal",
    label=gettext_lazy("Read from WeChat"),
    allowed=Withdrawal.may_refresh,
    reads=True,
)
def refresh_withdrawal(withdrawal: Withdrawal, sent: dict) -> Applies:
    """Read the state of the withdrawal."""
    snapshot = read(withdrawal.out_request_no or "")
    # Closed because its QR code expired, it may be requested again; cancelled by a person, it may not.
    closed = snapshot.detail.get("status") == WithdrawStatus.CLOSED
    fields = {}
    if closed and withdrawal.scan_status in WAITS and withdrawal.qrcode_ticket:
        fields = scan_of(withdrawal.qrcode_ticket)
    return lambda: apply_snapshot(withdrawal, snapshot, **fields)


@operation(
    on=Withdrawal,
    name="check_withdrawal_scan",
    label=gettext_lazy("Check the scan"),
    allowed=Withdrawal.may_check_scan,
    reads=True,
)
def check_withdrawal_scan(withdrawal: Withdrawal, sent: dict) -> Applies:
    """Read the state of the QR code and of the withdrawal."""
    fields = scan_of(withdrawal.qrcode_ticket or "")
    if not withdrawal.qrcode and fields["scan_status"] == ScanStatus.UNSCANNED:
        try:
            fields["qrcode"] = shop.qrcode_get(withdrawal.qrcode_ticket or "")
        except Refused:
            pass  # the QR code expired between the two calls
    snapshot = read(withdrawal.out_request_no or "")

    def apply() -> None:
        Withdrawal.objects.filter(pk=withdrawal.pk).update(**fields)
        apply_snapshot(withdrawal, snapshot)

    return apply
