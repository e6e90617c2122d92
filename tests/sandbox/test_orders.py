"""Orders, their money, their parcels, and what the buyer and the clock do to them (BEHAVIOUR 4)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from sandbox import platform
from sandbox.endpoints import order as orders
from sandbox.models import Account, Order, Product, Push

BUYER = "oBuyer_sandbox_0000000000001"
NOW = "2026-03-01 10:00:00"
STATUSES = (10, 11, 20, 21, 30, 100, 181, 200, 250)


def order(number="o1", fund_type=1, **fields):
    """What order/add takes: two pieces and one, with freight and a discount."""
    prepaid = {"prepay_id": "wx1", "prepay_time": NOW} if fund_type == 0 else {}
    known = {
        "out_order_id": number,
        "openid": BUYER,
        "fund_type": fund_type,
        "scene": 1177,
        "path": f"pages/o?id={number}",
        "create_time": NOW,
        "delivery_detail": {"delivery_type": 1},
        "address_info": {"receiver_name": "张三", "detailed_address": "某路 1 号", "tel_number": "13800000000"},
        "order_detail": {
            "product_infos": [line("1", 2, 1000, 1900), line("2", 1, 500, 400)],
            "pay_info": {"pay_method_type": 0, **prepaid},
            "price_info": {"order_price": 2900, "freight": 600, "discounted_price": 200, "additional_price": 0},
        },
    }
    return {key: value for key, value in {**known, **fields}.items() if value is not None}


def line(sku, cnt, price, real):
    return {
        "out_product_id": "p1",
        "out_sku_id": sku,
        "product_cnt": cnt,
        "sale_price": price,
        "sku_real_price": real,
        "title": "法式碎花连衣裙",
        "path": "pages/p?id=1",
        "head_img": "https://mmecimage.cn/p/x",
    }


def detail(**parts):
    return {"order_detail": {**order()["order_detail"], **parts}}


def changed(**fields):
    """The first line with other fields; None takes one away."""
    first = {key: value for key, value in {**line("1", 2, 1000, 1900), **fields}.items() if value is not None}
    return detail(product_infos=[first, line("2", 1, 500, 400)])


def priced(**fields):
    prices = {**order()["order_detail"]["price_info"], **fields}
    return detail(price_info={key: value for key, value in prices.items() if value is not None})


def added(shop, number="o1", fund_type=1, status=None, **fields):
    answer = shop("order/add", order(number, fund_type, **fields))
    assert answer["errcode"] == 0, answer
    if status is not None:
        shipped = timezone.now() if status in (30, 100) else None
        Order.objects.filter(out_order_id=number).update(status=status, shipped_at=shipped)
    return Order.objects.get(out_order_id=number)


def named(number="o1", **fields):
    return {"out_order_id": number, "openid": BUYER, **fields}


def paid_as_asked(shop, number="o1", **fields):
    """Paid by the payment parameters, where there are any."""
    found = added(shop, number, **fields)
    shop("order/getpaymentparams", named(number))
    orders.pay(found)


def goods(*pieces):
    return [{"out_product_id": "p1", "out_sku_id": sku, "product_cnt": cnt} for sku, cnt in pieces]


def parcel(*pieces, company="SF", waybill="SF1"):
    return {"delivery_id": company, "waybill_id": waybill, "product_info_list": goods(*pieces)}


def sending(*parcels, finish=0, **fields):
    done = {"ship_done_time": NOW} if finish else {}
    return named(delivery_list=list(parcels), finish_all_delivery=finish, **done, **fields)


WHOLE = parcel(("1", 2), ("2", 1))


def read(shop, number="o1"):
    return shop("order/get", named(number))["order"]


def told(event=""):
    """The orders' events so far, oldest first: (name, order_info)."""
    pushed = Push.objects.filter(event__startswith=f"open_product_order_{event}").order_by("id")
    return [(push.event.removeprefix("open_product_order_"), push.fields["order_info"]) for push in pushed]


def ahead(**time):
    Account.objects.update(clock=int(timedelta(**time).total_seconds()))


# --- every inferred rule of this section; test_rules tries each both ways


def _other_scene(shop, _link):
    return shop("scene/check", {"scene": 1175})["is_matched"]


def _sent_again(shop, _link):
    added(shop, fund_type=0)
    added(shop, fund_type=0, scene=1001)
    return Order.objects.get().scene


def _ten_days_later(shop, _link):
    added(shop, status=20)
    shop("delivery/send", sending(WHOLE, finish=1))
    ahead(days=10)
    return read(shop)["status"]


def _part_shipped(shop, _link):
    added(shop, status=20)
    shop("delivery/send", sending(parcel(("1", 1))))
    return read(shop)["status"]


