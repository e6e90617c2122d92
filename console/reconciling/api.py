"""Differences with WeChat through the API: `/api/v1/differences/`, and what was compared: `/api/v1/reconciliation/`."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api import ProblemSerializer
from ..api_fields import IntegerField, ModelSerializer
from ..api_timeline import timeline_action
from ..keys import has
from ..models import Difference, ReconciliationDay, ReconciliationRun
from . import resolving, schedule
from .sources import kinds, seen_by, seen_kinds, sources

MOST = 1000  # differences resolved with one request


class FoundDifferenceSerializer(ModelSerializer):
    field_label = serializers.SerializerMethodField(help_text="The field, in words.")
    record_id = serializers.SerializerMethodField(help_text="Empty where only WeChat has the record.")
    job = serializers.SerializerMethodField(help_text="The job that pushes ours, if any.")

    class Meta:
        model = Difference
        fields = [
            "id",
            "kind",
            "source",
            "key",
            "record_id",
            "field",
            "field_label",
            "ours",
            "theirs",
            "amount_fen",
            "outlook",
            "state",
            "by_read",
            "because",
            "found_at",
            "seen_at",
            "resolved_at",
            "job",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "kind": {
                "help_text": "orders, payments, parcels, aftersales, refunds, products, stock, coupons, sharers, …"
            },
            "key": {"help_text": "The record's number within its kind."},
            "amount_fen": {"help_text": "The money in it, in fen."},
        }

    @extend_schema_field(str)
    def get_field_label(self, row: Difference) -> str:
        source = sources.get(row.source)
        return source.label(row.field) if source else row.field

    @extend_schema_field(str)
    def get_record_id(self, row: Difference) -> str:
        return str(row.object_id or "")

    @extend_schema_field(str)
    def get_job(self, row: Difference) -> str:
        return str(row.push_job_id or "")


class ResolveSerializer(serializers.Serializer):
    ids = serializers.ListField(child=IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST)
    way = serializers.ChoiceField(
        choices=resolving.WAYS, help_text="take WeChat's, push ours, or know: both stay as they are."
    )
    because = serializers.CharField(max_length=300, required=False, help_text="Needed for know.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["way"] == "know" and not data.get("because", "").strip():
            raise serializers.ValidationError({"because": [_("Say why the two differ.")]})
        return data


class LeftSerializer(serializers.Serializer):
    id = serializers.CharField()
    why = serializers.CharField()


class ResolvedSerializer(serializers.Serializer):
    resolved = IntegerField(help_text="Of these ids; pushed ones once their job is done.")
    left = IntegerField(help_text="Changed meanwhile, or waiting for a second person.")
    impossible = LeftSerializer(many=True, help_text="Which cannot be resolved this way, and why.")
    jobs = serializers.ListField(child=serializers.CharField(), help_text="The jobs that push ours.")


class FoundDifferenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Where the console and WeChat do not say the same, of what the caller may see; the newest first."""

    queryset = Difference.objects.order_by("-id")
    serializer_class = FoundDifferenceSerializer
    filterset_fields = ["kind", "source", "state", "key", "by_read"]
    needs = {"resolve": "console.resolve_difference"}
    timeline = timeline_action()

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(source__in=seen_by(self._may))

    def _may(self, permission: str) -> bool:
        return bool(has(self.request, permission))

    @extend_schema(
        request=ResolveSerializer, responses={200: ResolvedSerializer, 400: OpenApiResponse(ProblemSerializer)}
    )
    @action(detail=False, methods=["post"], pagination_class=None, filter_backends=[])
    def resolve(self, request: Request) -> Response:
        """Resolve many at once; each by itself, so that one that cannot be resolved stops no other."""
        asked = ResolveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        rows = list(
            self.get_queryset().filter(pk__in=given["ids"]).select_related("push_job").prefetch_related("record")
        )
        why = {row.pk: resolving.why_not(row, given["way"], self._may) for row in rows}
        why |= {pk: _("There is no such difference.") for pk in given["ids"] if pk not in why}
        fit = [row for row in rows if not why[row.pk]]
        resolved = resolving.resolve(fit, given["way"], self._may, given.get("because", ""))
        body = {
            "resolved": resolved.done,
            "left": resolved.left,
            "impossible": [{"id": str(pk), "why": text} for pk, text in sorted(why.items()) if text],
            "jobs": [str(job.pk) for job in resolved.jobs],
        }
        return Response(ResolvedSerializer(body).data)


class ReconciliationDaySerializer(ModelSerializer):
    class Meta:
        model = ReconciliationDay
        fields = ["day", "kind", "compared", "equal", "found", "healed", "resolved", "open", "open_fen"]
        read_only_fields = fields


class ReconciliationRunSerializer(ModelSerializer):
    class Meta:
        model = ReconciliationRun
        fields = [
            "id",
            "source",
            "scope",
            "since",
            "until",
            "phase",
            "compared",
            "found",
            "unread",
            "fault",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


class CompareSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[], required=False, help_text="Only this; else all that you may see.")
    day = serializers.DateField(required=False)
    month = serializers.RegexField(r"^\d{4}-\d{2}\Z", required=False, help_text="Such as 2026-11, in place of a day.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds())  # type: ignore[attr-defined]

    def validate_month(self, text: str) -> date:
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise serializers.ValidationError(_("A month, such as 2026-11.")) from None

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("day" in data) == ("month" in data):
            raise serializers.ValidationError({"day": [_("Name a day or a month.")]})
        schedule.refuse_far(data.get("day") or data["month"])
        return data


class ReconciliationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The report: what was compared on each day, by kind, and what stood open."""

    queryset = ReconciliationDay.objects.order_by("-day", "kind")
    serializer_class = ReconciliationDaySerializer
    filterset_fields = ["day", "kind"]
    needs = {"compare": "console.start_comparison"}

    def get_queryset(self) -> QuerySet:
        seen = seen_kinds(lambda permission: bool(has(self.request, permission)))
        return super().get_queryset().filter(kind__in=seen)

    @extend_schema(request=CompareSerializer, responses={202: ReconciliationRunSerializer(many=True)})
    @action(detail=False, methods=["post"], pagination_class=None, filter_backends=[])
    def compare(self, request: Request) -> Response:
        """Compare a day or a month with WeChat now; read `comparisons` for how far it is."""
        asked = CompareSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        seen = seen_by(lambda permission: bool(has(request, permission)))
        chosen = [sources[name] for name in seen if given.get("kind") in (None, *sources[name].kinds)]
        user = request.user if request.user.pk else None
        if "day" in given:
            runs = schedule.start_day(given["day"], chosen, user)
        else:
            runs = schedule.start_month(given["month"], chosen, user)
        return Response(ReconciliationRunSerializer(runs, many=True).data, status=202)


class ReconciliationRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Comparisons with WeChat: how far each is, and what it found."""

    queryset = ReconciliationRun.objects.order_by("-id")
    serializer_class = ReconciliationRunSerializer
    filterset_fields = ["source", "scope"]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(source__in=seen_by(lambda permission: bool(has(self.request, permission))))
