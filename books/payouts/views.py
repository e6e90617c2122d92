"""The API of pay-outs, to read: they are closed and paid by people, on their pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api_timeline import timeline_action
from console.paging import NewestFirst

from .models import Commission, Period, Rate, Statement
from .serializers import CommissionSerializer, PeriodSerializer, RateSerializer, StatementSerializer


class RateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Commission rates with their days of validity."""

    queryset = Rate.objects.select_related("promoter").order_by("-id")
    serializer_class = RateSerializer
    pagination_class = NewestFirst
    filterset_fields = ["role", "out_product_id", "room"]
    timeline = timeline_action()


class PeriodViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Pay-out periods."""

    queryset = Period.objects.order_by("-id")
    serializer_class = PeriodSerializer
    pagination_class = NewestFirst
    filterset_fields = ["is_open"]
    timeline = timeline_action()


class StatementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """What each promoter and sharer gets for each period."""

    queryset = Statement.objects.with_names().order_by("-id")
    serializer_class = StatementSerializer
    pagination_class = NewestFirst
    filterset_fields = ["period", "role", "bank_no"]
    needs = {"commissions": "payouts.view_commission"}
    timeline = timeline_action()

    @extend_schema(responses=CommissionSerializer(many=True), filters=False)
    @action(detail=True, filter_backends=[])
    def commissions(self, request: Request, pk: Any = None) -> Response:
        """The rows of a statement, newest first."""
        rows = Commission.objects.filter(statement=self.get_object()).select_related("line__order")
        page = self.paginate_queryset(rows.order_by("-id"))
        return self.get_paginated_response(CommissionSerializer(page, many=True).data)