def _of_this_march(shop, _link):
    added(shop)
    span = {"start_create_time": NOW, "end_create_time": NOW}
    return shop("order/get_list", {"page": 1, "page_size": 10, **span})["total_num"]


def _unpaid_shipped(shop, _link):
    added(shop)
    return shop("delivery/send", sending(WHOLE, finish=1))["errcode"]


def _three_of_two(shop, _link):
    added(shop, status=20)
    return shop("delivery/send", sending(parcel(("1", 3))))["errcode"]


def _one_freed(shop, _link):
    added(shop, status=20)
    Order.objects.update(refunded={"1": 1}, freed={"1": 1})
    return shop("delivery/send", sending(parcel(("1", 1), ("2", 1)), finish=1))["errcode"]


def _no_delivery(shop, _link):
    return shop("order/add", order(delivery_detail={"delivery_type": 2}, address_info=None))["errcode"]


BOTH_WAYS = {
    "all_channels_scenes": (_other_scene, 1, 0),
    "fund_0_overwrites": (_sent_again, 1001, 1177),
    "auto_confirm": (_ten_days_later, 100, 30),
    "part_shipped_is_21": (_part_shipped, 21, 20),
    "listed_by_arrival": (_of_this_march, 0, 1),
    "send_needs_payment": (_unpaid_shipped, 1000000, 0),
    "refunds_free_unshipped": (_one_freed, 0, 1010042),
    "parcels_hold_what_was_ordered": (_three_of_two, 1010002, 0),
    "no_delivery_needs_other_scene": (_no_delivery, 990022, 0),
}


# --- scenes (BEHAVIOUR 4.1)


@pytest.mark.parametrize("scene", [1175, 1176, 1177, 1184, 1191, 1193, 1195])
def test_channels_scenes_are_verified(shop, scene):
    assert shop("scene/check", {"scene": scene})["is_matched"] == 1


def test_another_scene_is_not_and_no_scene_is_refused(shop):
    assert shop("scene/check", {"scene": 1001})["is_matched"] == 0
    assert [shop("scene/check", given)["errcode"] for given in ({}, {"scene": "1177"}, {"scene": True})] == [40097] * 3


# --- adding (BEHAVIOUR 4.2)


def test_an_order_is_answered_with_its_numbers_its_ticket_and_the_platforms_own_sum(shop):
    data = shop("order/add", order())["data"]
    assert (data["out_order_id"], data["final_price"]) == ("o1", 2900)
    assert int(float(data["order_id"])) != data["order_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", data["ticket_expire_time"])
    assert len(data["ticket"]) == 40
    assert read(shop)["status"] == 10


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"out_order_id": None}, 1010001),
        ({"out_order_id": 7}, 1010001),
        ({"out_order_id": "o" * 201}, 990008),
        ({"openid": None}, 990004),
        ({"openid": 7}, 990001),
        ({"openid": "oBuyer sandbox 0000000001"}, 990001),
        ({"openid": "xBuyer_sandbox_0000000001"}, 1010014),
        ({"openid": "oShort"}, 1010014),
        ({"openid": "o" * 41}, 1010014),
        ({"fund_type": None}, 1010004),  # absent it is 0, which needs prepay_id
        ({"fund_type": 2}, 40097),
        ({"fund_type": True}, 40097),
        ({"scene": "x"}, 40097),
        ({"scene": "1177"}, 40097),
        ({"path": None}, 990007),
        ({"order_detail": None}, 1010003),
        (detail(product_infos=[]), 1010003),
        (detail(product_infos="p1"), 1010003),
        (detail(product_infos=["p1"]), 1010003),
        (changed(out_product_id=None), 1010003),
        (changed(out_sku_id=None), 1010003),
        (changed(out_sku_id=1), 1010003),
        (changed(product_cnt=None), 1010003),
        (changed(product_cnt=0), 1010003),
        (changed(product_cnt="2"), 1010003),
        (changed(product_cnt=2.0), 1010003),
        (changed(sale_price=None), 1010003),
        (changed(sale_price=-1), 1010003),
        (changed(sale_price=10.5), 1010003),
        (changed(sku_real_price=None), 1010003),
        (detail(pay_info=None), 1010004),
        (detail(pay_info={"pay_method_type": 3}), 1010004),
        (detail(price_info=None), 1010005),
        (priced(order_price=None), 1010005),
        (priced(order_price="2900"), 1010005),
        (priced(freight=-1), 1010005),
        (priced(additional_price=None), 0),
        ({"address_info": None}, 1010006),
        ({"address_info": {"receiver_name": "张三", "detailed_address": "某路"}}, 1010006),
        ({"delivery_detail": {"delivery_type": 3}, "address_info": None}, 1010006),
        ({"delivery_detail": {"delivery_type": 4}, "address_info": None}, 1010006),
        ({"delivery_detail": {"delivery_type": 4}}, 0),
        ({"delivery_detail": {"delivery_type": 2}, "address_info": None, "scene": 1001}, 0),
        ({"delivery_detail": {"delivery_type": 5}}, 1010007),
        ({"delivery_detail": 1}, 1010007),
        ({"create_time": None}, 1010008),
        ({"create_time": "2026-03-01T10:00:00"}, 1010008),
        ({"create_time": 1772330400}, 1010008),
        ({"expire_time": 1772330400000}, 1010008),
        ({"expire_time": NOW}, 1010008),
        ({"aftersale_duration": "7"}, 1010008),
        (changed(title=None), 1010015),
        (changed(head_img=""), 1010015),
        (priced(order_price=2901), 1010040),
        (priced(discounted_price=0, order_price=3100), 1010040),
        (priced(additional_price=100, order_price=3000), 0),
        (changed(sku_real_price=1901), 1010040),
    ],
)
def test_an_orders_fields_are_checked(shop, fields, errcode):
    assert shop("order/add", order(**fields))["errcode"] == errcode
    assert Order.objects.count() == (errcode == 0)


