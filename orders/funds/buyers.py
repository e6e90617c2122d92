from django.utils.translation import gettext_lazy as _

from console.erasing.records import unfinished

from .models import PaymentOrder
from .models.trade import RefundStatus, SharingResult, Trade

REFUNDED = ("", RefundStatus.SUCCESS, RefundStatus.CLOSED)
SHARED = ("", SharingResult.SUCCESS, SharingResult.CLOSED)


@unfinished
def unfinished_payments(openid: str) -> list[str]:
    """Payments that can still be paid, refunds and releases that are not through: each call needs the openid."""
    payments = PaymentOrder.objects.filter(openid=openid).order_by("-id")
    rows = payments.prefetch_related("trades__refunds", "trades__sharings")
    return [str(_("payment %(number)s")) % {"number": payment} for payment in rows if not _is_over(payment)]


def _is_over(payment: PaymentOrder) -> bool:
    return not payment.may_close and not any(map(_moves, payment.trades.all()))


def _moves(trade: Trade) -> bool:
    """Its money is to be released yet, or a refund or release of it stands or is under way."""
    refunds, sharings = trade.refunds.all(), trade.sharings.all()
    return (
        bool(trade.frozen and trade.left > 0)
        or any(refund.is_standing or refund.status not in REFUNDED for refund in refunds)
        or any(sharing.may_share or sharing.result not in SHARED for sharing in sharings)
    )
