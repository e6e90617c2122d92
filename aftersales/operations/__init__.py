from .aftersales import (
    accept_refund,
    accept_return,
    cancel_claim,
    change_claim,
    confirm_goods,
    open_claim,
    refresh_claim,
    reject_claim,
    send_return_info,
    upload_certificates,
)
from .disputes import hand_in_evidence, refresh_dispute
from .lists import pull_aftersales, pull_disputes
from .own import record_claim, tell_claim

__all__ = [
    "accept_refund",
    "accept_return",
    "cancel_claim",
    "change_claim",
    "confirm_goods",
    "hand_in_evidence",
    "open_claim",
    "pull_aftersales",
    "pull_disputes",
    "record_claim",
    "refresh_claim",
    "refresh_dispute",
    "reject_claim",
    "send_return_info",
    "tell_claim",
    "upload_certificates",
]
