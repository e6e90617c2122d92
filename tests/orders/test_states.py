"""Every transition of BEHAVIOUR 4.4, by us, by the buyer and by the platform, arriving in any order and twice."""

import contextlib
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import parcels
from orders.models import Order, OrderStatus, StatusChange
from orders.operations import (
    close_order,
    confirm_payment,
    confirm_receipt,
    get_payment_params,
    place_order,
    refresh_order,
    ship_order,
)
from orders.tasks import close_overdue_orders, refresh_orders
from sandbox.models import Push
from tests.factories import make_companies, make_order, own_number
from wechat.errors import Refused, Unreachable
from wechat.models import Callback, Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
S = OrderStatus


def pack(order, waybill="SF1"):
    make_companies()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": waybill}])


def bring(order, platform, status):
    """Bring an order at the platform to a state, without the console hearing of it."""
    number = order.out_order_id
    if status == S.TO_PAY:
        return
    if status == S.CANCELLED:
        platform.cancel(number)
        return
    if status == S.TIMED_OUT:
        platform.move_clock(hours=1)
        return
    platform.pay(number)
    if status in (S.SHIPPED, S.FINISHED):
        refresh_order(order)
        pack(order)
        ship_order(order)
    if status == S.FINISHED:
        platform.receive(number)
    if status == S.REFUNDED:
        platform.refund(number)


STATES = [S.TO_PAY, S.TO_SHIP, S.SHIPPED, S.FINISHED, S.TIMED_OUT, S.REFUNDED, S.CANCELLED]
OURS = {
    "close": (close_order, {S.TO_PAY: S.CANCELLED}),
    "ship": (ship_order, {S.TO_SHIP: S.SHIPPED}),
    "receive": (confirm_receipt, {S.SHIPPED: S.FINISHED}),
}


@pytest.mark.parametrize("status", STATES, ids=lambda status: status.name)
@pytest.mark.parametrize("what", OURS)
def test_what_we_may_do_from_each_state(platform, what, status):
    op, moves = OURS[what]
    order = make_order()
    bring(order, platform, status)
    refresh_order(order)
    if what == "ship" and status == S.TO_SHIP:
        pack(order)
    calls = len(platform.ledger("close") + platform.ledger("send") + platform.ledger("recieve"))
    if status in moves:
        op(order)
        assert Order.objects.get().status == moves[status] == platform.order(order.out_order_id).status
    else:
        with pytest.raises(Conflict):
            op(order)
        after = len(platform.ledger("close") + platform.ledger("send") + platform.ledger("recieve"))
        assert after == calls  # known here before WeChat says so
        assert Order.objects.get().status == status


@pytest.mark.parametrize("status", STATES, ids=lambda status: status.name)
@pytest.mark.parametrize("what", OURS)
def test_a_stale_state_here_is_put_right_by_wechats_refusal(platform, what, status):
    op, moves = OURS[what]
    order = make_order()
    bring(order, platform, status)
    # What was not heard here: the console still believes the state from which it may do this.
    stale = next(iter(moves))
    Order.objects.update(status=stale, read_at=None)
    if what == "ship" and not order.parcels.exists():
        pack(order, "SF9")
    order.refresh_from_db()
    if status in moves:
        op(order)
    else:
        with contextlib.suppress(Refused):  # where it is as wanted already, there is none
            op(order)
    theirs = platform.order(order.out_order_id).status
    assert Order.objects.get().status == theirs


