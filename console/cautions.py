"""What is said about records before a person edits or sends them; an app registers it for the records of another.

@cautions(SPU)
def of_live_days(keys): return {key: [sentence]}
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.db.models import Model

Said = dict[int, list[str]]  # {key of the record: sentences}
Source = Callable[[list[int]], Said]

_sources: dict[type[Model], list[Source]] = defaultdict(list)


def cautions(on: type[Model]) -> Callable[[Source], Source]:
    """Register a function of the records' keys; its number of queries does not depend on how many there are."""

    def register(source: Source) -> Source:
        _sources[on].append(source)
        return source

    return register


def cautions_of(records: Sequence[Model]) -> Said:
    """The sentences of all sources about these records, which are of one model."""
    said: Said = defaultdict(list)
    for source in _sources.get(type(records[0]), []) if records else []:
        for key, sentences in source([record.pk for record in records]).items():
            said[key] += sentences
    return said
