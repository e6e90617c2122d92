"""WeChat may answer any JSON: a polling round reads all others, and names those that it could not read."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from orders.models import Order
from orders.operations import refresh_order
from orders.tasks import refresh_orders
from sandbox.models import Order as TheirOrder
from tests.factories import make_order, make_user
from wechat.errors import Refused, UnreadableAnswer
from wechat.models import Step, UnreadRecord
from wechat.steps import unread

pytestmark = pytest.mark.django_db(transaction=True)
FINE = {"pay_info": {}, "price_info": {}}
ODD = [
    lambda order: order | {"order_detail": ["no", "object"]},
    lambda order: [order],
    lambda order: None,
    lambda order: "an order",
    lambda order: order | {"status": 10**30},
    lambda order: {"out_order_id": order["out_order_id"]},
    lambda order: order | {"order_detail": FINE | {"promotion_info": "P1"}},
]


def many_orders(count: int) -> list[Order]:
    """Orders here and there, all waiting to be read; the first is the one that was read longest ago."""
    order = make_order()
    theirs = TheirOrder.objects.get(out_order_id=order.out_order_id)
    line, numbers = order.lines.get(), [f"many-{nth:03}" for nth in range(count)]
    for nth, number in enumerate(numbers):
        theirs.pk, theirs.out_order_id = theirs.pk + nth + 1, number
        theirs.save(force_insert=True)
        order.pk, order.order_id, order.out_order_id = None, theirs.pk, number
        order.read_at = timezone.now() - timedelta(days=1) + timedelta(seconds=nth)
        order.save(force_insert=True)
        line.pk, line.order = None, order
        line.save(force_insert=True)
    Order.objects.exclude(out_order_id__in=numbers).delete()
    TheirOrder.objects.exclude(out_order_id__in=numbers).delete()
    return list(Order.objects.order_by("read_at"))


@pytest.fixture
def answers(monkeypatch, settings):
    """{out_order_id: what order/get makes of its answer}"""
    from sandbox import platform as pretend

    settings.WECHAT_PACE = {"default": (10**6, 1, 10**5)}
    odd: dict = {}
    method, get = pretend.ENDPOINTS["/shop/order/get"]

    def answer(request):
        fields = get(request)
        change = odd.get(request.data["out_order_id"])
        return fields | {"order": change(fields["order"])} if change else fields

    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/order/get", (method, answer))
    return odd


def test_a_polling_round_over_100_orders_of_which_7_answer_nonsense_reads_93_and_names_7(platform, answers):
    orders = many_orders(100)
    platform.configure(rate=10_000)
    answers.update({order.out_order_id: odd for order, odd in zip(orders[::14], ODD, strict=False)})
    assert len(answers) == 7
    assert refresh_orders() == 93
    named = UnreadRecord.objects.filter(operation="orders.refresh_order")
    assert {row.record.out_order_id for row in named} == set(answers)
    assert all(row.error for row in named)
    failed = Step.objects.filter(state=Step.State.FAILED)
    assert set(failed.values_list("object_id", flat=True)) == {row.object_id for row in named}
    assert not Step.objects.open().exists()


def test_who_could_not_be_read_is_behind_all_others_and_is_forgotten_once_read(platform, answers):
    first, *others = many_orders(3)
    answers[first.out_order_id] = ODD[0]
    refresh_orders()
    Order.objects.update(read_at=F("read_at") - timedelta(days=1))
    assert unread.line(refresh_order.full_name, Order.objects.order_by("read_at"), 9) == others
    UnreadRecord.objects.update(tried_at=timezone.now() - timedelta(hours=1))
    assert unread.line(refresh_order.full_name, Order.objects.order_by("read_at"), 9) == [*others, first]
    answers.clear()
    assert refresh_orders() == 3
    assert not UnreadRecord.objects.exists()


@pytest.mark.parametrize("odd", ODD)
def test_an_order_that_cannot_be_read_says_so_and_keeps_what_it_was(platform, answers, odd):
    order = make_order()
    answers[order.out_order_id] = odd
    for times in (1, 2):
        with pytest.raises(UnreadableAnswer):
            refresh_order(order)
        row = UnreadRecord.objects.get()
        assert (row.record, row.times) == (order, times)
    assert Order.objects.get().status == order.status
    step = Step.objects.filter(reads=True).last()
    assert (step.state, step.message) == (Step.State.FAILED, row.error)
    assert step.calls.filter(endpoint="/shop/order/get").exists()


def test_the_reason_names_the_record_and_no_personal_data(platform, answers):
    order = make_order()
    answers[order.out_order_id] = ODD[0]
    with pytest.raises(UnreadableAnswer) as raised:
        refresh_order(order)
    assert str(order) in str(raised.value)
    assert "'list' object has no attribute 'get'" in str(raised.value)


def test_an_order_that_wechat_refuses_to_show_is_named_and_goes_to_the_end_of_the_line(platform, answers):
    first, second = many_orders(2)
    platform.order(first.out_order_id).delete()
    with pytest.raises(Refused):
        refresh_order(first)
    row = UnreadRecord.objects.get()
    assert (row.record, row.error[:7]) == (first, "1010011")
    assert unread.line(refresh_order.full_name, Order.objects.order_by("read_at"), 1) == [second]


def test_silence_names_nobody(platform):
    order = make_order()
    platform.fault("timeout_before", "/shop/order/get")
    refresh_orders()
    with pytest.raises(Exception, match="no answer"):
        refresh_order(order)
    assert not UnreadRecord.objects.exists()


def test_unread_records_are_on_a_page_with_their_last_error(client, platform, answers):
    order = make_order()
    answers[order.out_order_id] = ODD[0]
    with pytest.raises(UnreadableAnswer):
        refresh_order(order)
    client.force_login(make_user("developer"))
    page = client.get("/admin/wechat/unreadrecord/").content.decode()
    assert f"/admin/orders/order/{order.pk}/change/" in page
    assert "has no attribute" in page
    assert "/admin/wechat/unreadrecord/" in client.get("/admin/").content.decode()
