"""Counts that stop at CAP, so that a large table costs no more than a small one."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connections, models
from django.utils.functional import cached_property

CAP = 9_999


def counts(querysets: list[models.QuerySet], cap: int = CAP, sum_of: str = "") -> list[int]:
    """The number of rows of each, `cap` + 1 where there are more; all in one query.

    sum_of: a column of the last one, whose sum over those rows comes after the counts.
    """
    if not querysets:
        return []
    parts: list[str] = []
    values: list[Any] = []

    def add(select: str, rows: models.QuerySet) -> None:
        nonlocal values
        try:
            sql, params = rows[: cap + 1].query.sql_with_params()
        except EmptyResultSet:  # Django knows that there are none
            parts.append("0")
            return
        parts.append(f"(SELECT {select} FROM ({sql}) AS t)")  # noqa: S608  Django's own SQL
        values += params

    for queryset in querysets:
        add("COUNT(*)", queryset.order_by().values("pk"))
    if sum_of:
        add("SUM(t.summed)", querysets[-1].order_by().annotate(summed=models.F(sum_of)).values("summed"))
    with connections[querysets[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [int(number or 0) for number in cursor.fetchone()]


def shown(count: int) -> str:
    """A count as text, "9999+" where there are more."""
    return f"{CAP}+" if count > CAP else str(count)


class CappedPaginator(Paginator):
    """Pages up to row 10,000; rows after that are found by search or filter."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[: CAP + 1].count() if isinstance(rows, models.QuerySet) else super().count
