from typing import Any

from rest_framework import serializers

from console.api_fields import IntegerField
from console.keys import sees_personal
from wechat.masking import mask

from .figures import Row
from .models import Dimension

MOST = 1_000


class SalesFiguresQuerySerializer(serializers.Serializer):
    by = serializers.ChoiceField(Dimension.choices, default=Dimension.DAY)
    first = serializers.DateField()
    last = serializers.DateField()
    limit = serializers.IntegerField(default=100, min_value=1, max_value=MOST)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {"by": fields["by"], "from": fields["first"], "to": fields["last"], "limit": fields["limit"]}


class SalesSumsSerializer(serializers.Serializer):
    orders = IntegerField()
    buyers = IntegerField(allow_null=True, help_text="Each person once in the span; null where they were not counted.")
    pieces = IntegerField()
    gross = IntegerField(help_text="fen, like all below: the goods at their prices.")
    discount = IntegerField()
    freight = IntegerField()
    extra = IntegerField(help_text="Extra charges.")
    refunded = IntegerField(help_text="All that was refunded of these orders until now.")
    fee = IntegerField(help_text="As expected; the actual one is in the settlements.")
    net = IntegerField(help_text="gross − discount + freight + extra − refunded − fee")


class SalesRowSerializer(SalesSumsSerializer):
    key = serializers.SerializerMethodField(
        help_text="The day, hour, id or name that the row stands for; empty where it belongs to none. Openids are "
        "masked, unless the key has the scope `personal`."
    )
    part = serializers.CharField(help_text="Of a SKU its out_sku_id, of a live room when it began.")
    net_before = serializers.SerializerMethodField(help_text="fen, in the span before")

    def get_key(self, row: Row) -> str:
        if row.day is not None:
            return row.day.isoformat()
        hidden = self.context["by"] == Dimension.SHARER and not sees_personal(self.context["request"])
        return mask(row.key) if hidden else row.key

    def get_net_before(self, row: Row) -> int:
        return row.before.net if row.before else 0


class SalesFiguresSerializer(serializers.Serializer):
    current_until = serializers.DateTimeField(allow_null=True, help_text="All changes before it are counted.")
    days_waiting = IntegerField(help_text="Days that are being counted anew.")
    total = SalesSumsSerializer()
    before = SalesSumsSerializer(help_text="As many days before the first.")
    count = IntegerField(help_text="Of rows, those beyond `limit` too.")
    rows = SalesRowSerializer(many=True)
