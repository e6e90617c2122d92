"""Jobs on products: claimed in groups and loaded together, sent one by one, never with content of a moment ago."""

import threading

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from catalog.models import SKU, SPU
from catalog.operations import delist_spu, submit_spu
from console import jobs
from tests.factories import make_spu
from tests.threads import at_once
from wechat.models import Step
from wechat.steps import ahead, claims, queue
from wechat.values import MOST

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(op, count: int) -> list[Step]:
    """Steps that are claimed and whose records are loaded, as a worker has them before it sends the first."""
    job = jobs.start(op, [make_spu() for _nth in range(count)])
    steps = queue.claim(job.steps.all(), count)
    ahead.load(steps)
    assert all(step.loaded_at for step in steps)
    return steps


def sent_of(platform, spu: SPU) -> dict:
    (entry,) = [one for one in platform.ledger("spu/add") if one.request["out_product_id"] == spu.out_product_id]
    return entry.request


def test_ten_statements_and_three_commits_a_product(platform, monkeypatch):
    for module, name in ((ahead, "FRESH"), (claims, "LOOK")):
        monkeypatch.setattr(module, name, 600.0)  # what is asked by time is asked once, however slow the machine
    spu = make_spu()
    jobs.work(jobs.start(submit_spu, [spu]).pk)  # the token, the picture, and the statements are put together
    image = spu.pictures.get().image
    job = jobs.start(submit_spu, [make_spu(head_img=[image]) for _nth in range(20)])
    with CaptureQueriesContext(connections["default"]) as captured:
        jobs.work(job.pk)
    assert job.counts()["done"] == 20
    statements, commits, inside = 0, 0, False
    for query in captured:
        word = query["sql"].split(" ", 1)[0]
        if word in ("BEGIN", "COMMIT"):
            inside = word == "BEGIN"
            commits += not inside
        else:
            statements += 1
            commits += word in ("UPDATE", "INSERT", "DELETE") and not inside
    # Marked as sent, its place in the rate limit, and in one commit: step, call, product, SKU, round, approvals,
    # differences. Of a group of ten: claimed in three, loaded in four. At the beginning: the job, is it paused; at the
    # end: none is left, the job is done.
    assert (statements, commits) == (20 * 9 + 2 * 7 + 2 + 3, 20 * 3 + 2 + 1 + 1)


def test_what_staff_edited_after_the_steps_were_claimed_is_what_is_sent(platform):
    first, second, third = steps = loaded(submit_spu, 3)
    SPU.objects.get(pk=second.object_id).delete()
    spu = SPU.objects.get(pk=third.object_id)
    spu.title = "改过的连衣裙标题"
    spu.save()
    for step in steps:
        queue.carry_out(step)
    assert sent_of(platform, spu)["title"] == "改过的连衣裙标题"
    assert {step.pk: step.state for step in Step.objects.filter(operation="catalog.submit_spu")} == {
        first.pk: "done",
        second.pk: "skipped",
        third.pk: "done",
    }


def test_stock_that_was_sold_after_the_steps_were_claimed_is_not_sent(platform):
    steps = loaded(submit_spu, 2)
    SKU.objects.filter(spu=steps[1].object_id).update(stock_num=3)
    for step in steps:
        queue.carry_out(step)
    assert [sent_of(platform, step.record)["skus"][0]["stock_num"] for step in steps] == [10, 3]


