"""The API of orders for the mini program's backend and the warehouse; most endpoints call WeChat in the request."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api import ProblemSerializer, runs
from console.api_fields import built
from console.api_timeline import timeline_action
from console.paging import NewestFirst
from console.problems import by_path
from wechat.errors import Refused
from wechat.steps.errors import Incomplete
from wechat.steps.operations import Operation

from . import operations, parcels, placing
from .decision import decide
from .models import ExpressCompany, Order
from .serializers import (
    DecisionRequestSerializer,
    DecisionSerializer,
    ExpressCompanySerializer,
    OrderSerializer,
    PaymentParamsSerializer,
    PaymentReportSerializer,
    PlacedAnswerSerializer,
    PlacedOrderSerializer,
    ShipmentSerializer,
)

PROBLEM = OpenApiResponse(ProblemSerializer)
REFUSALS = {409: PROBLEM, 422: PROBLEM, 503: PROBLEM}
EXAMPLE = {
    "out_order_id": "20261125-0001",
    "openid": "oTVP50O53a7jgmawAmxKukNlq3XI",
    "fund_type": 1,
    "scene": 1177,
    "path": "pages/order/detail?out_order_id=20261125-0001",
    "product_infos": [
        {
            "out_product_id": "dress-1001",
            "out_sku_id": "dress-1001-red-m",
            "product_cnt": 2,
            "sale_price": 19990,
            "title": "法式碎花连衣裙",
            "path": "pages/product?id=1001",
            "head_img": "https://mmecimage.cn/p/dress-1001",
        }
    ],
    "price_info": {"freight": 1000, "discounted_price": 500},
    "address_info": {
        "receiver_name": "张三",
        "tel_number": "13800138000",
        "province": "广东省",
        "city": "广州市",
        "detailed_address": "天河区某路 1 号",
    },
}


SHIPPING_EXAMPLE = {
    "parcels": [
        {
            "delivery_id": "SF",
            "waybill_id": "SF1234567890123",
            "product_infos": [{"out_product_id": "dress-1001", "out_sku_id": "dress-1001-red-m", "product_cnt": 2}],
        }
    ]
}


def asked(
    op: Operation, answers: Any = OrderSerializer, request: Any = None, example: dict | None = None
) -> Callable[[Any], Any]:
    """Describe an endpoint that runs one operation and waits for WeChat."""

    def decorate(function: Any) -> Any:
        # `action` sets the schema anew, so what is said of it comes after.
        endpoint = runs(op)(action(detail=True, methods=["post"], url_path=op.name)(function))
        return extend_schema(
            request=request,
            responses={200: answers, **REFUSALS},
            summary=op.name.replace("_", " ").capitalize(),
            examples=[OpenApiExample("Example", value=example, request_only=True)] if example else None,
        )(endpoint)

    return decorate


class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Orders by your own number. A POST may be repeated: the answer is the same, and WeChat has one order.

    503 with Retry-After: WeChat is slow or unavailable. The order is stored; repeat the request for its outcome.
    """

    queryset = Order.objects.with_content().order_by("-id")
    serializer_class = OrderSerializer
    pagination_class = NewestFirst
    lookup_field, lookup_value_regex, lookup_value_converter = "out_order_id", "[^/]+", "str"
    filterset_fields = ["status", "openid", "promoter_id", "sharer_openid", "order_id", "transaction_id"]
    needs = {"create": "orders.place_order", "decide": "orders.view_order"}
    timeline = timeline_action()

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        queryset = super().filter_queryset(queryset)
        # The indexes contain only rows with a value: without the same condition the database does not use them.
        filters = [name for name in ("promoter_id", "sharer_openid", "transaction_id") if self.request.GET.get(name)]
        for name in filters:
            queryset = queryset.exclude(**{name: ""})
        return queryset

    @extend_schema(
        request=PlacedOrderSerializer,
        responses={201: PlacedAnswerSerializer, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM},
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="At most 100 characters.")
        ],
        examples=[OpenApiExample("An order from a live room", value=EXAMPLE, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Place an order: it is stored and pushed to WeChat; the answer has what the buyer needs to pay."""
        serializer, answer = built(PlacedOrderSerializer), built(PlacedAnswerSerializer)
        try:
            order, lines = serializer.build(serializer.run_validation(request.data))
        except serializers.ValidationError as error:
            # A repeated body may no longer be valid, for example by its time: it still gets the first answer.
            if placed := placing.repeated(request.data):
                return Response(answer.to_representation(placed), 201)
            fields = by_path(error.detail)
            return Response(
                {"detail": " ".join(line for lines in fields.values() for line in lines), "fields": fields}, 400
            )
        order.placed_by = cast(User, request.user)
        order.idempotency_key = self._key(request)
        order.request_digest = placing.digest(request.data)
        return Response(answer.to_representation(placing.place(order, lines)), 201)

    @asked(operations.get_payment_params, PaymentParamsSerializer)
    def get_payment_params(self, request: Request, out_order_id: str | None = None) -> Response:
        """The parameters to pay with (fund_type 1). Get them anew for each attempt; the price is fixed from then on."""
        return Response(PaymentParamsSerializer(operations.get_payment_params(self.get_object())).data)

    @asked(operations.confirm_payment, request=PaymentReportSerializer)
    def confirm_payment(self, request: Request, out_order_id: str | None = None) -> Response:
        """Report the result of a payment to your own merchant number (fund_type 0). Repeating it is no error."""
        order = self.get_object()
        serializer = PaymentReportSerializer(data=request.data, context={"order": order})
        serializer.is_valid(raise_exception=True)
        if not (order.is_paid and serializer.validated_data["action_type"] == operations.orders.shop.PAID):
            report = serializer.report(serializer.validated_data)
            operations.confirm_payment(order, first=lambda order: _noted(order, report))
        return self._shown(order)

    @asked(operations.close_order)
    def close_order(self, request: Request, out_order_id: str | None = None) -> Response:
        """Close an order that nobody has paid."""
        return self._run(operations.close_order)

    @asked(operations.ship_order, request=ShipmentSerializer, example=SHIPPING_EXAMPLE)
    def ship_order(self, request: Request, out_order_id: str | None = None) -> Response:
        """Report parcels; refunded pieces need none. A waybill that was reported already is no error."""
        order = self.get_object()
        serializer = ShipmentSerializer(data=request.data)
        if not serializer.is_valid():
            raise Incomplete(by_path(serializer.errors))
        reported = serializer.validated_data["parcels"]
        new = self._unreported(order, reported)
        if reported and not new:
            return self._shown(order)
        operations.ship_order.refuse_unless_possible(order)
        added = parcels.add(order, reported)  # skips what is stored; a fault names its place in the request
        try:
            operations.ship_order(order)
        except Refused:
            # Delete the parcels that WeChat refused, so that the order can be shipped with the corrected waybill.
            for parcel in added:
                parcels.drop(parcel)
            raise
        return self._shown(order)

    @asked(operations.confirm_receipt)
    def confirm_receipt(self, request: Request, out_order_id: str | None = None) -> Response:
        """Confirm receipt on behalf of the buyer."""
        return self._run(operations.confirm_receipt)

    @asked(operations.refresh_order)
    def refresh_order(self, request: Request, out_order_id: str | None = None) -> Response:
        """Read the order from WeChat now."""
        return self._run(operations.refresh_order)

    @extend_schema(request=DecisionRequestSerializer, responses={200: DecisionSerializer})
    @action(detail=False, methods=["post"])
    def decide(self, request: Request) -> Response:
        """What to do with an order, by the answer of `wx.checkBeforeAddOrder`; call that anew for every order."""
        serializer = DecisionRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        answer = decide(serializer.validated_data["requireOrder"], serializer.validated_data["requiredFundType"])
        return Response(DecisionSerializer(answer._asdict()).data)

    @staticmethod
    def _key(request: Request) -> str | None:
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > 100 or not key.isprintable():
            raise serializers.ValidationError({"Idempotency-Key": "At most 100 printable characters."})
        return key or None

    @staticmethod
    def _unreported(order: Order, wanted: list[dict]) -> list[dict]:
        sent_waybills = {(parcel.delivery_id, parcel.waybill_id) for parcel in order.parcels.all() if parcel.sent_at}
        return [one for one in wanted if (one["delivery_id"], one["waybill_id"]) not in sent_waybills]

    def _run(self, op: Operation) -> Response:
        order = self.get_object()
        op(order)
        return self._shown(order)

    def _shown(self, order: Order) -> Response:
        fresh = Order.objects.with_content().get(pk=order.pk)
        return Response(OrderSerializer(fresh, context=self.get_serializer_context()).data)


def _noted(order: Order, report: dict) -> None:
    """Store the report in the commit that opens the step, so that no other report can replace it before it is sent."""
    order.payment_report = report
    order.save(update_fields=["payment_report"])


class ExpressCompanyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Express companies from WeChat's list; parcels refer to them by `delivery_id`."""

    queryset = ExpressCompany.objects.order_by("delivery_id")
    serializer_class = ExpressCompanySerializer
    lookup_field, lookup_value_converter = "delivery_id", "str"
    filterset_fields = ["gone"]
