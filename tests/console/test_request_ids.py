"""A request id follows a press through job, step and call, and stands in every line of the log."""

import json
import logging
import re

import pytest

from config.logs import JSONLines, WithRequestId
from tests.factories import make_brand, make_order, make_user
from wechat.models import Call, Step
from wechat.steps import request_ids

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def lines():
    """What the log says at INFO, as JSON lines."""
    written: list[dict] = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(json.loads(self.format(record)))

    handler = Keep()
    handler.setFormatter(JSONLines())
    handler.addFilter(WithRequestId())
    loggers = [logging.getLogger(name) for name in ("wechat.calls", "console.requests")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield written
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_an_id_follows_a_press_to_the_step_its_calls_and_the_log(client, platform, drain, lines):
    client.force_login(make_user("product"))
    brand = make_brand()
    url = f"/admin/qualifications/brandqualification/{brand.pk}/do/submit_brand/"
    answer = client.post(url, headers={"X-Request-ID": "press-1"})
    assert answer["X-Request-ID"] == "press-1"
    drain()
    step = Step.objects.get(operation__endswith="submit_brand")
    assert step.request_id == "press-1"
    assert set(Call.objects.values_list("request_id", flat=True)) == {"press-1"}
    called = next(line for line in lines if line.get("endpoint") == "/shop/audit/audit_brand")
    assert (called["request_id"], called["errcode"], called["logger"]) == ("press-1", 0, "wechat.calls")
    pressed = next(line for line in lines if line["logger"] == "console.requests")
    assert (pressed["request_id"], pressed["status"], pressed["method"]) == ("press-1", 302, "POST")
    assert pressed["route"] == "admin/qualifications/brandqualification/<int:pk>/do/<slug:operation>/", (
        "no id of a record"
    )
    assert request_ids.current() == ""


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "é"])
def test_what_is_no_id_is_replaced(client, given):
    assert MADE.fullmatch(client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"])


def test_two_requests_have_two_ids(client):
    one, other = (client.get("/healthz")["X-Request-ID"] for _nth in range(2))
    assert one != other


def test_an_id_costs_an_order_no_query_more(platform, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from orders.operations import refresh_order

    orders = [make_order(), make_order()]
    refresh_order(orders[0])
    counts = []
    for request_id in ("", "press-2"):
        with request_ids.following(request_id), CaptureQueriesContext(connection) as queries:
            refresh_order(orders[1])
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Call.objects.filter(request_id="press-2").count() == 1


def test_a_line_has_the_exception_and_chinese_as_it_is(lines):
    try:
        raise ValueError("坏")
    except ValueError:
        logging.getLogger("wechat.calls").exception("错误 %s", "一")
    (line,) = lines
    assert (line["message"], line["level"], line["request_id"]) == ("错误 一", "ERROR", "-")
    assert line["exception"].endswith("ValueError: 坏")
