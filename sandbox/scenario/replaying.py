"""Plays a scenario against a sandbox, through the way by which calls come in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from .comparing import Difference, Ids, difference
from .made_up import absolute, relative
from .writing import VERSION

HEARD = ("answer", "silence", "garbage", "errcode", "events")


class Front(Protocol):
    """A sandbox, from outside."""

    def call(self, path: str, query: dict, body: dict) -> dict[str, Any]: ...

    def act(self, action: str, given: dict) -> dict[str, Any]: ...


class Deviation(NamedTuple):
    """The first line that went otherwise than recorded."""

    line: int
    what: str
    difference: Difference

    def __str__(self) -> str:
        place, recorded, replayed = self.difference
        return f"line {self.line}, {self.what}: {place} was {recorded!r}, and is {replayed!r}"


def play(scenario: dict[str, Any], front: Front) -> Deviation | None:
    """Send the calls and do what the person did, in order; returns the first deviation, at which it stops."""
    if scenario.get("scenario") != VERSION:
        raise ValueError(f"not a scenario of version {VERSION}")
    ids, began = Ids(), timezone.now()
    for line in scenario["lines"]:
        given = absolute(ids.replaced(line.get("body", line.get("with", {}))), began)
        if "call" in line:
            heard = front.call(line["call"], ids.replaced(line.get("query", {})), given)
        else:
            heard = front.act(line["do"], given)
        recorded = {name: line[name] for name in HEARD if name in line}
        if found := difference(recorded, relative(heard, began), ids):
            return Deviation(line["line"], line.get("call") or line["do"], found)
    return None


@contextmanager
def fresh() -> Iterator[None]:
    """An empty sandbox while the block runs; afterwards everything is as it was."""
    with transaction.atomic(using="sandbox"):
        for model in reversed(list(apps.get_app_config("sandbox").get_models())):
            model._default_manager.all().delete()
        yield
        transaction.set_rollback(True, using="sandbox")
