"""CPU of an order through the API in one process, beside a plain view of DRF, the ORM and requests.

    .venv/bin/python -m tests.benchmarks.order_cpu [--rounds 5] [--orders 300]

The plain view validates the same fields, stores order and line in one commit, asks the platform and stores its answer:
no key, no audit row, no rate limit, no step. Statements and commits are asserted, times are printed.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import requests  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import get_runner, setup_test_environment  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.decorators import api_view, permission_classes  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from console import key_requests  # noqa: E402
from console.models import APIKey  # noqa: E402
from orders import payloads, placing  # noqa: E402
from orders.models import OrderLine, OrderStatus  # noqa: E402
from orders.serializers import PlacedAnswerSerializer, PlacedOrderSerializer  # noqa: E402
from tests.benchmarks import orders as api  # noqa: E402
from tests.benchmarks import report  # noqa: E402
from tests.factories import make_key, order_body  # noqa: E402

session = requests.Session()


@api_view(["POST"])
@permission_classes([])
def plain(request):
    serializer = PlacedOrderSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    order, lines = serializer.build(serializer.validated_data)
    with transaction.atomic():
        order.save(force_insert=True)
        OrderLine.objects.bulk_create(lines)
    placing._attach(order, lines)
    answer = session.post(settings.WECHAT_API_BASE + api.ADD, json=payloads.order(order)).json()["data"]
    order.order_id, order.status, order.final_price = answer["order_id"], OrderStatus.TO_PAY, answer["final_price"]
    order.save()
    return Response(PlacedAnswerSerializer(order).data, 201)


urlpatterns = [path("plain/", plain), path("", include("config.urls"))]


def milliseconds(address: str, header: dict, count: int) -> float:
    """CPU of this process for an order."""
    handler = WSGIHandler()
    environs = [_environ(address, header, order_body()) for _nth in range(count)]
    statuses: list[str] = []
    started = time.process_time()
    for environ in environs:
        response = handler(environ, lambda status, *_rest: statuses.append(status))
        response.close()
    taken = time.process_time() - started
    assert set(statuses) == {"201 Created"}, set(statuses)
    return taken / count * 1000


def _environ(address: str, header: dict, body: dict) -> dict:
    text = json.dumps(body).encode()
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in header.items()}
    return named | {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": address,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_IDEMPOTENCY_KEY": body["out_order_id"],
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(text)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(text),
        "wsgi.errors": sys.stderr,
    }


def compare(rounds: int, count: int) -> None:
    _key, header = make_key("orders")
    APIKey.objects.update(per_minute=10**6)
    api.LATENCY = 0
    settings.ROOT_URLCONF = __name__
    settings.WECHAT_PACE = {"default": (2_000_000, 1_000, 1_000_000)}
    with api.platform() as (port, _reached):
        api.count_statements(header, port)
        milliseconds("/plain/", {}, 20), milliseconds(api.PATH, header, 20)  # warm
        pairs = [(milliseconds("/plain/", {}, count), milliseconds(api.PATH, header, count)) for _nth in range(rounds)]
    for name, side in (("plain view", 0), ("ours", 1)):
        taken = sorted(pair[side] for pair in pairs)
        print(f"  {name:38} {taken[len(taken) // 2]:8.2f} ms ({taken[0]:.2f} to {taken[-1]:.2f})")
    report.ratio("CPU, ours / plain view", [own / floor for floor, own in pairs])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--orders", type=int, default=300)
    options = arguments.parse_args()
    setup_test_environment(debug=False)
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases=["default"], serialized_aliases=[])
    try:
        connection.settings_dict["CONN_MAX_AGE"] = 600  # as the settings have it outside of tests
        compare(options.rounds, options.orders)
    finally:
        key_requests.write_counts()
        runner.teardown_databases(databases)
