"""The timeline of a record through the API: what its page shows, in sentences, and as codes with their values."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from wechat.errors import meaning_of, rid_of

from .api_fields import IntegerField
from .timeline import KINDS, Entry, Span, moment, page_of


class TimelineCallSerializer(serializers.Serializer):
    endpoint = serializers.CharField()
    errcode = IntegerField(allow_null=True)
    rid = serializers.CharField()
    at = serializers.DateTimeField(source="created_at")


class EntrySerializer(serializers.Serializer):
    """One thing that happened, told in the language of `Accept-Language`; personal data masked."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=list(KINDS))
    actor = serializers.CharField(help_text="Who did it: a person, a key, the schedule … Empty where WeChat did.")
    sentence = serializers.CharField(source="title")
    text = serializers.SerializerMethodField(help_text="What was answered, given as a reason, or noted.")
    code = serializers.CharField(help_text="What happened, such as asked, edited, moved, pushed, reviewed.")
    values = serializers.SerializerMethodField(help_text="Of the code: such as operation, state and errcode.")
    changes = serializers.SerializerMethodField(help_text="{field: [before, after]}")
    rid = serializers.SerializerMethodField()
    calls = TimelineCallSerializer(many=True)

    def get_text(self, entry: Entry) -> str:
        errcode = entry.step.errcode if entry.step else None
        return " ".join(part for part in (entry.text, str(meaning_of(errcode).text) if errcode else "") if part)

    def get_values(self, entry: Entry) -> dict[str, Any]:
        return entry.values or {}

    def get_changes(self, entry: Entry) -> dict[str, list[Any]]:
        return {str(name): list(pair) for name, pair in (entry.changes or {}).items()}

    def get_rid(self, entry: Entry) -> str:
        return rid_of(entry.step.message) if entry.step else ""


class TimelineSerializer(serializers.Serializer):
    next = serializers.CharField(allow_null=True, help_text="The address of the next, older page.")
    results = EntrySerializer(many=True)


class TimelineQuerySerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=list(KINDS), required=False)
    cursor = serializers.CharField(required=False, allow_blank=True)

    def validate_cursor(self, text: str) -> datetime | None:
        found = moment(text)
        if text and found is None:
            raise NotFound
        return found


def timeline_action(detail: bool = True) -> Any:
    """An endpoint `GET …/{id}/timeline/` of records whose page has a timeline; `detail` as of `operation_action`."""

    def timeline(self: Any, request: Request, **named: Any) -> Response:
        """What happened to the record, newest first, 60 on a page."""
        query = TimelineQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        record, asked = self.get_object(), query.validated_data
        span = Span((asked["kind"],) if "kind" in asked else tuple(KINDS), end=asked.get("cursor"))
        its_page: Any = admin.site.get_model_admin(type(record))
        page = page_of(record, span, its_page.entries(record))
        following = urlencode({**request.query_params.dict(), "cursor": page.end.isoformat()}) if page.end else ""
        address = request.build_absolute_uri(f"{request.path}?{following}") if following else None
        return Response(TimelineSerializer({"next": address, "results": page.entries}).data)

    return extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=list(KINDS)),
            OpenApiParameter("cursor", str, description="As in `next`: only what is before it."),
        ],
        responses=TimelineSerializer,
        summary="Timeline",
    )(action(detail=detail, pagination_class=None, filter_backends=[])(timeline))
