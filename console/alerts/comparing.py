"""Opens and ends alerts by what stands, and notes what each channel is to tell.

What is opened and what is to be told of it are one commit, so a killed worker tells nothing twice and forgets nothing:
the next comparison finds the same. Of two comparisons at once the constraint lets one open an alert.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from wechat import retention
from wechat.steps import unread

from ..models import Alert, AlertChannel, AlertDelivery
from .kinds import Cause, Kind, kinds
from .recipients import channels_for
from .sending import is_held_back

log = logging.getLogger(__name__)
State = Alert.State
Sent = AlertDelivery.State
BATCH = 500
FLAPPING, LONGEST = timedelta(minutes=5), timedelta(hours=4)


def compare_all() -> int:
    """Compare every kind with its alerts; returns how many opened or ended. A kind that fails stops no other."""
    enabled = AlertChannel.objects.none() if is_held_back() else AlertChannel.objects.enabled()
    channels = list(enabled.select_related("user", "group"))
    changed = 0
    for kind in kinds.values():
        try:
            changed += compare(kind, channels)
        except IntegrityError:
            log.info("alerts %s: another process compares them", kind.name)
        except unread.AWAY:
            raise
        except Exception:
            log.exception("alerts %s could not be compared", kind.name)
    _end(list(Alert.objects.standing().exclude(kind__in=kinds)))  # of kinds that this version no longer has
    return changed


def compare(kind: Kind, channels: Iterable[AlertChannel]) -> int:
    """Open alerts for new causes of a kind, end those whose cause is gone; returns how many."""
    causes = {cause.key[:120]: cause for cause in kind.causes()}
    with transaction.atomic():
        standing = {row.key: row for row in Alert.objects.standing().filter(kind=kind.name)}
        new = [_opened(kind, key, cause) for key, cause in causes.items() if key not in standing]
        gone = _stay_away(kind, [row for key, row in standing.items() if key not in causes])
        later = _follow([(row, causes[key]) for key, row in standing.items() if key in causes])
        told = channels_for(kind, channels) if new or later else []
        Alert.objects.bulk_create(new, batch_size=BATCH)
        _note(told, [(row, AlertDelivery.OPENED) for row in new])
        _note(told, [(row, f"reminded-{row.stage}") for row in later])
        _end(gone)
    return len(new) + len(gone)


def _opened(kind: Kind, key: str, cause: Cause) -> Alert:
    return Alert(kind=kind.name, key=key, values=dict(cause.values), url=cause.url[:300], stage=cause.stage)


def _follow(pairs: Iterable[tuple[Alert, Cause]]) -> list[Alert]:
    """Store what has changed about causes that still stand; returns the alerts to remind of."""
    changed, later = [], []
    for row, cause in pairs:
        if cause.stage > row.stage and row.state == State.OPEN:
            later.append(row)
        now = (dict(cause.values), max(row.stage, cause.stage), None)
        if (row.values, row.stage, row.gone_at) != now:
            row.values, row.stage, row.gone_at = now
            changed.append(row)
    Alert.objects.bulk_update(changed, ["values", "stage", "gone_at"], batch_size=BATCH)
    return later


def _stay_away(kind: Kind, rows: list[Alert]) -> list[Alert]:
    """Note since when the causes of alerts are gone; returns those that have stayed away long enough to be over."""
    if not rows:
        return []
    now = timezone.now()
    new = [row for row in rows if row.gone_at is None]
    for row in new:
        row.gone_at = now
    Alert.objects.bulk_update(new, ["gone_at"], batch_size=BATCH)
    lately = Alert.objects.filter(kind=kind.name, state=State.ENDED, ended_at__gt=now - timedelta(days=1))
    earlier = dict(lately.order_by().values_list("key").annotate(Count("pk")))
    return [row for row in rows if row.gone_at and row.gone_at <= now - _away(kind, earlier.get(row.key, 0))]


def _away(kind: Kind, earlier: int) -> timedelta:
    """How long a cause has to stay away: twice as long each time that it came back within a day."""
    return max(kind.settles, min(FLAPPING * 2 ** min(earlier, 9), LONGEST)) if earlier else kind.settles


def _note(channels: Iterable[AlertChannel], news: Iterable[tuple[Alert, str]]) -> None:
    rows = [AlertDelivery(channel=channel, alert=row, news=what) for row, what in news for channel in channels]
    AlertDelivery.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def _end(gone: list[Alert]) -> None:
    """End alerts: the all-clear goes where their beginning was told; where it still waits, nothing is told at all."""
    pks = [row.pk for row in gone]
    for start in range(0, len(pks), BATCH):
        part = pks[start : start + BATCH]
        Alert.objects.standing().filter(pk__in=part).update(state=State.ENDED, ended_at=timezone.now())
        waiting = AlertDelivery.objects.waiting().filter(alert__in=part)
        waiting.filter(attempts=0).update(state=Sent.DROPPED)
        waiting.exclude(reached=[]).update(state=Sent.DELIVERED)  # the others hear of its end only
        heard = AlertDelivery.objects.filter(alert__in=part, news=AlertDelivery.OPENED)
        heard = heard.exclude(state__in=[Sent.DROPPED, Sent.FAILED])
        over = [
            AlertDelivery(channel_id=channel, alert_id=pk, news=AlertDelivery.ENDED)
            for channel, pk in heard.values_list("channel_id", "alert_id")
        ]
        AlertDelivery.objects.bulk_create(over, batch_size=BATCH, ignore_conflicts=True)


def prune() -> int:
    """Delete alerts that have been over for long, with their deliveries."""
    return retention.delete(retention.over("alerts", Alert.objects.filter(state=State.ENDED), "ended_at"))
