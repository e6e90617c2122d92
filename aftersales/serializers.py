from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.api_fields import (
    FenField,
    IntegerField,
    ListSerializer,
    ModelSerializer,
    PlatformIdField,
    RelatedListField,
)
from console.keys import sees_personal
from orders.models import Order
from wechat.masking import mask
from wechat.models import Image
from wechat.values import out_id, waybill

from .limits import family_of
from .models import Aftersale, ClaimVersion, Complaint, Dispute, Kind


class MediaSerializer(serializers.Serializer):
    """A buyer's picture: an address from /pictures/ (its `link`), uploaded to WeChat."""

    type = IntegerField(min_value=0, max_value=99, default=1)
    url = serializers.URLField(max_length=500)
    thumb_url = serializers.URLField(max_length=500, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"thumb_url": attrs["url"], **attrs}


class ContentSerializer(serializers.Serializer):
    """What an after-sale asks for; amounts in fen."""

    type = serializers.ChoiceField(Kind.choices)
    orderamt = FenField()
    refund_reason_type = IntegerField(min_value=1, max_value=99, default=12)
    refund_reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    media_list = ListSerializer(child=MediaSerializer(), required=False, max_length=9)


class OpenedSerializer(ContentSerializer):
    """An after-sale on one kind of goods of an order."""

    out_aftersale_id = serializers.CharField(max_length=100, validators=[out_id])
    out_order_id = serializers.SlugRelatedField(
        source="order", slug_field="out_order_id", queryset=Order.objects.prefetch_related("lines")
    )
    out_product_id = serializers.CharField(max_length=100)
    out_sku_id = serializers.CharField(max_length=100)
    product_cnt = IntegerField(min_value=1, max_value=99_999)

    def build(self, fields: dict[str, Any]) -> Aftersale:
        order, names = fields["order"], (fields["out_product_id"], fields["out_sku_id"])
        line = next((line for line in order.lines.all() if (line.out_product_id, line.out_sku_id) == names), None)
        if line is None:
            raise serializers.ValidationError({"out_sku_id": [_("The order has no such goods.")]})
        columns = ("type", "orderamt", "refund_reason_type", "refund_reason", "product_cnt", "out_aftersale_id")
        return Aftersale(
            family=family_of(order),
            order=order,
            line=line,
            media_list=fields.get("media_list", []),
            **{name: fields[name] for name in columns},
        )


class ReturnInfoSerializer(serializers.Serializer):
    """The return shipment."""

    delivery_id = serializers.CharField(max_length=50, help_text="by /express-companies/")
    delivery_name = serializers.CharField(max_length=100)
    waybill_id = serializers.CharField(max_length=100)

    def validate_waybill_id(self, value: str) -> str:
        return waybill(value)


class RefusalSerializer(ModelSerializer):
    """Why the merchant refuses; without a reason that staff have written already, it is needed."""

    class Meta:
        model = Aftersale
        fields = ["reject_reason"]
        extra_kwargs = {"reject_reason": {"help_text": "Stays in the console: WeChat takes no reason."}}


class ReturnAddressSerializer(serializers.Serializer):
    receiver_name = serializers.CharField(max_length=100)
    tel_number = serializers.CharField(max_length=40)
    province = serializers.CharField(max_length=40, required=False, allow_blank=True)
    city = serializers.CharField(max_length=40, required=False, allow_blank=True)
    town = serializers.CharField(max_length=40, required=False, allow_blank=True)
    detailed_address = serializers.CharField(max_length=300)


class AcceptedReturnSerializer(ModelSerializer):
    """Where the buyer sends the goods; without it, the return address of the service settings."""

    return_address = ReturnAddressSerializer(required=False)

    class Meta:
        model = Aftersale
        fields = ["return_address"]

    def update(self, aftersale: Aftersale, validated: dict[str, Any]) -> Aftersale:
        if "return_address" in validated:
            aftersale.return_address = validated["return_address"]
            aftersale.save(update_fields=["return_address"])
        return aftersale


def _proofs(help_text: str) -> serializers.Field:
    """Ids of pictures from /pictures/; those of licences are not shown or sent here."""
    picture = serializers.PrimaryKeyRelatedField(queryset=Image.objects.filter(documents=None))
    return RelatedListField(child_relation=picture, max_length=50, required=False, help_text=help_text)


class ProofSerializer(ModelSerializer):
    """What proves a refund that was paid another way."""

    certificates = _proofs("Ids of pictures: the proof of the refund.")

    class Meta:
        model = Aftersale
        fields = ["refund_desc", "certificates"]


class EvidenceSerializer(ModelSerializer):
    """The evidence for the platform; what is handed in cannot be taken back."""

    evidence_images = _proofs("Ids of pictures.")

    class Meta:
        model = Dispute
        fields = ["evidence_text", "evidence_images"]
        extra_kwargs = {"evidence_text": {"required": True, "allow_blank": False}}


class ComplaintSerializer(ModelSerializer):
    """A complaint, or a later state of it: each is a message of its own. Nothing at WeChat takes an answer."""

    openid = serializers.SerializerMethodField()
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = Complaint
        fields = [
            "id",
            "complaint_order_id",
            "option_type",
            "type",
            "status",
            "openid",
            "content",
            "state",
            "received_at",
            "due_at",
            "answered_at",
            "answer",
        ]
        read_only_fields = fields

    def get_openid(self, complaint: Complaint) -> str:
        return complaint.openid if sees_personal(self.context.get("request")) else mask(complaint.openid)


class AnswerSerializer(serializers.Serializer):
    answer = serializers.CharField(max_length=2000, default="", allow_blank=True, help_text="What was answered.")


class VersionSerializer(ModelSerializer):
    class Meta:
        model = ClaimVersion
        fields = ["type", "product_cnt", "orderamt", "refund_reason_type", "refund_reason", "at"]


class AftersaleSerializer(ModelSerializer):
    """An after-sale. `family` 1: WeChat keeps its state; 0: you do. `status` numbers from 15 on differ by family."""

    aftersale_id = PlatformIdField(read_only=True, allow_null=True)
    out_order_id = serializers.CharField(source="order.out_order_id", read_only=True)
    out_product_id = serializers.CharField(source="line.out_product_id", read_only=True, allow_null=True, default=None)
    out_sku_id = serializers.CharField(source="line.out_sku_id", read_only=True, allow_null=True, default=None)
    state = serializers.CharField(source="state_label", read_only=True)
    versions = VersionSerializer(many=True, read_only=True)
    return_info = serializers.DictField(read_only=True)
    return_address = serializers.SerializerMethodField(help_text="where the buyer sends the goods: the merchant's own")

    class Meta:
        model = Aftersale
        fields = [
            "id",
            "out_aftersale_id",
            "aftersale_id",
            "out_order_id",
            "out_product_id",
            "out_sku_id",
            "family",
            "type",
            "status",
            "state",
            "product_cnt",
            "orderamt",
            "refund_reason_type",
            "refund_reason",
            "return_info",
            "return_address",
            "refusal",
            "reject_reason",
            "opened_at",
            "moved_at",
            "deadline_at",
            "versions",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_return_address(self, aftersale: Aftersale) -> Any:
        return aftersale.return_address


class DisputeSerializer(ModelSerializer):
    complaint_order_id = PlatformIdField(read_only=True)
    aftersale_id = PlatformIdField(source="aftersale.aftersale_id", read_only=True, allow_null=True, default=None)
    state_describe = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "id",
            "complaint_order_id",
            "aftersale_id",
            "state",
            "state_describe",
            "judge_result",
            "opened_at",
            "expired_at",
            "flow",
        ]
        read_only_fields = fields
