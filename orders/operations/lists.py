"""Pulls orders and express companies, page by page; finds the changes whose message was lost."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import UnreadableAnswer
from wechat.models import PulledList
from wechat.shop import delivery
from wechat.shop import order as shop
from wechat.steps.operations import Applies, renew_lease
from wechat.steps.pulls import pull
from wechat.steps.unread import LeftOut
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
    left_out = LeftOut()
    count = pull_span(start, now + timedelta(minutes=5), left_out)
    return lambda: pulled.mark(count, left_out.note)


def pull_span(start: datetime, end: datetime, left_out: LeftOut | None = None) -> int:
    """Read every order created in a span; returns how many."""
    return _apply_all(lambda page: shop.get_list(time_text(start), time_text(end), page, PAGE), left_out)


def pull_orders_of_promoter(promoter_id: str, start: datetime, end: datetime) -> int:
    """Read a promoter's orders paid in a span; returns how many."""
    return _apply_all(lambda page: shop.get_list_by_finder(promoter_id, time_text(start), time_text(end), page, PAGE))


def pull_orders_of_sharer(sharer_openid: str, start: datetime, end: datetime) -> int:
    """Read a sharer's orders paid in a span; returns how many."""
    return _apply_all(lambda page: shop.get_list_by_sharer(sharer_openid, time_text(start), time_text(end), page, PAGE))


@pull("express_companies", _("Express companies"), name="pull_express_companies", label=_("Pull express companies"))
def pull_express_companies(pulled: PulledList, sent: dict) -> Applies:
    """Read which express companies WeChat knows. Once a day is enough."""
    left_out = LeftOut()
    rows = left_out.readable(delivery.get_company_list(), _company, "delivery_id", "delivery_name")
    if not rows:
        raise UnreadableAnswer("delivery/get_company_list answered without a single company")

    def swap() -> None:
        if not left_out:  # else one of those left out may be what seems to be gone
            ExpressCompany.objects.exclude(delivery_id__in=[row.delivery_id for row in rows]).update(gone=True)
        ExpressCompany.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["delivery_id"], update_fields=["delivery_name", "gone"]
        )
        pulled.mark(len(rows), left_out.note)

    return swap


def _company(row: dict) -> ExpressCompany:
    return ExpressCompany(
        delivery_id=text(ExpressCompany, "delivery_id", row["delivery_id"]),
        delivery_name=text(ExpressCompany, "delivery_name", row.get("delivery_name")),
    )


def _apply_all(page_of: Callable[[int], list[dict]], left_out: LeftOut | None = None) -> int:
    count, left_out = 0, LeftOut() if left_out is None else left_out
    for began, rows in _pages(page_of):
        named = left_out.readable(rows, _named, "out_order_id", "order_id")
        ours = Order.objects.in_bulk([number for number, _row in named], field_name="out_order_id")
        for number, row in named:
            with left_out.unless_readable(row, "out_order_id"), transaction.atomic():
                order = ours.get(number) or import_order(row)
                apply_snapshot(order, Snapshot(began, row))
                ours[number] = order
        count += len(named)
        renew_lease()
    return count


def _named(row: dict) -> tuple[str, dict]:
    if not row.get("out_order_id"):
        raise KeyError("out_order_id")
    return str(row["out_order_id"]), row


def _pages(page_of: Callable[[int], list[dict]]) -> Iterator[tuple[datetime, list[dict]]]:
    page = 1
    while True:
        began = timezone.now()
        rows = page_of(page)
        # Totals are not to be relied upon (BEHAVIOUR 4.5): the last page is the one that is not full.
        yield began, rows
        if len(rows) < PAGE:
            return
        page += 1
