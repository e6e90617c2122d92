"""A circuit for each endpoint: one whose calls keep timing out rests, so that nobody waits for what will not come.

After TIMEOUTS without an answer between them, each within WINDOW of the one before, no call leaves for REST seconds.
Then one does, and the others follow when it gets an answer. The endpoint's row of `Pace` has the state, for all
processes. A call that nothing is wrong with needs no query for it.
"""

from django.conf import settings
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Greatest, Least

from wechat.clock import MICRO, NowMicroseconds
from wechat.models import Pace

TIMEOUTS = 5
WINDOW = 60  # seconds
REST = 15  # seconds
CLOSED, OPEN = Q(timeouts__lt=TIMEOUTS), Q(timeouts__gte=TIMEOUTS)
_doubted: set[str] = set()  # endpoints that timed out in this process, or that it probes


def timed_out(endpoint: str) -> None:
    """A call got no answer in time: count it, and let the endpoint rest where it is one too many."""
    _doubted.add(endpoint)
    now = NowMicroseconds()
    recent = Q(timed_out_at__gt=now - WINDOW * MICRO)
    Pace.objects.filter(endpoint=endpoint).update(
        timeouts=Case(When(recent, then=Least(F("timeouts") + 1, Value(TIMEOUTS))), default=Value(1)),
        timed_out_at=now,
        paused_until=Case(
            When(recent & Q(timeouts__gte=TIMEOUTS - 1), then=Greatest(F("paused_until"), now + REST * MICRO)),
            default=F("paused_until"),
        ),
    )


def answered(endpoint: str) -> None:
    """Any answer closes the circuit; only a process that saw a time-out, or probes, asks the database for it."""
    if endpoint in _doubted:
        _doubted.discard(endpoint)
        rest = Case(When(OPEN, then=Value(0, BigIntegerField())), default=F("paused_until"))
        Pace.objects.filter(endpoint=endpoint, timeouts__gt=0).update(timeouts=0, paused_until=rest)


def probe(endpoint: str, calls: QuerySet[Pace], **place: object) -> bool:
    """Take the place of the one call that looks whether the endpoint answers again; the others go on resting."""
    patience = settings.WECHAT_CONNECT_TIMEOUT + settings.WECHAT_READ_TIMEOUT + 1
    taken = calls.filter(OPEN).update(paused_until=NowMicroseconds() + int(patience * MICRO), **place)
    if taken:
        _doubted.add(endpoint)
    return bool(taken)
