"""Orders a second through the API, and the list of orders when there are a million.

    .venv/bin/python -m tests.benchmarks.orders [--part api|list] [--rounds 5] [--rows 1000000] [--rate 200]

API: POST /api/v1/orders/ with a key and an Idempotency-Key, by gunicorn with 2 × 32 threads and the console's own
settings, to a platform that answers in 100 ms; the load comes open loop from a process of its own, and a latency counts
from the moment its request was due. Beside it in turn the floor: the same load straight to that platform.

List: the admin's pages with so many orders beside those with 100, in turn on two databases of one server. Half of the
100 are to be shipped and half on their way, so that a page shows as many rows on both sides.

Statements, commits, queries and plans are asserted, times are printed.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from itertools import chain

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment  # noqa: E402

from console import key_requests  # noqa: E402
from console.models import APIKey  # noqa: E402
from orders.models import Order, OrderLine  # noqa: E402
from tests.benchmarks import report  # noqa: E402
from tests.factories import make_key, make_order, make_user, order_body  # noqa: E402
from tests.processes import ROOT, answers, environment, kill, until  # noqa: E402
from walkthrough.server import free_port  # noqa: E402
from wechat.models import Call, Step  # noqa: E402

LATENCY = 0.1
PATH, ADD = "/api/v1/orders/", "/shop/order/add"
UNPACED = "2000000,1000,1000000"  # a thousand a second, behind a million at once
fork = multiprocessing.get_context("fork")


# --- the platform, and the load


@contextmanager
def platform():
    """Takes its time and always says yes, in a process of its own; gives its port and how many orders reached it."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    reached = fork.Value("q", 0)
    process = fork.Process(target=lambda: asyncio.run(_serve(listening, reached)), daemon=True)
    process.start()
    try:
        yield listening.getsockname()[1], reached
    finally:
        process.kill()
        process.join()


async def _serve(listening: socket.socket, reached) -> None:
    async def talk(reader, writer):
        try:
            while True:
                head, _body = await _message(reader)
                data: dict = {"errcode": 0, "errmsg": "ok"}
                if b"stable_token" in head:
                    data |= {"access_token": "T", "expires_in": 7200}
                else:
                    reached.value += 1
                    number = 37 * 10**17 + reached.value
                    await asyncio.sleep(LATENCY)
                    ticket = {"ticket": "t" * 40, "ticket_expire_time": "2030-01-01 00:00:00", "final_price": 40480}
                    data["data"] = {"order_id": number} | ticket
                text = json.dumps(data).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, sock=listening)
    await server.serve_forever()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return head, await reader.readexactly(int(length.group(1)) if length else 0)


def load(port: int, requests: list[bytes], **how) -> list[tuple[float, int]]:
    """Send the requests from a process of their own; (seconds, status) of each."""
    ours, theirs = fork.Pipe()
    process = fork.Process(target=lambda: theirs.send(asyncio.run(_send_all(port, requests, **how))), daemon=True)
    process.start()
    try:
        assert ours.poll(120), "the load did not end in time"
        return ours.recv()
    finally:
        process.kill()
        process.join()


async def _send_all(port: int, requests: list[bytes], rate: float = 0, connections: int = 0) -> list:
    """At `rate` a second whatever becomes of them (open loop), or over so many connections without a pause."""
    idle: list = []
    started = time.perf_counter()

    async def send(due: float, request: bytes):
        await asyncio.sleep(due - time.perf_counter())
        streams = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        streams[1].write(request)
        head, _body = await asyncio.wait_for(_message(streams[0]), 30)
        idle.append(streams)
        return time.perf_counter() - due, int(head.split(b" ", 2)[1])

    async def one_after_another(waiting):
        return [await send(time.perf_counter(), request) for request in waiting]

    if rate:
        return await asyncio.gather(*(send(started + nth / rate, one) for nth, one in enumerate(requests)))
    waiting = iter(requests)
    return list(chain.from_iterable(await asyncio.gather(*(one_after_another(waiting) for _nth in range(connections)))))


