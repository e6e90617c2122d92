from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAdminUser
from rest_framework.routers import DefaultRouter, Route

from aftersales.views import AftersaleViewSet, ComplaintViewSet, DisputeViewSet
from books.closing.views import CloseRowViewSet, CloseViewSet
from books.payouts.views import PeriodViewSet, RateViewSet, StatementViewSet
from books.sales.views import SalesFiguresViewSet
from catalog.coupons.views import CouponViewSet, UserCouponViewSet
from catalog.views import (
    BatchViewSet,
    BrandViewSet,
    CategoryViewSet,
    DifferenceViewSet,
    PictureViewSet,
    SPUViewSet,
)
from console.alerts.api import AlertViewSet
from console.api import JobViewSet, SingleViewSet
from console.api_account import AccountInfoViewSet
from console.api_key import KeyView
from console.api_lists import PulledListViewSet
from console.feed.api import EventViewSet
from console.permissions import SchemaReaders
from console.reconciling.api import FoundDifferenceViewSet, ReconciliationRunViewSet, ReconciliationViewSet
from console.webhooks.api import WebhookViewSet
from orders.funds.views import (
    BalanceViewSet,
    FlowDayViewSet,
    FlowViewSet,
    MerchantAccountViewSet,
    PaymentOrderViewSet,
    SettlementViewSet,
    WithdrawalViewSet,
)
from orders.stock_views import StockViewSet
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


class Router(DefaultRouter):
    """A single record that can be changed is read and changed at its prefix, without an id."""

    def get_routes(self, viewset: Any) -> list[Any]:
        routes: list[Any] = super().get_routes(viewset)
        if not (issubclass(viewset, SingleViewSet) and hasattr(viewset, "partial_update")):
            return routes
        single = routes[0]._replace(mapping={"get": "retrieve", "patch": "partial_update"})
        return [single, *(route for route in routes[1:] if not (isinstance(route, Route) and route.detail))]


router = Router(use_regex_path=False)
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
router.register("stock", StockViewSet)
router.register("express-companies", ExpressCompanyViewSet)
router.register("aftersales", AftersaleViewSet)
router.register("disputes", DisputeViewSet)
router.register("complaints", ComplaintViewSet)
router.register("live-days", LiveDayViewSet)
router.register("lists", PulledListViewSet)
router.register("service-settings", AccountInfoViewSet)
router.register("merchant-account", MerchantAccountViewSet, basename="merchant-account")
router.register("balance", BalanceViewSet, basename="balance")
router.register("flow-days", FlowDayViewSet)
router.register("flows", FlowViewSet)
router.register("settlements", SettlementViewSet)
router.register("withdrawals", WithdrawalViewSet)
router.register("payment-orders", PaymentOrderViewSet)
router.register("daily-closes", CloseViewSet)
router.register("daily-close-rows", CloseRowViewSet)
router.register("access", AccessViewSet, basename="access")
router.register("scene-groups", SceneGroupViewSet)
router.register("scene-check", SceneCheckViewSet, basename="scene-check")
router.register("promoters", PromoterViewSet)
router.register("sharers", SharerViewSet)
router.register("sales", SalesFiguresViewSet, basename="sales")
router.register("payout-periods", PeriodViewSet)
router.register("payout-statements", StatementViewSet)
router.register("payout-rates", RateViewSet)
router.register("events", EventViewSet, basename="event")
router.register("webhooks", WebhookViewSet)
router.register("alerts", AlertViewSet)
router.register("differences", FoundDifferenceViewSet, basename="found-difference")
router.register("reconciliation", ReconciliationViewSet)
router.register("comparisons", ReconciliationRunViewSet)
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
    path("key/", KeyView.as_view(), name="key"),
    path("", include(router.urls)),
]
