"""The API of the daily close: days and rows to read; signed-in people also explain, close and reopen."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import OperationViewSet, ProblemSerializer
from console.api_timeline import timeline_action
from console.paging import NewestFirst

from . import deciding
from .checking import check
from .models import Close, CloseRow
from .serializers import (
    CloseRowSerializer,
    CloseSerializer,
    ClosingSerializer,
    ReopenSerializer,
    RowExplanationSerializer,
)

PROBLEM = OpenApiResponse(ProblemSerializer)
DECIDES = "closing.close_day"


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


class CloseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Days of the books, the latest first. A day is closed by a signed-in person; no key can."""

    queryset = Close.objects.select_related("closed_by").order_by("-day")
    serializer_class = CloseSerializer
    filterset_fields = ["day", "state"]
    needs = {"check": DECIDES, "close": DECIDES, "reopen": DECIDES}
    timeline = timeline_action()

    @extend_schema(responses=ClosingSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def closings(self, request: Request, pk: Any = None) -> Response:
        """Every time it was closed or reopened, with the figures as they were."""
        return Response(ClosingSerializer(self.get_object().closings.select_related("by"), many=True).data)

    @extend_schema(request=None, responses={200: CloseSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: Any = None) -> Response:
        """Look at an open day again; a closed one stays as it was closed."""
        return Response(self.get_serializer(check(self.get_object())).data)

    @extend_schema(request=None, responses={200: CloseSerializer, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: Any = None) -> Response:
        """Close the day. 409 where a row is unexplained, an earlier day is open, or its movements are not pulled."""
        return Response(self.get_serializer(deciding.close_day(self.get_object(), request.user)).data)

    @extend_schema(request=ReopenSerializer, responses={200: CloseSerializer, 400: PROBLEM, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: Any = None) -> Response:
        """Open a closed day again, with a reason; the figures of its close are kept."""
        reason = _valid(ReopenSerializer(data=request.data))["reason"]
        return Response(self.get_serializer(deciding.reopen(self.get_object(), request.user, reason)).data)


class CloseRowViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """What does not add up, of all days; the newest first."""

    queryset = (
        CloseRow.objects.select_related("close", "flow", "decided_by")
        .prefetch_related("record", "partner")
        .order_by("-id")
    )
    serializer_class = CloseRowSerializer
    pagination_class = NewestFirst
    filterset_fields = ["close__day", "state", "problem"]
    needs = {"explain": DECIDES, "expect_later": DECIDES, "take_back": DECIDES}

    @extend_schema(request=RowExplanationSerializer, responses={200: CloseRowSerializer, 400: PROBLEM, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: Any = None) -> Response:
        """Say why it is right as it is, or that it belongs to its likely partner."""
        row, said = self.get_object(), _valid(RowExplanationSerializer(data=request.data))
        deciding.explain(row, request.user, said["reason"], linked=said["linked"])
        return self._shown(row)

    @extend_schema(request=None, responses={200: CloseRowSerializer, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def expect_later(self, request: Request, pk: Any = None) -> Response:
        """Let the day be closed without this movement, which WeChat may still list."""
        row = self.get_object()
        deciding.expect_later(row, request.user)
        return self._shown(row)

    @extend_schema(request=None, responses={200: CloseRowSerializer, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def take_back(self, request: Request, pk: Any = None) -> Response:
        """The explanation was wrong."""
        row = self.get_object()
        deciding.take_back(row, request.user)
        return self._shown(row)

    def _shown(self, row: CloseRow) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)
