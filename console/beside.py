"""What there is beside a record, asked once: its page then asks only for what is there."""

from collections.abc import Mapping

from django.db.models import Exists, Model, QuerySet

There = frozenset[str]


def found(record: Model, rows: Mapping[str, QuerySet]) -> There:
    """The names of those rows of which there is one at least, in one query."""
    asked = record.__class__._base_manager.filter(pk=record.pk).values_list(*map(Exists, rows.values()))
    answers = asked.first() or [False] * len(rows)  # none where the record has just been deleted
    return frozenset(name for name, is_there in zip(rows, answers, strict=True) if is_there)
