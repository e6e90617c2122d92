"""The bank's actions on a withdrawal."""

from django.db import transaction
from django.utils import timezone

from ... import books
from ...models import Flow, Ticket, Withdrawal
from ...platform import Refusal
from ...pushes import push


def move(withdrawal: Withdrawal, allowed: tuple[str, ...], status: str, reason: str = "") -> None:
    """Make one transition of WithDrawStatus; every result is pushed."""
    fields = {"status": status, "reason": reason, "updated_at": timezone.now()}
    if not Withdrawal.objects.filter(pk=withdrawal.pk, status__in=allowed).update(**fields):
        withdrawal.refresh_from_db()
        raise Refusal(1000000, f"the withdrawal's state does not allow this: {withdrawal.status}")
    withdrawal.status, withdrawal.reason = status, reason
    if event := Withdrawal.RESULTS.get(status):
        push("withdraw_notify", {"withdraw_info": {"out_request_no": withdrawal.out_request_no, "event": event}})


def accept(withdrawal: Withdrawal) -> None:
    """The money leaves the account now; if refunds have used it meanwhile, the withdrawal fails."""
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
    """The bank returns the money, possible also after success."""
    with transaction.atomic(using="sandbox"):
        move(withdrawal, (Withdrawal.ACCEPTED, Withdrawal.SUCCEEDED), Withdrawal.RETURNED, reason)
        _take_back(withdrawal)


def _take_back(withdrawal: Withdrawal) -> None:
    books.enter(Flow.RETURN, withdrawal.out_request_no, available=withdrawal.amount)
