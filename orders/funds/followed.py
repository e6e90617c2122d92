from console.feed.kinds import Part, follow

from .models import MerchantAccount, PaymentOrder, Settlement, Trade, Withdrawal
from .models.withdrawal import WithdrawStatus

S = WithdrawStatus

follow("settlement", Settlement, state="state", quiet=["reckoned_at"])
follow(
    "merchant_account",
    MerchantAccount,
    number="",
    state="state",
    quiet=["read_at", "changed_at"],
    router_name="merchant-account",
)
follow(
    "withdrawal",
    Withdrawal,
    state="status",
    names={
        S.ACCEPTED: "accepted",
        S.SUCCEEDED: "paid_out",
        S.FAILED: "failed",
        S.RETURNED: "returned",
        S.CLOSED: "closed",
    },
    quiet=["read_at", "qrcode"],
    created="requested",
)
follow(
    "payment_order",
    PaymentOrder,
    number="combine_trade_no",
    quiet=["read_at"],
    parts=[Part(Trade, "payment_id", on=("UPDATE",))],
)
