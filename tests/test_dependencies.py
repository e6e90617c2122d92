"""Each dependency fails alone: what the table of tests/test_dependency_table.py does not ask of them."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import environ
import psycopg
import pytest
import requests
from django.db import connections, models
from django.utils import timezone

from config import celery_options, databases
from console import rates
from orders.models import Order
from tests.factories import make_key, make_user, order_body
from tests.processes import callbacks_server, kill, until, web_server
from tests.servers import freeze, postgres_server, redis_server, thaw
from tests.test_kills import push
from wechat import deadline
from wechat.models import AccessToken, Call, Callback, Pace, Step

ORDERS = "/api/v1/orders/"


@pytest.fixture
def cache(settings, monkeypatch):
    """The cache in a Redis of its own; gives its process."""
    monkeypatch.setattr(rates, "_left_alone_until", 0.0)
    monkeypatch.setattr(rates, "_told_at", -rates.TOLD)
    with redis_server() as (process, port):
        monkeypatch.setenv("CACHE_URL", f"redis://127.0.0.1:{port}/0")
        settings.CACHES = {"default": databases.cache(environ.Env())}
        yield process


@pytest.mark.processes
@pytest.mark.parametrize("fault", [kill, freeze])
def test_without_the_cache_orders_pages_and_signing_in_go_on(cache, client, platform, caplog, fault):
    key, header = make_key("orders")
    key.per_minute = 1
    key.save()

    def place() -> int:
        return client.post(ORDERS, order_body(), content_type="application/json", headers=header).status_code

    assert place() == 201
    until(lambda: place() == 429, 30, "the key is limited")  # a cache that was slow to answer is left alone for 5 s
    fault(cache)
    began = time.monotonic()
    assert [place() for _nth in range(10)] == [201] * 10
    person = make_user("owner")
    client.force_login(person)
    assert client.get("/admin/").status_code == 200
    assert time.monotonic() - began < 4  # one time-out of a quarter second, not one a request
    assert [line.name for line in caplog.records if "cache" in line.message] == ["console.rates"]


@pytest.mark.processes
def test_a_cache_that_is_back_limits_again(cache, client, platform, monkeypatch):
    monkeypatch.setattr(rates, "LEFT_ALONE", 0.2)
    freeze(cache)
    assert rates.count("orders", 60) is None
    thaw(cache)
    assert rates.count("orders", 60) is None  # left alone
    time.sleep(0.25)
    assert [rates.count("shipping", 60) for _nth in range(2)] == [1, 2]


TABLE = """
CREATE TABLE wechat_callback (id bigserial, key text UNIQUE, event text, state text, body bytea, sent_at bigint,
                              received_at timestamptz, attempts int, error text)
