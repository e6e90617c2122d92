"""Pulls orders and express companies, page by page; finds the changes whose message was lost."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import delivery
from wechat.shop import order as shop
from wechat.steps.operations import Applies, renew_lease
from wechat.steps.pulls import pull
from wechat.values import text, time_text

from ..models import ExpressCompany, Order
from ..snapshots import Snapshot, apply_snapshot, import_order

PAGE = 100
DAYS = 30  # a pull looks back at most
OVERLAP = timedelta(days=3)  # a pull begins this long before the last one, as orders still change after it


@pull("orders", _("Orders"), name="pull_orders", label=_("Pull orders"))
def pull_orders(pulled: PulledList, sent: dict) -> Applies:
    """Read the orders of the last days: state changes without a message, and orders that are not stored here."""
    now = timezone.now()
    start = max(now - timedelta(days=DAYS), (pulled.pulled_at or now - timedelta(days=DAYS)) - OVERLAP)
    count = pull_span(start, now + timedelta(minutes=5))
    return lambda: pulled.mark(count)


def pull_span(start: datetime, end: datetime) -> int:
    """Read every order created in a time span; returns how many."""
    return _apply_all(lambda page: shop.get_list(time_text(start), time_text(end), page, PAGE))


def pull_orders_of_promoter(promoter_id: str, start: datetime, end: datetime) -> int:
    """Read a promoter's orders paid in a span; returns how many."""
    return _apply_all(lambda page: shop.get_list_by_finder(promoter_id, time_text(start), time_text(end), page, PAGE))


def pull_orders_of_sharer(sharer_openid: str, start: datetime, end: datetime) -> int:
    """Read a sharer's orders paid in a span; returns how many."""
    return _apply_all(lambda page: shop.get_list_by_sharer(sharer_openid, time_text(start), time_text(end), page, PAGE))


@pull("express_companies", _("Express companies"), name="pull_express_companies", label=_("Pull express companies"))
def pull_express_companies(pulled: PulledList, sent: dict) -> Applies:
    """Read WeChat's list of express companies. Once a day is enough."""
    rows = [
        ExpressCompany(
            delivery_id=text(ExpressCompany, "delivery_id", row["delivery_id"]),
            delivery_name=text(ExpressCompany, "delivery_name", row.get("delivery_name")),
        )
        for row in delivery.get_company_list()
    ]
    if not rows:
        raise Unreachable("delivery/get_company_list answered without a single company")

    def swap() -> None:
        ExpressCompany.objects.exclude(delivery_id__in=[row.delivery_id for row in rows]).update(gone=True)
        ExpressCompany.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["delivery_id"], update_fields=["delivery_name", "gone"]
        )
        pulled.mark(len(rows))

    return swap


def _apply_all(page_of: Callable[[int], list[dict]]) -> int:
    count = 0
    for began, rows in _pages(page_of):
        ours = Order.objects.in_bulk([str(row.get("out_order_id")) for row in rows], field_name="out_order_id")
        for row in rows:
            number = str(row.get("out_order_id"))
            with transaction.atomic():
                order = ours[number] = ours.get(number) or import_order(row)
                apply_snapshot(order, Snapshot(began, row))
        count += len(rows)
        renew_lease()
    return count


def _pages(page_of: Callable[[int], list[dict]]) -> Iterator[tuple[datetime, list[dict]]]:
    page = 1
    while True:
        began = timezone.now()
        rows = page_of(page)
        # WeChat's totals are unreliable (BEHAVIOUR 4.5): the last page is the one that is not full.
        yield began, [row for row in rows if row.get("out_order_id")]
        if len(rows) < PAGE:
            return
        page += 1
