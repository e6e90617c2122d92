"""The inbox: a message from WeChat is stored first and handled later, each message once.

A handler is found by the event's name:

    @on("open_product_brand_audit")
    def brand_audited(event): ...

The handler only takes from it which record to read again, and returns the record that the message is about, if any.
With `replies=True` it runs inside WeChat's request and returns the fields of the answer (coupon receipt only).
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from wechat import messages
from wechat.errors import BadInput
from wechat.models import BuyerKey, Callback, Step
from wechat.models.buyers import is_buyers
from wechat.sealed import Unreadable, seal
from wechat.steps import actors, request_ids, waking
from wechat.steps.leases import free, lease

log = logging.getLogger(__name__)
State = Callback.State
REFUSED_CAP = 200  # refused messages kept per hour


class TooEarly(Exception):
    """A step on the record of the message is still waiting for WeChat's answer: handle the message a little later."""


def after_our_own(record: models.Model) -> None:
    """Raises TooEarly while a step on this record is sent and has no answer yet."""
    if Step.objects.of(record).filter(reads=False, state=Step.State.SENT).exists():
        raise TooEarly(str(record))


handlers: dict[str, Callable] = {}
repliers: dict[str, Callable] = {}


def on(*events: str, replies: bool = False) -> Callable[[Callable], Callable]:
    def register(handler: Callable) -> Callable:
        (repliers if replies else handlers).update(dict.fromkeys(events, handler))
        return handler

    return register


# SQL by hand, as WeChat waits for this one statement: bulk_create spent half of its time on building it.
INSERT = """
INSERT INTO wechat_callback (key, event, state, body, sent_at, received_at, attempts, error)
VALUES (%s, %s, 'received', %s, %s, %s, 0, '') ON CONFLICT (key) DO NOTHING
"""


def keep(body: bytes, message: dict) -> None:
    """Store one message; a repeat of one we have is no new row. One statement, one commit."""
    received_at = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        name, sent_at = messages.name_of(message), messages.sent_at(message)
        cursor.execute(INSERT, [messages.digest(body), name, seal(body), sent_at, received_at])
        is_new = cursor.rowcount == 1
    if is_new:
        waking.wake("wechat.tasks.handle_callbacks")


def keep_refused(body: bytes, query: str, reason: str) -> None:
    """Store a message that is not accepted, for troubleshooting only; at most REFUSED_CAP an hour."""
    hour = timezone.now() - timedelta(hours=1)
    if Callback.objects.filter(state=State.REFUSED, received_at__gt=hour)[:REFUSED_CAP].count() >= REFUSED_CAP:
        return
    Callback.objects.bulk_create(
        [
            Callback(
                key=messages.digest(b"refused" + query.encode() + body),
                state=State.REFUSED,
                body=seal(body[:4096]),
                received_at=timezone.now(),
                error=reason,
            )
        ],
        ignore_conflicts=True,
    )


def handle_due(limit: int = 500) -> int:
    """Handle the messages that are due, claiming one at a time, up to `limit`; returns how many were claimed."""
    taken = 0
    while taken < limit and (callback := _claim()):
        _handle(callback)
        taken += 1
    return taken


def replay(callbacks: models.QuerySet) -> int:
    """Return messages to the queue, with their attempts counted from 0; refused ones stay refused."""
    count = callbacks.exclude(state=State.REFUSED).update(
        state=State.RECEIVED, attempts=0, next_attempt_at=None, lease_until=None, error=""
    )
    waking.wake("wechat.tasks.handle_callbacks")
    return count


def _claim() -> Callback | None:
    now = Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now())
    due = Callback.objects.due().filter(free(), now)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        callback = due.order_by("id").first()
        if callback:
            # The attempt is counted before the message is handled: so a message that kills its worker each time ends
            # as failed.
            callback.attempts += 1
            Callback.objects.filter(pk=callback.pk).update(attempts=callback.attempts, lease_until=lease())
    return callback


def _handle(callback: Callback) -> None:
    if callback.attempts > settings.WECHAT_CALLBACK_TRIES:
        _close(callback, State.FAILED, error=callback.error or "The worker stopped each time it handled this.")
        return
    handler = handlers.get(callback.event)
    if handler is None:
        _close(callback, State.HANDLED if callback.event in repliers else State.UNHANDLED)
        return
    try:
        with request_ids.following(f"message-{callback.pk}"), actors.acting("callback"):
            record = handler(callback.message)
    except (Unreadable, messages.Malformed, BadInput) as error:
        # What cannot be read, and what WeChat does not know, is no other thing when it is handled again.
        _close(callback, State.FAILED, error=str(error))
    except Exception as error:
        # Whatever a handler raises, the message is retried, and the reason is stored with it.
        log.warning("%s #%s failed: %s", callback.event, callback.pk, type(error).__name__, exc_info=True)
        if callback.attempts >= settings.WECHAT_CALLBACK_TRIES:
            _close(callback, State.FAILED, error=f"{type(error).__name__}: {error}")
        else:
            wait = timedelta(seconds=min(600, 2 ** (callback.attempts - 1)))
            _mine(callback).update(
                error=f"{type(error).__name__}: {error}", lease_until=None, next_attempt_at=Now() + wait
            )
    else:
        _close(callback, State.HANDLED, record=record)


def _mine(callback: Callback) -> models.QuerySet:
    return Callback.objects.filter(pk=callback.pk, state=State.RECEIVED, attempts=callback.attempts)


def _close(callback: Callback, state: str, *, record: models.Model | None = None, error: str = "") -> None:
    callback.record = record
    sealed = Value(_under_key_of_buyer(callback), models.BinaryField())
    _mine(callback).update(
        body=Case(When(body=callback.body, then=sealed), default="body"),  # not where they are being erased
        state=state,
        error=error,
        handled_at=Now(),
        lease_until=None,
        next_attempt_at=None,
        content_type=callback.content_type,
        object_id=callback.object_id,
    )


def _under_key_of_buyer(callback: Callback) -> bytes | memoryview:
    """The message under the key of its buyer. It arrives under FIELD_KEYS: WeChat waits for one statement only."""
    if is_buyers(callback.body):
        return callback.body
    try:
        return BuyerKey.objects.seal(callback.message.buyer, callback.raw)
    except (Unreadable, messages.Malformed):
        return callback.body
