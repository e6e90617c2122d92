"""The feed through the API: `/api/v1/events/`."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from ..api import ProblemSerializer
from ..keys import has
from ..models import FeedEvent
from .kinds import event_names, kinds
from .reading import PATTERN, after, position_of, shown

PAGE, MOST = 100, 1_000
PROBLEM = OpenApiResponse(ProblemSerializer)


class RecordSerializer(serializers.Serializer):
    kind = serializers.CharField()
    id = serializers.CharField(help_text="Your own number where the API finds the record by it; may be empty.")
    url = serializers.CharField()


class StateSerializer(serializers.Serializer):
    was = serializers.CharField()
    now = serializers.CharField()


class EventSerializer(serializers.Serializer):
    position = serializers.CharField()
    type = serializers.CharField()
    at = serializers.DateTimeField()
    record = RecordSerializer()
    state = StateSerializer()


@extend_schema_serializer(many=False)  # a `list` would be told of as an array
class EventPageSerializer(serializers.Serializer):
    results = EventSerializer(many=True)
    position = serializers.CharField(help_text="Send it as `after` next time.")
    more = serializers.BooleanField(help_text="Whether there are more events already.")


class AskedSerializer(serializers.Serializer):
    after = serializers.CharField(default="0", max_length=40)
    types = serializers.CharField(default="", max_length=2_000, allow_blank=True)
    page_size = serializers.IntegerField(default=PAGE, min_value=1, max_value=MOST)


class EventViewSet(viewsets.GenericViewSet):
    """What changed, in the order in which it was committed and without gaps, of the kinds that the caller may view."""

    queryset = FeedEvent.objects.none()
    serializer_class = EventPageSerializer
    pagination_class = None
    filter_backends: list = []

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "after",
                {"type": "string", "pattern": PATTERN},
                description="A position, a time (ISO 8601), or `now`; 0 is the beginning.",
            ),
            OpenApiParameter(
                "types",
                {"type": "array", "items": {"type": "string", "enum": sorted({*kinds, *event_names()})}},
                explode=False,
                description="Kinds or types, with commas: `order,aftersale.opened`.",
            ),
            OpenApiParameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": MOST},
                description=f"At most {MOST}, else {PAGE}.",
            ),
        ],
        responses={200: EventPageSerializer, 400: PROBLEM, 409: PROBLEM},
    )
    def list(self, request: Request) -> Response:
        """The events after a position. Ask again with `position` of the answer; an event may come twice, never not.

        Types end in what happened: `order.paid`; `….known` are records from before the feed began. Old events but the
        newest of each record are deleted after WECHAT_KEEP_DAYS.
        """
        if unknown := sorted(set(request.query_params) - {"after", "types", "page_size", "format"}):
            text = _("This list has no such parameter. It has: %(known)s.") % {"known": "after, page_size, types"}
            raise serializers.ValidationError({name: [text] for name in unknown})
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        names = _names(request, asked.validated_data["types"])
        position = position_of("after", asked.validated_data["after"])
        events, position, more = after(position, names, asked.validated_data["page_size"])
        return Response({"results": shown(events), "position": str(position), "more": more})


def _names(request: Request, types: str) -> list[str]:
    """The kinds or types that were asked for, as far as the caller may see them; by default all kinds."""
    asked = [name.strip() for name in types.split(",") if name.strip()]
    known = {*kinds, *event_names()}
    if wrong := [name for name in asked if name not in known]:
        text = _("There is no kind or type “%(name)s”. There are: %(known)s.")
        raise serializers.ValidationError({"types": [text % {"name": wrong[0], "known": ", ".join(sorted(known))}]})
    seen = {name for name, kind in kinds.items() if has(request, kind.permission)}
    return [name for name in asked or kinds if name.partition(".")[0] in seen]