@pytest.mark.parametrize(
    ("info", "errcode"),
    [
        ({"pay_method_type": 0, "prepay_id": "wx1", "prepay_time": NOW}, 0),
        ({"prepay_id": "wx1", "prepay_time": NOW}, 0),
        ({"pay_method_type": 0, "prepay_time": NOW}, 1010004),
        ({"pay_method_type": 0, "prepay_id": "wx1"}, 1010004),
        ({"pay_method_type": 0, "prepay_id": "wx1", "prepay_time": "soon"}, 1010004),
        ({"pay_method_type": 1}, 0),
    ],
)
def test_a_fund_0_order_brings_its_prepayment_unless_it_is_paid_otherwise(shop, info, errcode):
    assert shop("order/add", order(fund_type=0, **detail(pay_info=info)))["errcode"] == errcode


def test_the_second_sum_is_only_for_fund_1(shop):
    both = [line("1", 2, 1000, 1), line("2", 1, 500, 400)]
    pay_info = {"prepay_id": "wx1", "prepay_time": NOW}
    assert shop("order/add", order(fund_type=0, **detail(product_infos=both, pay_info=pay_info)))["errcode"] == 0


def test_uploaded_goods_need_no_title_and_are_shown_with_their_ids(shop):
    now = timezone.now()
    draft = {"title": "裙", "path": "pages/p", "head_img": ["h"], "skus": [{"out_sku_id": "1"}, {"out_sku_id": "2"}]}
    Product.objects.create(product_id=11 * 10**15, out_product_id="p1", draft=draft, created_at=now, updated_at=now)
    added(shop, **changed(title=None, head_img=None))
    first, second = read(shop)["order_detail"]["product_infos"]
    assert (first["product_id"], first["sku_id"], first["title"]) == (11 * 10**15, 11 * 10**15 + 1, "裙")
    assert (second["sku_id"], second["title"]) == (11 * 10**15 + 2, "法式碎花连衣裙")


def test_a_repeated_fund_1_order_keeps_what_came_first(shop):
    first = added(shop)
    again = shop("order/add", order(scene=1001, **priced(additional_price=100, order_price=3000)))
    assert (again["data"]["order_id"], again["data"]["final_price"]) == (first.order_id, 2900)
    assert read(shop)["scene"] == 1177


def test_an_order_without_fund_type_is_one_of_fund_type_0(shop):
    content = order(fund_type=0)
    del content["fund_type"]
    assert shop("order/add", content)["errcode"] == 0
    assert (Order.objects.get().fund_type, read(shop)["fund_type"]) == (0, 0)


def test_a_repeated_fund_0_order_is_another_while_unpaid(shop):
    first = added(shop, fund_type=0)
    cheaper = {"order_price": 2800, "freight": 500, "discounted_price": 200}
    pay_info = order(fund_type=0)["order_detail"]["pay_info"]
    again = shop("order/add", order(fund_type=0, **detail(price_info=cheaper, pay_info=pay_info)))
    assert (again["data"]["order_id"], again["data"]["final_price"]) == (first.order_id, 2800)
    Order.objects.update(status=20)
    assert shop("order/add", order(fund_type=0))["data"]["final_price"] == 2800


def test_a_ticket_stays_for_24_hours_and_is_consumed_by_paying(shop):
    def ticket():
        return shop("order/add", order(fund_type=0))["data"]["ticket"]

    first = ticket()
    assert ticket() == first
    ahead(hours=23, minutes=59)
    assert ticket() == first
    ahead(hours=24, minutes=1)
    second = ticket()
    assert second != first
    assert ticket() == second
    shop("order/pay", named(action_type=1, transaction_id="42", pay_time=NOW))
    third = ticket()
    assert third not in (first, second)


