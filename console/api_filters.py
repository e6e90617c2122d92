"""Filters of the API's lists; what is none of them is refused: a mistyped name would select everything."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

ALWAYS = ("format",)


class KnownFilters(DjangoFilterBackend):
    """The filters of a list; an unknown parameter is 400 with the list of known ones."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        if view.action == "list" and not settings.API_IGNORE_UNKNOWN_PARAMETERS:
            filters = self.get_filterset_class(view, queryset)
            known = {*ALWAYS, *(filters.base_filters if filters else ()), *_paging(view)}
            unknown = sorted(set(request.query_params) - known)
            if unknown:
                text = _("This list has no such parameter. It has: %(known)s.") % {"known": ", ".join(sorted(known))}
                raise ValidationError({name: [text] for name in unknown})
        return super().filter_queryset(request, queryset, view)


def filtered(view: Any, rows: QuerySet, values: dict[str, str]) -> QuerySet:
    """The rows that a list shows with these parameters. Raises ValidationError for an unknown name or a wrong value."""
    filters = KnownFilters().get_filterset_class(view, rows)
    known = sorted(filters.base_filters) if filters else []
    if unknown := sorted(set(values) - set(known)):
        text = _("This list has no such parameter. It has: %(known)s.") % {"known": ", ".join(known)}
        raise ValidationError({name: [text] for name in unknown})
    query = QueryDict(mutable=True)
    query.update(values)
    chosen = filters(data=query, queryset=rows, request=view.request) if filters else None
    if chosen is not None and not chosen.is_valid():
        raise ValidationError(chosen.errors)
    return rows if chosen is None else chosen.qs


def _paging(view: Any) -> list[str]:
    rows = view.paginator.get_schema_operation_parameters(view) if view.paginator else []
    return [row["name"] for row in rows]
