"""How the API pages its lists; with `updated_after` by what changed, in the order of the feed."""

from typing import Any

from rest_framework.pagination import BasePagination, CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from .feed import reading
from .feed.kinds import kind_of

UPDATED_AFTER = "updated_after"
HELP = (
    "Only records that changed after this: the `position` of the last answer, a time (ISO 8601), `now`, or 0 for all. "
    "They come in the order of their changes, and `deleted` names those that are gone; one may come twice, never not."
)


class Followed(BasePagination):
    """Adds `updated_after` to lists of followed records (`console.feed`)."""

    _feed: dict[str, Any] | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list | None:
        asked = request.query_params.get(UPDATED_AFTER)
        kind = kind_of(queryset.model)
        if asked is None or kind is None:
            return super().paginate_queryset(queryset, request, view)
        most = self.get_page_size(request)  # type: ignore[attr-defined]  # of both paginators
        position = reading.position_of(UPDATED_AFTER, asked)
        events, position, more = reading.after(position, [kind.name], most)
        places = {event.record_id: nth for nth, event in enumerate(events)}
        rows = sorted(queryset.filter(pk__in=places), key=lambda row: places[row.pk])
        address = replace_query_param(request.build_absolute_uri(), UPDATED_AFTER, position)
        # What was deleted and is not there again, by its number where it has one.
        self._feed = {
            "next": address if more else None,
            "position": str(position),
            "deleted": [event.number for event in events if event.name == f"{kind.name}.deleted"],
        }
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        if self._feed is None:
            return super().get_paginated_response(data)
        return Response({**self._feed, "previous": None, "results": data})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        whole = super().get_paginated_response_schema(schema)
        only = "Only with `updated_after`."
        whole["required"] = ["results"]
        whole["properties"] |= {
            "position": {"type": "string", "description": f"To go on from. {only}"},
            "deleted": {"type": "array", "items": {"type": "string"}, "description": f"Numbers of records. {only}"},
        }
        return whole

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        if kind_of(view.queryset.model) is None:
            return parameters
        asked = {"name": UPDATED_AFTER, "required": False, "in": "query", "description": HELP}
        return [*parameters, {**asked, "schema": {"type": "string", "pattern": reading.PATTERN}}]


class Pages(Followed, PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class NewestFirst(Followed, CursorPagination):
    """Cursor paging by primary key: the last page is as fast as the first."""

    ordering = "-id"
    page_size, page_size_query_param, max_page_size = 50, "page_size", 200
