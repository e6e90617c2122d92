from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console import jobs
from console.api import JobSerializer, OperationViewSet, ProblemSerializer, job_response, operation_action
from console.api_timeline import timeline_action
from console.etags import VersionedMixin
from wechat.steps.errors import Conflict

from . import operations, receiving
from .models import Coupon, RetCode, UserCoupon
from .rules import refuse_unless_confirmed
from .serializers import (
    CouponSerializer,
    GiftSerializer,
    StockSerializer,
    UserCouponSerializer,
    UseSerializer,
)

PROBLEM = OpenApiResponse(ProblemSerializer)


class CouponViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    VersionedMixin,
    OperationViewSet,
):
    """Coupons. A PUT or PATCH changes our copy, until a coupon is published; an operation sends it to WeChat."""

    queryset = Coupon.objects.order_by("-id")
    serializer_class = CouponSerializer
    lookup_field, lookup_value_regex, lookup_value_converter = "out_coupon_id", "[^/]+", "str"
    http_method_names = ["get", "post", "patch", "head", "options"]
    filterset_fields = ["status", "type"]
    needs = {"set_stock": operations.update_coupon_stock.permission}

    submit_coupon = operation_action(operations.submit_coupon)
    update_coupon = operation_action(operations.update_coupon)
    publish_coupon = operation_action(operations.publish_coupon)
    expire_coupon = operation_action(operations.expire_coupon)
    void_coupon = operation_action(operations.void_coupon)
    update_coupon_stock = operation_action(operations.update_coupon_stock)
    refresh_coupon = operation_action(operations.refresh_coupon)
    timeline = timeline_action()

    @extend_schema(request=StockSerializer, responses={202: JobSerializer, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def set_stock(self, request: Request, out_coupon_id: str | None = None) -> Response:
        """Set how many are left to give, and send it to WeChat."""
        serializer, coupon = StockSerializer(data=request.data), self.get_object()
        serializer.is_valid(raise_exception=True)
        operations.update_coupon_stock.refuse_unless_allowed(coupon)
        receiving.set_left(coupon, serializer.validated_data["left"])
        return job_response(operations.update_coupon_stock, [coupon])


class UserCouponViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OperationViewSet):
    """The coupons of buyers. POST gives one outside WeChat, by the same rules."""

    queryset = UserCoupon.objects.select_related("coupon").order_by("-id")
    serializer_class = UserCouponSerializer
    lookup_field, lookup_value_regex, lookup_value_converter = "out_user_coupon_id", "[^/]+", "str"
    filterset_fields = ["openid", "status", "coupon__out_coupon_id"]
    needs = {
        "create": operations.add_user_coupon.permission,
        "use_user_coupon": operations.use_user_coupon.permission,
    }

    expire_user_coupon = operation_action(operations.expire_user_coupon)
    add_user_coupon = operation_action(operations.add_user_coupon)
    pull_user_coupons = operation_action(operations.pull_user_coupons)
    timeline = timeline_action()

    @extend_schema(request=GiftSerializer, responses={201: UserCouponSerializer, 409: PROBLEM})
    def create(self, request: Request) -> Response:
        """Give a buyer one from the stock, and report it to WeChat; 409 with the reason where that is not possible."""
        serializer = GiftSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        refuse_unless_confirmed()
        gift = serializer.validated_data
        # A prefix keeps our callers' request_ids apart from WeChat's.
        request_id = f"own:{gift['request_id']}"
        answered = receiving.give(gift["out_coupon_id"], request_id, gift["openid"], by_wechat=False)
        user_coupon = answered.user_coupon
        if answered.ret_code != RetCode.GIVEN or user_coupon is None:
            raise Conflict(answered.ret_msg)
        if (answered.out_coupon_id, answered.openid) != (gift["out_coupon_id"], gift["openid"]):
            raise Conflict(_("This request_id was used for another coupon or buyer."))
        if user_coupon.is_unseen:
            jobs.run(operations.add_user_coupon, [user_coupon])
        return Response(self.get_serializer(self.get_queryset().get(pk=user_coupon.pk)).data, 201)

    @extend_schema(request=UseSerializer, responses={202: JobSerializer, 409: PROBLEM})
    @action(detail=True, methods=["post"])
    def use_user_coupon(self, request: Request, out_user_coupon_id: str | None = None) -> Response:
        """Report that the buyer used it, and when."""
        serializer, user_coupon = UseSerializer(data=request.data), self.get_object()
        serializer.is_valid(raise_exception=True)
        op = operations.use_user_coupon
        op.refuse_unless_allowed(user_coupon)
        if used_at := serializer.validated_data.get("used_at"):
            UserCoupon.objects.filter(pk=user_coupon.pk).update(used_at=used_at)
        return job_response(op, [user_coupon])
