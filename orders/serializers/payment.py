"""Paying for an order: the parameters to pay with, and the report of a payment to the merchant's own number."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from wechat.shop import order as shop
from wechat.values import time_text

from ..models import (
    PayMethod,
)


class PaymentParamsSerializer(serializers.Serializer):
    """The parameters of wx.requestOrderPayment; valid for one call of it."""

    timeStamp = serializers.CharField()
    nonceStr = serializers.CharField()
    package = serializers.CharField()
    paySign = serializers.CharField()
    signType = serializers.CharField()


class PaymentReportSerializer(serializers.Serializer):
    """The result of a payment to your own merchant number (fund_type 0)."""

    ACTIONS = [
        (shop.PAID, "paid"),
        (shop.FAILED, "failed"),
        (shop.CANCELLED_BY_USER, "cancelled by the buyer"),
        (shop.TIMED_OUT, "not paid in time"),
        (shop.CANCELLED_BY_MERCHANT, "cancelled by the merchant"),
        (shop.OTHER, "other"),
    ]
    action_type = serializers.ChoiceField(ACTIONS)
    action_remark = serializers.CharField(max_length=200, required=False)
    transaction_id = serializers.CharField(max_length=64, required=False)
    pay_time = serializers.DateTimeField(required=False)

    def validate(self, given: dict) -> dict:
        order = self.context["order"]
        if given["action_type"] == shop.PAID:
            if not given.get("pay_time"):
                raise serializers.ValidationError({"pay_time": _("Needed for a payment.")})
            if order.pay_method_type == PayMethod.WECHAT_PAY and not given.get("transaction_id"):
                raise serializers.ValidationError({"transaction_id": _("Needed for a payment by WeChat Pay.")})
        return given

    def report(self, given: dict) -> dict:
        """The body of order/pay."""
        moment = {"pay_time": time_text(given["pay_time"])} if given.get("pay_time") else {}
        return {**given, **moment}
