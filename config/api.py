from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAdminUser
from rest_framework.routers import DefaultRouter

from aftersales.views import AftersaleViewSet, ComplaintViewSet, DisputeViewSet
from catalog.coupons.views import CouponViewSet, UserCouponViewSet
from catalog.views import (
    BatchViewSet,
    BrandViewSet,
    CategoryViewSet,
    DifferenceViewSet,
    PictureViewSet,
    SPUViewSet,
)
from console.api import JobViewSet
from console.api_lists import PulledListViewSet
from console.permissions import SchemaReaders
from orders.funds.views import (
    BalanceViewSet,
    FlowDayViewSet,
    FlowViewSet,
    MerchantAccountViewSet,
    PaymentOrderViewSet,
    SettlementViewSet,
    WithdrawalViewSet,
)
from orders.views import ExpressCompanyViewSet, OrderViewSet
from qualifications.views import BrandQualificationViewSet, CategoryQualificationViewSet, DocumentViewSet
from scenes.views import (
    AccessViewSet,
    LiveDayViewSet,
    PromoterViewSet,
    SceneCheckViewSet,
    SceneGroupViewSet,
    SharerViewSet,
)

router = DefaultRouter(use_regex_path=False)
router.include_format_suffixes = False
router.register("categories", CategoryViewSet)
router.register("brands", BrandViewSet)
router.register("pictures", PictureViewSet)
router.register("products", SPUViewSet)
router.register("product-differences", DifferenceViewSet)
router.register("product-imports", BatchViewSet)
router.register("coupons", CouponViewSet)
router.register("user-coupons", UserCouponViewSet)
router.register("documents", DocumentViewSet)
router.register("brand-qualifications", BrandQualificationViewSet)
router.register("category-qualifications", CategoryQualificationViewSet)
router.register("orders", OrderViewSet)
router.register("express-companies", ExpressCompanyViewSet)
router.register("aftersales", AftersaleViewSet)
router.register("disputes", DisputeViewSet)
router.register("complaints", ComplaintViewSet)
router.register("live-days", LiveDayViewSet)
router.register("lists", PulledListViewSet)
router.register("merchant-account", MerchantAccountViewSet, basename="merchant-account")
router.register("balance", BalanceViewSet, basename="balance")
router.register("flow-days", FlowDayViewSet)
router.register("flows", FlowViewSet)
router.register("settlements", SettlementViewSet)
router.register("withdrawals", WithdrawalViewSet)
router.register("payment-orders", PaymentOrderViewSet)
router.register("access", AccessViewSet, basename="access")
router.register("scene-groups", SceneGroupViewSet)
router.register("scene-check", SceneCheckViewSet, basename="scene-check")
router.register("promoters", PromoterViewSet)
router.register("sharers", SharerViewSet)
router.register("jobs", JobViewSet)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[SchemaReaders]), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            permission_classes=[IsAdminUser], url_name="schema", template_name="api/docs.html"
        ),
        name="docs",
    ),
    path("", include(router.urls)),
]
