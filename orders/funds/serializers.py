from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers

from console.api_fields import FenField, IntegerField, ListSerializer, ModelSerializer
from console.keys import sees_personal
from wechat.values import out_id, out_number

from .models import Flow, FlowDay, PaymentOrder, Settlement, Trade, TradeRefund, TradeSharing, Withdrawal
from .models.flow import SettlementState


class MerchantSerializer(serializers.Serializer):
    """The state of the merchant account; its papers are in the admin."""

    state = serializers.CharField(help_text="WeChat's applyment_state, empty before there is one.")
    state_label = serializers.CharField()
    sub_mchid = serializers.CharField()
    audit_detail = serializers.ListField(child=serializers.DictField(), help_text="[{param_name, reject_reason}]")
    read_at = serializers.DateTimeField(allow_null=True)


class BalanceSerializer(serializers.Serializer):
    available = IntegerField(allow_null=True, help_text="fen")
    pending = IntegerField(allow_null=True, help_text="fen, not settled yet")
    read_at = serializers.DateTimeField(allow_null=True)


class FlowDaySerializer(ModelSerializer):
    class Meta:
        model = FlowDay
        fields = ["id", "day", "count", "pulled_at"]
        read_only_fields = ["count", "pulled_at"]
        extra_kwargs: dict[str, dict] = {"day": {"validators": []}}

    def create(self, validated: dict[str, Any]) -> FlowDay:
        return FlowDay.objects.get_or_create(**validated)[0]


class FlowSerializer(ModelSerializer):
    """A movement; amounts in fen, income above 0."""

    record = serializers.SerializerMethodField(help_text="What it belongs to, empty where nothing was found.")

    class Meta:
        model = Flow
        fields = ["id", "funds_flow_id", "kind", "amount", "balance", "busi_type", "request_no", "booked_at", "record"]

    def get_record(self, flow: Flow) -> str:
        return str(flow.record) if flow.object_id and flow.record else ""


class SettlementSerializer(ModelSerializer):
    out_order_id = serializers.CharField(source="order.out_order_id")
    state = serializers.ChoiceField(SettlementState.choices)

    class Meta:
        model = Settlement
        fields = ["id", "out_order_id", "state", "finished_at", "due_on", "expected_fen", "settled_fen"]


class WithdrawalSerializer(ModelSerializer):
    """The API only requests it: a second person approves it on its page, and the administrator scans."""

    amount = FenField(min_value=1, max_value=2**53)
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = Withdrawal
        fields = [
            "id",
            "amount",
            "remark",
            "bank_memo",
            "state",
            "status",
            "reason",
            "out_request_no",
            "asked_at",
            "approved_at",
            "created_at",
            "read_at",
        ]
        read_only_fields = [name for name in fields if name not in ("amount", "remark", "bank_memo")]

    def create(self, validated: dict[str, Any]) -> Withdrawal:
        return Withdrawal.objects.create(asked_by=self.context["request"].user, **validated)


class TradeRefundSerializer(ModelSerializer):
    state = serializers.CharField(source="state_label", read_only=True)
    amount = FenField(min_value=1)

    class Meta:
        model = TradeRefund
        fields = ["refund_no", "amount", "status", "state", "finished_at"]
        read_only_fields = ["status", "finished_at"]


class TradeSharingSerializer(ModelSerializer):
    class Meta:
        model = TradeSharing
        fields = ["profit_sharing_no", "amount", "result", "fail_reason"]


class TradeSerializer(ModelSerializer):
    """One part of a payment; amount in fen."""

    amount = FenField(min_value=1)
    refunds = TradeRefundSerializer(many=True, read_only=True)
    sharings = TradeSharingSerializer(many=True, read_only=True)

    class Meta:
        model = Trade
        fields = [
            "trade_no",
            "mchid",
            "amount",
            "description",
            "transaction_id",
            "paid_at",
            "frozen",
            "refunds",
            "sharings",
        ]
        read_only_fields = ["transaction_id", "paid_at", "frozen"]
        extra_kwargs = {"trade_no": {"validators": [out_id]}}


class PaymentOrderSerializer(ModelSerializer):
    """A payment of one or several parts; an identical repeat is no error and returns new parameters."""

    trades = ListSerializer(child=TradeSerializer(), min_length=1, max_length=50)
    state = serializers.CharField(source="state_label", read_only=True)

    class Meta:
        model = PaymentOrder
        fields = [
            "combine_trade_no",
            "openid",
            "expire_at",
            "trades",
            "state",
            "made",
            "closed",
            "refusal",
            "created_at",
            "read_at",
        ]
        read_only_fields = ["made", "closed", "refusal", "created_at", "read_at"]
        extra_kwargs = {"combine_trade_no": {"validators": [out_number]}}

    def to_representation(self, payment: PaymentOrder) -> dict[str, Any]:
        data = super().to_representation(payment)
        return data if sees_personal(self.context.get("request")) else data | {"openid": payment.buyer}

    def validate_trades(self, trades: list[dict[str, Any]]) -> list[dict[str, Any]]:
        numbers = [trade["trade_no"] for trade in trades]
        if len(numbers) != len(set(numbers)):
            raise serializers.ValidationError(_("A trade_no is named twice."))
        return trades

    @transaction.atomic
    def create(self, validated: dict[str, Any]) -> PaymentOrder:
        trades = validated.pop("trades")
        payment = PaymentOrder.objects.create(**validated)
        Trade.objects.bulk_create(Trade(payment=payment, **trade) for trade in trades)
        return payment


class RefundRequestSerializer(serializers.Serializer):
    trade_no = serializers.CharField(max_length=64)
    refund_no = serializers.CharField(max_length=64, validators=[out_id])
    amount = FenField(min_value=1)


class SharingRequestSerializer(serializers.Serializer):
    trade_no = serializers.CharField(max_length=64)
    profit_sharing_no = serializers.CharField(max_length=64, validators=[out_id])


class PaymentMadeSerializer(serializers.Serializer):
    """The parameters to pay with, and the payment in its present state."""

    payment_params = serializers.DictField(allow_null=True)
    payment = PaymentOrderSerializer()
