"""Takes two people: releasing a large payment's money, whose parts count together, and letting a withdrawal go."""

from django.conf import settings
from django.utils.translation import gettext as _

from console.approvals import Rule
from console.money import yuan

from .models import TradeSharing, Withdrawal


def _why(sharing: TradeSharing) -> str:
    trades = sharing.trade.payment.trades.prefetch_related("refunds", "sharings")
    others = [
        trade for trade in trades if trade.pk != sharing.trade_id and any(row.may_count for row in trade.sharings.all())
    ]
    if sum(trade.left for trade in others) + sharing.trade.left <= settings.REFUND_SECOND_PERSON:
        return ""
    limit = yuan(settings.REFUND_SECOND_PERSON, "¥")
    return _("More than %(limit)s would be released: a second person has to approve.") % {"limit": limit}


RELEASE = Rule(
    "release",
    permission="funds.approve_withdrawal",
    why=_why,
    mark=lambda sharing: str(sharing.trade.left),
    amount=lambda sharing: sharing.trade.left,
)


def _why_let_go(withdrawal: Withdrawal) -> str:
    return _("If WeChat pays it after all, the money has left twice: a second person has to approve.")


LET_GO = Rule(
    "let-go",
    permission="funds.approve_withdrawal",
    why=_why_let_go,
    mark=lambda withdrawal: withdrawal.out_request_no or "",
    amount=lambda withdrawal: withdrawal.amount,
)