def test_pieces_that_went_to_another_sku_and_a_price_put_back_are_what_is_sent(platform):
    colours = [
        {"sku_attrs": [{"attr_key": "颜色", "attr_value": value}], "stock_num": 10} for value in ("蓝", "红", "白")
    ]
    job = jobs.start(submit_spu, [make_spu(skus=colours) for _nth in range(3)])
    steps = queue.claim(job.steps.all(), 3)
    ahead.load(steps)
    moved, priced, most = (list(SKU.objects.filter(spu=step.object_id).order_by("pk")) for step in steps)
    for sku, stock in zip(moved, (11, 8, 11), strict=True):
        SKU.objects.filter(pk=sku.pk).update(stock_num=stock)
    SKU.objects.filter(pk=priced[0].pk).update(sale_price=15000)
    SKU.objects.filter(pk__in=[sku.pk for sku in most]).update(stock_num=MOST, sale_price=MOST)
    for step in steps:
        queue.carry_out(step)
    sent = [sent_of(platform, step.record)["skus"] for step in steps]
    assert [sku["stock_num"] for sku in sent[0]] == [11, 8, 11]
    assert sent[1][0]["sale_price"] == 15000
    assert [(sku["stock_num"], sku["sale_price"]) for sku in sent[2]] == [(MOST, MOST)] * 3


def test_what_the_state_forbade_when_it_was_loaded_is_looked_at_again(platform):
    steps = loaded(delist_spu, 2)
    for step in steps:
        queue.carry_out(step)
    assert [step.state for step in Step.objects.filter(operation="catalog.delist_spu")] == ["skipped"] * 2
    spu = make_spu()
    submit_spu(spu)
    first, second = loaded(submit_spu, 2)
    SPU.objects.filter(pk=first.object_id).update(edit_status=1)
    queue.carry_out(first)
    queue.carry_out(second)
    assert set(Step.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)) == {"done"}


def test_a_step_that_another_worker_has_taken_over_is_not_sent(platform):
    (step, _other) = loaded(submit_spu, 2)
    Step.objects.filter(pk=step.pk).update(attempts=2)
    queue.carry_out(step)
    assert platform.ledger("spu/add") == []


def test_no_more_steps_are_marked_as_sent_than_there_are_threads(platform):
    make_spu()
    job = jobs.start(submit_spu, [make_spu() for _nth in range(24)])
    most, over = [], threading.Event()

    def watch():
        while not over.wait(0.002):
            most.append(Step.objects.filter(state="sent").count())
        connections.close_all()

    watching = threading.Thread(target=watch)
    watching.start()
    at_once(4, lambda: jobs.work(job.pk))
    over.set()
    watching.join()
    assert job.counts()["done"] == 24
    assert max(most) <= 4


def test_the_threads_of_a_process_share_what_they_claimed_and_the_last_gives_back_the_rest(platform):
    job = jobs.start(submit_spu, [make_spu() for _nth in range(12)])
    with claims.shared(job.pk) as mine:
        with claims.shared(job.pk) as theirs:
            first = mine.next(job.steps.all(), lambda: False)
            second = theirs.next(job.steps.all(), lambda: False)
            assert first.pk != second.pk
        assert job.steps.filter(lease_until=None).count() == 2  # the group is ten
    assert job.steps.filter(state="wanted", lease_until=None).count() == 10  # all but the two that were handed out


def test_a_paused_job_hands_out_nothing_more(platform):
    job = jobs.start(submit_spu, [make_spu() for _nth in range(3)])
    with claims.shared(job.pk) as mine:
        assert mine.next(job.steps.all(), lambda: jobs.is_paused(job)) is not None
        jobs.pause(job)
        assert mine.next(job.steps.all(), lambda: jobs.is_paused(job)) is None
        assert job.steps.filter(lease_until=None).count() == 2


def test_a_group_that_cannot_be_loaded_is_loaded_one_by_one(platform, monkeypatch):
    job = jobs.start(submit_spu, [make_spu() for _nth in range(2)])

    def broken(pks):
        raise ValueError("odd")

    monkeypatch.setitem(ahead._loaders, SPU, ahead._loaders[SPU]._replace(load=broken))
    jobs.work(job.pk)
    assert job.counts()["done"] == 2


def test_a_product_loaded_long_ago_is_loaded_again(platform, monkeypatch):
    steps = loaded(submit_spu, 2)
    monkeypatch.setattr(ahead, "FRESH", -1.0)
    category = SPU.objects.get(pk=steps[0].object_id).category
    category.gone = True
    category.save()
    queue.carry_out(steps[0])
    assert "no longer lists this category" in Step.objects.get(pk=steps[0].pk).message
