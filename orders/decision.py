"""Whether an order goes through the component, by the answer of `wx.checkBeforeAddOrder` (BEHAVIOUR 4.1).

The mini program must call it for each order: its answer was seen to change from one call to the next.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import FundType


class Decision(NamedTuple):
    push: bool  # the order has to be placed here before the buyer can pay
    fund_type: int
    next: str  # what the mini program calls to have the buyer pay
    why: str | Promise


GET_PARAMS, OWN_PAYMENT = "get_payment_params", "wx.requestPayment"


def decide(require_order: int, required_fund_type: int) -> Decision:
    """Whether to place the order, and with which fund_type. An unknown fund type counts as the platform's."""
    if require_order != 1:
        return Decision(False, FundType.OWN, OWN_PAYMENT, _("This scene does not ask for it: pay as you like."))
    if required_fund_type == FundType.OWN:
        return Decision(
            True,
            FundType.OWN,
            "wx.requestOrderPayment",
            _("It has to be placed, and paid to your own merchant number."),
        )
    return Decision(
        True, FundType.PLATFORM, GET_PARAMS, _("It has to be placed, and paid to the merchant account at WeChat.")
    )
