"""Marks complaints as answered: the answer itself is given on WeChat's pages, for no endpoint takes it."""

from django.db import transaction
from django.utils import timezone

from console.edits import trace_edit
from wechat.steps import actors

from .models import Complaint


def mark_answered(complaint: Complaint, answer: str = "") -> int:
    """Mark every unanswered message of the complaint, with what we answered; returns how many there were."""
    with transaction.atomic():
        rows = Complaint.objects.unanswered().filter(complaint_order_id=complaint.complaint_order_id)
        messages = list(rows.select_for_update())
        for message in messages:
            _set(message, answered_at=timezone.now(), answered_by=actors.current().user, answer=answer)
    return len(messages)


def take_back(complaint: Complaint) -> None:
    """The complaint is not answered after all: the text stays."""
    with transaction.atomic():
        _set(complaint, answered_at=None, answered_by=None)


def _set(complaint: Complaint, **values: object) -> None:
    was = [complaint.state_label, complaint.answer]
    for name, value in values.items():
        setattr(complaint, name, value)
    complaint.save(update_fields=list(values))
    now = [complaint.state_label, complaint.answer]
    trace_edit(complaint, {name: [a, b] for name, a, b in zip(("state", "answer"), was, now, strict=True) if a != b})
