"""What fails again and again is set aside with its reason: only the automatic tries stop."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from catalog.operations import pull_granted_brands, submit_spu
from console import jobs
from orders.models import Order
from orders.operations import ship_order
from sandbox import platform as pretend
from tests.factories import make_companies, make_order, make_spu, make_user
from wechat import client as wechat
from wechat.errors import UnreadableAnswer
from wechat.models import Step
from wechat.steps import claims, operations, queue, recovery
from wechat.steps.pulls import listed

pytestmark = pytest.mark.django_db(transaction=True)
State = Step.State


def sweep_again() -> None:
    Step.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=Now())
    recovery.sweep()


@pytest.fixture
def unknown(platform, monkeypatch):
    """A product whose submission got no answer, and which WeChat shows as a list instead of an object."""
    spu = make_spu()
    platform.fault("timeout_after", "/shop/spu/add")
    with pytest.raises(Exception, match="no answer"):
        submit_spu(spu)
    method, get = pretend.ENDPOINTS["/shop/spu/get"]
    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/spu/get", (method, lambda request: {"spu": [get(request)]}))
    return Step.objects.get(operation="catalog.submit_spu")


def test_a_step_that_cannot_be_read_back_is_set_aside_and_keeps_its_place(platform, settings, unknown):
    for _time in range(settings.WECHAT_STEP_TRIES + 3):
        sweep_again()
    unknown.refresh_from_db()
    assert (unknown.state, unknown.faults, unknown.next_attempt_at) == (State.UNKNOWN, settings.WECHAT_STEP_TRIES, None)
    assert f"Set aside after {settings.WECHAT_STEP_TRIES} tries" in unknown.message
    assert len(platform.ledger("spu/get")) == settings.WECHAT_STEP_TRIES
    assert len(platform.ledger("spu/add")) == 1
    assert list(Step.objects.open().filter(reads=False)) == [unknown]


def test_a_person_has_it_looked_at_again(client, platform, settings, unknown, monkeypatch):
    for _time in range(settings.WECHAT_STEP_TRIES):
        sweep_again()
    monkeypatch.undo()
    client.force_login(make_user("product"))
    page = f"/admin/catalog/spu/{unknown.object_id}/change/"
    assert "Look at WeChat again" in client.get(page, headers={"accept-language": "en"}).content.decode()
    client.post(f"/admin/catalog/spu/{unknown.object_id}/settle/{unknown.pk}/", {"again": "1"})
    recovery.sweep()
    unknown.refresh_from_db()
    assert unknown.state == State.DONE


def test_silence_is_no_fault_however_often(platform, settings, monkeypatch):
    spu = make_spu()
    platform.fault("timeout_after", "/shop/spu/add")
    with pytest.raises(Exception, match="no answer"):
        submit_spu(spu)
    platform.fault("timeout_before", "/shop/spu/get", left=99)
    for _time in range(settings.WECHAT_STEP_TRIES + 2):
        sweep_again()
    step = Step.objects.get(operation="catalog.submit_spu")
    assert (step.state, step.faults) == (State.UNKNOWN, 0)
    assert step.next_attempt_at is not None


def test_a_jobs_step_whose_worker_dies_each_time_is_set_aside_and_the_job_ends(platform, settings):
    job = jobs.start(submit_spu, [make_spu()])
    for _time in range(settings.WECHAT_STEP_TRIES):
        assert len(queue.claim(job.steps.all(), 1)) == 1
        Step.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    jobs.work(job.pk)
    step = job.steps.get()
    assert step.state == State.SKIPPED
    assert "The worker stopped each time." in step.message
    job.refresh_from_db()
    assert job.finished_at is not None
    assert platform.ledger("spu/add") == []


def test_steps_claimed_beside_the_one_that_kills_its_worker_are_carried_out(platform, settings):
    job = jobs.start(submit_spu, [make_spu() for _nth in range(4)])
    poison, *others = job.steps.order_by("pk").values_list("pk", flat=True)
    for death in range(settings.WECHAT_STEP_TRIES):
        assert len(queue.claim(job.steps.all(), 10)) == (1 if death else 4)
        Step.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(minutes=1))
    jobs.work(job.pk)
    assert Step.objects.get(pk=poison).state == State.SKIPPED
    rows = Step.objects.filter(pk__in=others).values_list("state", "faults", "attempts")
    assert set(rows) == {(State.DONE, 1, 2)}


def test_a_group_that_waited_long_is_given_back_as_if_never_claimed(platform):
    job = jobs.start(submit_spu, [make_spu() for _nth in range(3)])
    with claims.shared(job.pk) as mine:
        first = mine.next(job.steps.all(), lambda: False)
        for _time in range(3):
            mine._claimed = float("-inf")
            second = mine.next(job.steps.all(), lambda: False)
            queue.give_back([second])
    rows = job.steps.exclude(pk=first.pk).values_list("attempts", "faults", "lease_until")
    assert (first.attempts, set(rows)) == (1, {(0, 0, None)})


def test_a_write_whose_answer_cannot_be_recorded_is_unknown_at_once(platform, monkeypatch):
    """It stayed open as sent until its lease ran out."""
    spu = make_spu()
    method, add = pretend.ENDPOINTS["/shop/spu/add"]
    answer = {"data": {"product_id": 10**40, "create_time": "", "out_product_id": "", "skus": [7]}}
    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/spu/add", (method, lambda request: {**add(request), **answer}))
    with pytest.raises(Exception):  # noqa: B017  whatever it is, the step says so
        submit_spu(spu)
    step = Step.objects.get(operation="catalog.submit_spu")
    assert (step.state, step.lease_until) == (State.UNKNOWN, None)


def test_what_wechat_accepted_is_done_though_it_cannot_be_read_afterwards(platform, monkeypatch):
    make_companies()
    order = make_order()
    platform.pay(order.out_order_id)
    Order.objects.update(status=20)
    order.refresh_from_db()
    from orders import parcels

    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "SF-1"}])
    method, _get = pretend.ENDPOINTS["/shop/order/get"]
    odd = {"status": 30, "order_detail": ["no", "object"]}
    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/order/get", (method, lambda request: {"order": odd}))
    ship_order(order)
    assert Step.objects.get(operation="orders.ship_order").state == State.DONE


@pytest.mark.parametrize(
    "body",
    [b'{"errcode": 99999999999999999999}', b'{"errcode": "x"}', b'{"errcode": [1]}', b"[" * 100_000, b"[]", b"7"],
)
def test_an_answer_of_any_json_closes_the_read(platform, monkeypatch, body):
    monkeypatch.setattr(pretend, "_write", lambda *args: None)
    answer = pretend.call

    def odd(method, path, *args):
        return pretend.Answer(body) if path.endswith("get_brand_list") else answer(method, path, *args)

    monkeypatch.setattr(pretend, "call", odd)
    with pytest.raises(Exception) as raised:
        pull_granted_brands(listed("granted_brands"))
    assert isinstance(raised.value, operations.Conflict | wechat.Unreachable)
    assert Step.objects.get().state in (State.FAILED, State.UNKNOWN)


def test_rows_that_cannot_be_read_are_left_out_named_and_nothing_is_gone_for_them(client, platform, monkeypatch):
    from catalog.models import Brand

    Brand.objects.create(brand_id=1, brand_wording="old")
    rows = [{"brand_id": 2, "brand_wording": "read"}, ["x"], {"brand_id": "many"}, {"brand_id": 10**30}, None]
    method, _get = pretend.ENDPOINTS["/shop/account/get_brand_list"]
    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/account/get_brand_list", (method, lambda request: {"data": rows}))
    pulled = listed("granted_brands")
    pull_granted_brands(pulled)
    assert set(Brand.objects.values_list("brand_id", "gone")) == {(1, False), (2, False)}
    pulled.refresh_from_db()
    assert pulled.count == 1
    assert pulled.note.startswith("4 rows could not be read and were left out:")
    assert "many (ValueError)" in pulled.note
    client.force_login(make_user("product"))
    assert "many (ValueError)" in client.get("/admin/catalog/brand/").content.decode()
    rows[1:] = []
    pull_granted_brands(pulled)
    assert Brand.objects.get(brand_id=1).gone is True
    assert listed("granted_brands").note == ""


def test_a_list_that_is_no_list_is_named(platform, monkeypatch):
    method, _get = pretend.ENDPOINTS["/shop/account/get_brand_list"]
    monkeypatch.setitem(
        pretend.ENDPOINTS, "/shop/account/get_brand_list", (method, lambda request: {"data": {"brand_id": 1}})
    )
    with pytest.raises(UnreadableAnswer, match="no list under “data”"):
        pull_granted_brands(listed("granted_brands"))
