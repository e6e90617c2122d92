"""What is due for an endpoint, in rounds of some events at the same time.

A round's outcomes and the position that it reached are one commit, after it was sent: a killed worker's round is sent
again. Where nothing of a round arrived, the endpoint pauses, then is tried with one event; after three days without
one success it is switched off.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone
from requests_hardened import HTTPSession  # type: ignore[import-untyped]  # it has no stubs

from wechat import retention
from wechat.steps import waking
from wechat.steps.leases import lease

from ..feed import positions, reading
from ..models import WebhookDelivery, WebhookEndpoint
from ..models.receivers import PAUSES, WELL
from . import addresses, rights
from .sending import Message, Outcome, bodies, message_id, send_all

AT_ONCE = 16
ROUNDS_FOR = 40.0  # seconds, then another task goes on
DISABLED_AFTER = timedelta(days=3)
GONE = 410  # the receiver wants nothing more
State, Because = WebhookDelivery.State, WebhookEndpoint.Because
WRITTEN = ["state", "attempts", "tried_at", "next_attempt_at", "status", "answer", "milliseconds"]


@dataclass
class Round:
    again: list[WebhookDelivery]
    new: list[WebhookDelivery]
    position: int  # of the endpoint, once they were sent
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        return [*self.again, *self.new]

    @property
    def has_success(self) -> bool:
        return any(outcome.is_success for outcome in self.outcomes)


def wake_due() -> None:
    """Wake a worker for each endpoint that has something due."""
    endpoints = WebhookEndpoint.objects.due()
    if not endpoints.exists():
        return
    positions.give()
    last = positions.last()
    for endpoint in endpoints:
        if endpoint.position < last or endpoint.deliveries.due().exists():
            waking.wake("console.tasks.deliver_webhooks", endpoint.pk)


def deliver(pk: int) -> int:
    """Send to one endpoint what is due, for a while; returns how many events arrived."""
    if not WebhookEndpoint.objects.claim(pk):
        return 0
    arrived, until = 0, monotonic() + ROUNDS_FOR
    with addresses.session(AT_ONCE) as session:
        while monotonic() < until:
            endpoint = WebhookEndpoint.objects.enabled().select_related("created_by").filter(pk=pk).first()
            one = _due(endpoint) if endpoint and _may_tell(endpoint) else None
            if endpoint is None or one is None:
                break
            _send(endpoint, one, session)
            arrived += sum(outcome.is_success for outcome in one.outcomes)
            if not _store(endpoint, one):
                break
    WebhookEndpoint.objects.release(pk)
    return arrived


def _may_tell(endpoint: WebhookEndpoint) -> bool:
    """Whether whoever answers for it may still view what it tells; else it is switched off."""
    if not rights.lost(endpoint):
        return True
    off = {"disabled_at": timezone.now(), "disabled_because": Because.PERMISSION}
    WebhookEndpoint.objects.enabled().filter(pk=endpoint.pk).update(**off)
    return False


def prune() -> int:
    """Delete old deliveries that are over."""
    rows = WebhookDelivery.objects.exclude(state=State.WAITING)
    return retention.delete(retention.over("deliveries", rows, "tried_at"))


def _due(endpoint: WebhookEndpoint) -> Round | None:
    """What is sent next: attempts that are due again, and new events; one of each while the endpoint is failing.

    A new one is always among them where there is one: an event that the receiver always refuses stops no other.
    """
    failing = bool(endpoint.failures)
    due = endpoint.deliveries.waiting() if failing else endpoint.deliveries.due()
    again = list(due.order_by("position")[: 1 if failing else AT_ONCE // 2])
    positions.give()
    events, position, _more = reading.after(endpoint.position, endpoint.events, 1 if failing else AT_ONCE - len(again))
    if not events and not again:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(position=position)
        return None
    new = [
        WebhookDelivery(endpoint=endpoint, position=event.position or 0, name=event.name, body=body)
        for event, body in zip(events, bodies(events), strict=True)
    ]
    return Round(again, new, position)


def _send(endpoint: WebhookEndpoint, one: Round, session: HTTPSession) -> None:
    messages = [Message(message_id(delivery.position), delivery.body) for delivery in one.deliveries]
    one.outcomes = send_all(session, endpoint.url, endpoint.secrets, messages)
    for delivery, outcome in zip(one.deliveries, one.outcomes, strict=True):
        _note(delivery, outcome)


def _note(delivery: WebhookDelivery, outcome: Outcome) -> None:
    now = timezone.now()
    delivery.attempts += 1
    delivery.tried_at, delivery.next_attempt_at = now, None
    delivery.status, delivery.answer, delivery.milliseconds = outcome.status, outcome.answer, outcome.milliseconds
    if outcome.is_success:
        delivery.state = State.DELIVERED
    elif delivery.attempts > len(PAUSES):
        delivery.state = State.FAILED
    else:
        delivery.state = State.WAITING
        delivery.next_attempt_at = now + timedelta(seconds=PAUSES[delivery.attempts - 1])


def _store(endpoint: WebhookEndpoint, one: Round) -> bool:
    """Store how the round ended; False where the endpoint is to be left alone for now."""
    with transaction.atomic():
        # The lease may have run out in a round that hung: then another worker has the endpoint.
        row = WebhookEndpoint.objects.enabled().held(endpoint.pk).filter(position=endpoint.position)
        if not row.update(lease_until=lease(), **_standing(endpoint, one)):
            return False
        WebhookDelivery.objects.bulk_update(one.again, WRITTEN)
        # Where everything is sent anew, there are rows already.
        WebhookDelivery.objects.bulk_create(
            one.new,
            update_conflicts=True,
            unique_fields=["endpoint", "position"],
            update_fields=[*WRITTEN, "name", "body"],
        )
        if one.has_success and endpoint.failures:
            endpoint.deliveries.waiting().update(next_attempt_at=timezone.now())
    return one.has_success or not _counts(endpoint, one)


def _counts(endpoint: WebhookEndpoint, one: Round) -> bool:
    """Whether its failure is the endpoint's: not where only some events failed again that others have overtaken."""
    return bool(one.new) or endpoint.failures > 0


def _standing(endpoint: WebhookEndpoint, one: Round) -> dict:
    """The endpoint's columns after a round."""
    if one.has_success:
        return {"position": one.position, "failing_since": None, **WELL}
    if not _counts(endpoint, one):
        return {"position": one.position}
    now = timezone.now()
    since = endpoint.failing_since or now
    last = one.outcomes[-1]
    because = Because.GONE if last.status == GONE else Because.SILENT if now - since >= DISABLED_AFTER else ""
    return {
        "position": one.position,
        "failing_since": since,
        "disabled_at": now if because else None,
        "disabled_because": because,
        **endpoint.after_failure(f"{last.status or ''} {last.answer}".strip()),
    }