# --- paying (BEHAVIOUR 4.3)


def test_payment_parameters_are_fresh_each_time_and_freeze_the_price(shop):
    added(shop)
    one, two = (shop("order/getpaymentparams", named())["payment_params"] for _time in range(2))
    assert set(one) == {"timeStamp", "nonceStr", "package", "paySign", "signType"}
    assert one["nonceStr"] != two["nonceStr"]
    assert Order.objects.get().frozen


@pytest.mark.parametrize("status", STATUSES)
def test_payment_parameters_are_for_unpaid_orders(shop, status):
    added(shop, status=status)
    assert shop("order/getpaymentparams", named())["errcode"] == (0 if status == 10 else 1010043)


def test_there_are_no_payment_parameters_for_others(shop):
    added(shop, "own", fund_type=0)
    free = [line("1", 1, 200, 0)]
    prices = {"order_price": 0, "freight": 0, "discounted_price": 200}
    added(shop, "free", **detail(product_infos=free, price_info=prices))
    asked = [named("own"), named("free"), named("none"), {"openid": BUYER}, {"out_order_id": "own"}]
    codes = [shop("order/getpaymentparams", given)["errcode"] for given in asked]
    assert codes == [1010047, 1010051, 1010011, 1010001, 990004]


@pytest.mark.parametrize(
    ("given", "errcode", "status"),
    [
        ({"transaction_id": "42", "pay_time": NOW}, 0, 20),
        ({"action_type": 1, "transaction_id": "42", "pay_time": NOW}, 0, 20),
        ({"action_type": 1, "pay_time": NOW}, 1010004, 10),
        ({"action_type": 1, "transaction_id": "42"}, 1010004, 10),
        ({"action_type": 1, "transaction_id": "42", "pay_time": "now"}, 1010004, 10),
        ({"action_type": 6}, 40097, 10),
        *[({"action_type": action}, 0, 250) for action in (2, 3, 4, 5, 10)],
    ],
)
def test_a_payment_is_synced(shop, given, errcode, status):
    added(shop, fund_type=0)
    assert shop("order/pay", named(**given))["errcode"] == errcode
    assert (read(shop)["status"], told()) == (status, [])


def test_cash_on_delivery_has_no_transaction(shop):
    added(shop, fund_type=0, **detail(pay_info={"pay_method_type": 1}))
    assert shop("order/pay", named(action_type=1, pay_time=NOW))["errcode"] == 0
    info = read(shop)["order_detail"]["pay_info"]
    assert (info["pay_method"], info["pay_time"], info["transaction_id"]) == ("货到付款", NOW, "")


def test_a_fund_1_order_is_not_synced(shop):
    added(shop)
    assert shop("order/pay", named(transaction_id="42", pay_time=NOW))["errcode"] == 1010050


def test_the_buyer_pays_and_only_the_event_tells(shop):
    paid = added(shop)
    ticket = paid.ticket
    orders.pay(paid)
    info = read(shop)["order_detail"]["pay_info"]
    assert read(shop)["status"] == 20
    assert told() == [
        (
            "pay",
            {
                "order_id": paid.order_id,
                "out_order_id": "o1",
                "transaction_id": info["transaction_id"],
                "pay_time": info["pay_time"],
                "amount": 2900,
                "payer_amount": 2900,
                "sp_openid": BUYER,
            },
        )
    ]
    assert shop("order/add", order())["data"]["ticket"] != ticket


def test_the_buyer_of_a_fund_0_order_pays_and_nothing_tells(shop):
    orders.pay(added(shop, fund_type=0))
    assert (read(shop)["status"], told()) == (11, [])
    assert "transaction_id" not in read(shop)["order_detail"]["pay_info"]


@pytest.mark.parametrize(("how", "amount"), [({"amount": 2899}, 2899), ({"forged": True}, 2900)])
def test_too_little_or_forged_is_only_told(shop, how, amount):
    orders.pay(added(shop), **how)
    ((event, info),) = told()
    assert (event, info["amount"], read(shop)["status"]) == ("pay", amount, 10)
    assert not Account.only().observed.get("pay_order")


@pytest.mark.parametrize(
    ("scene", "fund_type", "asked", "seen"),
    [(1177, 1, True, 1), (1177, 1, False, 0), (1001, 1, True, 0), (1177, 0, True, 0)],
)
def test_the_access_task_sees_payments_of_channels_orders_by_their_parameters(shop, scene, fund_type, asked, seen):
    if asked:
        paid_as_asked(shop, fund_type=fund_type, scene=scene)
    else:
        orders.pay(added(shop, fund_type=fund_type, scene=scene))
    assert shop("register/check")["data"]["access_info"]["pay_order_success"] == seen


# --- every arrow of BEHAVIOUR 4.4, from every state


