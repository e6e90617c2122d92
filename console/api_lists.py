"""The lists that are pulled whole from WeChat, through the API: how old each is, and pulling it anew."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from wechat.models import PulledList
from wechat.steps.pulls import pulls

from .api import JobSerializer, OperationViewSet, ProblemSerializer, job_response
from .api_fields import ModelSerializer
from .api_timeline import timeline_action
from .keys import has


class PulledListSerializer(ModelSerializer):
    title = serializers.CharField(source="__str__", read_only=True)
    note = serializers.CharField(read_only=True, help_text="Rows of the last pull that could not be read.")

    class Meta:
        model = PulledList
        fields = ["name", "title", "count", "pulled_at", "note"]
        read_only_fields = fields


class PulledListViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Lists from WeChat, by name; `pull` reads one whole."""

    queryset = PulledList.objects.order_by("name")
    serializer_class = PulledListSerializer
    lookup_field, lookup_value_converter = "name", "str"
    needs = {"pull": "wechat.view_pulledlist"}
    timeline = timeline_action()

    @extend_schema(request=None, responses={202: JobSerializer, 409: OpenApiResponse(ProblemSerializer)})
    @action(detail=True, methods=["post"])
    def pull(self, request: Request, name: str | None = None) -> Response:
        """Read the list whole from WeChat; the job's step says how it went."""
        record: Any = self.get_object()
        op = pulls.get(record.name)
        if op is None:
            raise NotFound
        if not has(request, op.permission):
            raise PermissionDenied
        op.refuse_unless_allowed(record)
        return job_response(op, [record])
