"""The test drive on the board: small real calls through the other apps' operations, for those who may."""

import re

import pytest
from django.utils import timezone

from aftersales.models import Aftersale, ECStatus
from catalog.operations import refresh_spu, submit_spu
from orders.models import Order
from sandbox.models import Account
from scenes.models import Access
from scenes.operations import refresh_access
from tests.console.pages import words
from tests.factories import OPENID, make_companies, make_spu, make_user
from tests.scenes.conftest import read
from wechat.models import AccountInfo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(client, access, platform):
    """The board of an open access, for a developer; gives a function that presses one of its buttons."""
    read(access)
    client.force_login(make_user("developer"))
    make_companies()

    def press(what: str, **given):
        return words(client.post(f"/admin/scenes/access/{access.pk}/drive/{what}/", given, follow=True))

    return press


def address():
    AccountInfo.objects.create(receiver_name="张三", tel_number="13800138000", detailed_address="体育西路 1 号")


def approved(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return spu


def test_the_drive_goes_from_a_product_to_a_claim_and_is_its_own_evidence(client, board, access, platform, drain):
    address()
    spu = approved(platform)
    board("order", spu=spu.pk, openid=OPENID)
    drain()
    order = Order.objects.get()
    assert (order.scene, order.fund_type, order.order_price, order.status) == (1177, 1, 1, 10)
    assert f"out_order_id={order.out_order_id}" in platform.ledger("order/add")[0].request["path"]
    assert Access.load().test_order == order
    board("params")
    drain()
    assert len(platform.ledger("getpaymentparams")) == 1
    board("pay")
    drain()
    page = words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert f"The test order {order} waits to be paid from a phone." in page
    platform.pay(order.out_order_id)
    board("pay")
    drain()
    order.refresh_from_db()
    assert order.is_paid
    board("ship", delivery_id="SF", waybill_id="SF1234567890123")
    drain()
    order.refresh_from_db()
    assert order.status == 30
    board("aftersale")
    drain()
    assert Aftersale.objects.get().status == 2
    refresh_access(access)
    access.refresh_from_db()
    assert [access.observed(item) for item in (6, 7, 8, 9)] == [True] * 4
    old = {"spu_audit": 1, "pay_order": 1, "send_delivery": 1, "add_aftersale": 1}
    assert Account.only().observed == old | {"ec_order": 1, "ec_after_sale": 1}


def test_placing_asks_for_the_payment_parameters_at_once(board, platform, workers):
    address()
    page = board("order", spu=approved(platform).pk, openid=OPENID)
    assert "Payment parameters: done." in page
    assert platform.order(Order.objects.get().out_order_id).frozen


def test_each_part_says_what_it_needs_first(board, platform):
    spu = approved(platform)
    assert "Place a test order first." in board("ship", delivery_id="SF", waybill_id="x")
    assert "Keep a return address in the service settings first" in board("order", spu=spu.pk, openid=OPENID)
    assert "An openid of your mini program begins with o." in board("order", spu=spu.pk, openid="nonsense")
    assert not Order.objects.exists()


def paid_order(board, platform, drain) -> Order:
    address()
    board("order", spu=approved(platform).pk, openid=OPENID)
    drain()
    order = Order.objects.get()
    platform.pay_as_asked(order)
    board("pay")
    drain()
    return order


def test_the_company_is_chosen_and_another_waybill_takes_the_place_of_the_one_that_failed(
    client, board, access, platform, drain
):
    order = paid_order(board, platform, drain)
    assert "顺丰速运" in words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert "no express company “X”" in board("ship", delivery_id="X", waybill_id="SF1")
    platform.fault("error", "/shop/delivery/send", errcode=1010042)
    board("ship", delivery_id="SF", waybill_id="WRONG")
    drain()
    assert order.parcels.get().sent_at is None
    board("ship", delivery_id="ZTO", waybill_id="RIGHT")
    drain()
    parcel = order.parcels.get()
    assert (parcel.delivery_id, parcel.waybill_id, parcel.sent_at is not None) == ("ZTO", "RIGHT", True)


def test_a_parcel_that_wechat_may_have_heard_of_is_not_replaced(client, board, access, platform, drain):
    order = paid_order(board, platform, drain)
    platform.fault("timeout_after", "/shop/delivery/send")
    board("ship", delivery_id="SF", waybill_id="FIRST")
    drain()
    said = board("ship", delivery_id="SF", waybill_id="SECOND")
    assert "WeChat is being told of another parcel." in said
    assert order.parcels.get().waybill_id == "FIRST"
    page = words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert f"its own page says what can be done: {order}" in page


def test_a_test_order_that_wechat_did_not_take_is_not_driven(client, board, access, platform, drain):
    address()
    spu = approved(platform)
    platform.fault("error", "/shop/order/add", errcode=1010014)
    board("order", spu=spu.pk, openid=OPENID)
    drain()
    refused = Order.objects.get()
    assert refused.order_id is None
    assert Access.load().test_order is None
    assert "Place a test order first." in board("pay")
    page = words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert f"{refused} Refused by WeChat WeChat does not have it" in page


@pytest.mark.parametrize(("end", "label"), [("time", "Not paid in time"), ("cancel", "Cancelled")])
def test_a_test_order_that_can_be_paid_no_more_waits_no_more_and_another_can_be_placed(
    client, board, access, platform, drain, end, label
):
    address()
    spu = approved(platform)
    board("order", spu=spu.pk, openid=OPENID)
    drain()
    order = Order.objects.get()
    if end == "time":
        platform.move_clock(days=1)
    else:
        platform.cancel(order.out_order_id)
    board("pay")
    drain()
    page = words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert f"The test order {order} is “{label}”. Place another below." in page
    assert "It cannot be paid any more: place another above." in page
    assert "Paying takes" not in page
    board("order", spu=spu.pk, openid=OPENID)
    drain()
    another = Access.load().test_order
    assert (another == order, another.state_label) == (False, "To be paid")
    page = words(client.get(f"/admin/scenes/access/{access.pk}/change/"))
    assert f"The test order {another} waits to be paid from a phone." in page


def test_nothing_is_shipped_or_claimed_before_payment(board, platform, drain):
    address()
    board("order", spu=approved(platform).pk, openid=OPENID)
    drain()
    assert "“To be paid”" in board("ship", delivery_id="SF", waybill_id="SF1")
    assert "An after-sale needs an order that was paid" in board("aftersale")
    assert platform.ledger("send") == platform.ledger("add_aftersale") == []


def test_while_a_claim_of_the_order_is_open_no_other_is_made(client, board, access, platform, drain):
    order = paid_order(board, platform, drain)
    url = f"/admin/scenes/access/{access.pk}/change/"
    assert aftersale_button(client.get(url)) == ""
    board("aftersale")
    drain()
    aftersale = Aftersale.objects.get()
    assert aftersale_button(client.get(url)) == f' disabled title="{aftersale}: {aftersale.state_label}"'
    assert f"The after-sale {aftersale} of this order is open already." in board("aftersale")
    assert Aftersale.objects.get() == aftersale
    Aftersale.objects.update(status=ECStatus.CANCELLED)
    assert aftersale_button(client.get(url)) == ""
    assert order.aftersales.count() == 1


def aftersale_button(page) -> str:
    (found,) = re.findall(r"<button class=\"button plain\"([^>]*)>Open an after-sale</button>", page.content.decode())
    return found


def test_a_claim_that_may_not_be_opened_leaves_no_row(board, platform, drain):
    order = paid_order(board, platform, drain)
    order.lines.update(refunded_fen=1)
    assert "can be refunded on these goods." in board("aftersale")
    assert not Aftersale.objects.exists()


def test_a_product_is_sent_by_who_may_send_products(client, board, access, platform, drain):
    spu = make_spu()
    url = f"/admin/scenes/access/{access.pk}/drive/product/"
    assert client.post(url, {"spu": spu.pk}).status_code == 403
    client.force_login(make_user("owner"))
    client.post(url, {"spu": spu.pk})
    drain()
    spu.refresh_from_db()
    assert spu.edit_status == 2


def test_who_may_not_drive_does_not(client, board, access):
    client.force_login(make_user("product"))
    assert client.post(f"/admin/scenes/access/{access.pk}/drive/pay/").status_code == 403
    assert "Test drive" not in words(client.get(f"/admin/scenes/access/{access.pk}/change/"))


def test_a_release_is_written_down_with_its_trace(client, board, access):
    url = f"/admin/scenes/access/{access.pk}/released/"
    page = client.post(url, {"released_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}, follow=True)
    assert "Released at" in words(page)
    assert "Write down day and time of the release." in words(client.post(url, {"released_at": "soon"}, follow=True))


def test_before_access_there_is_nothing_to_drive(client, access, platform):
    client.force_login(make_user("developer"))
    said = words(client.post(f"/admin/scenes/access/{access.pk}/drive/pay/", follow=True))
    assert "Request access first." in said
