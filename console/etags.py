"""ETags of records in the API: of what may be written, so that no reading of WeChat changes them.

A GET and a write answer with `ETag`; a write with `If-Match` is refused (412) where the record has another one by then,
and without it (428) where API_REQUIRE_IF_MATCH is on.
"""

import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag with which it was read.")


class Changed(APIException):
    status_code = 412
    default_detail = _("The record has changed since you read it. Read it again, and send your changes on top of that.")


class NoVersion(APIException):
    status_code = 428
    default_detail = _("Send the ETag of the record that you read in the header If-Match.")


def etag(serializer: serializers.BaseSerializer) -> str:
    """The ETag of the record that the serializer shows."""
    text = json.dumps(_writable(serializer, serializer.data), sort_keys=True, default=str)
    return f'"{salted_hmac("console.etags", text).hexdigest()[:20]}"'


def _writable(field: Any, value: Any) -> Any:
    """The parts of a representation that a request may set."""
    if isinstance(field, serializers.ListSerializer):
        return [_writable(field.child, one) for one in value]
    if isinstance(field, serializers.Serializer) and isinstance(value, dict):
        parts = {name: one for name, one in field.fields.items() if not one.read_only and name in value}
        return {name: _writable(one, value[name]) for name, one in parts.items()}
    return value


class VersionedMixin(mixins.RetrieveModelMixin, mixins.UpdateModelMixin):
    """Retrieve and update with ETags."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(self.get_object())  # type: ignore[attr-defined]  # of GenericAPIView
        return Response(serializer.data, headers={"ETag": etag(serializer)})

    @extend_schema(parameters=[IF_MATCH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            view: Any = self
            record = view.get_object()
            type(record)._base_manager.select_for_update().get(pk=record.pk)
            self._refuse_another(request, view.get_serializer(view.get_object()))
            response = super().update(request, *args, **kwargs)
            response.headers["ETag"] = etag(view.get_serializer(view.get_object()))
            return response

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().partial_update(request, *args, **kwargs)

    @staticmethod
    def _refuse_another(request: Request, serializer: serializers.BaseSerializer) -> None:
        known = request.headers.get("If-Match")
        if known is None and settings.API_REQUIRE_IF_MATCH:
            raise NoVersion
        if known not in (None, "*") and etag(serializer) not in [one.strip() for one in str(known).split(",")]:
            raise Changed
