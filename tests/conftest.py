"""The platform of the tests is the sandbox: `platform` plays WeChat, `drain` plays the workers."""

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from catalog.admin.product_list import BrandFilter, CategoryFilter
from console import key_requests, keys, today
from orders.operations import get_payment_params
from sandbox import clock, pushes
from sandbox.adapter import SandboxAdapter
from sandbox.endpoints import audit as reviewer
from sandbox.endpoints import coupon as coupons
from sandbox.endpoints import ecaftersale as counter
from sandbox.endpoints import funds
from sandbox.endpoints import order as till
from sandbox.endpoints import spu as shelf
from sandbox.models import (
    Account,
    Audit,
    Claim,
    Coupon,
    Entry,
    Fault,
    Order,
    Product,
    Push,
    Ticket,
    UserCoupon,
    Withdrawal,
)
from tests import databases, emptying
from tests.contract import unknown
from tests.processes import end_sessions, environment, kill
from wechat import belonging, callbacks, client, tokens, written_meanings
from wechat.models import Callback

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT.parent / "shared" / "wechat" / "samples"  # beside the checkout, never in it
FIELD_CASES = ROOT.parent / "shared" / "field-cases"
API = json.loads((ROOT / "docs" / "platform" / "api.json").read_text())


databases.share()


def pytest_collection_modifyitems(items):
    # The longest first: at the end they would leave the other processes idle.
    items.sort(key=lambda item: item.path.parent.name not in ("simulation", "walkthrough"))
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None:
            item.add_marker(pytest.mark.django_db(databases=["default", "sandbox"]))
        elif "databases" not in marker.kwargs:
            item.add_marker(pytest.mark.django_db(databases=["default", "sandbox"], **marker.kwargs), append=False)


def pytest_collection_finish():
    # Six thousand tests and what they import stay: the collector need not look through them again and again.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        kept = {alias: emptying.rows(connections[alias]) for alias in ("default", "sandbox")}
    with emptying.quick(kept):
        yield


def through_the_door(url: str, body: bytes, content_type: str) -> tuple[int, str]:
    """A push into the callback view, and what it answers."""
    response = Client().post(url.removeprefix("http://testserver"), body, content_type=content_type)
    return response.status_code, response.content.decode()


class Platform:
    """WeChat, as a test plays it."""

    @property
    def account(self) -> Account:
        return Account.only()

    def configure(self, **fields) -> None:
        Account.only()
        Account.objects.update(**fields)

    def ledger(self, name: str) -> list[Entry]:
        """The calls of an endpoint that reached the platform, oldest first."""
        return list(Entry.objects.filter(endpoint__endswith=f"/{name}").order_by("id"))

    def fault(self, kind: str, target: str = "", **fields) -> None:
        Fault.objects.create(kind=kind, target=target, **fields)

    def approve(self, audit_id: str) -> None:
        reviewer.decide(Audit.objects.get(audit_id=audit_id), approved=True)

    def reject(self, audit_id: str, reason: str) -> None:
        reviewer.decide(Audit.objects.get(audit_id=audit_id), approved=False, reason=reason)

    def product(self, out_product_id: str) -> Product:
        return Product.objects.get(out_product_id=out_product_id)

    def approve_product(self, out_product_id: str) -> None:
        shelf.decide(self.product(out_product_id), approved=True)

    def reject_product(self, out_product_id: str, reason: str) -> None:
        shelf.decide(self.product(out_product_id), approved=False, reason=reason)

    def take_off_sale(self, out_product_id: str, reason: str = "商品涉嫌违规") -> None:
        shelf.set_status(self.product(out_product_id), Product.VIOLATION, reason)

    def drift(self, out_product_id: str) -> None:
        shelf.drift(self.product(out_product_id))

    def order(self, out_order_id: str) -> Order:
        return Order.objects.get(out_order_id=out_order_id)

    def pay(self, out_order_id: str, **how) -> None:
        till.pay(self.order(out_order_id), **how)

    def pay_as_asked(self, order) -> None:
        """Paid from a phone, by the payment parameters that the mini program asked for."""
        get_payment_params(order)
        self.pay(order.out_order_id)

    def cancel(self, out_order_id: str) -> None:
        till.cancel(self.order(out_order_id))

    def receive(self, out_order_id: str) -> None:
        till.confirm(self.order(out_order_id))

    def refund(self, out_order_id: str) -> None:
        till.refund_all(self.order(out_order_id))

    def settle(self, out_order_id: str) -> None:
        till.settle(self.order(out_order_id))

    def attribute(self, out_order_id: str, **to) -> None:
        till.attribute(self.order(out_order_id), **to)

    def aftersale(self, aftersale_id: int) -> Claim:
        return Claim.objects.get(aftersale_id=aftersale_id)

    def apply(self, out_order_id: str, out_sku_id: str, type: int = 1, **how) -> Claim:
        """The buyer raises an after-sale in WeChat."""
        return counter.apply(self.order(out_order_id), out_sku_id, type, **how)

    def ticket(self, qrcode_ticket: str) -> Ticket:
        return Ticket.objects.get(qrcode_ticket=qrcode_ticket)

    def scan(self, qrcode_ticket: str, **how) -> None:
        funds.scan(self.ticket(qrcode_ticket), **how)

    def confirm(self, qrcode_ticket: str) -> None:
        """The administrator confirms what was scanned."""
        funds.confirm(self.ticket(qrcode_ticket))

    def withdrawal(self, out_request_no: str) -> Withdrawal:
        return Withdrawal.objects.get(out_request_no=out_request_no)

    def receive_coupon(self, out_coupon_id: str, openid: str) -> UserCoupon:
        """The buyer takes a coupon in WeChat, which asks the console at once."""
        return coupons.receive(Coupon.objects.get(out_coupon_id=out_coupon_id), openid)

    def move_clock(self, **by) -> None:
        """Deadlines see a later time."""
        account = Account.only()
        account.clock += int(timedelta(**by).total_seconds())
        account.save()
        clock.expire_due(account)

    def deliver(self) -> list[str]:
        """Push everything queued, over HTTP into the callback view; returns the answers."""
        answers: list[str] = []

        def send(*message):
            status, answer = through_the_door(*message)
            answers.append(answer)
            return status, answer

        while Push.objects.filter(state=Push.QUEUED).exists():
            Push.objects.filter(state=Push.QUEUED).update(due_at=timezone.now())
            pushes.deliver_due(send)
        return answers


