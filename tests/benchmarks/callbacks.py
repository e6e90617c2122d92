"""Callbacks a second: our push address with AES and a sealed row, beside a bare Django view that stores one row.

    .venv/bin/python -m tests.benchmarks.callbacks [--rounds 5] [--count 3000] [--core]

Both run in one process and in turn, as config.wsgi hands requests over, on the database of DATABASE_URL (a scratch
SQLite file by default); what counts is the ratio within this run, and the CPU of one. `--core` compares
decrypt-and-parse with wechatpy.
"""

import argparse
import os
import statistics
import tempfile
import time
import uuid
from urllib.parse import urlencode

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test.client import RequestFactory  # noqa: E402
from django.test.utils import get_runner, setup_test_environment  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from config.push_address import PATHS, in_front_of  # noqa: E402
from tests.benchmarks import report  # noqa: E402
from wechat import crypto, messages  # noqa: E402
from wechat.models import Callback  # noqa: E402

BODY = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>{stamp}</CreateTime>"
    "<MsgType>event</MsgType><Event>open_product_order_pay</Event><order_info><out_order_id>{id}</out_order_id>"
    "<order_id>{stamp}</order_id><transaction_id>4200000000</transaction_id><pay_time>2026-11-24 20:00:00</pay_time>"
    "</order_info></xml>"
)


@csrf_exempt
def bare(request):
    """The floor: one row, nothing looked at."""
    Callback(key=uuid.uuid4().hex, body=request.body, received_at=timezone.now()).save(force_insert=True)
    return HttpResponse("success")


urlpatterns = [path("bare/", bare)]


def message() -> tuple[str, bytes]:
    stamp, nonce = str(int(time.time())), uuid.uuid4().hex
    envelope = crypto.encrypt(
        BODY.format(stamp=stamp, id=nonce).encode(), settings.WECHAT_APPID, settings.WECHAT_AES_KEY
    )
    query = {
        "signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce, envelope),
    }
    return urlencode(query), messages.to_xml({"ToUserName": "gh_1", "Encrypt": envelope})


def rate(application, address: str, sent: list) -> tuple[float, float]:
    """Answered in a second, and microseconds of CPU for one."""
    factory = RequestFactory()
    requests = [factory.post(f"{address}?{query}", body, content_type="text/xml").environ for query, body in sent]
    started, busy = time.perf_counter(), time.process_time()
    for environ in requests:
        response = application(environ, lambda *_args: None)
        assert response.content == b"success", response.content
        response.close()
    ended = time.perf_counter()
    return len(sent) / (ended - started), (time.process_time() - busy) / len(sent) * 1e6


def compare_views(rounds: int, count: int) -> None:
    from django.core.handlers.wsgi import WSGIHandler

    settings.ROOT_URLCONF = __name__
    application = in_front_of(WSGIHandler())
    floors, ours = [], []
    for number in range(rounds + 1):
        sent = [message() for _nth in range(count)]
        pair = rate(application, "/bare/", sent), rate(application, PATHS[0], sent)
        assert Callback.objects.count() == 2 * count
        Callback.objects.all().delete()
        if number:  # the first warms up
            floors.append(pair[0])
            ours.append(pair[1])
    ratios = [own[0] / floor[0] for own, floor in zip(ours, floors, strict=True)]
    by_cpu = [floor[1] / own[1] for own, floor in zip(ours, floors, strict=True)]
    names = "bare view + INSERT", "verify, decrypt, parse, seal, INSERT"
    show(*names, [floor[0] for floor in floors], [own[0] for own in ours], ratios)
    for name, pairs in zip(names, (floors, ours), strict=True):
        print(f"{name:40} {statistics.median(cpu for _rate, cpu in pairs):9.0f} µs of CPU")
    report.ratio("a callback's CPU, bare view / ours", by_cpu)


def compare_core(rounds: int, count: int) -> None:
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.parser import parse_message

    peer = WeChatCrypto(settings.WECHAT_TOKEN, settings.WECHAT_AES_KEY, settings.WECHAT_APPID)
    ratios, theirs, ours = [], [], []
    for _number in range(rounds):
        sent = [
            (dict(part.split("=") for part in query.split("&")), body)
            for query, body in (message() for _ in range(count))
        ]
        started = time.perf_counter()
        for query, body in sent:
            parse_message(peer.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"]))
        middle = time.perf_counter()
        for query, body in sent:
            envelope = messages.envelope_of(body)
            assert crypto.signed(
                query["msg_signature"], settings.WECHAT_TOKEN, query["timestamp"], query["nonce"], envelope
            )
            read = messages.parse(crypto.decrypt(envelope, settings.WECHAT_APPID, settings.WECHAT_AES_KEY))
            assert (messages.name_of(read), messages.sent_at(read) > 0) == ("open_product_order_pay", True)
        ended = time.perf_counter()
        theirs.append(count / (middle - started))
        ours.append(count / (ended - middle))
        ratios.append(ours[-1] / theirs[-1])
    show("wechatpy, core", "ours, core", theirs, ours, ratios)


def show(floor_name, own_name, floors, ours, ratios) -> None:
    print(f"{floor_name:40} {statistics.median(floors):9.0f} /s")
    print(f"{own_name:40} {statistics.median(ours):9.0f} /s")
    report.ratio(f"{own_name} / {floor_name}", ratios)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--count", type=int, default=3000)
    arguments.add_argument("--core", action="store_true")
    options = arguments.parse_args()
    setup_test_environment(debug=False)
    settings.WECHAT_TOKEN = settings.WECHAT_TOKEN or "testtoken"
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases=["default"], serialized_aliases=[])
    try:
        connection.settings_dict["CONN_MAX_AGE"] = 600  # as the settings have it outside of tests
        print(f"database: {connection.vendor}")
        if options.core:
            compare_core(options.rounds, options.count)
        else:
            compare_views(options.rounds, options.count)
    finally:
        runner.teardown_databases(databases)
