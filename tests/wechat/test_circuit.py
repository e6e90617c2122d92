"""The circuit: an endpoint that keeps timing out rests, one call looks, an answer ends it."""

import pytest

from sandbox.models import Order as TheirOrder
from tests.factories import make_key, order_body
from wechat import circuit
from wechat.clock import MICRO
from wechat.errors import Resting, Unreachable
from wechat.models import Pace, Step
from wechat.shop import account

GET = "/shop/account/get_info"


@pytest.fixture(autouse=True)
def doubts():
    circuit._doubted.clear()


def time_out(times: int) -> None:
    for _time in range(times):
        with pytest.raises(Unreachable):
            account.get_info()


def let_pass(seconds: int) -> None:
    row = Pace.objects.get(endpoint=GET)
    Pace.objects.filter(pk=row.pk).update(
        paused_until=row.paused_until - seconds * MICRO, timed_out_at=row.timed_out_at - seconds * MICRO
    )


def test_the_endpoint_rests_after_five_time_outs_and_the_others_go_on(platform):
    platform.fault("timeout_before", GET, left=99)
    time_out(5)
    with pytest.raises(Resting) as caught:
        account.get_info()
    assert 14 < caught.value.seconds <= 15
    assert GET in str(caught.value)
    account.get_brand_list()


def test_one_call_looks_and_its_answer_lets_all_others_through(platform):
    platform.fault("timeout_before", GET, left=6)
    time_out(5)
    let_pass(seconds=16)
    time_out(1)  # the probe
    with pytest.raises(Resting):
        account.get_info()
    let_pass(seconds=16)
    circuit._doubted.clear()  # another process, which saw no time-out
    assert account.get_info()
    assert account.get_info()
    assert Pace.objects.get(endpoint=GET).timeouts == 0


def test_while_one_call_looks_no_other_leaves(platform):
    platform.fault("timeout_before", GET, left=5)
    time_out(5)
    let_pass(seconds=16)
    calls = Pace.objects.filter(endpoint=GET, paused_until__lte=circuit.NowMicroseconds())
    assert circuit.probe(GET, calls)
    assert not circuit.probe(GET, calls)
    with pytest.raises(Resting) as caught:
        account.get_info()
    assert 10 < caught.value.seconds <= 14  # as long as an answer may take


def test_an_answer_between_them_or_a_long_time_starts_the_count_again(platform):
    for _round in range(2):
        platform.fault("timeout_before", GET, left=4)
        time_out(4)
        assert account.get_info()
    platform.fault("timeout_before", GET, left=8)
    time_out(4)
    let_pass(seconds=61)
    time_out(4)
    assert account.get_info()


@pytest.mark.django_db(transaction=True)
def test_orders_are_kept_with_nothing_sent_and_finished_by_a_repeat(client, platform):
    _key, header = make_key("orders")

    def place(body):
        return client.post("/api/v1/orders/", body, content_type="application/json", headers=header)

    platform.fault("timeout_before", "/shop/order/add", left=5)
    assert [place(order_body()).status_code for _nth in range(5)] == [503] * 5
    body = order_body()
    answer = place(body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
    step = Step.objects.latest("id")
    assert (step.state, step.record.out_order_id) == ("skipped", body["out_order_id"])
    Pace.objects.update(paused_until=0)
    assert place(body).status_code == 201
    assert TheirOrder.objects.count() == 1
