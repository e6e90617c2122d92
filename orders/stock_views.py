"""The API of the stock: what is there, and the stock that connected shops push."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import SKU
from console.api import JobSerializer, OperationViewSet, ProblemSerializer
from console.api_fields import IntegerField, ListSerializer, ModelSerializer
from console.paging import NewestFirst
from wechat.steps.errors import Conflict, Incomplete
from wechat.values import MOST

from . import stock_figures, stock_setting
from .models import StockedSKU

MOST_ROWS = 1000
SAID = 20  # of refused rows, in a sentence


class StockedSKUSerializer(ModelSerializer):
    """The stock of a SKU: `stock_num` is for sale; `kept_back` is the shop's part while a live evening runs."""

    out_product_id = serializers.CharField(source="spu.out_product_id")
    total = IntegerField()
    at_wechat = serializers.SerializerMethodField(help_text="WeChat's number, as of `read_at` or the last write.")
    read_at = serializers.DateTimeField(source="spu.read_at", allow_null=True)
    version = serializers.SerializerMethodField(help_text="Of the last push.")

    class Meta:
        model = StockedSKU
        fields = [
            "id",
            "out_product_id",
            "out_sku_id",
            "stock_num",
            "kept_back",
            "total",
            "at_wechat",
            "read_at",
            "version",
        ]

    def get_at_wechat(self, sku: StockedSKU) -> int | None:
        return stock_figures.at_wechat(sku)

    def get_version(self, sku: StockedSKU) -> str | None:
        push = getattr(sku, "push", None)
        return str(push.version) if push else None


class PushedRowSerializer(serializers.Serializer):
    """All pieces of a SKU that are not sold, as the connected shop knows them."""

    out_product_id = serializers.CharField(max_length=100)
    out_sku_id = serializers.CharField(max_length=100)
    stock = IntegerField(min_value=0, max_value=MOST)
    version = IntegerField(
        min_value=0, max_value=2**63 - 1, help_text="Rises with every change of this SKU, such as a time in ms."
    )
    as_of = serializers.DateTimeField(
        required=False, help_text="When it was so: what was sold here since then is taken off."
    )


class PushSerializer(serializers.Serializer):
    rows = ListSerializer(child=PushedRowSerializer(), max_length=MOST_ROWS, allow_empty=False)


class RefusedPushSerializer(serializers.Serializer):
    index = IntegerField(help_text="From 0, as in `rows`.")
    out_sku_id = serializers.CharField()
    version = serializers.CharField(help_text="The newest that is known here.")
    stock = IntegerField(help_text="The stock that was pushed with it.")


class PushAnswerSerializer(serializers.Serializer):
    taken = IntegerField(help_text="Rows that hold, also those that were pushed before.")
    changed = IntegerField()
    refused = RefusedPushSerializer(many=True, help_text="Rows with an older version, or another stock under the same.")
    job = JobSerializer(allow_null=True, help_text="That tells WeChat; null where there is nothing to tell.")


class StockViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """The stock of every SKU."""

    queryset = (
        StockedSKU.objects.with_total().filter(spu__removed_at=None).select_related("spu", "push").order_by("-id")
    )
    serializer_class = StockedSKUSerializer
    pagination_class = NewestFirst
    filterset_fields = ["out_sku_id"]
    needs = {"push": "orders.set_stock"}

    @extend_schema(request=PushSerializer, responses={200: PushAnswerSerializer, 409: ProblemSerializer})
    @action(detail=False, methods=["post"])
    def push(self, request: Request) -> Response:
        """Take the stock of up to 1,000 SKUs of a connected shop, and tell WeChat. A row with a version lower than the
        last one is refused, with the one that is known; the same version again changes nothing. 409, with the
        newest versions in its text, where every row is refused.
        """
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        rows = dict(enumerate(asked.validated_data["rows"]))
        pushed = stock_setting.push(rows, _skus(rows))
        if not pushed.taken:
            raise Conflict(" ".join(_refusal(one) for one in pushed.refused[:SAID]))
        answer = {
            "taken": pushed.taken,
            "changed": pushed.changed,
            "refused": pushed.refused,
            "job": JobSerializer(pushed.job).data if pushed.job else None,
        }
        return Response(answer)


def _refusal(row: dict[str, Any]) -> str:
    return _("The newest version of %(out_sku_id)s is %(version)s, with a stock of %(stock)s.") % row


def _skus(rows: dict[int, dict[str, Any]]) -> dict[int, SKU]:
    """The SKU of each row. Raises Incomplete, and nothing is taken, where one is not here or is there twice."""
    found = SKU.objects.filter(out_sku_id__in={row["out_sku_id"] for row in rows.values()}, spu__removed_at=None)
    known = {(sku.spu.out_product_id, sku.out_sku_id): sku for sku in found.select_related("spu").defer("spu__draft")}
    skus, faults, seen = dict[int, SKU](), dict[str, list](), set[int]()
    for index, row in rows.items():
        sku = known.get((row["out_product_id"], row["out_sku_id"]))
        if sku is None:
            faults[f"rows[{index}].out_sku_id"] = [_("There is no such SKU.")]
        elif sku.pk in seen:
            faults[f"rows[{index}].out_sku_id"] = [_("The same SKU is there twice.")]
        else:
            skus[index] = sku
            seen.add(sku.pk)
    if faults:
        raise Incomplete(faults)
    return skus
