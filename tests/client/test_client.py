"""The client against our API, and against a server that fails."""

import io
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter
from standardwebhooks import Webhook
from trading_console import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotVerified,
    Problem,
    Refused,
    TooManyRequests,
    TradingConsole,
    Unavailable,
    Unreachable,
    changes,
    pages,
    transport,
    verify_webhook,
)

from catalog.models import SPU
from console.webhooks.sending import Message, headers
from tests.factories import make_key, make_order, make_spu, order_body, picture
from wechat.models import Image

GONE = "gone"  # the connection breaks after the request arrived


class Failing(ThreadingHTTPServer):
    """Answers with what it is told, one after the other: a status, (status, headers, body) or GONE; then 200."""

    daemon_threads = True

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), FailingHandler)
        self.answers, self.keys = list(answers), []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class FailingHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.keys.append(self.headers["Idempotency-Key"])
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if answer == GONE:
            return
        status, more, body = answer if isinstance(answer, tuple) else (answer, {}, {})
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {**more, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST

    def log_message(self, *args):
        pass


@pytest.fixture
def failing(monkeypatch):
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.001)
    servers = []

    def start(*answers, **options):
        servers.append(Failing(*answers))
        return servers[-1], TradingConsole(servers[-1].url, "tc_x", **options)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


AGAIN = {"Retry-After": "0"}


def test_an_order_is_repeated_with_the_same_key(failing):
    server, console = failing(GONE, (503, AGAIN, {"detail": "slow"}), 502, 429)
    assert console.orders.create(order_body()) == {}
    assert len(server.keys) == 5 and len(set(server.keys)) == 1 and len(server.keys[0]) == 36
    console.orders.create(order_body(), idempotency_key="mine")
    assert server.keys[-1] == "mine"


def test_what_has_no_key_is_repeated_only_where_nothing_was_done(failing):
    server, console = failing(429, (409, AGAIN, {}), GONE)
    with pytest.raises(Unreachable):
        console.withdrawals.create({"amount": 1})
    assert server.keys == [None, None, None]
    server.answers = [502]
    with pytest.raises(Problem, match="502"):
        console.withdrawals.create({"amount": 1})
    server.answers = [GONE, 502, 503]
    assert console.orders.retrieve("a/b") == {}
    assert len(server.keys) == 8


def test_it_gives_up_at_last_and_waits_for_no_hour(failing):
    server, console = failing(*[429] * 9, tries=3)
    with pytest.raises(TooManyRequests):
        console.orders.retrieve("o-1")
    assert len(server.keys) == 3
    server.answers = [(503, {"Retry-After": "3600"}, {"detail": "Tomorrow.", "errcode": 45009})]
    with pytest.raises(Unavailable) as error:
        console.orders.retrieve("o-1")
    assert (error.value.retry_after, error.value.errcode, len(server.keys)) == (3600, 45009, 4)


def test_no_connection_and_a_redirect_are_told(failing):
    with pytest.raises(Unreachable):
        TradingConsole("http://127.0.0.1:9", "tc_x", tries=1).orders.list()
    _server, console = failing((301, {"Location": "https://shop.example/"}, ""), (500, {}, "<h1>Oops</h1>"))
    with pytest.raises(Problem, match=r"moved to https://shop\.example/"):
        console.orders.list()
    with pytest.raises(Problem, match="500 <h1>Oops"):
        console.orders.list()


def test_a_webhook_is_verified():
    secret, body = "whsec_c2VjcmV0", '{"type": "order.paid"}'
    sent = headers(Message("evt_1", body), [secret], datetime.now(UTC))
    assert verify_webhook(secret, sent, body.encode())["type"] == "order.paid"
    late = {**sent, "webhook-timestamp": "1", "webhook-signature": "v1,"}
    for wrong in ({}, late, {**sent, "webhook-signature": Webhook("b3RoZXI=").sign("evt_1", datetime.now(UTC), body)}):
        with pytest.raises(NotVerified):
            verify_webhook(secret, wrong, body)
    with pytest.raises(NotVerified):
        verify_webhook(secret, sent, body.replace("paid", "placed"))


class InProcess(BaseAdapter):
    """Takes the client's requests to our API without a network."""

    def send(self, request, **_options):
        body = {"data": request.body or b"", "content_type": request.headers.get("Content-Type", "")}
        answer = Client().generic(request.method, request.path_url, headers=dict(request.headers), **body)
        response = requests.Response()
        response.status_code, response.raw, response.request = answer.status_code, io.BytesIO(answer.content), request
        response.headers.update(answer.headers)
        return response

    def close(self):
        pass


@pytest.fixture
def console():
    def make(*scopes, key=""):
        text = key or make_key(*scopes)[1]["Authorization"].removeprefix("Bearer ")
        made = TradingConsole("http://testserver", text, language="en")
        made.session.mount("http://testserver", InProcess())
        return made

    return make


def test_lists_are_walked_and_changes_followed(console):
    numbers = [make_order().out_order_id for _nth in range(5)]
    products = [make_spu().pk for _nth in range(3)]
    shop = console("read", "events")
    assert [order["out_order_id"] for order in pages(shop.orders.list, page_size=2)] == numbers[::-1]
    assert sorted(spu["id"] for spu in pages(shop.products.list, page_size=2)) == products
    answers = list(changes(shop.orders.list, page_size=2))
    assert [order["out_order_id"] for answer in answers for order in answer["results"]][-1] == numbers[-1]
    assert len(answers) > 2 and list(changes(shop.orders.list, answers[-1]["position"])) == []
    SPU.objects.filter(pk=products[0]).update(title="Another")
    SPU.objects.filter(pk=products[1]).delete()
    (answer,) = changes(shop.products.list, answers[-1]["position"])
    assert ([spu["title"] for spu in answer["results"]], answer["deleted"]) == (["Another"], [str(products[1])])
    (page,) = changes(shop.events.list, answers[-1]["position"], types="product")
    assert [event["type"] for event in page["results"]] == ["product.changed", "product.deleted"]
    with pytest.raises(TypeError):
        next(changes(shop.brands.list))


def test_problems_have_the_type_of_their_status(console, platform):
    shop = console("orders", "products")
    with pytest.raises(NotFound):
        shop.orders.retrieve("o/1")
    with pytest.raises(NotAllowed):
        shop.webhooks.list()
    with pytest.raises(NotSignedIn, match="not valid"):
        console(key="tc_wrong").orders.list()
    with pytest.raises(Invalid) as invalid:
        shop.orders.create(order_body(openid="x"))
    assert list(invalid.value.fields) == ["openid"]
    shop.orders.create(order_body(out_order_id="o-1"))
    with pytest.raises(Conflict):
        shop.orders.create(order_body(out_order_id="o-1", scene=1175))
    platform.fault("error", "/shop/order/add", errcode=1000000)
    with pytest.raises(Refused) as refused:
        shop.orders.create(order_body(out_order_id="o-2"))
    assert refused.value.errcode == 1000000 and refused.value.rid


def test_a_picture_is_uploaded(console):
    kept = console("products").pictures.create({"file": ("dress.png", picture())})
    assert Image.objects.get().pk == kept["id"]
