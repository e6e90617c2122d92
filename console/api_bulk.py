"""One operation on many records through the API: named by their ids, or by the filters of their list."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

from . import approvals, jobs
from .api import JobSerializer, ProblemSerializer
from .api_filters import filtered
from .keys import has

MOST = 10_000  # ids in one request
NAMED = 20  # missing ones in an answer


class BulkRequestSerializer(serializers.Serializer):
    """Exactly one of `ids` and `filter`; `confirm` is how many records the caller means."""

    operation = serializers.CharField(max_length=100, help_text="such as delist_spu")
    ids = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MOST, min_length=1, required=False
    )
    filter = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, help_text="as the parameters of the list"
    )
    confirm = serializers.IntegerField(min_value=0, max_value=2**31 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError(_("Name the records either by ids or by a filter."))
        return attrs


class BulkMixin:
    """Adds `POST …/bulk/` for the operations in `bulk_operations`."""

    bulk_operations: ClassVar[list[Operation]] = []
    bulk_field: ClassVar[str]  # by which records are named in `ids`: your own number of them

    @extend_schema(
        request=BulkRequestSerializer,
        responses={202: JobSerializer, 409: OpenApiResponse(ProblemSerializer)},
        summary="Run one operation on many",
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Answers with the job; 409 names the number of records where `confirm` is another.

        What a record's state does not allow is skipped, with its reason on the job's step. Where so many take a
        second person, nothing is done, and 409 says that it was put before those who may approve.
        """
        asked = BulkRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data: dict[str, Any] = asked.validated_data
        op = next((op for op in self.bulk_operations if op.name == data["operation"]), None)
        if op is None:
            names = ", ".join(op.name for op in self.bulk_operations)
            raise serializers.ValidationError({"operation": [_("It is one of: %(names)s.") % {"names": names}]})
        if not has(request, op.permission):
            raise PermissionDenied
        rows = self._chosen(data)
        count = rows.count()
        if count != data["confirm"]:
            raise Conflict(_("It would be done to %(count)d records: send this number as confirm.") % {"count": count})
        approvals.refuse_many(op, list(rows.values_list("pk", flat=True)), request.user)
        return Response(JobSerializer(jobs.run(op, rows)).data, status=202)

    def _chosen(self, data: dict[str, Any]) -> QuerySet:
        view: Any = self
        rows = view.get_queryset()
        if "filter" in data:
            return filtered(view, rows, data["filter"])
        ids = set(data["ids"])
        found = rows.filter(**{f"{self.bulk_field}__in": ids})
        if missing := sorted(ids - set(found.values_list(self.bulk_field, flat=True))):
            text = _("There are no such records: %(ids)s.") % {"ids": ", ".join(missing[:NAMED])}
            raise serializers.ValidationError({"ids": [text]})
        return found
