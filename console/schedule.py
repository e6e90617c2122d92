"""What scheduled tasks share: they act in the schedule's name, and one failure stops nothing else."""

import logging
from collections.abc import Iterable

from wechat import actors
from wechat.errors import OperationError
from wechat.models import PulledList
from wechat.steps import Operation

log = logging.getLogger(__name__)


def each(op: Operation, records: Iterable) -> int:
    """Run an operation on each record; returns on how many it came to its end."""
    done = 0
    with actors.acting("schedule"):
        for record in records:
            try:
                op(record)
                done += 1
            except OperationError as error:
                log.warning("%s %s: %s", op.__name__, record, error)
    return done


def pull(op: Operation, name: str) -> int:
    """Read a whole list."""
    return each(op, PulledList.objects.filter(name=name))