def request(path: str, body: dict, headers: dict) -> bytes:
    text = json.dumps(body).encode()
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": len(text), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + text


# --- orders through the API


@contextmanager
def web(platform_port: int):
    """gunicorn as it is run, with the console's settings and not the tests'."""
    port = free_port()
    env = environment(
        f"http://127.0.0.1:{port}",
        DJANGO_SETTINGS_MODULE="config.settings",
        WECHAT_SANDBOX="off",
        BEHIND_PROXY="on",
        WECHAT_API_BASE=f"http://127.0.0.1:{platform_port}",
        WECHAT_PACE=UNPACED,
        WEB_CALLS="28",
        LOG_LEVEL="CRITICAL",
    )
    options = shlex.split("-k gthread -w 2 --threads 32 --keep-alive 30 --no-control-socket --log-level critical")
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", *options]
    process = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 30, "the web server answers")
        yield port
    finally:
        kill(process)


def compare_api(rounds: int, rate: int, seconds: int) -> None:
    _key, header = make_key("orders")
    APIKey.objects.update(per_minute=10**6)
    with platform() as (their_port, reached):
        count_statements(header, their_port)
        before, placed = reached.value, 0
        with web(their_port) as port:
            header |= {"X-Forwarded-Proto": "https"}
            load(port, _orders(header, 128), connections=64)  # warm: threads, connections, token
            placed += 128
            pairs = []
            for _round in range(rounds):
                ours = load(port, _orders(header, rate * seconds), rate=rate)
                floor = load(their_port, [request(ADD, order_body(), {}) for _nth in ours], rate=rate)
                statuses = Counter(status for _taken, status in ours)
                assert statuses == {201: len(ours)}, (
                    statuses,
                    Step.objects.exclude(message="").values_list("message").first(),
                )
                placed += len(ours)
                before += len(floor)
                pairs.append((_percentiles(floor), _percentiles(ours)))
            report_latencies(pairs, rate, seconds)
            rates = [_closed_loop(port, _orders(header, rate * seconds)) for _round in range(rounds)]
            placed += rounds * rate * seconds
            print(
                f"  {'64 connections without a pause':38} {statistics.median(rates):8.0f} /s "
                f"({min(rates):.0f} to {max(rates):.0f})"
            )
        stored = Order.objects.exclude(order_id=None).count()
        assert stored - COUNTED == placed == reached.value - before, (stored, placed, reached.value - before)
        assert Step.objects.filter(state=Step.State.DONE).count() == Call.objects.filter(endpoint=ADD).count() == stored


COUNTED = 2  # orders that count_statements places


