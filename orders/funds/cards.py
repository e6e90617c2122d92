from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.models import Approval
from console.money import yuan
from console.today import RECORDS, Chart, Urgent, chart, work
from console.today_charts import by_day

from .models import Balance, BankChange, Flow, MerchantAccount, Settlement, TradeRefund, Withdrawal
from .models.account import MerchantState
from .models.flow import SettlementState
from .releases import RELEASE

WITHDRAWALS, FLOWS = "admin:funds_withdrawal_changelist", "admin:funds_flow_changelist"
WAITS_FOR_US = (MerchantState.REJECTED, MerchantState.TO_VERIFY, MerchantState.TO_SIGN, MerchantState.FROZEN)


def oldest_withdrawals() -> list[Urgent]:
    rows = withdrawals_to_approve().order_by("id")[:RECORDS]
    return [Urgent(row, str(row), yuan(row.amount, "¥"), since=row.asked_at) for row in rows]


@work(
    "funds.approve_withdrawal",
    group="money",
    title=_("Withdrawals to approve"),
    text=_("Somebody asked for money."),
    page=WITHDRAWALS,
    query="state=to-approve",
    order=16,
    urgent=oldest_withdrawals,
)
def withdrawals_to_approve() -> QuerySet:
    return Withdrawal.objects.to_approve().exclude(asked_by=None)


@work(
    "funds.approve_withdrawal",
    group="money",
    title=_("Bank accounts to approve"),
    text=_("Somebody asked for another bank account."),
    page="admin:funds_bankchange_changelist",
    order=17,
)
def accounts_to_approve() -> QuerySet:
    return BankChange.objects.standing().filter(approved_by=None)


@work(
    "funds.approve_withdrawal",
    group="money",
    title=_("Payment refunds to approve"),
    text=_("Somebody asked for a refund of a payment without a component order."),
    page="admin:funds_paymentorder_changelist",
    query="state=to-approve",
    order=18,
)
def refunds_to_approve() -> QuerySet:
    return TradeRefund.objects.to_approve()


@work(
    "funds.approve_withdrawal",
    group="money",
    title=_("Releases to approve"),
    text=_("Somebody asked to release the money of a large payment."),
    page="admin:console_approval_changelist",
    query="state=waiting",
    order=19,
)
def releases_to_approve() -> QuerySet:
    return Approval.objects.waiting(RELEASE.kind)


@work(
    "funds.view_flow",
    group="money",
    title=_("Movements without a record"),
    text=_("No order, after-sale or withdrawal here explains them."),
    page=FLOWS,
    query="state=unmatched",
    order=66,
)
def unmatched() -> QuerySet:
    return Flow.objects.unmatched()


@work(
    "funds.view_flow",
    group="money",
    title=_("Settlements missing"),
    text=_("They are overdue."),
    page="admin:funds_settlement_changelist",
    query="state=missing",
    order=64,
)
def missing() -> QuerySet:
    return Settlement.objects.filter(state=SettlementState.MISSING)


@work(
    "funds.view_flow",
    group="money",
    title=_("Settlements that differ"),
    text=_("WeChat settled another amount than expected."),
    page="admin:funds_settlement_changelist",
    query="state=different",
    order=65,
)
def different() -> QuerySet:
    return Settlement.objects.filter(state=SettlementState.DIFFERENT)


@work(
    "funds.apply_merchant",
    group="money",
    title=_("Merchant account"),
    text=_("Its application waits for you: rejected, to verify, to sign, or the account is frozen."),
    page="admin:funds_merchantaccount_changelist",
    tone="red",
    order=14,
)
def merchant() -> QuerySet:
    return MerchantAccount.objects.filter(state__in=WAITS_FOR_US)


@chart("funds.approve_withdrawal", order=20)
def movements_by_day() -> Chart:
    days = by_day(Flow.objects.all(), "booked_at", "amount")
    return Chart(_("Account movements, 14 days"), days, reverse(FLOWS), _balance())


def _balance() -> str:
    """What can be withdrawn, as it was read last."""
    balance = Balance.objects.exclude(read_at=None).first()
    if balance is None or balance.available is None:
        return gettext("The balance has not been read yet.")
    text = gettext("Available: %(amount)s, read on %(at)s.")
    read = timezone.localtime(balance.read_at).strftime("%m-%d %H:%M")
    return text % {"amount": yuan(balance.available, "¥"), "at": read}
