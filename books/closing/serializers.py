from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.api_fields import IntegerField, ModelSerializer

from . import figures
from .models import Close, CloseRow, Closing


class CloseLineSerializer(serializers.Serializer):
    """One kind of money on a day, in fen: our records, WeChat's movements, and what lies between."""

    kind = serializers.CharField()
    ours_count = IntegerField()
    ours = IntegerField(help_text="fen")
    moved_count = IntegerField()
    moved = IntegerField(help_text="fen")
    difference = IntegerField(help_text="fen: moved less ours")
    rows = IntegerField(help_text="fen of it that rows name")
    other_days = IntegerField(help_text="fen of it whose other side is of another day")


class CloseFiguresSerializer(serializers.Serializer):
    """In fen."""

    lines = CloseLineSerializer(many=True)
    net = IntegerField(help_text="The sum of the movements that this day counts.")
    to_settle = IntegerField(help_text="Payments less refunds and fees.")
    settled = IntegerField()
    released = IntegerField()
    late_count = IntegerField(help_text="Movements of closed days that were listed after their close.")
    late = IntegerField()
    opening = IntegerField(allow_null=True)
    closing = IntegerField(allow_null=True)
    gap = IntegerField(help_text="Other than 0: movements are missing.")
    at_wechat = IntegerField(allow_null=True, help_text="The balance as it was read, where it is of this day's end.")


def _figures(stored: dict[str, Any]) -> dict[str, Any] | None:
    return CloseFiguresSerializer(stored | {"lines": figures.lines(stored)}).data if stored else None


class ClosingSerializer(ModelSerializer):
    by = serializers.CharField(source="by.username")
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Closing
        fields = ["act", "at", "by", "reason", "figures"]

    @extend_schema_field(CloseFiguresSerializer(allow_null=True))
    def get_figures(self, one: Closing) -> dict[str, Any] | None:
        return _figures(one.figures)


class CloseSerializer(ModelSerializer):
    """A day; of a closed one the figures are those of its close."""

    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True, read_only=True)
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Close
        fields = ["id", "day", "state", "checked_at", "open_count", "closed_at", "closed_by", "figures"]
        read_only_fields = fields

    @extend_schema_field(CloseFiguresSerializer(allow_null=True))
    def get_figures(self, close: Close) -> dict[str, Any] | None:
        return _figures(close.figures)


class CloseRowSerializer(ModelSerializer):
    """Something that does not add up; amounts in fen."""

    day = serializers.DateField(source="close.day", help_text="The day that cannot be closed before it is explained.")
    on = serializers.DateField(help_text="The day of the record or movement.")
    kind = serializers.CharField(help_text="As of movements; empty of movements missing in the balance.")
    record = serializers.SerializerMethodField()
    movement = serializers.CharField(source="flow.funds_flow_id", default=None, allow_null=True)
    partner = serializers.SerializerMethodField(help_text="The likely other side; empty where there is none.")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = CloseRow
        fields = ["id", "day", "problem", "kind", "on", "amount", "expected", "moved", "record", "movement"]
        fields += ["partner", "partner_why", "state", "is_linked", "reason", "decided_by", "decided_at"]
        fields += ["found_at", "healed_at"]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_record(self, row: CloseRow) -> str:
        return str(row.record) if row.record else ""

    @extend_schema_field(str)
    def get_partner(self, row: CloseRow) -> str:
        return str(row.partner) if row.partner else ""


class ReopenSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class RowExplanationSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    linked = serializers.BooleanField(default=False, help_text="It belongs to its likely partner.")
