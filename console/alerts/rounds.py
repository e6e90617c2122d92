"""What is due for a channel, in rounds: a few messages, or one digest where there would be many.

An attempt is counted before it is sent, and its outcome stored after: what a killed worker was sending is sent again,
and what was stored as arrived never is.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.translation import override

from wechat.steps import waking
from wechat.steps.leases import lease

from ..models import AlertChannel, AlertDelivery
from ..models.receivers import PAUSES, WELL
from .kinds import kinds
from .recipients import may_see
from .sending import is_held_back, tell
from .telling import update_all

HANDFUL = 5  # messages within a minute; where there would be more, one digest is sent instead
MINUTE = timedelta(minutes=1)
DIGEST_PAUSE = timedelta(minutes=5)  # from one digest to the next
State = AlertDelivery.State


def wake_due() -> None:
    """Wake a worker for each channel that has something to send."""
    due = AlertDelivery.objects.due()
    for pk in AlertChannel.objects.due().filter(pk__in=due.values("channel")).values_list("pk", flat=True):
        waking.wake("console.tasks.send_alerts", pk)


def deliver(pk: int) -> int:
    """Send to one channel what is due; returns how many messages arrived."""
    if is_held_back() or not AlertChannel.objects.claim(pk):
        return 0
    channel = AlertChannel.objects.select_related("user", "group").get(pk=pk)
    arrived = 0
    with override(channel.language):
        for deliveries in _messages(channel):
            if not _send(channel, deliveries):
                break
            arrived += 1
    AlertChannel.objects.release(pk)
    return arrived


def _messages(channel: AlertChannel) -> list[list[AlertDelivery]]:
    """What is sent now: each delivery by itself, or all of them as one digest, or nothing yet."""
    rows = _sendable(channel)
    now = timezone.now()
    sent = channel.deliveries.filter(sent_at__gt=now - MINUTE).values("sent_at").distinct().count()
    if len(rows) + sent <= HANDFUL:
        return [[row] for row in rows]
    if channel.digest_at and now < channel.digest_at + DIGEST_PAUSE:
        return []
    return [rows] if rows else []


def _sendable(channel: AlertChannel) -> list[AlertDelivery]:
    """What is due, oldest first; in quiet hours what is urgent, where the channel wants that."""
    waiting = list(channel.deliveries.due().select_related("alert").order_by("id"))
    unseen = {row.alert.kind for row in waiting} - {kind.name for kind in kinds.values() if may_see(channel, kind)}
    update_all([row for row in waiting if row.alert.kind in unseen], state=State.DROPPED)
    rows = [row for row in waiting if row.alert.kind not in unseen]
    if not channel.is_quiet(timezone.now()):
        return rows
    return [row for row in rows if channel.urgent_at_once and _is_urgent(row)]


def _is_urgent(delivery: AlertDelivery) -> bool:
    kind = kinds.get(delivery.alert.kind)
    return bool(kind and kind.is_urgent)


def _send(channel: AlertChannel, deliveries: Sequence[AlertDelivery]) -> bool:
    """Send one message; False where the channel is to be left alone for now."""
    # Counted first: an alert that ends meanwhile is not dropped any more, as its beginning may have arrived.
    update_all(deliveries, attempts=F("attempts") + 1)
    told = tell(channel, deliveries)
    now = timezone.now()
    update_all(told.done, state=State.DELIVERED, sent_at=now)
    done = {row.pk for row in told.done}
    missing = [row for row in deliveries if row.pk not in done]
    _give_up([row for row in missing if row.attempts + 1 > len(PAUSES)])
    mine = AlertChannel.objects.held(channel.pk)
    if told.fault and told.is_channels:
        mine.update(**channel.after_failure(told.fault))
        return False
    if missing:
        pause = timedelta(seconds=PAUSES[min(missing[0].attempts, len(PAUSES) - 1)])
        update_all(missing, next_attempt_at=now + pause)
    digest = {"digest_at": now} if len(deliveries) > 1 else {}
    mine.update(lease_until=lease(), **{**WELL, "fault": told.fault[:300]}, **digest)
    return True


def _give_up(deliveries: Sequence[AlertDelivery]) -> None:
    """Those whom it reached have to hear of its end, so it counts as delivered where it reached anybody."""
    update_all([row for row in deliveries if row.reached], state=State.DELIVERED)
    update_all([row for row in deliveries if not row.reached], state=State.FAILED)
