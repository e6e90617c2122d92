"""Real processes, really killed: what is stored, handled and sent afterwards."""

import random
import shlex
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import requests

from qualifications.models import BrandQualification
from qualifications.operations import submit_brand
from tests.factories import make_brand, make_key, order_body
from tests.processes import kill, kill_a_child, until, web_server
from wechat import crypto, messages
from wechat.models import Callback, Step

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def worker(start, level="WARNING"):
    options = shlex.split(
        f"-P threads -c 2 -l {level} -Q callbacks,press,bulk,schedule --without-gossip --without-mingle"
    )
    return start("celery", "-A", "config", "worker", "-n", f"w{random.random()}@%h", *options)


def beat(start):
    return start("celery", "-A", "config", "beat", "-l", "WARNING", "--pidfile=")


def test_a_message_whose_worker_is_killed_is_handled_once_after_a_restart(start, platform):
    brand = make_brand()
    submit_brand(brand)
    platform.approve(brand.last_round.audit_id)
    platform.fault("slow", "/shop/audit/result", seconds=5)
    platform.deliver()
    beat(start)
    victim = worker(start)
    until(lambda: platform.ledger("result"), 30, "the worker asks WeChat")
    kill(victim)
    assert Callback.objects.get().state == Callback.State.RECEIVED
    worker(start)
    until(lambda: Callback.objects.get().state == Callback.State.HANDLED, 40, "the message is handled")
    brand.refresh_from_db()
    assert (brand.brand_id, brand.last_round.status, Callback.objects.get().attempts) == (10001, 1, 2)
    assert len(platform.ledger("result")) == 2


def test_a_worker_killed_while_wechat_is_asked_leaves_an_unknown_step_and_sends_nothing_twice(start, platform):
    from console import jobs

    brand = make_brand()
    platform.fault("slow", "/shop/audit/audit_brand", seconds=5)
    job = jobs.start(submit_brand, [brand])
    beat(start)
    victim = worker(start)
    until(lambda: platform.ledger("audit_brand"), 30, "the worker asks WeChat")
    kill(victim)
    worker(start)
    step = job.steps.get()
    until(lambda: Step.objects.get(pk=step.pk).state == Step.State.UNKNOWN, 40, "the step is unknown")
    time.sleep(6)
    assert len(platform.ledger("audit_brand")) == 1
    assert BrandQualification.objects.get().last_round is None


def test_a_worker_killed_at_any_moment_of_a_job_loses_no_row_and_repeats_at_most_those_in_flight(start, platform):
    from console import jobs
    from tests.factories import make_document
    from wechat.models import Image
    from wechat.operations import upload_image

    for _nth in range(40):
        make_document()
    job = jobs.start(upload_image, Image.objects.all())
    beat(start)
    for _kill in range(3):
        victim = worker(start)
        done = job.counts()["done"]
        until(lambda done=done: job.counts()["done"] > done or job.counts()["to_go"] == 0, 40, "it gets on")
        kill(victim)
    worker(start)
    until(lambda: job.counts()["done"] == 40, 60, f"all rows are done: {job.counts()}")
    assert Image.objects.filter(link="").count() == 0
    assert 40 <= len(platform.ledger("upload")) <= 40 + 3 * 2


def test_a_worker_killed_in_the_middle_of_a_thousand_products_loses_none_and_sends_none_twice(start, platform):
    from catalog.models import SPU
    from catalog.operations import submit_spu
    from console import jobs
    from sandbox.models import Product
    from tests.catalog.test_sheets import as_csv, imported, line, zipped
    from tests.factories import free_category, picture
    from wechat.models import Image
    from wechat.operations import upload_image

    platform.configure(rate=10**6)
    free_category()
    rows = [line(number, head_img="a.png") for number in range(1000)]
    assert imported(as_csv(rows), zipped(a_dot_png=picture())).created == 1000
    upload_image(Image.objects.get())
    job = jobs.start(submit_spu, SPU.objects.order_by("id"))
    beat(start)
    for share in (200, 500):
        victim = worker(start)
        until(lambda share=share: job.counts()["done"] >= share, 120, f"{share} products are submitted")
        kill(victim)
    worker(start)
    until(lambda: job.counts()["done"] == 1000, 180, f"all products are submitted: {job.counts()}")
    assert SPU.objects.filter(edit_status=2).count() == Product.objects.count() == 1000
    acted = [entry.request["out_product_id"] for entry in platform.ledger("spu/add") if entry.acted]
    assert len(acted) == len(set(acted)) == 1000
    assert platform.ledger("spu/update") == []
    # In flight at each kill were as many calls as the worker has threads.
    assert len(platform.ledger("spu/add")) <= 1000 + 2 * 2


