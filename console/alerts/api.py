"""Alerts through the API: `/api/v1/alerts/`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api_fields import ModelSerializer
from ..keys import has
from ..models import Alert
from .kinds import seen_by, sentence_of, title_of


class AlertSerializer(ModelSerializer):
    title = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = ["id", "kind", "title", "text", "values", "url", "state", "opened_at", "acknowledged_at", "ended_at"]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_title(self, row: Alert) -> str:
        return title_of(row)

    @extend_schema_field(str)
    def get_text(self, row: Alert) -> str:
        return sentence_of(row)


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """What needs somebody, of the kinds that the caller may see; the newest first."""

    queryset = Alert.objects.order_by("-id")
    serializer_class = AlertSerializer
    filterset_fields = ["state", "kind"]
    needs = {"acknowledge": "console.acknowledge_alert"}

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(kind__in=seen_by(lambda permission: has(self.request, permission)))

    @extend_schema(request=None, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: Any = None) -> Response:
        """Somebody has seen it: no more reminders are sent. It is over when its cause is gone."""
        row = self.get_object()
        Alert.objects.filter(pk=row.pk).acknowledge(request.user)
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)
