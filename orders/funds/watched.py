from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import Cause, alert, each

from .cards import WITHDRAWALS, accounts_to_approve, refunds_to_approve, releases_to_approve, withdrawals_to_approve


@alert(
    "money_to_approve",
    title=_("Money needs a second person"),
    text=_("%(record)s: somebody asked for it, another person has to approve it."),
    permission="funds.approve_withdrawal",
    page=WITHDRAWALS,
    query="state=to-approve",
)
def money_to_approve() -> list[Cause]:
    """Withdrawals, other bank accounts, refunds of payments, releases."""
    waiting = (withdrawals_to_approve, accounts_to_approve, refunds_to_approve, releases_to_approve)
    return [cause for rows in waiting for cause in each(rows())]