@pytest.fixture(autouse=True)
def platform(request, monkeypatch):
    client.mount(SandboxAdapter())
    monkeypatch.setattr(keys, "REMEMBERED", 0)
    monkeypatch.setattr(key_requests, "WRITTEN", 0)
    tokens._held = None
    for held in (belonging, written_meanings):  # no test takes one question more because the machine is slow
        monkeypatch.setattr(held, "FRESH", 3600)
        held.forget()
    monkeypatch.setattr(today, "_counted", (float("-inf"), []))  # the menu counts once a test
    for used in (BrandFilter, CategoryFilter):
        monkeypatch.setattr(used, "looked_at", float("-inf"))
    over_http, pushes.sender = pushes.sender, through_the_door
    yield Platform()
    pushes.sender = over_http
    client.mount(None)
    if not re.search("tests/(sandbox|test_contract)", request.node.path.as_posix()):
        assert _unfit() == [], "fields that the platform's document does not have"


@pytest.fixture
def known_keys(monkeypatch):
    """As in a shop: a key is known for a while, and the counts of its requests are written later."""
    monkeypatch.setattr(keys, "REMEMBERED", 60)
    monkeypatch.setattr(key_requests, "WRITTEN", 10**6)


def _unfit() -> list[str]:
    """Where the calls of this test were other than docs/platform/api.json has them."""
    sent = Entry.objects.filter(endpoint__startswith="/shop/").exclude(endpoint="/shop/img/upload")
    return [
        f"{endpoint}: {name}"
        for endpoint, request in sent.values_list("endpoint", "request")[:500]
        if endpoint in API["endpoints"]
        for name in unknown(API["endpoints"][endpoint]["request"], request)
    ]


@pytest.fixture
def drain():
    """Let the workers run until nothing is due any more."""
    from books.payouts import making
    from books.payouts.models import Period
    from catalog.imports import batches
    from catalog.models import Batch
    from console import exports, jobs
    from console.models import Export

    def run():
        while callbacks.handle_due():
            pass
        for job in jobs.Job.objects.standing():
            jobs.work(job.pk)
        for batch in Batch.objects.standing():
            batches.work(batch.pk)
        for export in Export.objects.filter(done_at=None):
            exports.write(export.pk)
        for period in Period.objects.waiting():
            making.work(period.pk)

    return run


@pytest.fixture
def hear(platform, drain):
    """Deliver what is queued and let it be handled; returns the messages."""

    def run() -> list[Callback]:
        platform.deliver()
        drain()
        return list(Callback.objects.order_by("id"))

    return run


@pytest.fixture
def workers(drain, live_server, settings):
    """The workers and the sandbox's postman, in threads beside the browser."""
    settings.JOB_WAIT = 8
    settings.WECHAT_CALLBACK_URL = f"{live_server.url}/wechat/callback/"
    stop = threading.Event()

    def go_on():
        while not stop.wait(0.1):
            pushes.deliver_due()
            drain()
        connections.close_all()

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
def start(live_server, tmp_path, settings):
    """Starts a process of the console on the test's databases, with a broker of its own; all end with the test."""
    started = []
    in_memory = settings.CELERY_BROKER_URL.startswith("memory")
    broker = "filesystem://" if in_memory else settings.CELERY_BROKER_URL

    def run(*command, **more):
        env = environment(
            live_server.url,
            WECHAT_LEASE="3",
            BROKER_DIR=str(tmp_path / "broker"),
            CELERY_BROKER_URL=broker,
            **more,
        )
        log = (tmp_path / f"{len(started)}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        kill(process)
    end_sessions()


@pytest.fixture(scope="session")
def api_json() -> dict:
    return API


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in the test's thread


@pytest.fixture
def page():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI is to walk in one: apt-get install chromium")
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()
        # While Playwright's loop runs Django keeps connections apart from the thread's own; nothing else closes these.
        connections.close_all()