def _call(path, **given):
    def ask(shop, _order):
        return shop(path, named(**given))["errcode"]

    return ask


def _play(function, **how):
    def ask(_shop, order):
        try:
            function(order, **how)
        except platform.Refusal as refusal:
            return refusal.errcode
        return 0

    return ask


DONE = {"finish_all_delivery": 1, "ship_done_time": NOW, "delivery_list": [WHOLE]}
PART = {"finish_all_delivery": 0, "delivery_list": [parcel(("1", 1))]}
PAID = (20, 21, 30, 100)
# what: (the asking, fund_type, from which states, to which, or else refused with)
ARROWS = {
    "paid at the register": (_play(orders.pay), 0, (10,), 11, 1010043),
    "paid": (_play(orders.pay), 1, (10,), 20, 1010043),
    "payment synced": (_call("order/pay", transaction_id="42", pay_time=NOW), 0, (10, 11), 20, 1000000),
    "failure synced": (_call("order/pay", action_type=2), 0, (10,), 250, 1000000),
    "closed": (_call("order/close"), 1, (10,), 250, 1000000),
    "cancelled by the buyer": (_play(orders.cancel), 1, (10,), 250, 1000000),
    "part shipped": (_call("delivery/send", **PART), 1, (20, 21), 21, 1000000),
    "shipped": (_call("delivery/send", **DONE), 1, (20, 21), 30, 1000000),
    "received": (_call("delivery/recieve"), 1, (30,), 100, 1000000),
    "confirmed": (_play(orders.confirm), 1, (30,), 100, 1000000),
    "refunded": (_play(orders.refund_all), 1, PAID, 200, 1000000),
    "settled": (_play(orders.settle), 1, (100,), 100, 1000000),
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("what", ARROWS)
def test_an_order_moves_only_along_the_arrows(shop, what, status):
    ask, fund_type, allowed, goal, errcode = ARROWS[what]
    found = added(shop, fund_type=fund_type, status=status)
    assert ask(shop, found) == (0 if status in allowed else errcode)
    assert read(shop)["status"] == (goal if status in allowed else status)


@pytest.mark.parametrize(
    ("what", "event", "extra"),
    [
        ("closed", "cancel", {"cancel_type": 1}),
        ("cancelled by the buyer", "cancel", {"cancel_type": 1}),
        ("confirmed", "confirm", {}),
        ("refunded", "refund", {}),
    ],
)
def test_an_arrow_is_told(shop, what, event, extra):
    ask, fund_type, allowed, *_rest = ARROWS[what]
    found = added(shop, fund_type=fund_type, status=allowed[0])
    ask(shop, found)
    assert told() == [(event, {"order_id": found.order_id, "out_order_id": "o1", **extra})]


@pytest.mark.parametrize("what", ["received", "failure synced", "part shipped", "shipped"])
def test_what_the_merchant_said_is_not_told_back(shop, what):
    ask, fund_type, allowed, *_rest = ARROWS[what]
    ask(shop, added(shop, fund_type=fund_type, status=allowed[0]))
    assert told() == []


def test_a_settlement_comes_once_with_its_amount(shop):
    found = added(shop, status=100)
    orders.settle(found)
    assert _play(orders.settle)(shop, found) == 1000000
    ((event, info),) = told()
    assert (event, info["amount"], info["order_id"]) == ("settle", 2883, found.order_id)  # without the fee
    assert re.fullmatch(r"SETTLE[0-9a-f]{20}", info["settle_no"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", info["settle_time"])


def test_an_unpaid_order_times_out_by_the_clock(shop):
    in_half_an_hour = int(timezone.now().timestamp()) + 1800
    found = added(shop, expire_time=in_half_an_hour)
    added(shop, "own", fund_type=0, expire_time=in_half_an_hour)
    added(shop, "never")
    assert read(shop)["status"] == 10
    ahead(minutes=31)
    assert shop("order/getpaymentparams", named())["errcode"] == 1010043
    assert _play(orders.pay)(shop, found) == 1010043
    assert [read(shop, number)["status"] for number in ("o1", "own", "never")] == [181, 10, 10]
    assert told() == [("cancel", {"order_id": found.order_id, "out_order_id": "o1", "cancel_type": 1})]
    # What is new under a clock that was moved has its half hour, too.
    added(shop, "later", expire_time=in_half_an_hour)
    assert read(shop, "later")["status"] == 10


def test_receipt_confirms_itself_after_ten_days(shop):
    added(shop, status=20)
    shop("delivery/send", sending(WHOLE, finish=1))
    ahead(days=9, hours=23)
    assert read(shop)["status"] == 30
    ahead(days=10)
    assert read(shop)["status"] == 100
    assert [event for event, _info in told()] == ["confirm"]


def test_what_is_due_is_found_by_an_index(shop, django_assert_num_queries):
    from django.db import connections

    account = Account.only()
    with django_assert_num_queries(3, connection=connections["sandbox"]):
        orders.expire_due(account)


# --- reading (BEHAVIOUR 4.5)


def test_an_order_is_read_as_it_stands(shop):
    found = added(shop, default_receiving_address={"receiver_name": "仓库"})
    shown = read(shop)
    assert {name: shown[name] for name in ("order_id", "out_order_id", "status", "fund_type", "scene", "path")} == {
        "order_id": found.order_id,
        "out_order_id": "o1",
        "status": 10,
        "fund_type": 1,
        "scene": 1177,
        "path": "pages/o?id=o1",
    }
    assert (shown["create_time"], shown["default_receiving_address"]) == (NOW, {"receiver_name": "仓库"})
    assert "address_info" not in shown
    parts = shown["order_detail"]
    assert (parts["promotion_info"], parts["sharer_info"], "delivery_detail" in parts) == ({}, {}, False)
    assert parts["pay_info"] == {"pay_method_type": 0, "pay_method": "微信支付"}
    assert parts["price_info"] == order()["order_detail"]["price_info"]
    first = parts["product_infos"][0]
    assert first == line("1", 2, 1000, 1900) | {
        "real_price": 950,
        "can_after_sale": False,
        "product_id": 0,
        "sku_id": 0,
    }


def test_paid_goods_can_be_claimed_until_settled_or_refunded(shop):
    def claimable():
        return [item["can_after_sale"] for item in read(shop)["order_detail"]["product_infos"]]

    added(shop, status=20)
    assert claimable() == [True, True]
    Order.objects.update(refunded={"1": 2})
    assert claimable() == [False, True]
    Order.objects.update(settled=True)
    assert claimable() == [False, False]


def test_an_order_is_found_by_either_id_with_its_buyer(shop):
    found = added(shop)
    other = "oOther_sandbox_0000000000001"
    asked = [
        {"order_id": found.order_id, "openid": BUYER},
        {"out_order_id": "o1", "openid": other},
        {"order_id": found.order_id + 1, "openid": BUYER},
        {"order_id": found.order_id, "out_order_id": "other", "openid": BUYER},
        {"order_id": str(found.order_id), "openid": BUYER},
        {"openid": BUYER},
        {"order_id": found.order_id},
    ]
    assert [shop("order/get", given)["errcode"] for given in asked] == [0, 1010011, 1010011, 0, 40097, 1010001, 990004]


def _numbers(answer):
    return [row["out_order_id"] for row in answer["orders"]]


def test_the_list_of_orders_has_pages_and_an_order(shop):
    for number in ("a", "b", "c"):
        added(shop, number)
    ask = {"page": 1, "page_size": 2}
    first = shop("order/get_list", ask)
    assert (_numbers(first), first["total_num"]) == (["c", "b"], 3)
    assert _numbers(shop("order/get_list", ask | {"page": 2})) == ["a"]
    assert _numbers(shop("order/get_list", ask | {"sort_order": 2})) == ["a", "b"]
    assert "data" not in first


@pytest.mark.parametrize("path", ["order/get_list", "order/get_list_by_finder", "order/get_list_by_sharer"])
@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        ({}, 0),
        ({"page_size": 100}, 0),
        ({"page_size": 101}, 990005),
        ({"page_size": None}, 990007),
        ({"page": None}, 990007),
        ({"page": 0}, 40097),
        ({"page": "1"}, 40097),
        ({"page_size": 0}, 40097),
    ],
)
def test_pages_are_checked(shop, path, given, errcode):
    ask = {"page": 1, "page_size": 10, "promoter_id": "1", "sharer_openid": "o1"}
    assert shop(path, ask | given)["errcode"] == errcode


def test_lists_have_ranges_with_both_ends(shop):
    added(shop)
    early, late = "2020-01-01 00:00:00", "2099-01-01 00:00:00"
    ask = {"page": 1, "page_size": 10, "promoter_id": "1", "sharer_openid": "o1"}
    for path, what in (("get_list", "create"), ("get_list_by_finder", "pay"), ("get_list_by_sharer", "pay")):
        start, end = f"start_{what}_time", f"end_{what}_time"
        spans = [{start: early, end: late}, {start: late, end: early}, {start: early}, {start: 1, end: 2}]
        assert [shop(f"order/{path}", ask | span)["errcode"] for span in spans] == [0, 990009, 40097, 40097]
    span = {"start_create_time": early, "end_create_time": late}
    assert shop("order/get_list", ask | span)["total_num"] == 1
    assert shop("order/get_list", ask | span | {"start_create_time": late})["total_num"] == 0
    assert shop("order/get_list", ask | {"sort_order": 3})["errcode"] == 40097


def test_attribution_comes_late_and_is_told(shop):
    found = added(shop)
    orders.pay(found)
    assert read(shop)["order_detail"]["promotion_info"] == {}
    orders.attribute(found, promoter=orders.PROMOTER)
    orders.attribute(found, sharer=orders.SHARER)
    parts = read(shop)["order_detail"]
    assert parts["sharer_info"].keys() == {"sharer_openid", "live_start_time"}
    assert parts["promotion_info"] == orders.PROMOTER | parts["sharer_info"]
    ids = {"order_id": found.order_id, "out_order_id": "o1", "openid": BUYER}
    assert told("analyze") == [("analyze", ids), ("analyze", ids)]


def test_orders_are_listed_by_promoter_and_by_sharer(shop):
    mine, other = added(shop, "mine"), added(shop, "other")
    for found in (mine, other, added(shop, "neither")):
        orders.pay(found)
    orders.attribute(mine, promoter=orders.PROMOTER, sharer=orders.SHARER)
    orders.attribute(other, promoter=orders.PROMOTER | {"promoter_id": "2", "promoter_openid": "o2"})
    page = {"page": 1, "page_size": 10}
    promoter, sharer = orders.PROMOTER, orders.SHARER
    for given in ({"promoter_id": promoter["promoter_id"]}, {"promoter_openid": promoter["promoter_openid"]}):
        assert _numbers(shop("order/get_list_by_finder", page | given)) == ["mine"]
    found = shop("order/get_list_by_sharer", page | sharer)
    assert (_numbers(found), found["total_num"]) == (["mine"], 1)
    assert found["orders"][0]["order_detail"]["sharer_info"]["live_start_time"]
    long_ago = {"start_pay_time": "2020-01-01 00:00:00", "end_pay_time": "2020-01-02 00:00:00"}
    assert shop("order/get_list_by_sharer", page | sharer | long_ago)["total_num"] == 0
    assert shop("order/get_list_by_finder", page)["errcode"] == 990007
    assert shop("order/get_list_by_sharer", page)["errcode"] == 990007


# --- parcels (BEHAVIOUR 4.6)


def test_express_companies(shop):
    names = {row["delivery_id"]: row["delivery_name"] for row in shop("delivery/get_company_list")["company_list"]}
    assert len(names) >= 10
    assert (names["SF"], names["JTSD"], names["OTHERS"]) == ("顺丰速运", "极兔速递", "其他")


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        (sending(WHOLE, finish=1), 0),
        (sending(parcel(("1", 2)), parcel(("2", 1), waybill="SF2"), finish=1), 0),
        (sending(finish=1), 990007),
        (named(delivery_list=[WHOLE]), 990007),
        (sending(WHOLE, finish=2), 40097),
        (sending(WHOLE, finish=True), 40097),
        (sending(WHOLE, finish=1) | {"ship_done_time": None}, 0),
        (named(delivery_list=[WHOLE], finish_all_delivery=1), 0),
        (sending(WHOLE, finish=1) | {"ship_done_time": "today"}, 40097),
        (sending(parcel(("1", 2), company="NONE")), 40097),
        (sending(parcel(("1", 2), company="")), 990007),
        (sending(parcel()), 990007),
        (sending("SF1"), 47001),
        (sending(parcel(("3", 1))), 1010002),
        (sending(parcel(("1", 0))), 40097),
        (sending(parcel(("1", "1"))), 40097),
        (sending(parcel(("1", 3))), 1010002),
        (sending(parcel(("1", 1)), parcel(("1", 2), waybill="SF2")), 1010002),
        (sending(parcel(("1", 2)), finish=1), 1010042),
        (sending(WHOLE, finish=1) | {"openid": "oOther_sandbox_0000000000001"}, 1010011),
    ],
)
def test_a_sends_fields_are_checked(shop, given, errcode):
    added(shop, status=20)
    assert shop("delivery/send", given)["errcode"] == errcode
    assert Account.only().observed.get("send_delivery", 0) == (errcode == 0)


