"""How one message of some deliveries ended."""

from collections.abc import Sequence
from typing import NamedTuple

from ..models import AlertDelivery

BATCH = 500


class Told(NamedTuple):
    """`done` need no more attempt; a fault is the channel's own, or one person's while others were reached."""

    done: Sequence[AlertDelivery]
    fault: str = ""
    is_channels: bool = True


def update_all(deliveries: Sequence[AlertDelivery], **values: object) -> None:
    pks = [row.pk for row in deliveries]
    for start in range(0, len(pks), BATCH):
        AlertDelivery.objects.filter(pk__in=pks[start : start + BATCH]).update(**values)