def push(url: str, number: int, timeout: float = 5) -> requests.Response:
    body = f"<xml><CreateTime>1</CreateTime><Event>burst</Event><a><id>{number}</id></a></xml>".encode()
    stamp, nonce = str(int(time.time())), str(random.random())
    envelope = crypto.encrypt(body, "wxtest0000000001", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    query = {
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": crypto.sign("testtoken", stamp, nonce, envelope),
    }
    return requests.post(f"{url}?{urlencode(query)}", messages.to_xml({"Encrypt": envelope}), timeout=timeout)


def test_web_workers_killed_under_a_stream_of_messages_lose_none_that_was_answered():
    with web_server(threads=4) as (web, base):
        stored, answered = stream_and_kill(web, base)
    assert answered == set(range(240))
    assert stored == list(range(240))


def stream_and_kill(web, base):
    answered, stop = set(), threading.Event()

    def stream(numbers):
        for number in numbers:
            for _try in range(100):  # WeChat repeats too, if less patiently
                try:
                    if push(f"{base}/wechat/callback/", number).text == "success":
                        answered.add(number)
                        break
                except requests.RequestException:
                    time.sleep(0.3)

    def mischief():
        seen = -1
        while not stop.wait(0.3):
            if len(answered) > seen:  # on a slow machine a worker would never live long enough to answer
                seen = len(answered)
                kill_a_child(web)

    threads = [threading.Thread(target=stream, args=(range(nth, 240, 4),)) for nth in range(4)]
    killer = threading.Thread(target=mischief)
    for thread in [*threads, killer]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    killer.join()
    return sorted(int(one.message["id"]) for one in Callback.objects.all()), answered


def test_orders_placed_while_web_and_worker_are_killed_agree_to_the_fen(start, platform):
    from console.models import APIKey
    from orders.models import Order
    from sandbox.models import Order as TheirOrder

    platform.configure(rate=10**6)
    _key, header = make_key("orders")
    APIKey.objects.update(per_minute=10**6)
    bodies = [order_body(price_info={"freight": number}) for number in range(500)]
    beat(start)
    victim = worker(start)
    answers = []
    # An order's call comes back to the same server: as many threads for the calls as for the orders.
    with (
        web_server(threads=64, WECHAT_PACE="2000000,1000,1000000", WECHAT_LEASE="3") as (web, base),
        ThreadPoolExecutor(BUYERS) as buyers,
    ):
        started = time.monotonic()
        for number, body in enumerate(bodies):
            time.sleep(max(0, started + number / 50 - time.monotonic()))
            answers.append(buyers.submit(placed, f"{base}/api/v1/orders/", header, body))
            if number % 100 == 50:
                kinds = ("error_after", "reset_after", "garbage")
                platform.fault(kinds[number // 100 % 3], "/shop/order/add", errcode=-1)
            if number in (170, 340):
                kill_a_child(web)
                kill(victim)
                victim = worker(start)
        results = [answer.result() for answer in answers]
        until(lambda: not Step.objects.open().exists(), 40, "every step is settled")
    assert {status for status, _data in results} == {201}
    numbers = {data["out_order_id"]: int(data["order_id"]) for _status, data in results}
    ours, theirs = list(Order.objects.all()), list(TheirOrder.objects.all())
    assert len(ours) == len(theirs) == len(numbers) == 500
    assert {one.out_order_id: one.order_id for one in ours} == numbers
    assert {one.out_order_id: one.order_id for one in theirs} == numbers
    price = sum(2 * 19990 + number for number in range(500))
    assert sum(one.order_price for one in ours) == sum(one.price for one in theirs) == price
    # Sent again was at most what a fault met, or what was in flight at a kill and not there when read back.
    assert len(platform.ledger("order/add")) <= 500 + 5 + 2 * BUYERS


BUYERS = 32
_local = threading.local()


def placed(address: str, header: dict, body: dict) -> tuple[int, dict]:
    """Place an order as a backend should: repeated under one key until there is a final answer."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False
    headers = header | {"Idempotency-Key": body["out_order_id"]}
    status, data = 0, {}
    for _try in range(40):
        wait = 0.2
        try:
            answer = _local.session.post(address, json=body, headers=headers, timeout=20)
            status, data = answer.status_code, answer.json() if answer.status_code < 500 else {}
            if status != 409 and status < 500:
                break
            wait = min(1.0, float(answer.headers.get("Retry-After", wait)))
        except requests.RequestException:
            pass
        time.sleep(wait)
    return status, data
