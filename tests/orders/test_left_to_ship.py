"""What is left to ship, over any sequence of parcels and refunds: no piece that the buyer waits for is closed away.

The books of the test are its own: a piece is awaited until it is in a parcel, or until a claim for the money alone has
paid it back while it was in none (BEHAVIOUR 4.6).
"""

import importlib

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aftersales.models import Aftersale
from aftersales.operations import accept_refund, accept_return, confirm_goods, refresh_claim
from orders import parcels, refunds, tasks
from orders.models import Order, OrderLine, OrderStatus, Parcel
from orders.operations import refresh_order, ship_order
from sandbox.endpoints.ecaftersale.buyer import user_return
from tests.console.pages import words
from tests.factories import make_user
from wechat.errors import Unreachable
from wechat.models import AccountInfo, Step
from wechat.steps import recovery

pytestmark = pytest.mark.django_db(transaction=True)
BOUGHT = {"red": 3, "blue": 2}
ADDRESS = {"receiver_name": "仓库", "tel_number": "020-1", "detailed_address": "龙洞 250 号"}
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ship", "refund", "return", "write down"]), st.sampled_from(sorted(BOUGHT)), st.integers(1, 3)
    ),
    min_size=1,
    max_size=7,
)


class Books:
    """What the buyer waits for, as the test counts it."""

    def __init__(self):
        self.awaited, self.shipped, self.back = dict(BOUGHT), dict.fromkeys(BOUGHT, 0), dict.fromkeys(BOUGHT, 0)

    @property
    def is_over(self) -> bool:
        return not any(self.awaited.values())


@pytest.fixture
def home(db):
    AccountInfo.objects.get_or_create(official_service=True, defaults=ADDRESS)


def claim(platform, hear, order, sku, kind, count) -> None:
    """The buyer claims; the merchant agrees, and where goods come back, has received them."""
    theirs = platform.apply(order.out_order_id, sku, kind, count=count)
    hear()
    ours = Aftersale.objects.get(aftersale_id=theirs.aftersale_id)
    if kind == 1:
        accept_refund(ours)
    else:
        Aftersale.objects.filter(pk=ours.pk).update(return_address=ADDRESS)
        accept_return(Aftersale.objects.get(pk=ours.pk))
        user_return(platform.aftersale(theirs.aftersale_id))
        hear()
        confirm_goods(Aftersale.objects.get(pk=ours.pk))
    hear()
    refresh_claim(Aftersale.objects.get(pk=ours.pk))


def act(platform, hear, books, order, what, sku, count) -> None:
    waiting = books.awaited[sku]
    if what in ("ship", "write down") and waiting and order.may_ship:
        written = sum(item.product_cnt for parcel in order.parcels.filter(sent_at=None) for item in parcel.items.all())
        count = min(count, waiting)
        if what == "write down" or not written:
            goods = [{"out_product_id": "p", "out_sku_id": sku, "product_cnt": count}]
            if not written:
                number = f"SF{order.parcels.count()}-{order.pk}"
                parcels.add(order, [{"delivery_id": "SF", "waybill_id": number, "product_infos": goods}])
        if what == "ship":
            sent = {line: pieces for parcel in order.parcels.filter(sent_at=None) for line, pieces in _pieces(parcel)}
            ship_order(Order.objects.get(pk=order.pk))
            for name, pieces in sent.items():
                books.awaited[name] -= pieces
                books.shipped[name] += pieces
    elif what == "refund":
        count = min(count, BOUGHT[sku] - books.back[sku])
        if count:
            claim(platform, hear, order, sku, 1, count)
            books.back[sku] += count
            books.awaited[sku] -= min(count, waiting)
            # A parcel that was written down holds too much now: the warehouse takes it back.
            for parcel in order.parcels.filter(sent_at=None):
                parcels.drop(parcel)
    elif what == "return":
        count = min(count, books.shipped[sku], BOUGHT[sku] - books.back[sku])
        if count:
            claim(platform, hear, order, sku, 2, count)
            books.back[sku] += count


def _pieces(parcel):
    return [(item.line.out_sku_id, item.product_cnt) for item in parcel.items.select_related("line")]


