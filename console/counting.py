"""Counts that stop at CAP, so that a large table costs no more than a small one."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connections, models
from django.utils.functional import cached_property

CAP = 9_999  # of what is paged through
CHIP = 999  # of what only says how much there is


def counts(counted: list[tuple[models.QuerySet, int]], sum_of: str = "") -> list[int]:
    """The number of rows of each, one more than its cap where there are more; all in one query.

    sum_of: a column of the last one, whose sum over those rows comes after the counts.
    """
    if not counted:
        return []
    parts: list[str] = []
    values: list[Any] = []

    def add(select: str, rows: models.QuerySet, cap: int) -> None:
        nonlocal values
        try:
            sql, params = rows[: cap + 1].query.sql_with_params()
        except EmptyResultSet:  # Django knows that there are none
            parts.append("0")
            return
        parts.append(f"(SELECT {select} FROM ({sql}) AS t)")  # noqa: S608  Django's own SQL
        values += params

    for queryset, cap in counted:
        add("COUNT(*)", queryset.order_by().values("pk"), cap)
    last, cap = counted[-1]
    if sum_of:
        add("SUM(t.summed)", last.order_by().annotate(summed=models.F(sum_of)).values("summed"), cap)
    with connections[last.db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [int(number or 0) for number in cursor.fetchone()]


def shown(count: int, cap: int) -> str:
    """A count as text, "999+" where there are more than the cap."""
    return f"{cap}+" if count > cap else str(count)


class CappedPaginator(Paginator):
    """Pages up to row 10,000; rows after that are found by search or filter."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[: CAP + 1].count() if isinstance(rows, models.QuerySet) else super().count
