"""What is said about records before a person edits or sends them; an app registers it for the records of another.

@cautions(SPU, lambda keys: LiveProduct.objects.filter(spu__in=keys))
def of_live_days(rows): return {key: [sentence]}
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.models import Model, QuerySet

from .beside import There

Said = dict[int, list[str]]  # {key of the record: sentences}


class Source(NamedTuple):
    rows: Callable[[list[int]], QuerySet]  # what records of these keys have to be cautious about
    say: Callable[[QuerySet], Said]
    name: str


_sources: dict[type[Model], list[Source]] = defaultdict(list)


def cautions(on: type[Model], rows: Callable[[list[int]], QuerySet]) -> Callable[[Callable[[QuerySet], Said]], Source]:
    """Register a function of the rows; its number of queries does not depend on how many there are."""

    def register(say: Callable[[QuerySet], Said]) -> Source:
        source = Source(rows, say, f"{say.__module__}.{say.__name__}")
        _sources[on].append(source)
        return source

    return register


def rows_of(record: Model) -> dict[str, QuerySet]:
    """What there would be to be said about a record, by name; for `beside.found`."""
    return {source.name: source.rows([record.pk]) for source in _sources.get(type(record), [])}


def cautions_of(records: Sequence[Model], there: There | None = None) -> Said:
    """The sentences of all sources about these records, which are of one model; of those that are `there`."""
    said: Said = defaultdict(list)
    for source in _sources.get(type(records[0]), []) if records else []:
        if there is None or source.name in there:
            for key, sentences in source.say(source.rows([record.pk for record in records])).items():
                said[key] += sentences
    return said
