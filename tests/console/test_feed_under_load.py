"""The feed and webhooks beside many writers, and with the sender killed: nothing is missed, and nothing has a gap."""

import random
import threading
import time

import pytest
from django.db import connections, transaction
from django.db.models import F

from catalog.models import SPU
from console.feed import positions, reading
from console.models import FeedEvent, WebhookDelivery, WebhookEndpoint
from console.webhooks import making
from tests.factories import make_user
from tests.processes import end_sessions, environment, kill, python, until
from tests.receiver import Receiver

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def products(count: int) -> list[SPU]:
    return SPU.objects.bulk_create([SPU(out_product_id=f"p-{nth}", title="0") for nth in range(count)])


def in_threads(*works) -> list[threading.Thread]:
    def run(work):
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads


class Reader:
    """Another system that polls the feed, and reads again what the feed names."""

    def __init__(self):
        self.position, self.copies, self.positions, self.stop = 0, {}, [], threading.Event()

    def poll(self):
        positions.give()
        events, self.position, more = reading.after(self.position, ["product"], 50)
        self.positions += [event.position for event in events]
        self.copies |= dict(SPU.objects.filter(pk__in=[event.record_id for event in events]).values_list("pk", "title"))
        return more

    def run(self):
        while not self.stop.is_set():
            self.poll()
            time.sleep(0.01)
        while self.poll():
            pass


def test_a_reader_beside_sixteen_writers_misses_nothing(db):
    spus = products(32)
    reader, halfway = Reader(), threading.Event()

    def write(nth):
        def work():
            for turn in range(10):
                with transaction.atomic():
                    SPU.objects.filter(pk=spus[nth].pk).update(title=f"{nth}-{turn}")
                    SPU.objects.filter(pk__in=[spus[16 + nth].pk]).update(desc=F("title"), title=f"{nth}-{turn}")
                if turn == 5:
                    halfway.set()

        return work

    def write_late():
        with transaction.atomic():
            SPU.objects.filter(pk=spus[31].pk).update(title="late")
            if connections["default"].vendor == "postgresql":
                halfway.wait(20)  # on SQLite nobody else can write meanwhile
            time.sleep(0.5)

    (polling,) = in_threads(reader.run)
    for thread in in_threads(*(write(nth) for nth in range(15)), write_late):
        thread.join()
    reader.stop.set()
    polling.join()
    assert reader.copies == dict(SPU.objects.values_list("pk", "title"))
    assert reader.copies[spus[31].pk] == "late"
    assert reader.positions == sorted(set(reader.positions))
    all_positions = list(FeedEvent.objects.order_by("position").values_list("position", flat=True))
    assert all_positions == list(range(1, len(all_positions) + 1))


SEND = """
import time
from console.webhooks import rounds
while True:
    rounds.deliver({pk})
    time.sleep(0.05)
"""


def test_a_sender_killed_at_any_moment_tells_everything_that_was_committed(db):
    receiver = Receiver()
    spus = products(20)
    endpoint = WebhookEndpoint(url=receiver.url, events=making.chosen(["product"], lambda permission: True))
    making.make(endpoint, make_user())
    env = environment("http://127.0.0.1:1", WECHAT_LEASE="10")  # a round that takes longer is sent again
    stop = threading.Event()

    def write():
        while not stop.is_set():
            with transaction.atomic():
                SPU.objects.filter(pk=random.choice(spus).pk).update(title=str(random.random()))
                if random.random() < 0.2:
                    transaction.set_rollback(True)
            time.sleep(0.005)

    writers = in_threads(write, write)
    for _kill in range(4):
        sender, before = python(SEND.format(pk=endpoint.pk), env), len(receiver.requests)
        until(lambda before=before: len(receiver.requests) > before + 20, 40, "something arrives")
        time.sleep(random.random() / 5)
        kill(sender)
    stop.set()
    for writer in writers:
        writer.join()
    positions.give()
    sender = python(SEND.format(pk=endpoint.pk), env)
    committed = {
        f"evt_{position}"
        for position in FeedEvent.objects.filter(kind="product", position__gt=endpoint.position).values_list(
            "position", flat=True
        )
    }
    until(lambda: set(receiver.ids) >= committed, 40, "everything arrives")
    kill(sender)
    receiver.stop()
    end_sessions()
    assert set(receiver.ids) == committed
    assert len(receiver.ids) <= len(committed) + 4 * 16  # what was in flight at each kill comes twice
    assert WebhookDelivery.objects.exclude(state="delivered").count() == 0
