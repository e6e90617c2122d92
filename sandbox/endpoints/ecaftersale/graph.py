"""The state graph of claims (BEHAVIOUR 5.3), and how long each state may last."""

from datetime import timedelta
from typing import NamedTuple

from ...models import Claim, Dispute
from ...platform import Refusal

USER, MERCHANT, PLATFORM = "user", "merchant", "platform"
REFUND, RETURN = 1, 2
DISPUTABLE = (Claim.REFUND_REFUSED, Claim.RETURN_REFUSED, Claim.RETURN_CLOSED)


class Arrow(NamedTuple):
    """A row of BEHAVIOUR 5.3: from these states, for a claim of this type (0 is either), by whom, to which state."""

    states: tuple[int, ...]
    type: int
    event: str
    who: str
    goal: int
    callback: str = ""


GRAPH = [
    Arrow((2, 4, 5), 0, "modify", USER, 2, "update_order"),
    Arrow((2, 4, 5, 6, 7), 0, "cancel", USER, 1, "user_cancel"),
    Arrow((2,), REFUND, "acceptrefund", MERCHANT, 15),
    Arrow((2,), REFUND, "merchant_handle_refund_overdue", PLATFORM, 15, "merchant_handle_refund_overdue"),
    Arrow((2,), REFUND, "reject", MERCHANT, 4),
    Arrow((2,), RETURN, "acceptreturn", MERCHANT, 6),
    Arrow((2,), RETURN, "merchant_handle_return_overdue", PLATFORM, 6, "merchant_handle_return_overdue"),
    Arrow((2,), RETURN, "reject", MERCHANT, 5),
    Arrow((6,), RETURN, "uploadreturninfo", USER, 8, "wait_merchant_confirm_receipt"),
    Arrow((8,), RETURN, "change_pickup", USER, 8, "user_modify_return_info"),
    Arrow((8,), RETURN, "cancel_pickup", USER, 6, "user_modify_return_info"),
    Arrow((6,), RETURN, "user_upload_return_info_overdue", PLATFORM, 7, "user_upload_return_info_overdue"),
    Arrow((8,), RETURN, "acceptrefund", MERCHANT, 15),
    Arrow((8,), RETURN, "reject", MERCHANT, 5),
    Arrow((8,), RETURN, "merchant_confirm_receipt_overdue", PLATFORM, 15, "merchant_confirm_receipt_overdue"),
    Arrow((4, 5, 7), 0, "user_apply_platform_judge_overdue", PLATFORM, 1, "user_apply_platform_judge_overdue"),
    Arrow((4, 5, 7), 0, "judge_for_merchant", PLATFORM, 19, "complaint_update_order_state"),
    Arrow((4, 5, 7), 0, "judge_refund", PLATFORM, 15, "complaint_update_order_state"),
    Arrow((4, 5, 7), RETURN, "judge_return", PLATFORM, 6, "complaint_update_order_state"),
    Arrow((15,), REFUND, "refund_arrives", PLATFORM, 13, "refund_success"),
    Arrow((15,), RETURN, "refund_arrives", PLATFORM, 14, "refund_success"),
    Arrow((15,), 0, "refund_fails", PLATFORM, 16, "wait_merchant_offline_refund"),
    Arrow((16, 12), 0, "upload_certificates", MERCHANT, 17),
    Arrow((16,), 0, "offline_refund_overdue", PLATFORM, 12),
    Arrow((17,), REFUND, "confirm_certificate", USER, 13, "user_confirm_refund_certificate"),
    Arrow((17,), RETURN, "confirm_certificate", USER, 14, "user_confirm_refund_certificate"),
    Arrow((12, 17), 0, "close", PLATFORM, 18),
]
# The time limit of each state, and the state that follows.
TERMS = {
    2: timedelta(hours=48),
    6: timedelta(days=7),
    8: timedelta(days=10),
    16: timedelta(hours=48),
    **dict.fromkeys(DISPUTABLE, timedelta(days=7)),
}
OVERDUE = tuple(dict.fromkeys(arrow.event for arrow in GRAPH if arrow.event.endswith("_overdue")))
# The events that merchanttest can trigger: there is none for an overdue offline refund.
FORCED = {f"aftersale_{event}": event for event in OVERDUE if event != "offline_refund_overdue"}


def possible(claim: Claim) -> list[str]:
    """The actions that the buyer and the platform can take now."""
    events = [arrow.event for arrow in GRAPH if arrow.who != MERCHANT and fits(arrow, claim)]
    plays = [event for event in events if event not in OVERDUE and not event.startswith("judge_")]
    disputed = any(dispute.state not in Dispute.OVER for dispute in claim.disputes.all())
    return [*plays, "intervene"] if claim.status in DISPUTABLE and not disputed else plays


def arrow_for(claim: Claim, event: str) -> Arrow | None:
    return next((arrow for arrow in GRAPH if arrow.event == event and fits(arrow, claim)), None)


def arrow_or_refuse(claim: Claim, event: str) -> Arrow:
    arrow = arrow_for(claim, event)
    if arrow is None:
        raise not_allowed(claim, event)
    return arrow


def fits(arrow: Arrow, claim: Claim) -> bool:
    return claim.status in arrow.states and arrow.type in (0, claim.type)


def not_allowed(claim: Claim, event: str) -> Refusal:
    return Refusal(2747008, f"operation not allowed, status: {claim.status}, type: {claim.type}, operation: {event}")
