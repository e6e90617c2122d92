"""What people and programs do with webhooks: make, try, give another secret, send again. Each is traced."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from ..edits import trace_edit
from ..feed import positions
from ..feed.kinds import event_names, kinds
from ..models import WebhookDelivery, WebhookEndpoint
from ..models.webhooks import new_secret
from . import addresses, rights
from .sending import Message, Outcome, body_of, send_all

May = Callable[[str], bool]  # whether the caller has a permission
TEST = "webhook.test"


def chosen(names: Iterable[str], may: May) -> list[str]:
    """The events that are meant: by their names, or by a kind for all of its events.

    Raises ValidationError for what is none, and for a kind that the caller may not view.
    """
    known = event_names()
    found: set[str] = set()
    for name in names:
        kind = kinds.get(name.partition(".")[0])
        if kind is None or (name not in kinds and name not in known):
            raise ValidationError(_("There is no event “%(name)s”.") % {"name": name})
        if not may(kind.permission):
            raise ValidationError(_("“%(name)s” is of records that you may not view.") % {"name": name})
        found.update(kind.events if name in kinds else [name])
    return sorted(found)


def make(endpoint: WebhookEndpoint, user: Any) -> str:
    """Store a new endpoint, told from now on; returns its secret, which is shown this once."""
    positions.give()
    endpoint.secret, endpoint.created_by, endpoint.position = new_secret(), user, positions.last()
    endpoint.save()
    trace_edit(endpoint, {"url": ["", endpoint.url], "events": ["", ", ".join(endpoint.events)]})
    return endpoint.secret


def rotate(endpoint: WebhookEndpoint) -> str:
    """Give another secret; returns it. The old one signs as well for a day."""
    trace_edit(endpoint, {"secret": ["", _("another one")]})
    return endpoint.rotate()


def switch_on(endpoint: WebhookEndpoint, user: Any, may: May) -> None:
    """Raises ValidationError where they may not view what it tells."""
    answer_for(endpoint, user, may)
    trace_edit(endpoint, {"state": [endpoint.state_label, _("switched on")]})
    endpoint.switch(on=True)


def switch_off(endpoint: WebhookEndpoint) -> None:
    trace_edit(endpoint, {"state": [endpoint.state_label, _("switched off")]})
    endpoint.switch(on=False)


def send_since(endpoint: WebhookEndpoint, position: int, user: Any, may: May) -> None:
    """Send all events after a position, also those that arrived; switches it on."""
    answer_for(endpoint, user, may)
    trace_edit(endpoint, {"position": [str(endpoint.position), str(position)]})
    endpoint.go_back_to(position)


def answer_for(endpoint: WebhookEndpoint, user: Any, may: May) -> None:
    """From now on its events are bounded by this account's permissions.

    Raises ValidationError where they may not view what it tells.
    """
    if names := rights.unseen(endpoint.events, may):
        raise ValidationError(_("“%(name)s” is of records that you may not view.") % {"name": ", ".join(names)})
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(created_by=user)
    endpoint.created_by = user


def send_again(delivery: WebhookDelivery) -> None:
    """Send one event again, soon."""
    trace_edit(delivery.endpoint, {"sent again": ["", str(delivery.position)]})
    delivery.attempts, delivery.state = 0, WebhookDelivery.State.WAITING
    delivery.next_attempt_at = timezone.now()
    delivery.save(update_fields=["attempts", "state", "next_attempt_at"])


def try_out(endpoint: WebhookEndpoint) -> Outcome:
    """Send an event of the type `webhook.test` and wait for the answer, at most some seconds."""
    now = timezone.localtime()
    nothing = {"kind": "webhook", "id": str(endpoint.pk), "url": ""}
    body = body_of(
        {"type": TEST, "at": now.isoformat(), "position": "0", "record": nothing, "state": {"was": "", "now": ""}}
    )
    message = Message(f"test_{endpoint.pk}_{int(now.timestamp() * 1000)}", body)
    with addresses.session(1) as session:
        return send_all(session, endpoint.url, endpoint.secrets, [message])[0]


def last_arrived(endpoint: WebhookEndpoint) -> int:
    """The position before the first event that has not arrived: from there on everything is sent again by default."""
    missing = endpoint.deliveries.exclude(state=WebhookDelivery.State.DELIVERED).order_by("position").first()
    return missing.position - 1 if missing else endpoint.position
