"""Webhooks through the API."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from ..api_fields import IntegerField, ListField, ModelSerializer
from ..api_timeline import timeline_action
from ..edits import trace_edit
from ..feed.kinds import event_names
from ..feed.reading import position_of
from ..keys import has
from ..models import WebhookDelivery, WebhookEndpoint
from ..paging import Pages
from . import addresses, making

EXAMPLE = {
    "url": "https://shop.example.com/hooks/console",
    "events": ["order.paid", "aftersale"],
    "description": "The shop",
}


class EndpointSerializer(ModelSerializer):
    events = ListField(
        child=serializers.CharField(max_length=60),
        max_length=500,
        min_length=1,
        help_text="Types such as order.paid, or a kind such as order for all of its types.",
    )
    state = serializers.CharField(source="state_label", read_only=True)
    is_enabled = serializers.SerializerMethodField()
    position = serializers.CharField(read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "url", "description", "events", "is_enabled", "state", "fault", "position", "created_at"]
        read_only_fields = ["fault", "created_at"]

    def get_is_enabled(self, endpoint: WebhookEndpoint) -> bool:
        return endpoint.disabled_at is None

    def validate_url(self, url: str) -> str:
        addresses.check(url)
        return url

    def validate_events(self, names: list[str]) -> list[str]:
        return making.chosen(names, partial(has, self.context["request"]))


class MadeEndpointSerializer(EndpointSerializer):
    secret = serializers.CharField(read_only=True, help_text="Shown this once; keep it to verify signatures.")

    class Meta(EndpointSerializer.Meta):
        fields = [*EndpointSerializer.Meta.fields, "secret"]


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField()


class OutcomeSerializer(serializers.Serializer):
    status = IntegerField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    milliseconds = IntegerField()


class SinceSerializer(serializers.Serializer):
    after = serializers.CharField(
        max_length=40, required=False, help_text="A position or a time; left out: where the first one is missing."
    )


class AgainSerializer(serializers.Serializer):
    position = IntegerField(min_value=1, max_value=2**63 - 1)


class DeliverySerializer(ModelSerializer):
    position = serializers.CharField()

    class Meta:
        model = WebhookDelivery
        fields = ["position", "name", "state", "attempts", "tried_at", "next_attempt_at", "status", "answer", "body"]


class EventTypesSerializer(serializers.Serializer):
    types = serializers.ListField(child=serializers.CharField())


class WebhookViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Addresses that are told of events, signed as Standard Webhooks describes it: hints; the feed is complete."""

    queryset = WebhookEndpoint.objects.order_by("id")
    serializer_class = EndpointSerializer
    pagination_class = Pages
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    timeline = timeline_action()
    needs = {
        **dict.fromkeys(
            ("try_out", "rotate_secret", "enable", "disable", "send_since", "send_again"),
            "console.change_webhookendpoint",
        ),
        "deliveries": "console.view_webhookdelivery",
        "types": "console.view_webhookendpoint",
    }

    @extend_schema(
        request=EndpointSerializer,
        responses={201: MadeEndpointSerializer},
        examples=[OpenApiExample("Payments and after-sales", value=EXAMPLE, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Told from now on. The answer has the secret, which is shown this once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        endpoint = WebhookEndpoint(**serializer.validated_data)
        making.make(endpoint, request.user)
        return Response(MadeEndpointSerializer(endpoint, context=self.get_serializer_context()).data, status=201)

    def perform_update(self, serializer: BaseSerializer) -> None:
        record: Any = serializer.instance
        before = {name: getattr(record, name) for name in serializer.validated_data}
        serializer.save()
        if "events" in before:
            making.answer_for(record, self.request.user, partial(has, self.request))
        changes = {
            name: [str(old), str(getattr(record, name))] for name, old in before.items() if old != getattr(record, name)
        }
        if changes:
            trace_edit(record, changes)

    @extend_schema(responses={200: EventTypesSerializer})
    @action(detail=False, pagination_class=None, filter_backends=[])
    def types(self, request: Request) -> Response:
        """The types of events that there are."""
        return Response({"types": event_names()})

    @extend_schema(request=None, responses={200: OutcomeSerializer}, summary="Test")
    @action(detail=True, methods=["post"], url_path="test")
    def try_out(self, request: Request, pk: Any = None) -> Response:
        """Send an event of the type `webhook.test` now, and say how the receiver answered."""
        return Response(OutcomeSerializer(making.try_out(self.get_object())).data)

    @extend_schema(request=None, responses={200: SecretSerializer})
    @action(detail=True, methods=["post"])
    def rotate_secret(self, request: Request, pk: Any = None) -> Response:
        """A new secret, shown this once; for a day events are signed with the old one too."""
        return Response({"secret": making.rotate(self.get_object())})

    @extend_schema(request=None, responses={200: EndpointSerializer})
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: Any = None) -> Response:
        """Go on from where it was. From now on the caller answers for it: their permissions bound its events."""
        endpoint = self.get_object()
        making.switch_on(endpoint, request.user, partial(has, request))
        return Response(self.get_serializer(endpoint).data)

    @extend_schema(request=None, responses={200: EndpointSerializer})
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: Any = None) -> Response:
        """Send nothing until it is enabled."""
        endpoint = self.get_object()
        making.switch_off(endpoint)
        return Response(self.get_serializer(endpoint).data)

    @extend_schema(request=SinceSerializer, responses={200: EndpointSerializer})
    @action(detail=True, methods=["post"])
    def send_since(self, request: Request, pk: Any = None) -> Response:
        """Send everything since then, also what arrived before: it is known by its `webhook-id`. Enables it."""
        endpoint = self.get_object()
        asked = SinceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        after = asked.validated_data.get("after")
        position = making.last_arrived(endpoint) if after is None else position_of("after", after)
        making.send_since(endpoint, position, request.user, partial(has, request))
        return Response(self.get_serializer(endpoint).data)

    @extend_schema(request=AgainSerializer, responses={200: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def send_again(self, request: Request, pk: Any = None) -> Response:
        """Send one event again, soon."""
        asked = AgainSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        delivery = self.get_object().deliveries.filter(**asked.validated_data).first()
        if delivery is None:
            raise ValidationError({"position": [_("This webhook was not told of it.")]})
        making.send_again(delivery)
        return Response(DeliverySerializer(delivery).data)

    @extend_schema(responses={200: DeliverySerializer(many=True)})
    @action(detail=True, filter_backends=[])
    def deliveries(self, request: Request, pk: Any = None) -> Response:
        """What was sent, newest first: each event with its last attempt."""
        rows = self.get_object().deliveries.order_by("-position")
        return self.get_paginated_response(DeliverySerializer(self.paginate_queryset(rows), many=True).data)
