"""One request to an endpoint: its body, its signature, and how it ended."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import requests
from django.utils.translation import gettext as _
from requests_hardened import HTTPSession  # type: ignore[import-untyped]  # it has no stubs
from requests_hardened.ip_filter import InvalidIPAddress  # type: ignore[import-untyped]
from standardwebhooks import Webhook
from urllib3.exceptions import HTTPError

from ..feed.reading import shown
from ..models import FeedEvent
from ..threads import together

SECONDS = 15.0  # for one attempt, from the name's look-up to the answer's end
MOST = 500  # characters of an answer that are kept
AGENT = "trading-console"


@dataclass(frozen=True)
class Message:
    id: str  # the same for each attempt: by it a receiver knows what it has seen
    body: str


@dataclass(frozen=True)
class Outcome:
    status: int | None
    answer: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def body_of(event: Mapping[str, Any]) -> str:
    """What an endpoint receives of an event as the feed shows it."""
    data = {name: event[name] for name in ("position", "record", "state")}
    return json.dumps({"type": event["type"], "timestamp": event["at"], "data": data}, ensure_ascii=False)


def bodies(events: Sequence[FeedEvent]) -> list[str]:
    return [body_of(event) for event in shown(events)]


def message_id(position: int) -> str:
    return f"evt_{position}"


def headers(message: Message, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """Those of Standard Webhooks: a signature by each valid secret."""
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def send_all(session: HTTPSession, url: str, secrets: Sequence[str], messages: Sequence[Message]) -> list[Outcome]:
    """Send them at the same time; returns their outcomes in the same order."""
    found = together(lambda message: _sent(session, url, secrets, message), messages, SECONDS)
    return [found.get(nth, too_late()) for nth in range(len(messages))]


def too_late() -> Outcome:
    return Outcome(None, _("no whole answer within %(seconds)s seconds") % {"seconds": SECONDS}, int(SECONDS * 1000))


def _sent(session: HTTPSession, url: str, secrets: Sequence[str], message: Message) -> Outcome:
    return post(session, url, message.body, headers(message, secrets, datetime.now(UTC)))


def post(session: HTTPSession, url: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """Send one body; whatever goes wrong is in the outcome."""
    start = monotonic()
    try:
        with session.post(url, data=body.encode(), headers=headers, stream=True) as response:
            text = response.raw.read(MOST, decode_content=True).decode(errors="replace")
            status: int | None = response.status_code
    except InvalidIPAddress as error:
        status, text = None, _("the address is internal: %(address)s") % {"address": error}
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        status, text = None, type(error).__name__
    return Outcome(status, text.replace("\x00", "")[:MOST], int((monotonic() - start) * 1000))
