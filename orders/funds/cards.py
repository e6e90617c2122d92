from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.money import yuan
from console.today import Card, card

from .models import Balance, BankChange, Flow, MerchantAccount, Settlement, TradeRefund, Withdrawal
from .models.account import MerchantState
from .models.flow import SettlementState

MOST = 1000


@card("funds.view_balance")
def balance() -> Card:
    now = Balance.load()
    text = _("%(pending)s pending") % {"pending": yuan(now.pending or 0, "¥")} if now.read_at else _("Not read yet")
    amount = yuan(now.available, "¥") if now.available is not None else "–"
    return Card(_("Available"), amount, text, reverse("admin:funds_balance_changelist"), order=65)


@card("funds.approve_withdrawal")
def to_approve() -> Card:
    withdrawals = Withdrawal.objects.to_approve().exclude(asked_by=None)[:MOST].count()
    accounts = BankChange.objects.standing().filter(approved_by=None)[:MOST].count()
    refunds = TradeRefund.objects.to_approve()[:MOST].count()
    count = withdrawals + accounts + refunds
    text = _("Somebody asked for money, a refund or another bank account.") if count else _("Nothing to approve.")
    where = "bankchange" if accounts else "paymentorder" if refunds else "withdrawal"
    url = reverse(f"admin:funds_{'withdrawal' if withdrawals else where}_changelist")
    query = "?state=to-approve" if withdrawals or where == "paymentorder" else ""
    return Card(_("Money to approve"), count, text, url + query, "amber" if count else "grey", 16)


@card("funds.view_flow")
def to_look_at() -> Card:
    unmatched = Flow.objects.unmatched()[:MOST].count()
    missing, different = (
        Settlement.objects.filter(state=state)[:MOST].count()
        for state in (SettlementState.MISSING, SettlementState.DIFFERENT)
    )
    wrong = missing + different
    parts = (
        [
            ngettext("%(count)d movement without a record", "%(count)d movements without a record", unmatched)
            % {"count": unmatched}
        ]
        if unmatched
        else []
    )
    parts += (
        [
            ngettext("%(count)d settlement missing or different", "%(count)d settlements missing or different", wrong)
            % {"count": wrong}
        ]
        if wrong
        else []
    )
    url = "admin:funds_settlement_changelist" if wrong else "admin:funds_flow_changelist"
    query = "?state=missing" if missing else "?state=different" if different else "?state=unmatched"
    return Card(
        _("Money to look at"),
        unmatched + wrong,
        " · ".join(parts) or _("Every account movement has its record."),
        reverse(url) + query,
        "amber" if unmatched or wrong else "grey",
        66,
    )


@card("funds.apply_merchant")
def merchant() -> Card:
    account = MerchantAccount.load()
    waits = {
        MerchantState.REJECTED: _("WeChat rejected the application: read the reasons."),
        MerchantState.TO_VERIFY: _("A small transfer is to be made."),
        MerchantState.TO_SIGN: _("The administrator has to sign."),
        MerchantState.FROZEN: _("The account is frozen."),
    }
    text = next((text for state, text in waits.items() if state == account.state), "")
    return Card(
        _("Merchant account"),
        int(bool(text)),
        text or account.state_label,
        reverse("admin:funds_merchantaccount_changelist"),
        "red" if text else "grey",
        67,
    )
