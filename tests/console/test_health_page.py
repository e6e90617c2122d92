"""The health page: exact figures from the hourly counts, in a constant number of queries."""

from datetime import timedelta

import django
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console import endpoint_figures
from tests.console.pages import document, words
from tests.factories import make_user
from tests.wechat.test_callbacks import event, send
from wechat import call_counts, pace
from wechat.models import Call, CallCount
from wechat.shop import account
from wechat.tasks import prune

HOUR = timedelta(hours=1)


def called(endpoint: str, errcode: int | None, duration: int, ago=timedelta(), times: int = 1, errmsg: str = ""):
    at = timezone.now() - ago
    row = {"endpoint": endpoint, "errcode": errcode, "duration": duration, "errmsg": errmsg}
    Call.objects.bulk_create([Call(created_at=at, asked_by="test", **row) for _nth in range(times)])


def test_calls_are_counted_by_hour_endpoint_and_outcome_and_no_call_twice():
    called("/shop/order/add", 0, 90, times=95)
    called("/shop/order/add", 45009, 30, times=2)
    called("/shop/order/add", None, 10_500, times=3)
    called("/shop/order/add", 0, 90, ago=3 * HOUR, times=4)
    called("/shop/order/add", 0, 90, ago=40 * 24 * HOUR, times=9)
    assert call_counts.refresh() == 3  # the hour 30 days ago, where counting begins, and the two with calls
    called("/shop/order/add", 0, 40)
    call_counts.refresh()
    call_counts.refresh()
    (one,) = endpoint_figures.last_day()
    assert (one.calls, one.errors, one.silent, one.limited) == (105, 5, 3, 2)
    assert [(hour.calls, hour.errors) for hour in one.hours if hour.calls] == [(4, 0), (101, 5)]
    assert one.within == [3, 102, 102, 102, 102, 102, 102, 102]
    assert (one.p95, one.is_over) == (99, False)


@pytest.mark.parametrize(
    ("within", "calls", "p95"),
    [
        ([100, 100, 100, 100, 100, 100, 100, 100], 100, 48),
        ([0, 0, 0, 0, 0, 0, 0, 0], 7, 10_000),
        ([0, 0, 0, 0, 0, 0, 0, 0], 0, 0),
    ],
)
def test_p95_lies_between_two_bounds(within, calls, p95):
    assert endpoint_figures.quantile(within, calls, 0.95) == p95


def test_old_counts_are_deleted_with_their_calls(settings):
    called("/shop/order/add", 0, 90)
    call_counts.refresh()
    CallCount.objects.update(hour=timezone.now() - timedelta(days=settings.WECHAT_KEEP_DAYS + 1))
    prune()
    assert not CallCount.objects.exists()


def test_the_page_shows_calls_messages_and_what_waits(client, platform, settings):
    account.get_info()
    pace.pause("/shop/account/get_info", 45011)
    send(client, event("open_product_order_pay"))
    settings.WECHAT_TOKEN = "another"
    send(client, event(number=2))
    call_counts.refresh()
    client.force_login(make_user("auditor"))
    page = client.get("/admin/health/")
    text = words(page)
    assert "/shop/account/get_info 1 0 0" in text and "800 in 30 s rests for " in text
    assert "open_product_order_pay just now" in text and "just now wrong signature" in text
    assert "Messages from WeChat To be handled 1 oldest: just now" in text
    assert "Access token valid for 7" in text and f"Django {django.__version__}" in text
    charts = document(page).xpath("//svg[@class='hours']/@aria-label")
    assert charts == ["1 calls, 0 errors", "1 calls, 0 errors"]


def test_the_page_asks_the_database_as_often_for_many_endpoints_as_for_one(client):
    client.force_login(make_user("owner"))
    asked = []
    for many in (1, 30):
        for nth in range(many):
            called(f"/shop/test/{nth}", nth, 90)
            called(f"/shop/test/{nth}", 0, 90, ago=2 * HOUR)
        call_counts.refresh()
        client.get("/admin/health/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/admin/health/")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 25


@pytest.mark.parametrize(("role", "status"), [("developer", 200), ("auditor", 200), ("warehouse", 403)])
def test_the_page_is_open_to_those_who_may_see_calls(client, role, status):
    client.force_login(make_user(role))
    assert client.get("/admin/health/").status_code == status
