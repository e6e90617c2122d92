"""What being told costs: an order with the triggers of the feed beside one without, and a backlog that drains.

    .venv/bin/python -m tests.benchmarks.webhooks [--orders 20] [--rounds 6] [--backlog 60000] [--rate 60]

Cost: CPU of this process for orders through the API, in turn with and without the triggers; on SQLite the database is
part of it. The statements and commits of both are asserted to be the same. Drain: a sender in a process of its own
tells a receiver of so many events; then orders come at a rate with and without it, in turn.
"""

import argparse
import asyncio
import socket
import statistics
import time
from contextlib import contextmanager

from tests.benchmarks import orders, report  # the first sets Django up
from tests.benchmarks.orders import fork

# ruff: isort: split
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment

from console import key_requests
from console.feed import triggers
from console.feed.kinds import event_names
from console.models import APIKey, FeedEvent, WebhookDelivery, WebhookEndpoint
from console.webhooks import making
from tests.factories import make_key, make_order, make_user, order_body
from tests.processes import environment, kill, python, until

SEND = "from console.webhooks import rounds\nwhile True: rounds.deliver({pk})"


def compare_cost(their_port: int, count: int, rounds: int) -> None:
    _key, header = make_key("orders")
    APIKey.objects.update(per_minute=10**6)
    settings.WECHAT_API_BASE = f"http://127.0.0.1:{their_port}"
    browser = Client()
    place(browser, header, 5)  # warm
    counted = {with_triggers: statements(browser, header, with_triggers) for with_triggers in (True, False)}
    assert counted[True] == counted[False], counted
    ratios = []
    for _round in range(rounds):
        costs = {}
        for with_triggers in (True, False):
            switch(with_triggers)
            began = time.process_time()
            place(browser, header, count)
            costs[with_triggers] = time.process_time() - began
        ratios.append(costs[True] / costs[False])
    switch(True)
    print(f"\nCPU of an order, {connection.vendor}: with the triggers / without")
    report.ratio("in this process", ratios)


def place(browser: Client, header: dict, count: int) -> None:
    for _nth in range(count):
        body = order_body()
        headers = header | {"Idempotency-Key": body["out_order_id"]}
        answer = browser.post(orders.PATH, body, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content


def statements(browser: Client, header: dict, with_triggers: bool) -> list[str]:
    switch(with_triggers)
    place(browser, header, 1)
    with CaptureQueriesContext(connection) as captured:
        place(browser, header, 1)
    # The count of requests takes one of 16 rows, whose first use is an INSERT.
    return [query["sql"].split(" ", 1)[0] for query in captured.captured_queries if "requestcount" not in query["sql"]]


def switch(on: bool) -> None:
    if on:
        triggers.make()
    else:
        triggers.drop_all()


def measure_drain(their_port: int, backlog: int, rate: int, seconds: int, rounds: int) -> None:
    make_order(place=False)
    with receiver() as (url, arrived):
        endpoint = WebhookEndpoint(url=url, events=making.chosen(event_names(), lambda permission: True))
        making.make(endpoint, make_user())
        add_events(backlog)
        with sender(endpoint):
            until(lambda: arrived.value > 0, 60, "something arrives")
            began, before = time.perf_counter(), arrived.value
            until(lambda: arrived.value >= backlog, 600, "the backlog drains")
            print(f"  {'a backlog, alone':38} {(backlog - before) / (time.perf_counter() - began):8.0f} /s")
        assert arrived.value == backlog and WebhookDelivery.objects.count() >= backlog - 16
        beside_orders(their_port, endpoint, arrived, rate, seconds, rounds)


def beside_orders(their_port: int, endpoint: WebhookEndpoint, arrived, rate: int, seconds: int, rounds: int) -> None:
    _key, header = make_key("orders", name="rated")
    APIKey.objects.update(per_minute=10**6)
    ratios, rates = [], []
    with orders.web(their_port) as port:
        header |= {"X-Forwarded-Proto": "https"}
        orders.load(port, orders._orders(header, 64), connections=32)
        for _round in range(rounds):
            alone = orders.load(port, orders._orders(header, rate * seconds), rate=rate)
            add_events(1_000 * seconds)
            before = arrived.value
            with sender(endpoint):
                until(lambda before=before: arrived.value > before, 60, "it sends")
                began, before = time.perf_counter(), arrived.value
                beside = orders.load(port, orders._orders(header, rate * seconds), rate=rate)
                rates.append((arrived.value - before) / (time.perf_counter() - began))
            ratios.append(orders._percentiles(beside)[2] / orders._percentiles(alone)[2])
    print(f"  {f'a backlog, beside {rate} orders a second':38} {statistics.median(rates):8.0f} /s")
    report.ratio("p99 of the orders, beside it / alone", ratios)


def add_events(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
            f"INSERT INTO console_feedevent ({triggers.COLUMNS}) "
            f"SELECT 'order', 'order.paid', n, '', '10', '20', {triggers.CLOCK[connection.vendor]} FROM s"
        )
    assert FeedEvent.objects.filter(position=None).count() >= count


@contextmanager
def sender(endpoint: WebhookEndpoint):
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(lease_until=None)
    process = python(SEND.format(pk=endpoint.pk), environment("http://127.0.0.1:1"))
    try:
        yield
    finally:
        kill(process)


@contextmanager
def receiver():
    """Takes everything at once, in a process of its own; gives its address and how many arrived."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    arrived = fork.Value("q", 0)

    async def talk(reader, writer):
        try:
            while True:
                await orders._message(reader)
                arrived.value += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve():
        server = await asyncio.start_server(talk, sock=listening)
        await server.serve_forever()

    process = fork.Process(target=lambda: asyncio.run(serve()), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", arrived
    finally:
        process.kill()
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("orders", 20), ("rounds", 6), ("backlog", 60_000), ("rate", 60), ("seconds", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(serialized_aliases=set())
    try:
        with orders.platform() as (port, _reached):
            compare_cost(port, options.orders, options.rounds)
            measure_drain(port, options.backlog, options.rate, options.seconds, options.rounds)
    finally:
        key_requests.write_counts()
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
