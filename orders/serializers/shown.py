"""Orders in responses, parcels in requests and responses, and express companies."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.api_fields import IntegerField, ListSerializer, ModelSerializer, PlatformIdField
from console.keys import sees_personal
from console.words import retold
from wechat.masking import masked
from wechat.values import waybill

from ..models import (
    ExpressCompany,
    Order,
    OrderLine,
    Parcel,
)
from .placing import AddressSerializer


class OrderLineSerializer(ModelSerializer):
    class Meta:
        model = OrderLine
        fields = [
            "out_product_id",
            "out_sku_id",
            "product_cnt",
            "sale_price",
            "sku_real_price",
            "title",
            "path",
            "head_img",
            "refunded_cnt",
            "refunded_unshipped_cnt",
            "refunded_fen",
        ]


class ParcelItemSerializer(serializers.Serializer):
    out_product_id = serializers.CharField(max_length=100)
    out_sku_id = serializers.CharField(max_length=100)
    product_cnt = IntegerField(min_value=1, max_value=99_999)


class ParcelSerializer(serializers.Serializer):
    delivery_id = serializers.CharField(max_length=50, help_text="by /express-companies/; OTHERS where none fits")
    waybill_id = serializers.CharField(max_length=100)
    product_infos = ListSerializer(
        child=ParcelItemSerializer(),
        required=False,
        max_length=200,
        help_text="what is in it; left out, everything that is in no parcel yet",
    )

    def validate_waybill_id(self, value: str) -> str:
        return waybill(value)


class ShipmentSerializer(serializers.Serializer):
    """Parcels of an order. The console computes whether it is complete. The same waybill twice is one parcel."""

    parcels = ListSerializer(child=ParcelSerializer(), default=list, max_length=100)


class ShownParcelSerializer(ModelSerializer):
    product_infos = serializers.SerializerMethodField()

    class Meta:
        model = Parcel
        fields = ["delivery_id", "waybill_id", "sent_at", "product_infos"]

    @extend_schema_field(ParcelItemSerializer(many=True))
    def get_product_infos(self, parcel: Parcel) -> list[dict[str, Any]]:
        lines = {line.pk: line for line in parcel.order.lines.all()}
        return [
            {
                "out_product_id": lines[item.line_id].out_product_id,
                "out_sku_id": lines[item.line_id].out_sku_id,
                "product_cnt": item.product_cnt,
            }
            for item in parcel.items.all()
        ]


class OrderSerializer(ModelSerializer):
    """An order. Buyer and address are masked unless the key has the scope `personal`."""

    order_id = PlatformIdField(read_only=True, allow_null=True)
    state = serializers.CharField(source="state_label", read_only=True)
    openid = serializers.SerializerMethodField()
    address_info = serializers.SerializerMethodField()
    product_infos = OrderLineSerializer(source="lines", many=True, read_only=True)
    parcels = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "out_order_id",
            "order_id",
            "status",
            "state",
            "fund_type",
            "openid",
            "scene",
            "path",
            "order_price",
            "freight",
            "discounted_price",
            "additional_price",
            "pay_method_type",
            "transaction_id",
            "paid_at",
            "delivery_type",
            "address_info",
            "placed_at",
            "expire_at",
            "aftersale_duration",
            "promoter_id",
            "finder_nickname",
            "sharer_openid",
            "settle_no",
            "settled_fen",
            "settled_at",
            "payment_alert",
            "payment_alert_code",
            "refusal",
            "given_up_at",
            "product_infos",
            "parcels",
            "read_at",
        ]
        read_only_fields = fields

    def _personal(self) -> bool:
        return sees_personal(self.context.get("request"))

    @extend_schema_field(str)
    def get_openid(self, order: Order) -> str:
        return order.openid if self._personal() else order.buyer

    @extend_schema_field(AddressSerializer)
    def get_address_info(self, order: Order) -> dict | None:
        return order.address if self._personal() else masked(order.address)

    @extend_schema_field(ShownParcelSerializer(many=True))
    def get_parcels(self, order: Order) -> Any:
        for parcel in order.parcels.all():
            parcel.order = order
        return ShownParcelSerializer(order.parcels.all(), many=True).data

    def to_representation(self, order: Order) -> dict[str, Any]:
        data = super().to_representation(order) | {"payment_alert": retold(order.payment_alert)}
        return data if self._personal() else data | {"sharer_openid": masked(order.sharer_openid, "openid")}


class ExpressCompanySerializer(ModelSerializer):
    class Meta:
        model = ExpressCompany
        fields = ["delivery_id", "delivery_name", "gone"]
