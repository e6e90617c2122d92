"""docs/examples/backend.py as somebody else runs it: a process of its own, with the client and nothing else of ours."""

import os
import subprocess
import sys
import time

import pytest

from aftersales.models import Aftersale
from console.models import WebhookEndpoint
from console.webhooks import rounds
from orders.models import Order
from tests.factories import make_companies, make_key
from tests.processes import ROOT, kill

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
SCOPES = ("orders", "ship", "after-sale", "after-sale-decide", "events", "webhooks")


@pytest.fixture
def backend(live_server, tmp_path):
    key = make_key(*SCOPES)[1]["Authorization"].removeprefix("Bearer ")
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "clients/python"),
        "PYTHONIOENCODING": "utf-8",
        "CONSOLE_URL": live_server.url,
        "CONSOLE_KEY": key,
        "ORDER_NUMBER": "example-000000000001",
    }
    command = [sys.executable, str(ROOT / "docs/examples/backend.py")]
    process = subprocess.Popen(
        command,
        env=env,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    kill(process)


def be_the_buyer_and_the_workers(process, platform, hear):
    """Pay what is to be paid, push WeChat's messages, do the jobs, and send the webhooks, until the process ends."""
    deadline, paid = time.monotonic() + 40, False
    while process.poll() is None and time.monotonic() < deadline:
        if not paid and platform.ledger("getpaymentparams"):
            platform.pay(Order.objects.get().out_order_id)
            paid = True
        hear()
        for endpoint in WebhookEndpoint.objects.all():
            rounds.deliver(endpoint.pk)
        time.sleep(0.05)


def test_the_example_places_is_paid_ships_refuses_and_hears(backend, platform, hear):
    make_companies()
    be_the_buyer_and_the_workers(backend, platform, hear)
    out, err = backend.communicate(timeout=5)
    assert (backend.returncode, err) == (0, ""), out
    heard = [line.split()[1] for line in out.splitlines() if line.startswith("heard")]
    assert {"order.placed", "order.paid", "order.shipped", "aftersale.opened", "aftersale.refused"} <= set(heard)
    assert len(platform.ledger("add")) and "refusal ['done']" in out
    order, aftersale = Order.objects.get(), Aftersale.objects.get()
    assert (order.out_order_id, order.status, order.parcels.get().waybill_id) == (
        "example-000000000001",
        30,
        "SF000000000001",
    )
    assert aftersale.reject_reason == "The parcel is on its way."
    assert "order.paid" in out.splitlines()[-1]
