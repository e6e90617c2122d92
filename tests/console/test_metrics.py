"""`/metrics`: exact values in Prometheus' form, for those who have the token or the address."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from console import queue_figures
from console.setup_checks.workers import note_sign
from tests.console.test_health_page import called
from tests.factories import make_order
from wechat import call_counts
from wechat.models import Callback

URL = "/metrics"
TOKEN = {"Authorization": "Bearer t0ken"}
LINE = re.compile(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [0-9.e+]+)')


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = "t0ken"


def test_the_figures_are_those_of_the_database(client, platform):
    called("/shop/order/add", 0, 90, times=3)
    called("/shop/order/add", 45009, 30)
    called('/shop/"odd', None, 12_000)
    call_counts.refresh()
    old = timezone.now() - timedelta(seconds=100)
    Callback.objects.create(key="k", event="e", received_at=old)
    note_sign("beat")
    order = make_order()
    page = client.get(URL, headers=TOKEN)
    lines = page.content.decode().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert page["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values['console_wechat_calls_total{endpoint="/shop/order/add",outcome="done"}'] == "3"
    assert values['console_wechat_calls_total{endpoint="/shop/order/add",outcome="refused"}'] == "1"
    assert values['console_wechat_calls_total{endpoint="/shop/\\"odd",outcome="silent"}'] == "1"
    assert values['console_wechat_refusals_total{errcode="45009"}'] == "1"
    assert values['console_wechat_call_seconds_bucket{endpoint="/shop/order/add",le="0.05"}'] == "1"
    assert values['console_wechat_call_seconds_bucket{endpoint="/shop/order/add",le="+Inf"}'] == "4"
    assert values['console_wechat_call_seconds_sum{endpoint="/shop/order/add"}'] == "0.3"
    assert values['console_messages{state="received"}'] == "1"
    assert 100 <= float(values['console_messages_oldest_seconds{state="received"}']) <= 110
    assert values[f'console_orders{{status="{order.status}"}}'] == "1"
    assert float(values['console_sign_of_life_age_seconds{name="beat"}']) <= 5
    assert queue_figures.steps()[0].size == int(values['console_steps{state="wanted"}'])


@pytest.mark.parametrize(
    ("headers", "addresses", "status"),
    [
        (TOKEN, [], 200),
        ({"Authorization": "Bearer other"}, [], 403),
        ({"Authorization": "Bearer "}, [], 403),
        ({}, [], 403),
        ({}, ["127.0.0.0/8"], 200),
        ({}, ["10.0.0.0/8"], 403),
    ],
)
def test_it_is_open_with_the_token_or_from_a_listed_address_only(client, settings, headers, addresses, status):
    settings.METRICS_ADDRESSES = addresses
    assert client.get(URL, headers=headers).status_code == status


def test_an_empty_token_opens_nothing(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get(URL, headers={"Authorization": "Bearer "}).status_code == 403
