from console.feed.kinds import Part, follow

from .deadlines import WARNINGS
from .models import Aftersale, Complaint, Dispute, ECStatus, Evidence

S = ECStatus  # these numbers mean the same in both families

follow(
    "aftersale",
    Aftersale,
    state="status",
    names={
        S.CANCELLED: "cancelled",
        S.REFUND_REFUSED: "refused",
        S.RETURN_REFUSED: "refused",
        S.TO_RETURN: "return_accepted",
        S.TO_RECEIVE: "sent_back",
        S.REFUNDED: "refunded",
        S.RETURNED: "refunded",
    },
    quiet=["read_at", "warned", "return_address", "recorded_cnt", "recorded_fen"],
    # The hours before the deadline of which staff were warned.
    parts=[
        Part(
            Aftersale,
            "id",
            state="warned",
            names=dict.fromkeys(WARNINGS, "deadline_near"),
            only=["warned"],
            on=("UPDATE",),
        )
    ],
    created="opened",
)
follow("dispute", Dispute, state="state", quiet=["read_at"], parts=[Part(Evidence, "dispute_id")], created="opened")
follow("complaint", Complaint, state="status", created="received")