@pytest.mark.parametrize("frees", [True, False])
@given(acts=ACTS)
@example(acts=[("ship", "red", 2), ("ship", "blue", 2), ("return", "red", 1)])
@example(acts=[("ship", "red", 3), ("ship", "blue", 1), ("refund", "blue", 1)])
@example(acts=[("ship", "blue", 2), ("refund", "red", 1), ("ship", "red", 2)])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_awaited_piece_is_closed_away_and_the_order_closes_as_soon_as_none_is(
    paid, platform, hear, home, frees, acts
):
    platform.configure(switches={"refunds_free_unshipped": frees})
    order, books = paid(**BOUGHT), Books()
    for what, sku, count in acts:
        order = Order.objects.get(pk=order.pk)
        if order.status not in (20, 21, 30):
            break
        act(platform, hear, books, order, what, sku, count)
        tasks.finish_shipping()
        hear()
        refresh_order(order)
        order.refresh_from_db()
        theirs = platform.order(order.out_order_id).status
        if theirs == OrderStatus.SHIPPED:
            assert books.is_over, (acts, books.awaited)
        elif books.is_over and any(books.shipped.values()) and theirs != OrderStatus.REFUNDED:
            raise AssertionError(f"nobody waits, and the order is {theirs}: {acts}")
        assert order.status == theirs
        left = {line.out_sku_id: order.left_to_ship()[line.pk] for line in order.lines.all()}
        packed = order.parcels.filter(sent_at=None).exists()
        if not packed and theirs != OrderStatus.REFUNDED:
            assert left == books.awaited, acts


def test_a_returned_piece_leaves_the_missing_one_to_ship(paid, platform, hear, home):
    order = paid(red=3)
    parcels.add(
        order,
        [
            {
                "delivery_id": "SF",
                "waybill_id": "1",
                "product_infos": [{"out_product_id": "p", "out_sku_id": "red", "product_cnt": 2}],
            }
        ],
    )
    ship_order(order)
    claim(platform, hear, order, "red", 2, 1)
    order = Order.objects.get(pk=order.pk)
    assert list(order.left_to_ship().values()) == [1] and not order.is_all_shipped
    assert tasks.finish_shipping() == 0
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "2"}])
    ship_order(Order.objects.get(pk=order.pk))
    assert platform.order(order.out_order_id).status == 30
    line = order.lines.get()
    assert (line.refunded_cnt, line.refunded_unshipped_cnt) == (1, 0)


def pack(order, **pieces) -> None:
    goods = [{"out_product_id": "p", "out_sku_id": sku, "product_cnt": count} for sku, count in pieces.items()]
    parcel = {"delivery_id": "SF", "waybill_id": f"SF{order.parcels.count()}", "product_infos": goods}
    parcels.add(Order.objects.get(pk=order.pk), [parcel])


@pytest.fixture
def unknown(paid, platform, hear, home):
    """Of three pieces two are on their way to WeChat, which does not answer, while one is refunded."""

    def make(kind: str) -> Order:
        order = paid(red=3)
        pack(order, red=3)
        platform.fault(kind, "/shop/delivery/send")
        with pytest.raises(Unreachable):
            ship_order(Order.objects.get(pk=order.pk))
        line = order.lines.get()
        refunds.refunded(line.pk, 1, 100, returned=False)
        return Order.objects.get(pk=order.pk)

    return make


def test_a_refund_while_a_parcel_is_on_its_way_is_of_a_shipped_piece_once_wechat_has_it(unknown):
    order = unknown("timeout_after")
    line = order.lines.get()
    assert (line.refunds_unclear, line.refunded_cnt, line.refunded_unshipped_cnt) == (True, 1, 0)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    line.refresh_from_db()
    assert (line.refunds_unclear, line.refunded_unshipped_cnt, Order.objects.get().status) == (False, 0, 30)


