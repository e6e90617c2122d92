"""Prices and stock of many products in one request of the API: stored, then sent as a job."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import JobSerializer, job_response
from console.api_fields import BulkSerializer, FenField, IntegerField, ListField
from console.keys import has
from console.problems import by_path
from wechat.steps.errors import Incomplete
from wechat.values import MOST

from .imports import price_rows
from .models import SPU, Unsent
from .operations import update_spu_without_audit

MOST_ROWS = 5000


class PriceRowSerializer(serializers.Serializer):
    """One SKU; what is left out stays as it is."""

    out_product_id = serializers.CharField(max_length=200)
    out_sku_id = serializers.CharField(max_length=200)
    sale_price = FenField(min_value=1, required=False)
    market_price = FenField(min_value=1, required=False, allow_null=True, help_text="fen; null: as the price")
    stock_num = IntegerField(min_value=0, max_value=MOST, required=False)

    def validate(self, row: dict[str, Any]) -> dict[str, Any]:
        if not row.keys() & {"sale_price", "market_price", "stock_num"}:
            raise serializers.ValidationError(_("Name a price, a list price or a stock."))
        return row


@extend_schema_field(PriceRowSerializer(many=True))
class RowsField(ListField):
    """Rows that are looked at one by one, so that a faulty one stops no other."""

    child = serializers.JSONField()


class PricesSerializer(BulkSerializer):
    counted = "rows"
    rows = RowsField(min_length=1, max_length=MOST_ROWS)


class RefusedRowSerializer(serializers.Serializer):
    index = IntegerField(help_text="From 0, as in `rows`.")
    fields_ = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields


class PricesJobSerializer(JobSerializer):
    refused = RefusedRowSerializer(many=True, read_only=True)
    to_submit = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Products that were stored only: they need a review."
    )

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "refused", "to_submit"]


class PricesMixin:
    """Adds `POST …/prices/`."""

    @extend_schema(request=PricesSerializer, responses={202: PricesJobSerializer}, summary="Set prices and stock")
    @action(detail=False, methods=["post"])
    def prices(self, request: Request) -> Response:
        """Store prices and stock of SKUs, in fen, and send what needs no review; a step says where a second
        person is needed. Rows that are not right are in `refused`, and hold the others of their product back; 400
        where all are.
        """
        asked = PricesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if not has(request, update_spu_without_audit.permission):
            raise PermissionDenied
        keys, faults = price_rows.store(*_read(asked.validated_data["rows"]))
        if not keys:
            raise Incomplete(_by_place(faults))
        stored = SPU.objects.filter(pk__in=keys)
        to_submit = list(stored.filter(unsent=Unsent.REVIEW).order_by("id").values_list("out_product_id", flat=True))
        refused = [{"index": index, "fields": fields} for index, fields in sorted(faults.items())]
        free = stored.filter(unsent=Unsent.FREE)
        return job_response(update_spu_without_audit, free, refused=refused, to_submit=to_submit)


def _read(rows: list[Any]) -> tuple[dict[int, dict[str, Any]], price_rows.Faults]:
    """The rows by their index, and the faults of those that cannot be read."""
    read, faults = dict[int, dict[str, Any]](), dict[int, dict[str, list[str]]]()
    for index, row in enumerate(rows):
        serializer = PriceRowSerializer(data=row)
        if serializer.is_valid():
            read[index] = serializer.validated_data
        else:
            faults[index] = by_path(serializer.errors)
            names = row if isinstance(row, dict) else {}
            read[index] = {name: names[name] for name in ("out_product_id", "out_sku_id") if name in names}
    return read, faults


def _by_place(faults: price_rows.Faults) -> dict[str, list[Any]]:
    return {
        f"rows[{index}].{name}".rstrip("."): list(sentences)
        for index, fields in sorted(faults.items())
        for name, sentences in fields.items()
    }
