"""What the API says and takes of a live evening."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.api import JobSerializer
from console.api_fields import FenField, IntegerField, ListSerializer, ModelSerializer
from wechat.values import MOST

from .live_days import board_words, evening
from .models import LiveProduct, LiveTerm


class LiveTermSerializer(ModelSerializer):
    """The evening's price (fen) and stock of a SKU; what was set, and what was left."""

    class Meta:
        model = LiveTerm
        fields = [
            "id",
            "out_sku_id",
            "price",
            "stock",
            "set_price",
            "was_price",
            "hold",
            "left",
            "merged",
            "price_open",
        ]


class LiveProductSerializer(ModelSerializer):
    """A product of the evening in its place."""

    out_product_id = serializers.CharField(source="spu.out_product_id")
    refusal = serializers.DictField(help_text="{errcode, errmsg}: WeChat refused what was asked for last.")
    faults = serializers.SerializerMethodField(help_text="What has to be done before its terms can be set.")
    terms = LiveTermSerializer(many=True)

    class Meta:
        model = LiveProduct
        fields = ["id", "out_product_id", "position", "state", "wanted", "refusal", "faults", "terms"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_faults(self, row: LiveProduct) -> list[str]:
        return evening.faults_of(row)


class WantedTermSerializer(serializers.Serializer):
    """One SKU; what is left out stays, null is as the shop has it."""

    out_product_id = serializers.CharField(max_length=100)
    out_sku_id = serializers.CharField(max_length=100)
    price = FenField(min_value=1, required=False, allow_null=True)
    stock = IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)


class WantedGoodsSerializer(serializers.Serializer):
    """Goods of an evening in their order, each product with those of its SKUs that get a price or a stock."""

    rows = ListSerializer(child=WantedTermSerializer(), max_length=5000, allow_empty=False)


class EveningJobSerializer(JobSerializer):
    elsewhere = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Products left out: another evening has them."
    )

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "elsewhere"]


class AskedSerializer(serializers.Serializer):
    asked = IntegerField(help_text="Products whose price cuts now wait for a second person.")
    said = serializers.ListField(child=serializers.CharField())


class BoardProblemSerializer(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class BoardSKUSerializer(serializers.Serializer):
    out_sku_id = serializers.CharField(source="id")
    sold = IntegerField()
    unpaid = IntegerField()
    refunded = IntegerField()
    left = IntegerField()
    shop = IntegerField(help_text="Kept back for the shop.")
    price = IntegerField(help_text="fen")


class BoardProductSerializer(serializers.Serializer):
    id = IntegerField(source="pk")
    title = serializers.CharField()
    state = serializers.CharField()
    skus = BoardSKUSerializer(many=True)
    problems = serializers.SerializerMethodField()

    @extend_schema_field(BoardProblemSerializer(many=True))
    def get_problems(self, row: dict[str, Any]) -> list[dict[str, str]]:
        return [{"code": one["code"], "text": board_words.problem(one).text} for one in row["problems"]]


class BoardReviewSerializer(serializers.Serializer):
    title = serializers.CharField()
    since = serializers.DateTimeField()
    expected = serializers.DateTimeField(allow_null=True, help_text="By the usual time of a review.")


class LiveBoardSerializer(serializers.Serializer):
    """The board of an evening; money is left out."""

    state = serializers.ChoiceField(["planned", "running", "ended"])
    orders = IntegerField(help_text="Paid orders that were placed in the evening.")
    unpaid = IntegerField()
    pieces = IntegerField(help_text="Pieces sold.")
    left = IntegerField()
    pace = serializers.FloatField(help_text="Orders a minute, over the last five.")
    goods = BoardProductSerializer(many=True)
    reviews = BoardReviewSerializer(many=True)