"""


def timed(url: str, number: int) -> tuple[int, bool]:
    """What a push is answered, and whether it was within two seconds (and a bit, for a busy machine)."""
    began = time.monotonic()
    return push(url, number).status_code, time.monotonic() - began < 2.5


def _made(address: str) -> bool:
    try:
        with psycopg.connect(address) as connection:
            connection.execute(TABLE)
    except psycopg.OperationalError:
        return False
    return True


def test_only_messages_wait_less_for_a_lock(client):
    if connections["default"].vendor == "sqlite":
        usual = connections["default"].connection.execute("PRAGMA busy_timeout").fetchone()
        with deadline.within(1.2):
            assert connections["default"].connection.execute("PRAGMA busy_timeout").fetchone() == (1200,)
        assert connections["default"].connection.execute("PRAGMA busy_timeout").fetchone() == usual == (20_000,)


def test_a_full_disk_is_said(client, settings):
    assert client.get("/readyz").json()["disk"] == "ok"
    settings.DISK_FREE_MB = 10**9
    assert client.get("/readyz").json()["disk"] == "full"


def test_messages_of_the_schedule_expire_so_that_they_do_not_pile_up():
    expires = {name: entry["options"]["expires"] for name, entry in celery_options.beat_schedule.items()}
    assert (expires["webhooks"], expires["open orders"], expires["prune"]) == (30, 120, 12 * 3600)


@contextmanager
def silent_platform():
    """A platform that takes every connection and answers nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(200)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/sandbox"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_while_wechat_is_silent_messages_and_health_find_a_thread_and_the_circuit_opens(settings):
    """64 orders against 2 × 8 threads: all are stored and told to come again, and messages are answered meanwhile."""
    _key, header = make_key("orders")
    soon = timezone.now() + timedelta(hours=2)
    AccessToken.objects.create(appid=settings.WECHAT_APPID, value="token", expires_at=soon)
    bodies = [order_body() for _nth in range(64)]
    with silent_platform() as platform, ThreadPoolExecutor(64) as buyers:
        more = {"WECHAT_API_BASE": platform, "WEB_CALLS": "5", "WECHAT_READ_TIMEOUT": "6"}
        with web_server(threads=8, **more) as (_web, base):

            def place(body):
                return requests.post(f"{base}/api/v1/orders/", json=body, headers=header, timeout=30)

            placed = [buyers.submit(place, body) for body in bodies]
            until(lambda: sum(each.done() for each in placed) >= 64 - 2 * 5, 20, "only those with a place wait")
            waits = [timed(f"{base}/wechat/callback/", number) for number in range(20)]
            assert Step.objects.filter(state="sent").exists()  # they still wait
            assert requests.get(f"{base}/healthz", timeout=2).ok
            answers = [answer.result() for answer in placed]
            resting = Pace.objects.filter(endpoint="/shop/order/add")
            assert resting.get().paused_until > 0
            resting.update(paused_until=int((time.time() + 60) * 1_000_000))  # a busy machine is past its 15 seconds
            calls = Call.objects.count()
            assert (place(order_body()).status_code, Call.objects.count()) == (503, calls)  # nothing was sent
    assert waits == [(200, True)] * 20
    assert {(answer.status_code, int(answer.headers["Retry-After"]) > 0) for answer in answers} == {(503, True)}
    assert Order.objects.filter(order_id=None).count() == 65
    assert Callback.objects.count() == 20
    assert Pace.objects.get(endpoint="/shop/order/add").timeouts == 5


@pytest.mark.processes
def test_a_database_that_restarts_under_load_has_a_row_for_every_success():
    with postgres_server() as database, ThreadPoolExecutor(4) as senders:
        until(lambda: _made(database.address), 20, "the table is made")
        with web_server(threads=4, DATABASE_URL=database.address) as (_web, base):
            url, until_then = f"{base}/wechat/callback/", time.monotonic() + 4

            def send(first: int) -> list[int]:
                answers = []
                while time.monotonic() < until_then:
                    answers.append(push(url, first + len(answers)).status_code)
                return answers

            sent = [senders.submit(send, nth * 10_000) for nth in range(1, 5)]
            time.sleep(1)
            database.stop()
            time.sleep(0.5)
            database.start()
            answers = [status for each in sent for status in each.result()]
            until(lambda: push(url, 1).status_code == 200, 10, "it recovers by itself")
        with psycopg.connect(database.address) as connection:
            rows = connection.execute("SELECT COUNT(*) FROM wechat_callback").fetchone()[0]
    assert set(answers) == {200, 503}
    assert rows >= answers.count(200) + 1


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_deploy_with_a_migration_under_load_loses_no_message():
    """The process for messages is exchanged, and a column comes and goes.

    As the proxies of deploy/ do, a message that one of them does not answer is given to the other; WeChat tries again.
    """
    column = models.IntegerField(null=True)
    column.set_attributes_from_name("of_the_next_version")
    with (
        callbacks_server(threads=4) as (own, own_url),
        web_server(threads=4) as (_web, web_url),
        ThreadPoolExecutor(4) as senders,
    ):
        until_then = time.monotonic() + 5

        def send(number: int) -> list[int]:
            tries: list[int] = []
            for url in (own_url, web_url) * 3:
                try:
                    tries.append(push(f"{url}/wechat/callback/", number, timeout=2.5).status_code)
                except requests.RequestException:
                    tries.append(0)
                if tries[-1] == 200:
                    break
            return tries

        def stream(first: int) -> list[list[int]]:
            sent = []
            while time.monotonic() < until_then:
                sent.append(send(first + len(sent)))
                time.sleep(0.02)
            return sent

        streams = [senders.submit(stream, nth * 10_000) for nth in range(4)]
        time.sleep(1)
        own.send_signal(signal.SIGHUP)
        time.sleep(1)
        for change in ("add_field", "remove_field"):
            with connections["default"].schema_editor() as editor:
                getattr(editor, change)(Callback, column)
        sent = [each for stream in streams for each in stream.result()]
    assert [tries for tries in sent if tries[-1] != 200] == []
    assert Callback.objects.count() == len(sent) >= 8
