"""Records that a command line names by their public id."""

import re
from collections.abc import Iterable

from django.core.management.base import CommandError
from django.db.models import Field, QuerySet

NUMBER = re.compile("[0-9]{1,19}")


def named(records: QuerySet, noun: str, keys: Iterable[str], *columns: str) -> QuerySet:
    """The records with these keys, each in the first of the columns that has it.

    Raises CommandError, exit code 2, with the keys that are in none: then nothing is done for the others either.
    """
    wanted = list(dict.fromkeys(map(str, keys)))
    found: dict[str, int] = {}
    for column in reversed(columns):
        fitting = _fitting(records.model._meta.get_field(column), wanted)
        rows = records.filter(**{f"{column}__in": fitting}).values_list(column, "pk")
        found |= {str(key): pk for key, pk in rows}
    if missing := [key for key in wanted if key not in found]:
        raise CommandError(f"There is no {noun} {', '.join(missing)}. Nothing was done.", returncode=2)
    return records.filter(pk__in=found.values())


def _fitting(field: Field, keys: list[str]) -> list[str]:
    """Those that the column can hold: numbers, or any text."""
    if field.get_internal_type() not in ("AutoField", "BigAutoField", "IntegerField", "BigIntegerField"):
        return keys
    return [key for key in keys if NUMBER.fullmatch(key) and int(key) < 2**63]
