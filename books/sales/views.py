"""The API of the sales figures."""

from datetime import date

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import ProblemSerializer

from . import figures
from .models import Dimension, Figure
from .serializers import MOST, SalesFiguresQuerySerializer, SalesFiguresSerializer

PARAMETERS = ("by", "from", "to", "limit", "format")


class SalesFiguresViewSet(viewsets.GenericViewSet):
    """What was sold in a span of days, compared with as many days before."""

    queryset = Figure.objects.none()
    serializer_class = SalesFiguresSerializer
    pagination_class = None
    filter_backends: list = []

    @extend_schema(
        parameters=[
            OpenApiParameter("by", enum=Dimension.values),
            OpenApiParameter("from", date, required=True, description="Days of payment in Shanghai's time."),
            OpenApiParameter("to", date, required=True, description="The last day, included."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, description="Of rows; 100."),
        ],
        responses={
            200: extend_schema_serializer(many=False)(SalesFiguresSerializer),
            400: OpenApiResponse(ProblemSerializer),
        },
    )
    def list(self, request: Request) -> Response:
        """The figures by one dimension: days and hours in their order, all others with the highest net first."""
        if unknown := sorted(set(request.query_params) - {*PARAMETERS}):
            text = _("This list has no such parameter. It has: %(known)s.") % {"known": ", ".join(sorted(PARAMETERS))}
            raise serializers.ValidationError({name: [text] for name in unknown})
        asked = SalesFiguresQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        by, period = asked.validated_data["by"], figures.span(asked.validated_data["from"], asked.validated_data["to"])
        current_at, waiting = figures.state()
        found = {
            "current_until": current_at,
            "days_waiting": waiting,
            "total": figures.total(period),
            "before": figures.total(period.before),
            "count": figures.count(by, period),
            "rows": figures.rows(by, period, 0, asked.validated_data["limit"]),
        }
        return Response(SalesFiguresSerializer(found, context={"request": request, "by": by}).data)
