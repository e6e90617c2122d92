"""Which records are followed, and how their events are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Part:
    """A table whose rows belong to a followed record: a change of them is a change of the record."""

    model: type[models.Model]
    of: str  # the column that holds the record's key
    state: str = ""
    names: Mapping[Any, str] = field(default_factory=dict)  # event by the state that was reached
    quiet: Sequence[str] = ()
    only: Sequence[str] = ()  # the columns that count, where not all do
    on: Sequence[str] = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Kind:
    """A kind of followed records.

    `number` is the column by which the API finds a record, "" where that is no number for other systems; `names` gives
    the event by the value that the column `state` has reached; changes of `quiet` columns alone are no events.
    """

    name: str
    model: type[models.Model]
    number: str = "id"
    state: str = ""
    names: Mapping[Any, str] = field(default_factory=dict)
    quiet: Sequence[str] = ()
    parts: Sequence[Part] = ()
    created: str = "created"
    router_name: str = ""  # by which the API's router names its addresses; the model's name unless given

    @property
    def basename(self) -> str:
        return self.router_name or str(self.model._meta.model_name)

    @property
    def permission(self) -> str:
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    @property
    def events(self) -> list[str]:
        """The names of its events, each once, without those that only the feed has."""
        of_parts = [name for part in self.parts for name in part.names.values()]
        names = [self.created, *self.names.values(), *of_parts, "changed", "deleted"]
        return [f"{self.name}.{name}" for name in dict.fromkeys(names)]


kinds: dict[str, Kind] = {}


def follow(name: str, model: type[models.Model], **options: Any) -> None:
    """Register a kind of records, in an app's `followed.py`."""
    kinds[name] = Kind(name, model, **options)


def kind_of(model: type[models.Model]) -> Kind | None:
    """The kind of a model's records; None where they are not followed."""
    return next((kind for kind in kinds.values() if kind.model is model), None)


def event_names() -> list[str]:
    """The names of all events that webhooks can be sent for."""
    return sorted(name for kind in kinds.values() for name in kind.events)
