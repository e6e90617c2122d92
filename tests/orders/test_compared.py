"""Orders, payments and parcels compared with WeChat: what was changed on either side is found, and resolved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import Difference
from console.reconciling import resolving, runs, schedule
from console.reconciling.sources import sources
from orders import parcels
from orders.models import Order, Parcel
from orders.operations import refresh_order, ship_order
from sandbox.models import Order as SandboxOrder

State = Difference.State


def compare(name: str = "orders", day=None) -> None:
    """Compare everything of today."""
    for run in schedule.start_day(day or timezone.localdate(), [sources[name]]):
        while not runs.work(run.pk):
            pass


def anybody(permission: str) -> bool:
    return True


@pytest.fixture
def shipped(paid):
    """An order of which one of two parcels is on its way."""

    def make() -> Order:
        order = paid()
        goods = [{"out_product_id": "p", "out_sku_id": "red", "product_cnt": 1}]
        parcels.add(order, [{"delivery_id": "SF", "waybill_id": f"SF{order.pk}", "product_infos": goods}])
        ship_order(order)
        order.refresh_from_db()
        return order

    return make


def test_what_is_equal_is_no_difference(shipped, paid):
    shipped(), paid()
    compare()
    assert not Difference.objects.exists()


def test_another_price_is_found_with_its_money_and_taken(paid):
    order, _other = paid(), paid()
    Order.objects.filter(pk=order.pk).update(order_price=order.order_price + 700)
    compare()
    row = Difference.objects.get()
    assert (row.kind, row.key, row.field, row.amount_fen) == ("orders", order.out_order_id, "order_price", 700)
    assert resolving.take([row], anybody).done == 1
    order.refresh_from_db()
    row.refresh_from_db()
    assert (order.order_price, row.state) == (3000, State.TAKEN)
    compare()
    assert Difference.objects.count() == 1


def test_a_lost_parcel_is_sent_again_in_one_press(shipped, drain):
    order = shipped()
    SandboxOrder.objects.filter(out_order_id=order.out_order_id).update(parcels=[])
    compare()
    row = Difference.objects.get()
    assert (row.kind, row.ours, row.theirs) == ("parcels", True, None)
    assert resolving.push([row], anybody).done == 1
    drain()
    resolving.close_pushed()
    row.refresh_from_db()
    assert row.state == State.PUSHED
    assert len(SandboxOrder.objects.get(out_order_id=order.out_order_id).parcels) == 1
    compare()
    assert Difference.objects.count() == 1


def test_a_parcel_from_elsewhere_is_taken(paid):
    order = paid()
    mine = SandboxOrder.objects.filter(out_order_id=order.out_order_id)
    mine.update(parcels=[{"delivery_id": "YTO", "waybill_id": "Y1"}])
    compare()
    assert resolving.take(Difference.objects.all(), anybody).done == 1
    parcel = Parcel.objects.get(order=order)
    assert (parcel.waybill_id, parcel.sent_at is not None) == ("Y1", True)
    compare()
    assert not Difference.objects.open().exists()


def test_an_order_that_only_wechat_has_is_taken(paid):
    order = paid()
    SandboxOrder.objects.filter(out_order_id=order.out_order_id).update(out_order_id="elsewhere", order_id=77)
    compare()
    rows = {row.key: row for row in Difference.objects.all()}
    assert {key: (row.ours, row.theirs) for key, row in rows.items()} == {
        "elsewhere": (False, True),
        order.out_order_id: (True, False),
    }
    assert resolving.take([rows["elsewhere"]], anybody).done == 1
    assert resolving.take([rows[order.out_order_id]], anybody).done == 0
    assert Order.objects.get(out_order_id="elsewhere").lines.count() == 2


def test_a_state_that_heals_by_itself(paid):
    order = paid()
    Order.objects.filter(pk=order.pk).update(status=10)
    compare()
    row = Difference.objects.get()
    assert (row.field, row.outlook, row.amount_fen) == ("status", Difference.Outlook.FORWARD, 3000)
    refresh_order(order)
    compare()
    row.refresh_from_db()
    assert row.state == State.HEALED


def test_known_because_stays_known_until_it_changes(paid):
    order = paid()
    Order.objects.filter(pk=order.pk).update(freight=100)
    compare()
    resolving.know(Difference.objects.all(), "agreed by phone")
    compare()
    assert Difference.objects.get().state == State.KNOWN
    Order.objects.filter(pk=order.pk).update(freight=200)
    compare()
    row = Difference.objects.get()
    assert (row.state, row.because) == (State.OPEN, "")


def test_a_read_that_goes_back_is_kept(paid):
    order = paid()
    SandboxOrder.objects.filter(out_order_id=order.out_order_id).update(status=10)
    refresh_order(order)
    row = Difference.objects.get()
    assert (row.field, row.ours, row.theirs, row.state, row.by_read) == ("status", 20, 10, State.TAKEN, True)


def test_a_read_without_a_parcel_that_was_sent_is_kept(shipped):
    order = shipped()
    SandboxOrder.objects.filter(out_order_id=order.out_order_id).update(parcels=[], shipped_at=timezone.now())
    refresh_order(order)
    row = Difference.objects.get()
    assert (row.kind, row.state) == ("parcels", State.OPEN)


def test_the_last_hours_are_compared_every_few_minutes_and_what_is_open(paid):
    order = paid()
    Order.objects.filter(pk=order.pk).update(freight=5, placed_at=timezone.now() - timedelta(days=3))
    SandboxOrder.objects.update(created_at=timezone.now() - timedelta(days=3))
    compare(day=timezone.localdate() - timedelta(days=3))
    Order.objects.filter(pk=order.pk).update(freight=0)
    schedule.recent()
    for run in runs.ReconciliationRun.objects.unfinished():
        assert runs.work(run.pk)
    assert Difference.objects.get().state == State.HEALED