EVENTS = {
    "pay": (lambda platform, number: platform.pay(number), S.TO_SHIP),
    "cancel": (lambda platform, number: platform.cancel(number), S.CANCELLED),
    "timeout": (lambda platform, number: platform.move_clock(hours=1), S.TIMED_OUT),
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("times", [1, 2])
def test_what_the_buyer_and_the_platform_do_is_heard(platform, hear, name, times):
    act, status = EVENTS[name]
    order = make_order()
    act(platform, order.out_order_id)
    for _time in range(times):
        hear()
        Push.objects.update(state=Push.QUEUED, attempts=0)
    order.refresh_from_db()
    assert order.status == status
    assert [change.status for change in StatusChange.objects.all()] == [status]
    assert order.payment_alert == ""


def test_after_payment_come_receipt_refund_and_settlement(platform, hear):
    order, other = make_order(), make_order()
    for one in (order, other):
        platform.pay(one.out_order_id)
        hear()
        one.refresh_from_db()
        pack(one)
        ship_order(one)
        platform.receive(one.out_order_id)
    platform.settle(order.out_order_id)
    platform.refund(other.out_order_id)
    hear()
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.status, order.settled_fen, bool(order.settle_no)) == (
        100,
        order.order_price - (order.order_price * 6 + 500) // 1000,  # without WeChat's fee
        True,
    )
    assert other.status == 200
    assert list(StatusChange.objects.filter(order=order).order_by("id").values_list("status", flat=True)) == [
        20,
        30,
        100,
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_events_in_any_order_lost_and_doubled_end_in_the_same_state(platform, hear, drain, data):
    Order.objects.all().delete()
    Callback.objects.all().delete()
    Push.objects.all().delete()
    order = make_order()
    platform.pay(order.out_order_id)
    refresh_order(order)
    pack(order)
    ship_order(order)
    platform.receive(order.out_order_id)
    platform.refund(order.out_order_id)
    pushes = list(Push.objects.values_list("pk", flat=True))
    order_of = data.draw(st.lists(st.sampled_from(pushes), max_size=8))
    Push.objects.update(state=Push.LOST)
    for pk in order_of:
        Push.objects.filter(pk=pk).update(state=Push.QUEUED, attempts=0)
        hear()
    # What messages did not tell, the polling finds.
    if not order_of:
        refresh_order(order)
    order.refresh_from_db()
    assert order.status == platform.order(order.out_order_id).status == 200


def test_polling_finds_what_no_message_told(platform):
    order = make_order()
    platform.pay(order.out_order_id)
    assert refresh_orders() == 0  # read a moment ago
    Order.objects.update(read_at=None)
    assert refresh_orders() == 1
    assert Order.objects.get().status == 20


def test_what_is_on_its_way_is_read_once_a_day(platform):
    from django.utils import timezone

    order = make_order()
    bring(order, platform, S.SHIPPED)
    platform.receive(order.out_order_id)
    Order.objects.update(read_at=timezone.now() - timezone.timedelta(hours=1))
    assert refresh_orders() == 0
    Order.objects.update(read_at=timezone.now() - timezone.timedelta(hours=21))
    assert refresh_orders() == 1
    assert Order.objects.get().status == 100


def test_an_alert_of_a_message_that_came_before_wechats_books_goes_by_itself(platform, hear):
    order = make_order()
    platform.pay(order.out_order_id, forged=True)
    hear()
    assert Order.objects.get().payment_alert
    platform.pay(order.out_order_id)
    refresh_order(order)
    assert Order.objects.get().payment_alert == ""


def test_an_older_read_never_replaces_a_newer_one(platform):
    from orders.snapshots import apply_snapshot, read

    order = make_order()
    early = read(order)
    platform.pay(order.out_order_id)
    refresh_order(order)
    assert apply_snapshot(order, early) is False
    assert Order.objects.get().status == 20


@pytest.mark.parametrize("how", [{"forged": True}, {"amount": 1}])
def test_a_forged_or_short_payment_leaves_the_order_unpaid_and_shows(platform, hear, client, how):
    from tests.factories import make_user

    order = make_order()
    platform.pay(order.out_order_id, **how)
    hear()
    order.refresh_from_db()
    assert order.status == 10
    assert "WeChat's own state is “To be paid”" in order.payment_alert
    client.force_login(make_user("finance"))
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "The payment is in doubt" in page
    assert "Payments in doubt" in client.get("/admin/").content.decode()


def test_a_paid_order_with_a_short_amount_is_not_shipped_before_somebody_looked(platform, hear, client):
    from tests.factories import make_user

    order = make_order()
    platform.pay(order.out_order_id)
    push = Push.objects.get(event="open_product_order_pay")
    push.fields["order_info"]["amount"] = 1
    push.save()
    hear()
    order.refresh_from_db()
    assert (order.status, "¥0.01" in order.payment_alert) == (20, True)
    pack(order)
    with pytest.raises(Conflict):
        ship_order(order)
    client.force_login(make_user("warehouse"))
    assert client.post(f"/admin/orders/order/{order.pk}/clear_alert/").status_code == 403
    client.force_login(make_user("finance"))
    client.post(f"/admin/orders/order/{order.pk}/clear_alert/")
    order.refresh_from_db()
    ship_order(order)
    assert Order.objects.get().status == 30


def test_an_event_that_overtakes_our_own_answer_waits(platform, hear):
    order = make_order()
    platform.pay(order.out_order_id)
    Step.objects.update(state="sent")
    hear()
    assert Callback.objects.get().state == "received"
    Step.objects.update(state="done")
    Callback.objects.update(next_attempt_at=None)
    hear()
    assert Order.objects.get().status == 20


def test_an_event_of_an_order_we_do_not_know_is_no_error(platform, hear):
    order = make_order()
    platform.pay(order.out_order_id)
    Step.objects.all().delete()
    order.delete()
    assert [message.state for message in hear()] == ["handled"]


def test_own_number_orders_wait_at_11_until_reported(platform):
    order = make_order(own_number())
    platform.pay(order.out_order_id)
    refresh_order(order)
    order.refresh_from_db()
    assert order.status == 11
    order.payment_report = {"action_type": 1, "transaction_id": "42", "pay_time": "2026-11-25 14:05:25"}
    order.save()
    confirm_payment(order)
    assert Order.objects.get().status == 20


def test_payment_parameters_are_for_unpaid_orders_of_wechats_account(platform):
    order = make_order()
    platform.pay(order.out_order_id)
    refresh_order(order)
    with pytest.raises(Conflict):
        get_payment_params(order)
    with pytest.raises(Conflict):
        get_payment_params(make_order(own_number()))


@pytest.mark.parametrize(
    ("kind", "operation", "path"),
    [
        (kind, operation, path)
        for kind, (operation, path) in itertools.product(
            ["timeout_before", "timeout_after"],
            [
                ("place", "order/add"),
                ("close", "order/close"),
                ("ship", "delivery/send"),
                ("receive", "delivery/recieve"),
                ("report", "order/pay"),
            ],
        )
    ],
)
def test_each_silence_is_settled_by_reading_with_one_effect(platform, kind, operation, path):
    number_order = make_order(own_number()) if operation == "report" else make_order(place=operation != "place")
    order, ops = (
        number_order,
        {
            "place": place_order,
            "close": close_order,
            "ship": ship_order,
            "receive": confirm_receipt,
            "report": confirm_payment,
        },
    )
    if operation in ("ship", "receive"):
        platform.pay(order.out_order_id)
        refresh_order(order)
        pack(order)
    if operation == "receive":
        ship_order(order)
    if operation == "report":
        order.payment_report = {"action_type": 1, "transaction_id": "42", "pay_time": "2026-11-25 14:05:25"}
        order.save()
    platform.fault(kind, f"/shop/{path}")
    with pytest.raises(Unreachable):
        ops[operation](order)
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    order.refresh_from_db()
    assert order.status == {"place": 10, "close": 250, "ship": 30, "receive": 100, "report": 20}[operation]
    acted = [entry for entry in platform.ledger(path) if entry.acted]
    assert len(acted) == 1
    assert not Step.objects.filter(state="unknown").exists()
    if operation == "ship":
        assert order.parcels.get().sent_at is not None


def test_what_was_not_paid_in_time_is_closed(platform):
    ours, theirs = make_order(own_number()), make_order()
    Order.objects.update(expire_at="2026-01-01T00:00:00Z")
    platform.move_clock(hours=1)  # WeChat moves its own to 181; ours it leaves alone
    assert close_overdue_orders() == 2
    assert Order.objects.get(pk=ours.pk).status == 250
    assert Order.objects.get(pk=theirs.pk).status == 181


def test_unknown_states_are_shown_as_they_are(platform):
    from orders.snapshots import Snapshot, apply_snapshot, read

    order = make_order()
    snapshot = read(order)
    apply_snapshot(order, Snapshot(snapshot.began, snapshot.order | {"status": 77}))
    assert Order.objects.get().state_label == "status 77"


def test_late_attribution_is_read_when_wechat_has_it(platform, hear):
    order = make_order()
    platform.pay(order.out_order_id)
    hear()
    order.refresh_from_db()
    assert order.promoter_id == ""
    promoter = {"promoter_id": "PROMOTER", "promoter_openid": "oP", "finder_nickname": "小店"}
    platform.attribute(order.out_order_id, promoter=promoter)
    hear()
    order.refresh_from_db()
    assert (order.promoter_id, order.finder_nickname) == ("PROMOTER", "小店")
