"""Causes of alerts to make and to mend, and a round of the schedule."""

from django.utils import timezone

from console.alerts import comparing, rounds
from console.models import AlertChannel
from tests.factories import make_user
from wechat.models import Callback


def break_messages(count=1):
    """Messages that could not be handled."""
    now, failed = timezone.now(), Callback.State.FAILED
    first = Callback.objects.count()
    Callback.objects.bulk_create(
        Callback(key=f"k-{first + nth}", event="open_product_spu_audit", state=failed, received_at=now)
        for nth in range(count)
    )


def mend_messages():
    Callback.objects.update(state=Callback.State.HANDLED)


def make_channel(role="developer", **fields):
    person = make_user(role, username=f"person-{AlertChannel.objects.count()}", email="person@example.com")
    owner = {} if "group" in fields else {"user": person}
    return AlertChannel.objects.create(name="mine", language="en", **{"kinds": ["failed_message"], **owner, **fields})


def tell():
    """A round of the schedule."""
    comparing.compare_all()
    return sum(rounds.deliver(channel.pk) for channel in AlertChannel.objects.all())