def test_parcels_add_up_to_a_shipped_order(shop):
    added(shop, status=20)
    assert shop("delivery/send", sending(parcel(("1", 1))))["errcode"] == 0
    assert read(shop)["order_detail"]["delivery_detail"] == {
        "delivery_type": 1,
        "finish_all_delivery": 0,
        "delivery_list": [{"delivery_id": "SF", "waybill_id": "SF1"}],
    }
    assert shop("delivery/send", sending(parcel(("1", 1))))["errcode"] == 1000000
    rest = parcel(("1", 1), ("2", 1), company="YTO", waybill="YT2")
    assert shop("delivery/send", sending(rest, finish=1))["errcode"] == 0
    shown = read(shop)
    assert (shown["status"], shown["order_detail"]["delivery_detail"]["finish_all_delivery"]) == (30, 1)
    assert [row["waybill_id"] for row in shown["order_detail"]["delivery_detail"]["delivery_list"]] == ["SF1", "YT2"]
    assert shop("delivery/send", sending(rest, finish=1))["errcode"] == 1000000


def test_a_parcel_listed_again_is_the_one_it_was(shop):
    added(shop, status=20)
    shop("delivery/send", sending(WHOLE))
    assert shop("delivery/send", sending(WHOLE, finish=1))["errcode"] == 0
    assert len(Order.objects.get().parcels) == 1