def count_statements(header: dict, platform_port: int) -> None:
    settings.WECHAT_API_BASE = f"http://127.0.0.1:{platform_port}"
    browser = Client()
    for _nth in range(COUNTED):  # the first warms: token, pace row, content types
        body = order_body()
        headers = header | {"Idempotency-Key": body["out_order_id"]}
        with CaptureQueriesContext(connection) as captured:
            answer = browser.post(PATH, body, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content
    verbs = [query["sql"].split(" ", 1)[0] for query in captured.captured_queries]
    statements = sum(verbs.count(word) for word in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
    assert (statements <= 8, verbs.count("COMMIT"), verbs.count("SAVEPOINT")) == (True, 2, 0), verbs
    print(f"\nAn order, {connection.vendor}: {statements} statements, {verbs.count('COMMIT')} commits")


def _orders(header: dict, number: int) -> list[bytes]:
    bodies = [order_body() for _nth in range(number)]
    return [request(PATH, body, header | {"Idempotency-Key": body["out_order_id"]}) for body in bodies]


def _closed_loop(port: int, requests: list[bytes]) -> float:
    started = time.perf_counter()
    done = load(port, requests, connections=64)
    assert {status for _taken, status in done} == {201}
    return len(done) / (time.perf_counter() - started)


def _percentiles(done: list[tuple[float, int]]) -> list[float]:
    """p50, p95 and p99 in ms."""
    cuts = statistics.quantiles([taken * 1000 for taken, _status in done], n=100)
    return [cuts[49], cuts[94], cuts[98]]


def report_latencies(pairs: list, rate: int, seconds: int) -> None:
    print(f"{rate}/s for {seconds} s, platform {LATENCY * 1000:.0f} ms, medians of {len(pairs)} rounds; p50 p95 p99")
    for name, side in (("straight to the platform", 0), ("ours", 1)):
        medians = [statistics.median(pair[side][nth] for pair in pairs) for nth in range(3)]
        print(f"  {name:38} " + " ".join(f"{milliseconds:8.1f}" for milliseconds in medians) + " ms")
    for nth, name in enumerate(("p50", "p95", "p99")):
        report.ratio(f"order at {rate}/s, {name}, ours / platform", [own[nth] / floor[nth] for floor, own in pairs])


# --- the list of orders

# Of a hundred: three to be shipped, three on their way, five never paid, one refunded, one unpaid, the rest finished.
SPREAD = (
    "CASE WHEN n % 10000 = 0 THEN NULL WHEN n % 100 < 2 THEN 20 WHEN n % 100 < 3 THEN 21 WHEN n % 100 < 6 THEN 30 "
    "WHEN n % 100 < 9 THEN 250 WHEN n % 100 < 11 THEN 181 WHEN n % 100 < 12 THEN 200 WHEN n % 100 < 13 THEN 10 "
    "ELSE 100 END"
)
HALVES = "CASE WHEN n % 2 = 0 THEN 20 ELSE 30 END"
SECONDS_AGO = {"postgresql": "t.{} - n * interval '1 second'", "sqlite": "datetime(t.{}, -n || ' seconds')"}


def pages(rows: int) -> dict[str, tuple[str, str]]:
    """What is looked at: the query with so many orders, and with 100."""
    return {
        "first page": ("", ""),
        "to ship": ("?state=to-ship", "?state=to-ship"),
        "on the way": ("?state=on-the-way", "?state=on-the-way"),
        "by order number": (f"?q=many-{rows // 2 - 1}", "?q=many-49"),
        "by order_id": (f"?q={10**17 + rows // 2 - 1}", f"?q={10**17 + 49}"),
        "by openid": (f"?q=oBuyer-{rows // 2 - 1}", "?q=oBuyer-49"),
        "deep page": ("?p=150", "?p=2"),
    }


def seed(rows: int, status: str) -> None:
    """Copies of one order and of its line, by two statements."""
    ago = SECONDS_AGO[connection.vendor]
    order = {
        "id": "n + 1000",
        "out_order_id": "'many-' || n",
        "openid": "'oBuyer-' || n",
        "status": status,
        "order_id": f"CASE WHEN n % 10000 = 0 THEN NULL ELSE {10**17} + n END",
        "idempotency_key": "NULL",
        "transaction_id": "'4200' || n",
        "promoter_id": "CASE WHEN n % 3 = 0 THEN 'P' || n % 50 ELSE '' END",
        "payment_alert": "CASE WHEN n % 50000 = 0 THEN 'in doubt' ELSE '' END",
        "placed_at": ago.format("placed_at"),
        "paid_at": ago.format("placed_at"),
        "read_at": ago.format("placed_at"),
    }
    template = Order.objects.get()
    copy(Order, rows, order, template.pk)
    copy(OrderLine, rows, {"id": "n + 1000", "order_id": "n + 1000"}, template.lines.get().pk)
    with connection.cursor() as cursor:
        for table in (Order._meta.db_table, OrderLine._meta.db_table):
            if connection.vendor == "postgresql":  # as it does by itself in time
                cursor.execute(f"VACUUM ANALYZE {table}")


def copy(model, rows: int, fields: dict[str, str], pk: int) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(fields.get(column, f"t.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) "
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {values} FROM s, {model._meta.db_table} t WHERE t.id = {pk}"
        )


def turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def compare_lists(rows: int, rounds: int) -> None:
    for model in (Call, Step, OrderLine, Order):
        model.objects.all()._raw_delete("default")
    make_order(place=False)
    browser = Client()
    browser.force_login(make_user())
    connections.close_all()
    few = connection.settings_dict["NAME"]
    connection.creation.clone_test_db("many", verbosity=0)
    many = connection.creation.get_test_db_clone_settings("many")["NAME"]
    try:
        for name, number, status in ((few, 100, HALVES), (many, rows, SPREAD)):
            turn_to(name)
            started = time.perf_counter()
            seed(number, status)
            assert Order.objects.count() == number + 1
            print(f"{number:,} orders seeded in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        times_of: dict[str, list[tuple[float, float]]] = {name: [] for name in pages(rows)}
        for _round in range(rounds):
            taken = []
            for database, side in ((many, 0), (few, 1)):
                turn_to(database)
                taken.append({name: look(browser, queries[side]) for name, queries in pages(rows).items()})
            for name, times in times_of.items():
                times.append((taken[0][name], taken[1][name]))
        print(f"\nThe list of {rows:,} orders beside 100, {connection.vendor}, medians of {rounds}")
        for name, times in times_of.items():
            label = f"{name} ({statistics.median(own for own, _few in times):.0f} ms)"
            report.ratio(label, [own / small for own, small in times])
        check_queries(browser, rows, few, many)
    finally:
        turn_to(few)
        connection.creation.destroy_test_db(suffix="many", verbosity=0)


def look(browser: Client, query: str, times: int = 7) -> float:
    """ms a page takes, the first left aside."""
    taken = []
    for _nth in range(times + 1):
        started = time.perf_counter()
        answer = browser.get(f"/admin/orders/order/{query}")
        taken.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (query, answer.status_code)
    return statistics.median(taken[1:])


def check_queries(browser: Client, rows: int, few: str, many: str) -> None:
    """As many queries whatever the size, none DISTINCT or counting without an end, no plan that reads all orders."""
    for name, (query, small) in pages(rows).items():
        turn_to(few)
        with_few = statements_of(browser, small)
        turn_to(many)
        statements = statements_of(browser, query)
        assert len(statements) == len(with_few) <= 12, (name, len(statements), len(with_few))
        on_orders = [(sql, params) for sql, params in statements if "orders_order" in sql]
        for sql, _params in on_orders:
            assert "DISTINCT" not in sql, sql
            assert sql.count("COUNT(") <= sql.count("LIMIT"), sql
        print(f"  {name}: {len(statements)} queries")
        if name != "first page" and name != "deep page":
            lines = [line for sql, params in on_orders for line in plan(sql, params)]
            print("".join(f"      {line}\n" for line in dict.fromkeys(lines)), end="")


def statements_of(browser: Client, query: str) -> list[tuple[str, tuple]]:
    statements = []

    def note(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    browser.get(f"/admin/orders/order/{query}")
    with connection.execute_wrapper(note):
        browser.get(f"/admin/orders/order/{query}")
    return statements


def plan(sql: str, params: tuple) -> list[str]:
    """How the database goes about it; reading all orders is out of the question."""
    if sql.count("COUNT(") > 1:  # the chips': each ends at the 10,000th row, and may read the table's beginning
        return []
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql, params)
        lines = [str(row[-1]) for row in cursor.fetchall()]
    for line in lines:
        assert not re.search(r"Seq Scan on orders_order\b|SCAN (orders_order|U0)(?! USING)", line), (sql, lines)
    return [
        line.strip(" ->").partition("  (")[0] for line in lines if re.search(r"(Scan|SCAN|SEARCH|Sort|SORT)\b", line)
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--part", choices=["api", "list"])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--rate", type=int, default=200)
    arguments.add_argument("--seconds", type=int, default=6)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    options = arguments.parse_args()
    setup_test_environment(debug=False)
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases=["default"], serialized_aliases=[])
    try:
        connection.settings_dict["CONN_MAX_AGE"] = 600  # as the settings have it outside of tests
        if options.part != "list":
            compare_api(options.rounds, options.rate, options.seconds)
        if options.part != "api":
            compare_lists(options.rows, options.rounds)
    finally:
        key_requests.write_counts()
        runner.teardown_databases(databases)
