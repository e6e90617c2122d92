"""Scheduled tasks of funds: they read what no message reports, and what a lost message would have reported."""

from datetime import date, timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from console import schedule
from wechat.steps.reading import unread_since

from . import ledger, matching, operations, settlements
from .models import Balance, BankAccount, BankChange, MerchantAccount, PaymentOrder, Withdrawal
from .models.account import MerchantState
from .models.scan import ScanStatus
from .models.withdrawal import SCANS, WithdrawStatus
from .operations.lists import day_of

FAR = timedelta(days=31)  # so long a payment without an expiry is read daily, and a withdrawal that was paid out
MOST_DAYS = 31  # of movements pulled in one run; older ones follow in the next
STALE, DAILY = timedelta(minutes=8), timedelta(hours=20)
ENDED = ("", MerchantState.REJECTED, MerchantState.FINISHED, MerchantState.FROZEN)


@shared_task
def watch_merchant() -> int:
    """Read the application every few minutes while it is in progress, and daily otherwise: no message reports it."""
    account = MerchantAccount.load()
    wait = DAILY if account.state in ENDED else STALE
    if account.read_at and account.read_at > timezone.now() - wait:
        return 0
    return schedule.each(operations.refresh_merchant, [account])


@shared_task
def pull_recent_flows() -> int:
    """Pull today's movements, days that were not pulled since their end, and the balance; also while frozen."""
    if MerchantAccount.load().state not in (MerchantState.FINISHED, MerchantState.FROZEN):
        return 0
    today = timezone.localdate()
    missed = ledger.unpulled(date.min, today)[-MOST_DAYS:]
    days = [day_of(day) for day in sorted({*missed, today - timedelta(days=1), today})]
    return schedule.each(operations.pull_flow_day, days) + schedule.each(operations.refresh_balance, [Balance.load()])


@shared_task
def look_at_scans() -> int:
    """Read the QR codes that wait to be scanned."""
    waiting = Q(scan_status=ScanStatus.UNSCANNED) | Q(scan_status=ScanStatus.SCANNED)
    fresh = Withdrawal.objects.filter(waiting, qrcode_ticket__isnull=False, status__in=SCANS)
    changes = BankChange.objects.standing().filter(waiting, qrcode_ticket__isnull=False)
    read = schedule.read_round(operations.check_withdrawal_scan, fresh.order_by("-id"), 20)
    return read + schedule.read_round(operations.check_scan, changes.order_by("-id"), 20)


@shared_task
def refresh_withdrawals() -> int:
    """Read open withdrawals every few minutes, and daily those paid out, which the bank may still return."""
    now = timezone.now()
    paid = Q(status=WithdrawStatus.SUCCEEDED, created_at__gt=now - FAR, read_at__lt=now - DAILY)
    on_their_way = unread_since(Withdrawal.objects.open(), now - STALE)
    read = schedule.read_round(operations.refresh_withdrawal, on_their_way.order_by("read_at"), 200)
    returnable = Withdrawal.objects.filter(paid).order_by("read_at")
    return read + schedule.read_round(operations.refresh_withdrawal, returnable, 200)


@shared_task
def pull_lists() -> None:
    """Pull withdrawals, payments, banks and cities, and read the bank account for withdrawals."""
    if not MerchantAccount.load().is_open:
        return
    schedule.pull("withdrawals", "payments", "banks", "cities")
    schedule.each(operations.refresh_bank_account, [BankAccount.load()])


@shared_task
def refresh_payments() -> int:
    """Read payments that can still be paid, and those with a refund or release in progress."""
    now = timezone.now()
    payable = Q(created_at__gt=now - timedelta(days=2)) | Q(expire_at__gt=now - STALE)
    # Without an expiry it can be paid for a long time: read it daily.
    unread = Q(read_at=None) | Q(read_at__lt=now - DAILY)
    late = Q(expire_at=None, created_at__gt=now - FAR) & unread
    unpaid = Q(trades__paid_at=None, closed=False) & (payable | late)
    moving = Q(trades__refunds__status__in=("PROCESSING", "ABNORMAL")) | Q(trades__sharings__result="PROCESSING")
    stale = unread_since(PaymentOrder.objects.filter(made=True), now - STALE)
    payments = stale.filter(unpaid | moving).distinct().order_by("read_at")
    return schedule.read_round(operations.refresh_payment, payments, 500)


@shared_task
def reckon() -> int:
    """Match movements whose record was stored later, and compare expected settlements with actual ones."""
    return matching.match_unmatched() + settlements.reckon()