def test_refunded_pieces_need_no_parcel_and_get_none(shop):
    added(shop, status=20)
    Order.objects.update(refunded={"1": 1}, freed={"1": 1})
    assert shop("delivery/send", sending(WHOLE, finish=1))["errcode"] == 1010002
    assert shop("delivery/send", sending(parcel(("1", 1)), finish=1))["errcode"] == 1010042
    assert shop("delivery/send", sending(parcel(("1", 1), ("2", 1)), finish=1))["errcode"] == 0


def test_pieces_refunded_after_they_were_shipped_free_none_of_the_others(shop):
    added(shop, status=20)
    shop("delivery/send", sending(parcel(("1", 1))))
    Order.objects.update(refunded={"1": 1})
    assert shop("delivery/send", sending(parcel(("2", 1)), finish=1))["errcode"] == 1010042


def test_a_parcel_that_is_sent_again_holds_what_it_says_now(shop):
    added(shop, status=20)
    shop("delivery/send", sending(parcel(("1", 1))))
    assert shop("delivery/send", sending(WHOLE, finish=1))["errcode"] == 0
    assert len(read(shop)["order_detail"]["delivery_detail"]["delivery_list"]) == 1


def test_without_express_there_may_be_no_parcels(shop):
    added(shop, status=20, delivery_detail={"delivery_type": 4})
    done = named(finish_all_delivery=1, ship_done_time=NOW)
    assert shop("delivery/send", done)["errcode"] == 0
    assert read(shop)["order_detail"]["delivery_detail"] == {
        "delivery_type": 4,
        "finish_all_delivery": 1,
        "delivery_list": [],
    }


