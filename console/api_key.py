"""What an API key is, told to the key itself: the first request of who writes a program."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .addresses import client_address
from .api_fields import ModelSerializer
from .keys import lost
from .models import APIKey
from .scopes import SCOPES


class ScopeSerializer(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField()
    is_whole = serializers.BooleanField(
        help_text="false: who made the key has lost permissions of it, and the key with them."
    )


class KeySerializer(ModelSerializer):
    begins_with = serializers.SerializerMethodField()
    scopes = serializers.SerializerMethodField()
    addresses = serializers.ListField(
        child=serializers.CharField(), help_text="From where it may be used; empty: from anywhere."
    )
    your_address = serializers.SerializerMethodField(help_text="From where this request came, as the console sees it.")

    class Meta:
        model = APIKey
        fields = [
            "name",
            "begins_with",
            "scopes",
            "per_minute",
            "expires_at",
            "addresses",
            "your_address",
            "created_at",
        ]
        extra_kwargs = {
            "per_minute": {"help_text": "Requests a minute; what is above is answered with 429."},
            "expires_at": {"help_text": "From then on it is answered with 401; null: never."},
        }

    @extend_schema_field(str)
    def get_begins_with(self, key: APIKey) -> str:
        return f"tc_{key.prefix}_"

    @extend_schema_field(ScopeSerializer(many=True))
    def get_scopes(self, key: APIKey) -> list[dict[str, Any]]:
        gone = lost(key)
        known = [scope for scope in key.scopes if scope in SCOPES]
        return [{"name": scope, "description": str(SCOPES[scope][0]), "is_whole": scope not in gone} for scope in known]

    @extend_schema_field(str)
    def get_your_address(self, key: APIKey) -> str:
        return client_address(self.context["request"])


class ByKey(BasePermission):
    message = _("Send a key: this tells what it may do.")

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, APIKey)


class KeyView(APIView):
    permission_classes = [ByKey]

    @extend_schema(responses=KeySerializer, summary="The key that is sent", tags=["key"])
    def get(self, request: Request) -> Response:
        """The key with which this is asked: its scopes, its end, its limits. Any key may; people get 403."""
        return Response(KeySerializer(request.auth, context={"request": request}).data)