def test_a_piece_in_a_parcel_that_was_never_sent_is_not_taken_for_shipped(paid, platform, home):
    """Of two pieces one is on its way to WeChat while one is refunded; the other's parcel is only written down here."""
    order = paid(red=2)
    pack(order, red=1)
    platform.fault("timeout_after", "/shop/delivery/send")
    with pytest.raises(Unreachable):
        ship_order(Order.objects.get(pk=order.pk))
    pack(order, red=1)
    line = order.lines.get()
    refunds.refunded(line.pk, 1, 100, returned=False)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    line.refresh_from_db()
    assert list(Order.objects.get().left_to_ship(sent_only=True).values()) == [1]
    assert (line.refunds_unclear, line.refunded_unshipped_cnt) == (True, 0)


def test_a_person_tells_what_nobody_else_can(unknown, client):
    order = unknown("timeout_before")
    Parcel.objects.all().delete()
    Step.objects.all().delete()
    line = order.lines.get()
    client.force_login(make_user("auditor"))
    url = f"/admin/orders/order/{order.pk}/tell_refunded/"
    assert client.post(url, {"line": line.pk, "count": "1"}).status_code == 403
    client.force_login(make_user("warehouse"))
    page = client.get("/admin/orders/order/", {"state": "unclear"})
    assert order.out_order_id in page.content.decode()
    assert "it is not known how many had been shipped" in words(client.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Enter a number from 0 to 1." in words(client.post(url, {"line": line.pk, "count": "2"}, follow=True))
    client.post(url, {"line": line.pk, "count": "1"})
    line.refresh_from_db()
    assert (line.refunds_unclear, line.refunded_unshipped_cnt) == (False, 1)
    assert list(Order.objects.get().left_to_ship().values()) == [2]
    assert client.post(url, {"line": line.pk, "count": "0"}).status_code == 404


def test_an_unclear_refund_stays_while_a_piece_is_waited_for(paid, platform, client):
    order = paid(red=3)
    pack(order, red=1)
    ship_order(Order.objects.get(pk=order.pk))
    OrderLine.objects.update(refunded_cnt=1, refunds_unclear=True)  # as the migration could not tell
    pack(order, red=1)
    ship_order(Order.objects.get(pk=order.pk))
    line = OrderLine.objects.get()
    assert line.refunds_unclear and tasks.finish_shipping() == 0
    client.force_login(make_user("warehouse"))
    url = f"/admin/orders/order/{order.pk}/tell_refunded/"
    client.post(url, {"line": line.pk, "count": "9" * 5000})
    client.post(url, {"line": line.pk, "count": "1"})
    assert tasks.finish_shipping() == 1
    assert platform.order(order.out_order_id).status == 30


@pytest.mark.parametrize("part_is_21", [True, False])
def test_an_order_whose_rest_was_refunded_is_closed_on_either_kind_of_account(paid, platform, hear, home, part_is_21):
    platform.configure(switches={"part_shipped_is_21": part_is_21})
    order = paid(red=2)
    pack(order, red=1)
    ship_order(Order.objects.get(pk=order.pk))
    claim(platform, hear, order, "red", 1, 1)
    assert tasks.finish_shipping() == 1
    assert platform.order(order.out_order_id).status == 30


def test_the_migration_splits_refunds_by_claims_and_parcels(paid, platform, hear, home):
    split = importlib.import_module("aftersales.migrations.0008_refunds_before_shipping").split
    before, after, back = paid(red=3), paid(red=3), paid(red=3)
    claim(platform, hear, before, "red", 1, 1)
    pack(before, red=2)
    for order in (after, back):
        pack(order, red=2)
        ship_order(Order.objects.get(pk=order.pk))
    claim(platform, hear, after, "red", 1, 2)
    claim(platform, hear, back, "red", 2, 1)
    lost = paid(red=3)
    Parcel.objects.update(sent_at=timezone.now() - timezone.timedelta(minutes=5))
    OrderLine.objects.update(refunded_unshipped_cnt=0)
    OrderLine.objects.filter(order=lost).update(refunded_cnt=1)  # of which no after-sale tells
    split(apps, None)
    told = {
        order.pk: OrderLine.objects.values_list("refunded_unshipped_cnt", "refunds_unclear").get(order=order)
        for order in (before, after, back, lost)
    }
    assert list(told.values()) == [(1, False), (1, False), (0, False), (0, True)]
