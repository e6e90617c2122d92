"""Messages about withdrawals and payments; the state is read from WeChat, never set from the message."""

from wechat.callbacks import after_our_own, on
from wechat.messages import Event
from wechat.values import text

from .models import PaymentOrder, Trade, TradeRefund, TradeSharing, Withdrawal
from .operations import refresh_payment, refresh_withdrawal


@on("withdraw_notify")
def withdrawal_changed(event: Event) -> Withdrawal | None:
    """Read the withdrawal that the message names; where it is not stored here, the next pull imports it."""
    withdrawal = Withdrawal.objects.filter(out_request_no=event.need("out_request_no")).first()
    if withdrawal is None:
        return None
    after_our_own(withdrawal)
    refresh_withdrawal(withdrawal)
    return withdrawal


def _reread(payment: PaymentOrder | None) -> PaymentOrder | None:
    if payment is None:
        return None
    after_our_own(payment)
    refresh_payment(payment)
    return payment


@on("funds_order_pay")
def payment_paid(event: Event) -> PaymentOrder | None:
    trade = Trade.objects.filter(trade_no=event.need("trade_no")).select_related("payment").first()
    return _reread(trade.payment if trade else None)


@on("funds_order_refund")
def payment_refunded(event: Event) -> PaymentOrder | None:
    refund = TradeRefund.objects.filter(refund_no=event.need("refund_no")).select_related("trade__payment").first()
    return _reread(refund.trade.payment if refund else None)


@on("funds_order_profitsharing")
def payment_shared(event: Event) -> PaymentOrder | None:
    """Store the reason why a release was closed, which only this message has, and read the payment."""
    number, reason = event.need("profit_sharing_no"), text(TradeSharing, "fail_reason", event.get("fail_reason"))
    sharing = TradeSharing.objects.filter(profit_sharing_no=number).select_related("trade__payment").first()
    if sharing and reason:
        TradeSharing.objects.filter(pk=sharing.pk).update(fail_reason=reason)
    return _reread(sharing.trade.payment if sharing else None)
