from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from console.api_fields import IntegerField, ListField, ModelSerializer
from console.edits import trace_edit
from console.keys import sees_personal
from wechat.masking import mask
from wechat.steps.errors import Conflict

from .models import Coupon, UserCoupon

TERMS = [
    "type",
    "promote_type",
    "finder_nickname",
    "name",
    "discount_num",
    "discount_fee",
    "product_price",
    "product_cnt",
    "out_product_ids",
    "tradein_out_product_id",
    "tradein_price",
    "buy_out_product_id",
    "buy_product_cnt",
    "get_out_product_id",
    "get_product_cnt",
    "receive_start_time",
    "receive_end_time",
    "limit_num_one_person",
    "total_num",
    "valid_type",
    "valid_start_time",
    "valid_end_time",
    "valid_day_num",
    "valid_second",
]
READ_ONLY = ["status", "issued_num", "receive_num", "read_at", "left", "given", "stock_sent_at"]


class CouponSerializer(ModelSerializer):
    """Amounts in fen. `left` and `given` are our own count, `issued_num` (left) and `receive_num` WeChat's."""

    out_product_ids = ListField(child=serializers.CharField(max_length=128), required=False, max_length=5000)
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = Coupon
        fields = ["out_coupon_id", *TERMS, "state", *READ_ONLY]
        read_only_fields = READ_ONLY

    def update(self, coupon: Coupon, validated: dict[str, Any]) -> Coupon:
        if not coupon.may_change:
            raise Conflict(_("A coupon that is “%(state)s” cannot be changed.") % {"state": coupon.state_label})
        fields = {name: value for name, value in validated.items() if name != "out_coupon_id"}
        changes = {name: [str(getattr(coupon, name)), str(value)] for name, value in fields.items()}
        for name, value in fields.items():
            setattr(coupon, name, value)
        coupon.save(update_fields=[*fields, "changed_at"])
        trace_edit(coupon, {name: pair for name, pair in changes.items() if pair[0] != pair[1]})
        return coupon


class StockSerializer(serializers.Serializer):
    left = IntegerField(min_value=0, max_value=2**31 - 1, help_text="How many are left to give.")


class UserCouponSerializer(ModelSerializer):
    """`status` is WeChat's, empty until the coupon was read there."""

    out_coupon_id = serializers.CharField(source="coupon.out_coupon_id", read_only=True)
    openid = serializers.SerializerMethodField(help_text="Masked, unless the key has the scope `personal`.")
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = UserCoupon
        fields = [
            "out_user_coupon_id",
            "out_coupon_id",
            "openid",
            "status",
            "state",
            "received_at",
            "starts_at",
            "ends_at",
            "used_at",
            "read_at",
        ]

    def get_openid(self, user_coupon: UserCoupon) -> str:
        in_full = sees_personal(self.context.get("request"))
        return user_coupon.openid if in_full else mask(user_coupon.openid)


class GiftSerializer(serializers.Serializer):
    request_id = serializers.CharField(max_length=100, help_text="Yours: the same again gives the same coupon.")
    out_coupon_id = serializers.CharField(max_length=200)
    openid = serializers.CharField(min_length=5, max_length=64)


class UseSerializer(serializers.Serializer):
    used_at = serializers.DateTimeField(required=False, help_text="When the buyer used it; now if it is left out.")
