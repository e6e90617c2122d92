"""Shared by scheduled tasks: they act in the schedule's name, and a failure on one record does not stop the others."""

import logging
from collections.abc import Iterable

from wechat.errors import OperationError
from wechat.steps import actors
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed, pulls

log = logging.getLogger(__name__)


def each(op: Operation, records: Iterable) -> int:
    """Run an operation on each record; returns how many succeeded."""
    done = 0
    with actors.acting("schedule"):
        for record in records:
            try:
                op(record)
                done += 1
            except OperationError as error:
                log.warning("%s %s: %s", op.name, record, error)
    return done


def pull(*names: str) -> int:
    """Pull lists, by their names; returns how many succeeded."""
    return sum(each(pulls[name], [listed(name)]) for name in names)