# --- the page on which a person plays the buyer


@pytest.mark.parametrize(
    ("action", "status", "goal", "event"),
    [
        ("pay_order", 10, 20, "pay"),
        ("pay_too_little", 10, 10, "pay"),
        ("forge_payment", 10, 10, "pay"),
        ("cancel_order", 10, 250, "cancel"),
        ("confirm_order", 30, 100, "confirm"),
        ("refund_order", 20, 200, "refund"),
        ("settle_order", 100, 100, "settle"),
        ("attribute_to_promoter", 20, 20, "analyze"),
        ("attribute_to_sharer", 20, 20, "analyze"),
    ],
)
def test_a_press_says_what_was_pushed(shop, press, action, status, goal, event):
    added(shop, status=status)
    assert f"/sandbox/do/{action}/" in press.page()
    (said,) = press(action, out_order_id="o1").messages
    assert f"open_product_order_{event}" in said
    assert read(shop)["status"] == goal
    assert [name for name, _info in told()] == [event]


def test_a_press_too_late_says_why(shop, press):
    added(shop, status=250)
    (said,) = press("cancel_order", out_order_id="o1").messages
    assert said.startswith("1000000")


def test_the_register_takes_money_that_no_event_tells_of(shop, press):
    added(shop, fund_type=0)
    (said,) = press("pay_order", out_order_id="o1").messages
    assert (read(shop)["status"], told(), "no event" in said) == (11, [], True)


def test_all_unpaid_orders_are_paid_at_once(shop, press):
    assert "pay_all_orders" not in press.page()
    for number in ("a", "b"):
        added(shop, number)
    added(shop, "own", fund_type=0)
    assert "Pay all 3 unpaid orders" in press.page()
    assert press("pay_all_orders").messages == ["3 orders paid; 2 events open_product_order_pay are on their way."]
    assert sorted(Order.objects.values_list("out_order_id", "status")) == [("a", 20), ("b", 20), ("own", 11)]


def test_an_order_is_given_to_whom_the_page_names(shop, press):
    added(shop, status=20)
    press("attribute_to_promoter", out_order_id="o1", promoter_id="77")
    press("attribute_to_sharer", out_order_id="o1", sharer_openid="oSomebody")
    found = Order.objects.get()
    assert (found.promoter_id, found.sharer_openid) == ("77", "oSomebody")


def test_moving_the_clock_lets_orders_time_out(shop, press):
    added(shop, expire_time=int(timezone.now().timestamp()) + 1800)
    press("move_clock", hours="1")
    assert (Order.objects.get().status, [name for name, _info in told()]) == (181, ["cancel"])
