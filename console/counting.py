"""Counts that stop at CAP, so that a large table costs no more than a small one."""

from typing import Any

from django.core.paginator import Paginator
from django.db import connections, models
from django.utils.functional import cached_property

CAP = 9_999


def counts(querysets: list[models.QuerySet], cap: int = CAP) -> list[int]:
    """The number of rows of each, `cap` + 1 where there are more; all in one query."""
    if not querysets:
        return []
    parts: list[str] = []
    values: list[Any] = []
    for queryset in querysets:
        sql, params = queryset.order_by().values("pk")[: cap + 1].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS t)")  # noqa: S608  Django's own SQL
        values += params
    with connections[querysets[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())


def counted(querysets: list[models.QuerySet]) -> list[str]:
    """The number of rows of each, as text, "9999+" where there are more; all in one query."""
    return [f"{CAP}+" if count > CAP else str(count) for count in counts(querysets)]


class CappedPaginator(Paginator):
    """Pages up to row 10,000; rows after that are found by search or filter."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[: CAP + 1].count() if isinstance(rows, models.QuerySet) else super().count
