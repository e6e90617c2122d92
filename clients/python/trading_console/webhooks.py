"""Webhooks: whether one is the console's, and what it says."""

from collections.abc import Mapping
from typing import TypedDict, cast

from standardwebhooks import Webhook, WebhookVerificationError

from .errors import NotVerified
from .schemas import Record, State


class EventData(TypedDict):
    position: str
    record: Record
    state: State


class WebhookEvent(TypedDict):
    type: str
    timestamp: str
    data: EventData


def verify_webhook(secret: str, headers: Mapping[str, str], body: str | bytes) -> WebhookEvent:
    """The event, once its signature and its time are right; raises NotVerified. `body` is what came, byte for byte.

    A webhook may come twice, with the same `webhook-id`, and is a hint: read the record for what is true now.
    """
    try:
        return cast(WebhookEvent, Webhook(secret).verify(body, dict(headers)))
    except (WebhookVerificationError, ValueError) as error:
        raise NotVerified(str(error)) from error
