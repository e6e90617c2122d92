"""Records that a worker loads together for the steps it has claimed, instead of each by itself.

Such a record is used within FRESH seconds, and only where it is still as it was loaded: the UPDATE that marks the step
as sent compares it. Otherwise the step begins again with the record as it is now.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef

from wechat.models import Step
from wechat.statements import place
from wechat.steps import unread

FRESH = 5.0  # seconds, for what lies around the record and is not compared
log = logging.getLogger(__name__)
_record: Any = Step._meta.get_field("record")


class Loader(NamedTuple):
    load: Callable[[list[int]], Iterable[Any]]  # the records of these keys, with what their operations look at
    seen: Callable[[Any], dict[str, Any]]  # columns and annotations, the same while it is as it was loaded
    rows: Callable[[], models.QuerySet]  # all records, with these annotations


class Outdated(Exception):
    """The record was changed after it had been loaded: nothing was sent, the step is as it was claimed."""


_loaders: dict[type[models.Model], Loader] = {}


def loaded_ahead(
    model: type[models.Model], seen: Callable[[Any], dict[str, Any]], rows: Callable[[], models.QuerySet]
) -> Callable[[Any], Any]:
    """Register a function of keys that loads many records of the model."""

    def register(load: Callable[[list[int]], Iterable[Any]]) -> Any:
        _loaders[model] = Loader(load, seen, rows)
        return load

    return register


def load(steps: list[Step]) -> None:
    """Give each of these steps its record, where its model says how many are loaded at once."""
    by_model: dict[Any, list[Step]] = {}
    for step in steps:
        by_model.setdefault(step.content_type.model_class(), []).append(step)
    for model, own in by_model.items():
        if (loader := _loaders.get(model)) is None or len(own) < 2:
            continue
        now = time.monotonic()
        try:
            records = {record.pk: record for record in loader.load([step.object_id for step in own])}
        except unread.AWAY:
            raise
        except Exception:
            log.exception("%s could not be loaded together", model.__name__)
            continue  # each is tried by itself
        for step in own:
            if record := records.get(step.object_id):
                _record.set_cached_value(step, record)
                step.loaded_at = now


def forget_if_old(step: Step) -> None:
    if step.loaded_at and time.monotonic() - step.loaded_at > FRESH:
        forget(step)


def forget(step: Step) -> None:
    """Its record is read from the database when it is next asked for."""
    if step.loaded_at:
        step.loaded_at = 0.0
        _record.delete_cached_value(step)


def as_loaded(step: Step) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """What was loaded, and the shape of the condition that it is still so; empty where nothing was loaded ahead."""
    if not step.loaded_at:
        return {}, ()
    model: Any = type(step.record)
    seen = _loaders[model].seen(step.record)
    values = {f"loaded_{name}": value for name, value in seen.items()}
    return values, (model, tuple((name, value is None) for name, value in seen.items()))


def condition(model: type[models.Model], seen: tuple[tuple[str, bool], ...]) -> Exists:
    """That the record of the step, which is in the outer query, is as it was loaded."""
    same = {name: None if is_none else place(f"loaded_{name}") for name, is_none in seen}
    return Exists(_loaders[model].rows().filter(pk=OuterRef("object_id"), **same))
