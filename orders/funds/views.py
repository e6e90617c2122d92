"""The API of funds: account, balance and movements to read, withdrawal requests, payments without an order."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import OperationViewSet, ProblemSerializer, SingleViewSet, operation_action, runs
from console.api_timeline import timeline_action
from console.paging import NewestFirst
from console.problems import by_path
from wechat.steps.errors import Asked, Conflict, Incomplete

from . import operations
from .models import (
    Balance,
    Flow,
    FlowDay,
    MerchantAccount,
    PaymentOrder,
    Settlement,
    Withdrawal,
)
from .serializers import (
    BalanceSerializer,
    FlowDaySerializer,
    FlowSerializer,
    MerchantSerializer,
    PaymentMadeSerializer,
    PaymentOrderSerializer,
    RefundRequestSerializer,
    SettlementSerializer,
    SharingRequestSerializer,
    WithdrawalSerializer,
)

PROBLEM = OpenApiResponse(ProblemSerializer)
REFUSALS = {400: PROBLEM, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM}


class MerchantAccountViewSet(SingleViewSet):
    """The merchant account; its application is filled in in the admin."""

    queryset = MerchantAccount.objects.all()
    serializer_class = MerchantSerializer
    apply_merchant = operation_action(operations.apply_merchant, detail=False)
    refresh_merchant = operation_action(operations.refresh_merchant, detail=False)

    @extend_schema(responses=forced_singular_serializer(MerchantSerializer))
    def list(self, request: Request) -> Response:
        """Its state, as last read."""
        return Response(MerchantSerializer(self.get_object()).data)


class BalanceViewSet(SingleViewSet):
    """The balance of the merchant account."""

    queryset = Balance.objects.all()
    serializer_class = BalanceSerializer
    refresh_balance = operation_action(operations.refresh_balance, detail=False)

    @extend_schema(responses=forced_singular_serializer(BalanceSerializer))
    def list(self, request: Request) -> Response:
        """As last read."""
        return Response(BalanceSerializer(self.get_object()).data)


class FlowDayViewSet(mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Days whose movements are pulled; posting a day that exists returns it unchanged."""

    queryset = FlowDay.objects.order_by("-day")
    serializer_class = FlowDaySerializer
    filterset_fields = ["day"]
    pull_flow_day = operation_action(operations.pull_flow_day)
    timeline = timeline_action()


class FlowViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Movements of the merchant account."""

    queryset = Flow.objects.prefetch_related("record").order_by("-id")
    serializer_class = FlowSerializer
    pagination_class = NewestFirst
    filterset_fields = ["day", "kind", "request_no"]


class SettlementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """The expected and actual settlements of finished orders."""

    queryset = Settlement.objects.select_related("order").order_by("-id")
    serializer_class = SettlementSerializer
    pagination_class = NewestFirst
    filterset_fields = ["state", "due_on"]


class WithdrawalViewSet(mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Withdrawals. Nothing is sent before a person other than the requester has approved it on its page."""

    queryset = Withdrawal.objects.order_by("-id")
    serializer_class = WithdrawalSerializer
    pagination_class = NewestFirst
    filterset_fields = ["status"]
    submit_withdrawal = operation_action(operations.submit_withdrawal)
    renew_withdrawal = operation_action(operations.renew_withdrawal)
    let_go_withdrawal = operation_action(operations.let_go_withdrawal)
    refresh_withdrawal = operation_action(operations.refresh_withdrawal)
    check_withdrawal_scan = operation_action(operations.check_withdrawal_scan)
    timeline = timeline_action()


class PaymentOrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """Payments without a component order, refunded and released under your own numbers: a repeat is no error."""

    queryset = PaymentOrder.objects.prefetch_related("trades__refunds", "trades__sharings").order_by("-id")
    serializer_class = PaymentOrderSerializer
    pagination_class = NewestFirst
    lookup_field, lookup_value_regex, lookup_value_converter = "combine_trade_no", "[^/]+", "str"
    filterset_fields = ["closed", "made"]
    needs = {"create": "funds.make_payment"}
    close_payment = operation_action(operations.close_payment)
    refresh_payment = operation_action(operations.refresh_payment)
    timeline = timeline_action()

    @extend_schema(
        request=PaymentOrderSerializer, responses={200: PaymentMadeSerializer, 201: PaymentMadeSerializer, **REFUSALS}
    )
    def create(self, request: Request) -> Response:
        """Make a payment; returns the parameters to pay with.

        A payment that is paid or closed already is returned in its present state (200), without parameters.
        """
        serializer = PaymentOrderSerializer(data=request.data)
        if not serializer.is_valid():
            raise Incomplete(by_path(serializer.errors))
        payment = self._stored(serializer)
        params = None if not payment.may_make else operations.make_payment(payment)
        made = {"payment_params": params, "payment": self.get_queryset().get(pk=payment.pk)}
        answer = PaymentMadeSerializer(made, context=self.get_serializer_context())
        return Response(answer.data, 201 if params else 200)

    @staticmethod
    def _stored(serializer: PaymentOrderSerializer) -> PaymentOrder:
        data = serializer.validated_data
        existing = PaymentOrder.objects.filter(combine_trade_no=data["combine_trade_no"]).first()
        if existing is None:
            try:
                with transaction.atomic():
                    return serializer.save()
            except IntegrityError:
                existing = PaymentOrder.objects.filter(combine_trade_no=data["combine_trade_no"]).first()
                if existing is None:
                    raise Conflict(_("A trade_no belongs to another payment.")) from None
        parts = [(trade["trade_no"], trade["mchid"], trade["amount"]) for trade in data["trades"]]
        stored = list(existing.trades.values_list("trade_no", "mchid", "amount"))
        if sorted(stored) != sorted(parts) or not (existing.adopted or existing.openid == data["openid"]):
            raise Conflict(_("There is a payment with other content under this number."))
        # An imported payment has no openid: set it from the request of the backend that made the payment.
        PaymentOrder.objects.filter(pk=existing.pk, adopted=True).update(openid=data["openid"])
        existing.refresh_from_db()
        return existing

    @runs(operations.refund_trade)
    @extend_schema(
        request=RefundRequestSerializer,
        responses={200: PaymentOrderSerializer, 202: PaymentOrderSerializer, **REFUSALS},
    )
    @action(detail=True, methods=["post"])
    def refund_trade(self, request: Request, combine_trade_no: str | None = None) -> Response:
        """Refund an amount of a part, under a number of yours. 202: a second person has to approve it on its page."""
        serializer = RefundRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        payment = self.get_object()
        row = operations.ask_refund(payment, user=request.user, **serializer.validated_data)
        waits = row.waits_for_second
        if not row.status and not waits:
            operations.refund_trade(row)
        return self._shown(payment, 202 if waits else 200)

    @runs(operations.share_trade)
    @extend_schema(
        request=SharingRequestSerializer,
        responses={200: PaymentOrderSerializer, 202: PaymentOrderSerializer, **REFUSALS},
    )
    @action(detail=True, methods=["post"])
    def share_trade(self, request: Request, combine_trade_no: str | None = None) -> Response:
        """Release a part's money, under a number of yours. 202: a second person has to approve it."""
        serializer = SharingRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data, payment = serializer.validated_data, self.get_object()
        row = operations.ask_sharing(payment, **data)
        if not row.result:
            try:
                operations.share_trade.ask_second(row, request.user)
            except Asked:
                return self._shown(payment, 202)
            operations.share_trade(row)
        return self._shown(payment)

    def _shown(self, payment: PaymentOrder, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=payment.pk)).data, status)
