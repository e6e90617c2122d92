"""Shared by scheduled tasks: they act in the schedule's name, and a failure on one record does not stop the others."""

import logging
from collections.abc import Iterable

from django.db import models

from wechat.errors import OperationError
from wechat.steps import actors, unread
from wechat.steps.operations import Operation
from wechat.steps.pulls import listed, pulls

log = logging.getLogger(__name__)
MOST_AWAY = 3  # times in a row that the database is away before a round gives up


def each(op: Operation, records: Iterable) -> int:
    """Run an operation on each record; returns how many succeeded. Stops only where the database is away."""
    done = away = 0
    with actors.acting("schedule"):
        for record in records:
            try:
                op(record)
                done, away = done + 1, 0
            except OperationError as error:
                log.warning("%s %s: %s", op.name, record, error)
            except unread.AWAY:
                away += 1
                if away == MOST_AWAY:
                    raise
                log.exception("%s %s: the database is away", op.name, record)
            except Exception:
                log.exception("%s %s failed", op.name, record)
    return done


def read_round(op: Operation, waiting: models.QuerySet, most: int) -> int:
    """Read those that wait, in their order, `most` at once; who could not be read last time is behind all others."""
    return each(op, unread.line(op.full_name, waiting, most))


def pull(*names: str) -> int:
    """Pull lists, by their names; returns how many succeeded."""
    return sum(each(pulls[name], [listed(name)]) for name in names)
