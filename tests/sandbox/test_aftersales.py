"""Claims of both families, disputes, and what buyer, platform and clock do to them (BEHAVIOUR 5 and 9)."""

import itertools
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sandbox import platform
from sandbox.endpoints import complaint as disputes
from sandbox.endpoints import ecaftersale as claims
from sandbox.endpoints import order as orders
from sandbox.models import Account, Claim, Dispute, MirroredClaim, Order, Picture, Product, Push

from .test_orders import BUYER, NOW, added, ahead, named

OTHER = "oOther_sandbox_0000000000001"
ADDRESS = {"receiver_name": "李四", "detailed_address": "退货路 2 号", "tel_number": "13900000000"}
STATUSES = (1, 2, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 18, 19)
BACK = {"delivery_id": "SF", "delivery_name": "顺丰速运", "waybill_id": "SF9"}


def asked(number="a1", type=1, amount=1900, sku="1", cnt=2, **fields):
    known = {
        "out_order_id": "o1",
        "openid": BUYER,
        "out_aftersale_id": number,
        "type": type,
        "orderamt": amount,
        "refund_reason_type": 2,
        "refund_reason": "不想要了",
        "product_info": {"out_product_id": "p1", "out_sku_id": sku, "product_cnt": cnt},
    }
    return {key: value for key, value in {**known, **fields}.items() if value is not None}


def claimed(shop, status=None, type=1, order_status=30, **fields):
    """A claim as the merchant's own mini program makes it, put where a test wants it."""
    if not Order.objects.exists():
        added(shop, status=order_status)
    answer = shop("ecaftersale/add", asked(type=type, **fields))
    assert answer["errcode"] == 0, answer
    Push.objects.all().delete()
    if status is not None:
        Claim.objects.filter(pk=answer["aftersale_id"]).update(status=status, due_at=None)
    return Claim.objects.get(pk=answer["aftersale_id"])


def mine(number="a1", **fields):
    return {"out_aftersale_id": number, **fields}


def read(shop, number="a1"):
    return shop("ecaftersale/get", mine(number))["after_sales_order"]


def told():
    """The events so far, oldest first."""
    return list(Push.objects.order_by("id").values_list("event", flat=True))


def switched(**switches):
    Account.objects.update(switches=switches)


def refused(function, *args, **how):
    try:
        function(*args, **how)
    except platform.Refusal as refusal:
        return refusal.errcode
    return 0


# --- every inferred rule of these sections; test_rules tries each both ways


def _mirror_of_fund_1(shop, _link):
    added(shop, status=20)
    assert shop("aftersale/add", mirror())["errcode"] == 0
    return len(shop("aftersale/get", named())["aftersale_infos"])


def _agreed(shop, _link):
    claimed(shop)
    shop("ecaftersale/acceptrefund", mine())
    return read(shop)["status"]


def _offline_two_days_later(shop, _link):
    claimed(shop, 15)
    claims.refund_fails(Claim.objects.get())
    ahead(hours=48)
    return read(shop)["status"]


def _three_of_two(shop, _link):
    added(shop, status=20)
    return shop("ecaftersale/add", asked(cnt=3))["errcode"]


def _big_page(shop, _link):
    return shop("ecaftersale/get_list", {"offset": 0, "limit": 101})["errcode"]


def _changed_after_the_return(shop, _link):
    claims.user_return(claimed(shop, 6, type=2))
    shop("ecaftersale/reject", mine())
    shop("ecaftersale/update", asked(type=2, product_info=None))
    return shop("ecaftersale/acceptreturn", mine(address_info=ADDRESS))["errcode"]


def _no_proof_for_three_days(shop, _link):
    dispute = disputed(shop)
    disputes.ask_proof(dispute)
    ahead(days=3)
    return seen(shop, dispute)["order"]["state"]


BOTH_WAYS = {
    "fund_1_not_mirrored": (_mirror_of_fund_1, 0, 1),
    "refunds_arrive_at_once": (_agreed, 13, 15),
    "offline_refund_overdue": (_offline_two_days_later, 12, 16),
    "claims_hold_what_is_left": (_three_of_two, 2747020, 0),
    "claim_pages_hold_100": (_big_page, 990005, 0),
    "modified_return_stuck": (_changed_after_the_return, 2747008, 0),
    "proof_overdue": (_no_proof_for_three_days, 307, 106),
}


# --- the graph of 5.3, row by row, from every state


def _call(path, **given):
    def ask(shop, claim):
        return shop(f"ecaftersale/{path}", mine(**given))["errcode"]

    return ask


def _play(function, **how):
    def ask(_shop, claim):
        return refused(function, claim, **how)

    return ask


def _certify(shop, claim):
    link = Picture.objects.create(link="https://mmecimage.cn/p/proof", size=1).link
    return shop("ecaftersale/upload_certificates", mine(refund_desc="已协商退款", certificates=[link]))["errcode"]


def _force(event):
    return _call("merchanttest", operation=f"aftersale_{event}")


def _judge(**how):
    def ask(_shop, claim):
        known = {"complaint_order_id": 5 * 10**16, "claim": claim, "type": 1, "created_at": timezone.now()}
        dispute = Dispute.objects.create(**known, updated_at=timezone.now())
        errcode = refused(claims.judge, dispute, **how)
        Push.objects.filter(event="complaint_notify").delete()
        return errcode

    return ask


def _update(shop, claim):
    return shop("ecaftersale/update", asked(type=claim.type, product_info=None))["errcode"]


# what: (the asking, {type: (from which states, to which)}, what is told)
ROWS = {
    "the buyer changes it": (_play(claims.modify), {0: ((2, 4, 5), 2)}, "update_order"),
    "the mini program changes it": (_update, {0: ((2, 4, 5), 2)}, "update_order"),
    "the buyer cancels": (_play(claims.user_cancel), {0: ((2, 4, 5, 6, 7), 1)}, "user_cancel"),
    "the mini program cancels": (_call("cancel", openid=BUYER), {0: ((2, 4, 5, 6, 7), 1)}, "user_cancel"),
    "refund agreed": (_call("acceptrefund"), {1: ((2,), 15), 2: ((8,), 15)}, ""),
    "return agreed": (_call("acceptreturn", address_info=ADDRESS), {1: ((), 0), 2: ((2,), 6)}, ""),
    "rejected": (_call("reject"), {1: ((2,), 4), 2: ((2, 8), 5)}, ""),
    "refund handling overdue": (
        _force("merchant_handle_refund_overdue"),
        {1: ((2,), 15), 2: ((), 0)},
        "merchant_handle_refund_overdue",
    ),
    "return handling overdue": (
        _force("merchant_handle_return_overdue"),
        {1: ((), 0), 2: ((2,), 6)},
        "merchant_handle_return_overdue",
    ),
    "sent back": (_play(claims.user_return), {1: ((), 0), 2: ((6,), 8)}, "wait_merchant_confirm_receipt"),
    "sent back from the mini program": (
        _call("uploadreturninfo", openid=BUYER, **BACK),
        {1: ((), 0), 2: ((6,), 8)},
        "wait_merchant_confirm_receipt",
    ),
    "pickup changed": (_play(claims.user_modify_return), {1: ((), 0), 2: ((8,), 8)}, "user_modify_return_info"),
    "pickup cancelled": (
        _play(claims.user_modify_return, back=True),
        {1: ((), 0), 2: ((8,), 6)},
        "user_modify_return_info",
    ),
    "not sent back": (
        _force("user_upload_return_info_overdue"),
        {1: ((), 0), 2: ((6,), 7)},
        "user_upload_return_info_overdue",
    ),
    "receipt overdue": (
        _force("merchant_confirm_receipt_overdue"),
        {1: ((), 0), 2: ((8,), 15)},
        "merchant_confirm_receipt_overdue",
    ),
    "no intervention wanted": (
        _force("user_apply_platform_judge_overdue"),
        {0: ((4, 5, 7), 1)},
        "user_apply_platform_judge_overdue",
    ),
    "judged for the merchant": (_judge(buyer_wins=False), {0: ((4, 5, 7), 19)}, "complaint_update_order_state"),
    "judged for the buyer": (_judge(buyer_wins=True), {0: ((4, 5, 7), 15)}, "complaint_update_order_state"),
    "judged to be returned": (
        _judge(buyer_wins=True, send_back=True),
        {1: ((), 0), 2: ((4, 5, 7), 6)},
        "complaint_update_order_state",
    ),
    "refunded": (_play(claims.refund_arrives), {1: ((15,), 13), 2: ((15,), 14)}, "refund_success"),
    "refund failed": (_play(claims.refund_fails), {0: ((15,), 16)}, "wait_merchant_offline_refund"),
    "proof uploaded": (_certify, {0: ((12, 16), 17)}, ""),
    "proof confirmed": (
        _play(claims.confirm_certificate),
        {1: ((17,), 13), 2: ((17,), 14)},
        "user_confirm_refund_certificate",
    ),
    "closed": (_play(claims.close), {0: ((12, 17), 18)}, ""),
}


@pytest.mark.parametrize("type", [1, 2])
@pytest.mark.parametrize("what", ROWS)
def test_a_claim_moves_only_along_the_arrows(shop, what, type):
    ask, goals, event = ROWS[what]
    states, goal = goals.get(type) or goals[0]
    switched(refunds_arrive_at_once=False)
    claim = claimed(shop, type=type)
    for status in STATUSES:
        Claim.objects.update(status=status, due_at=None, return_info={}, changes=1)
        Dispute.objects.all().delete()
        Picture.objects.all().delete()
        Push.objects.all().delete()
        assert ask(shop, claim) == (0 if status in states else 2747008), status
        assert Claim.objects.get().status == (goal if status in states else status)
        assert told() == ([f"aftersale_{event}"] if event and status in states else []), status


def test_every_row_of_the_graph_is_tried():
    rows = {
        (state, type, goal, event)
        for _ask, goals, event in ROWS.values()
        for key, (states, goal) in goals.items()
        for type in ((1, 2) if key == 0 else (key,))
        for state in states
    }
    arrows = {
        (state, type, arrow.goal, arrow.callback)
        for arrow in claims.GRAPH
        for type in ((1, 2) if arrow.type == 0 else (arrow.type,))
        for state in arrow.states
    }
    # The one that only the clock brings is below.
    assert arrows - rows == {(16, 1, 12, ""), (16, 2, 12, "")}
    assert rows <= arrows


def test_a_refusal_names_state_and_operation(shop):
    claimed(shop, 13)
    answer = shop("ecaftersale/reject", mine())
    assert answer["errmsg"].startswith("operation not allowed, status: 13, type: 1, operation: reject")


def test_events_carry_both_numbers(shop):
    claim = claimed(shop)
    claims.user_cancel(claim)
    (push,) = Push.objects.all()
    assert push.fields["aftersale_info"] == {"aftersale_id": claim.pk, "out_aftersale_id": "a1"}


def test_a_new_claim_is_told_of_with_its_order(shop):
    found = added(shop, status=30)
    number = shop("ecaftersale/add", asked())["aftersale_id"]
    (push,) = Push.objects.all()
    assert (push.event, push.fields["aftersale_info"]) == (
        "aftersale_new_order",
        {"aftersale_id": number, "order_id": found.order_id, "out_order_id": "o1"},
    )
    assert int(float(number)) != number
    assert Account.only().observed["add_aftersale"] == 1


# --- time (BEHAVIOUR 5.3)


@pytest.mark.parametrize(
    ("status", "type", "hours", "goal", "event"),
    [
        (2, 1, 48, 13, "merchant_handle_refund_overdue"),
        (2, 2, 48, 6, "merchant_handle_return_overdue"),
        (6, 2, 7 * 24, 7, "user_upload_return_info_overdue"),
        (8, 2, 10 * 24, 14, "merchant_confirm_receipt_overdue"),
        (7, 2, 7 * 24, 1, "user_apply_platform_judge_overdue"),
        (4, 1, 7 * 24, 1, "user_apply_platform_judge_overdue"),
        (16, 1, 48, 12, None),
    ],
)
def test_deadlines_go_by_the_clock(shop, status, type, hours, goal, event):
    claim = claimed(shop, type=type)
    Claim.objects.update(status=status, due_at=timezone.now() + claims.TERMS[status])
    ahead(hours=hours - 1)
    assert read(shop)["status"] == status
    ahead(hours=hours)
    assert read(shop)["status"] == goal
    Push.objects.filter(event__in=("aftersale_refund_success", "open_product_order_refund")).delete()
    assert told() == ([f"aftersale_{event}"] if event else [])
    assert read(shop)["aftersale_id"] == claim.pk


def test_the_clock_may_bring_several_states_at_once(shop):
    claimed(shop, type=2)
    ahead(days=2 + 7 + 6)
    assert read(shop)["status"] == 7
    ahead(days=2 + 7 + 7)
    assert read(shop)["status"] == 1
    assert [event.removeprefix("aftersale_") for event in told()] == [
        "merchant_handle_return_overdue",
        "user_upload_return_info_overdue",
        "user_apply_platform_judge_overdue",
    ]


def test_a_refund_that_fails_by_time_alone_is_overdue_from_then(shop):
    claimed(shop)
    Account.objects.update(failing_refunds=1, clock=97 * 3600)
    assert read(shop)["status"] == 12
    assert told() == ["aftersale_merchant_handle_refund_overdue", "aftersale_wait_merchant_offline_refund"]


def test_each_state_has_its_own_time(shop):
    claimed(shop, type=2)
    ahead(hours=47)
    shop("ecaftersale/acceptreturn", mine(address_info=ADDRESS))
    ahead(hours=47 + 7 * 24 - 1)
    assert read(shop)["status"] == 6
    shop("ecaftersale/uploadreturninfo", mine(openid=BUYER, **BACK))
    ahead(hours=47 + 7 * 24 - 1 + 239)
    assert read(shop)["status"] == 8


def test_an_overdue_return_goes_to_the_default_address(shop):
    added(shop, status=30, default_receiving_address=ADDRESS)
    claimed(shop, type=2)
    ahead(hours=48)
    read(shop)
    assert Claim.objects.get().address == ADDRESS


def test_what_is_due_is_found_by_an_index(shop, django_assert_num_queries):
    account = Account.only()
    with django_assert_num_queries(2, connection=connections["sandbox"]):
        claims.expire_due(account)


def test_moving_the_clock_on_the_page_moves_claims(shop, press):
    claimed(shop)
    press("move_clock", hours="48")
    assert Claim.objects.get().status == 13


# --- claims (BEHAVIOUR 5.4)


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"out_aftersale_id": None}, 0),
        ({"out_aftersale_id": 7}, 2747002),
        ({"out_aftersale_id": "a" * 201}, 990008),
        ({"out_order_id": None}, 2747018),
        ({"out_order_id": None, "order_id": "x"}, 2747018),
        ({"out_order_id": "o2"}, 2747006),
        ({"openid": OTHER}, 2747006),
        ({"openid": None}, 990004),
        ({"openid": "x"}, 1010014),
        ({"type": 3}, 2747002),
        ({"type": None}, 2747002),
        ({"type": "1"}, 2747002),
        ({"orderamt": None}, 2747002),
        ({"orderamt": 19.0}, 2747002),
        ({"orderamt": -1}, 2747002),
        ({"orderamt": 1901}, 2747014),
        ({"refund_reason_type": None}, 2747002),
        ({"refund_reason_type": 15}, 0),
        ({"refund_reason": ""}, 2747002),
        ({"product_info": None}, 2747002),
        ({"product_info": [asked()["product_info"]]}, 2747002),
        ({"product_info": {"out_product_id": "p1", "out_sku_id": "1"}}, 2747002),
        ({"product_info": {"out_product_id": "p1", "out_sku_id": "1", "product_cnt": 0}}, 2747002),
        ({"product_info": {"out_product_id": "p1", "out_sku_id": "9", "product_cnt": 1}}, 2747021),
        ({"product_info": {"out_product_id": "p2", "out_sku_id": "1", "product_cnt": 1}}, 2747021),
        ({"product_info": {"out_product_id": "p1", "product_cnt": 1}}, 2747021),
        ({"product_info": {"product_id": 7, "sku_id": 8, "product_cnt": 1}}, 2747021),
        ({"media_list": []}, 0),
        ({"media_list": {}}, 2747002),
        ({"media_list": [{"type": 1, "url": "https://example.com/a.png", "thumb_url": "x"}]}, 2747010),
        ({"media_list": [{"type": 1, "url": "http://[", "thumb_url": "x"}]}, 2747010),
        ({"media_list": [{"type": 1, "url": 7}]}, 2747010),
        ({"media_list": [{"url": "x"}]}, 2747002),
    ],
)
def test_a_claims_fields_are_checked(shop, fields, errcode):
    added(shop, status=30)
    assert shop("ecaftersale/add", {**asked(), **fields})["errcode"] == errcode
    assert Claim.objects.count() == (errcode == 0)


@pytest.mark.parametrize("path", ["ecaftersale/add", "ecaftersale/update"])
def test_a_claims_pictures_may_leave_out_their_thumb_url(shop, link, path):
    added(shop, status=30)
    one, two = [{"type": 1, "url": link}], [{"type": 1, "url": link, "thumb_url": link}]
    if path == "ecaftersale/update":
        assert shop("ecaftersale/add", asked(media_list=two))["errcode"] == 0
        assert read(shop)["media_list"] == two
    assert shop(path, asked(media_list=one))["errcode"] == 0
    assert read(shop)["media_list"] == one


def test_a_thumb_url_is_checked_like_a_url(shop, link):
    added(shop, status=30)
    media = [{"type": 1, "url": link, "thumb_url": "https://example.com/a.png"}]
    assert shop("ecaftersale/add", asked(media_list=media))["errcode"] == 2747010


def test_goods_are_named_by_the_platforms_numbers_too(shop):
    copy = {"title": "裙", "path": "p", "head_img": ["x"], "skus": [{"out_sku_id": "0"}, {"out_sku_id": "1"}]}
    stamps = {"created_at": timezone.now(), "updated_at": timezone.now()}
    Product.objects.create(product_id=11 * 10**15, out_product_id="p1", draft=copy, **stamps)
    added(shop, status=30)
    info = {"product_id": 11 * 10**15, "sku_id": 11 * 10**15 + 2, "product_cnt": 1}
    assert shop("ecaftersale/add", asked(product_info=info))["errcode"] == 0
    assert read(shop)["product_info"] == info | {"out_product_id": "p1", "out_sku_id": "1"}


@pytest.mark.parametrize("status", [10, 11, 20, 21, 30, 100, 181, 200, 250])
def test_only_paid_orders_are_claimed(shop, status):
    added(shop, status=status)
    errcode = {200: 2747020, 10: 2747006, 11: 2747006, 181: 2747006, 250: 2747006}.get(status, 0)
    assert shop("ecaftersale/add", asked())["errcode"] == errcode


def test_orders_of_the_merchants_own_money_are_not_claimed_here(shop):
    added(shop, fund_type=0, status=30)
    assert shop("ecaftersale/add", asked())["errcode"] == 2747027


@pytest.mark.parametrize(("status", "errcode"), [(20, 2747024), (21, 0), (30, 0), (100, 0)])
def test_what_was_not_shipped_is_not_returned(shop, status, errcode):
    added(shop, status=status)
    assert shop("ecaftersale/add", asked(type=2))["errcode"] == errcode
    assert shop("ecaftersale/add", asked("a2", type=1, sku="2", cnt=1, amount=400))["errcode"] == 0
    assert shop("ecaftersale/update", asked("a2", type=2, amount=400))["errcode"] == errcode


def test_one_sku_has_one_open_claim_and_five_in_all(shop):
    claimed(shop)
    assert shop("ecaftersale/add", asked("a1"))["errcode"] == 2747013
    assert shop("ecaftersale/add", asked("a2"))["errcode"] == 2747020
    assert shop("ecaftersale/add", asked("b1", sku="2", cnt=1, amount=400))["errcode"] == 0
    for last, following in itertools.pairwise(("a1", "a2", "a3", "a4", "a5")):
        assert shop("ecaftersale/cancel", mine(last, openid=BUYER))["errcode"] == 0
        assert shop("ecaftersale/add", asked(following))["errcode"] == 0
    claims.user_cancel(Claim.objects.get(out_aftersale_id="a5"))
    answer = shop("ecaftersale/add", asked("a6"))
    assert (answer["errcode"], "5 claims" in answer["errmsg"]) == (2747020, True)
    assert shop("ecaftersale/add", asked("a5"))["errcode"] == 2747013


def test_claims_and_changes_are_counted(shop):
    claimed(shop)
    Account.objects.update(claim_changes=3)
    assert [shop("ecaftersale/update", asked())["errcode"] for _time in range(3)] == [0, 0, 2747016]
    claims.user_cancel(Claim.objects.get())
    assert shop("ecaftersale/add", asked("a2"))["errcode"] == 2747016
    assert shop("ecaftersale/add", asked("b", sku="2", cnt=1, amount=400))["errcode"] == 0


def test_the_window_ends_some_days_after_receipt(shop):
    added(shop, status=30, aftersale_duration=3)
    shop("delivery/recieve", named())
    ahead(days=3, hours=-1)
    assert claims.apply(Order.objects.get(), "2").status == 2
    assert shop("order/get", named())["order"]["order_detail"]["product_infos"][0]["can_after_sale"] is True
    ahead(days=3, hours=1)
    answer = shop("ecaftersale/add", asked())
    assert (answer["errcode"], "window" in answer["errmsg"]) == (2747020, True)
    assert shop("order/get", named())["order"]["order_detail"]["product_infos"][0]["can_after_sale"] is False


def test_the_window_is_seven_days_even_from_a_receipt_nobody_saw(shop):
    added(shop, status=30)
    Order.objects.update(shipped_at=timezone.now())
    ahead(days=17, hours=-1)
    assert shop("ecaftersale/add", asked())["errcode"] == 0
    ahead(days=17, hours=1)
    assert shop("ecaftersale/add", asked(sku="2", cnt=1, amount=400, number="b"))["errcode"] == 2747020


def test_the_merchant_moves_the_end_of_the_window(shop):
    def until(days):
        ends = int((timezone.now() + timedelta(days=days)).timestamp())
        return shop("aftersale/update_deadline", named(after_sale_deadline=ends))["errcode"]

    added(shop, status=100)
    ahead(days=30)
    assert until(2) == 0
    ahead(days=31)
    assert shop("ecaftersale/add", asked())["errcode"] == 0
    ahead(days=33)
    assert shop("ecaftersale/add", asked("b", sku="2", cnt=1, amount=400))["errcode"] == 2747020
    assert until(1) == 0
    assert shop("ecaftersale/add", asked("b", sku="2", cnt=1, amount=400))["errcode"] == 0
    Order.objects.update(settled=True)
    assert until(1) == 100000


def test_a_deadline_is_a_moment_of_an_order_of_the_platforms_money(shop):
    added(shop, status=100)
    given = [{}, {"after_sale_deadline": "soon"}, {"after_sale_deadline": 2**40}, {"after_sale_deadline": 0}]
    errcodes = [shop("aftersale/update_deadline", named(**fields))["errcode"] for fields in given]
    assert errcodes == [990007, 40097, 40097, 0]
    added(shop, "own", fund_type=0, status=100)
    assert shop("aftersale/update_deadline", named("own", after_sale_deadline=1))["errcode"] == 2747027


def test_a_settled_order_is_not_claimed(shop):
    orders.settle(added(shop, status=100))
    assert shop("ecaftersale/add", asked())["errcode"] == 2747020


def test_freight_comes_with_the_last_goods_of_an_unshipped_order(shop):
    added(shop, status=20)
    assert shop("ecaftersale/add", asked(amount=1901))["errcode"] == 2747014
    claimed(shop)
    shop("ecaftersale/acceptrefund", mine())
    last = {"sku": "2", "cnt": 1}
    assert shop("ecaftersale/add", asked("b", amount=1001, **last))["errcode"] == 2747014
    assert shop("ecaftersale/add", asked("b", amount=1000, **last))["errcode"] == 0
    Order.objects.update(status=30)
    assert shop("ecaftersale/update", asked("b", amount=401))["errcode"] == 2747014
    assert shop("ecaftersale/update", asked("b", amount=400))["errcode"] == 0


def test_a_buyer_who_got_the_freight_back_claims_nothing_more(shop):
    added(shop, status=20)
    claimed(shop)
    shop("ecaftersale/acceptrefund", mine())
    claimed(shop, number="b", sku="2", cnt=1, amount=1000)  # 400, and the freight
    shop("ecaftersale/acceptrefund", mine("b"))
    Order.objects.update(status=30)
    Claim.objects.filter(out_aftersale_id="b").update(product_cnt=0)
    assert claims.apply(Order.objects.get(), "2").orderamt == 0


def test_what_was_refunded_is_not_refunded_again(shop):
    claimed(shop, cnt=1, amount=1000)
    shop("ecaftersale/acceptrefund", mine())
    assert shop("ecaftersale/add", asked("a2", cnt=2, amount=900))["errcode"] == 2747020
    assert shop("ecaftersale/add", asked("a2", cnt=1, amount=901))["errcode"] == 2747014
    assert shop("ecaftersale/add", asked("a2", cnt=1, amount=900))["errcode"] == 0
    shop("ecaftersale/acceptrefund", mine("a2"))
    assert shop("ecaftersale/add", asked("a3", cnt=1, amount=0))["errcode"] == 2747020
    assert shop("order/get", named())["order"]["order_detail"]["product_infos"][0]["can_after_sale"] is False


def test_the_last_refund_ends_the_order(shop):
    found = claimed(shop).order
    shop("ecaftersale/acceptrefund", mine())
    found.refresh_from_db()
    assert (found.status, found.refunded, told()) == (30, {"1": 2}, ["aftersale_refund_success"])
    claimed(shop, number="b", sku="2", cnt=1, amount=400, type=2)
    Claim.objects.filter(out_aftersale_id="b").update(status=17)
    claims.confirm_certificate(Claim.objects.get(out_aftersale_id="b"))
    found.refresh_from_db()
    assert (found.status, found.refunded) == (200, {"1": 2, "2": 1})
    assert told() == ["aftersale_user_confirm_refund_certificate", "open_product_order_refund"]


def test_a_closed_claim_refunds_nothing(shop):
    claims.close(claimed(shop, 12))
    assert Order.objects.get().refunded == {}


def test_a_refund_without_balance_is_paid_offline(shop, link):
    claimed(shop)
    Account.objects.update(failing_refunds=1)
    shop("ecaftersale/acceptrefund", mine())
    assert (read(shop)["status"], told()) == (16, ["aftersale_wait_merchant_offline_refund"])
    proof = mine(refund_desc="已协商退款", certificates=[link])
    bad = {"certificates": ["https://example.com/a.png"]}, {"certificates": []}, {"refund_desc": ""}
    errcodes = [shop("ecaftersale/upload_certificates", proof | fields)["errcode"] for fields in bad]
    assert errcodes == [2747010, 2747002, 2747002]
    assert shop("ecaftersale/upload_certificates", proof)["errcode"] == 0
    assert read(shop)["status"] == 17


def test_another_write_on_the_order_is_running(shop):
    claimed(shop)
    Account.objects.update(busy_orders=2)
    assert shop("ecaftersale/get", mine())["errcode"] == 0
    calls = [shop(f"ecaftersale/{path}", mine())["errcode"] for path in ("acceptrefund", "reject", "acceptrefund")]
    assert calls == [2747026, 2747026, 0]


@pytest.mark.parametrize("address", [None, {}, "x", {**ADDRESS, "tel_number": ""}, {**ADDRESS, "receiver_name": 7}])
def test_a_return_needs_an_address(shop, address):
    claimed(shop, type=2)
    assert shop("ecaftersale/acceptreturn", mine(address_info=address))["errcode"] == 2747025
    assert shop("ecaftersale/acceptreturn", mine(address_info=ADDRESS))["errcode"] == 0
    assert Claim.objects.get().address == ADDRESS


@pytest.mark.parametrize("path", ["get", "cancel", "update", "acceptrefund", "reject", "merchanttest"])
def test_a_claim_is_found_by_either_number(shop, path):
    claim = claimed(shop)
    given = [
        {},
        {"out_aftersale_id": "a2"},
        {"aftersale_id": claim.pk + 1},
        {"aftersale_id": 2**70},
        {"aftersale_id": 1.5},
        {"out_aftersale_id": 7},
        {"aftersale_id": "x"},
    ]
    errcodes = [shop(f"ecaftersale/{path}", asked(None) | fields)["errcode"] for fields in given]
    assert errcodes == [2747012, 2747007, 2747007, 2747002, 2747002, 2747002, 2747002]
    for good in ({"aftersale_id": claim.pk}, {"aftersale_id": str(claim.pk)}, {"out_aftersale_id": "a1"}):
        assert shop("ecaftersale/get", good)["after_sales_order"]["aftersale_id"] == claim.pk


def test_what_the_buyer_does_needs_the_buyer(shop):
    claimed(shop)
    for path in ("cancel", "update", "uploadreturninfo"):
        given = {**asked(), **BACK}
        assert shop(f"ecaftersale/{path}", given | {"openid": OTHER})["errcode"] == 2747007
        assert shop(f"ecaftersale/{path}", given | {"openid": None})["errcode"] == 2747002


@pytest.mark.parametrize("fields", [{"delivery_id": "NONE"}, {"waybill_id": ""}, {"delivery_name": None}])
def test_a_return_has_a_parcel(shop, fields):
    claimed(shop, 6, type=2)
    assert shop("ecaftersale/uploadreturninfo", mine(openid=BUYER, **{**BACK, **fields}))["errcode"] == 2747002


def test_a_claim_is_read_as_the_platform_shows_it(shop):
    before = timezone.now()
    claim = claimed(shop, 6, type=2)
    shown = read(shop)
    stamps = [shown.pop(name) for name in ("create_time", "update_time")]
    assert all(isinstance(at, str) and int(at) >= int(before.timestamp() * 1000) for at in stamps)
    assert shown == {
        "aftersale_id": claim.pk,
        "out_aftersale_id": "a1",
        "order_id": claim.order_id,
        "out_order_id": "o1",
        "openid": BUYER,
        "type": 2,
        "status": 6,
        "orderamt": 1900,
        "refund_reason_type": 2,
        "refund_reason": "不想要了",
        "media_list": [],
        "return_id": "",
        "refund_pay_detail": {"refund_id": ""},
        "return_info": {"order_return_time": 0, "waybill_id": ""},
        "product_info": {
            "out_product_id": "p1",
            "out_sku_id": "1",
            "product_id": 0,
            "sku_id": 0,
            "product_cnt": 2,
        },
    }
    shop("ecaftersale/uploadreturninfo", mine(openid=BUYER, **BACK))
    shop("ecaftersale/acceptrefund", mine())
    shown = read(shop)
    at = shown["return_info"].pop("order_return_time")
    assert (shown["return_info"], at >= int(before.timestamp() * 1000)) == (BACK, True)
    assert (shown["status"], shown["refund_pay_detail"]["refund_id"][:4]) == (14, "5030")


def test_a_claim_raised_in_wechat_has_no_number_of_the_merchants(shop):
    found = added(shop, status=30)
    claim = claims.apply(found, "1", type=2)
    (push,) = Push.objects.all()
    assert push.fields["aftersale_info"].keys() == {"aftersale_id", "order_id", "out_order_id"}
    shown = shop("ecaftersale/get", {"aftersale_id": claim.pk})["after_sales_order"]
    assert (shown["out_aftersale_id"], shown["orderamt"], shown["product_info"]["product_cnt"]) == ("", 1900, 2)
    assert shop("aftersale/get", named())["aftersale_infos"] == []
    shop("ecaftersale/acceptreturn", {"aftersale_id": claim.pk, "address_info": ADDRESS})
    claims.user_return(claim, waybill_id="")
    assert shop("ecaftersale/get", {"aftersale_id": claim.pk})["after_sales_order"]["return_info"]["waybill_id"] == ""
    assert refused(claims.apply, found, "1") == 2747020
    assert refused(claims.apply, found, "9") == 2747021
    assert claims.apply(found, "2", amount=5, reason_type=15, reason="其他").orderamt == 5


def test_claims_are_listed(shop):
    found = added(shop, status=30)
    first = claims.apply(found, "1")
    second = claims.apply(found, "2")
    claims.user_cancel(second)
    ids = [second.pk, first.pk]

    def listed(**given):
        answer = shop("ecaftersale/get_list", {"offset": 0, "limit": 10, **given})
        return answer.get("after_sales_orders", answer["errcode"])

    assert listed() == ids
    assert listed(status=2) == [first.pk]
    assert listed(out_order_id="o1") == listed(order_id=found.order_id) == listed(openid=BUYER) == ids
    assert listed(out_order_id="o2") == listed(order_id=1) == listed(openid=OTHER) == []
    now = int(timezone.now().timestamp() * 1000)
    assert listed(begin_create_time=now - 60_000, end_create_time=now + 60_000) == ids
    assert listed(begin_create_time=now + 60_000) == listed(end_create_time=now - 60_000) == []
    moment = int(Claim.objects.get(pk=first.pk).created_at.timestamp() * 1000)
    assert first.pk in listed(begin_create_time=moment, end_create_time=moment)
    assert listed(begin_create_time=2, end_create_time=1) == 990009
    bad = [{"status": "2"}, {"offset": None}, {"limit": 0}, {"limit": "x"}, {"openid": 7}, {"order_id": "x"}]
    assert [listed(**given) for given in bad] == [2747002] * len(bad)
    assert shop("ecaftersale/get_list", {"offset": 0, "limit": 1}) == {
        "errcode": 0,
        "errmsg": "ok",
        "after_sales_orders": ids[:1],
        "has_more": True,
    }
    assert shop("ecaftersale/get_list", {"offset": 1, "limit": 1})["has_more"] is False


def test_ten_tests_a_day(shop):
    claimed(shop)
    force = mine(operation="aftersale_merchant_handle_refund_overdue")
    assert shop("ecaftersale/merchanttest", mine(operation="offline_refund_overdue"))["errcode"] == 2747002
    assert shop("ecaftersale/merchanttest", mine())["errcode"] == 2747002
    for _time in range(10):
        Claim.objects.update(status=2)
        assert shop("ecaftersale/merchanttest", force)["errcode"] == 0
    Claim.objects.update(status=2)
    assert shop("ecaftersale/merchanttest", force)["errcode"] == 45009
    Account.objects.update(claim_tests=[int(timezone.now().timestamp()) - 86401] * 10)
    assert shop("ecaftersale/merchanttest", force)["errcode"] == 0


# --- disputes (BEHAVIOUR 9)


def disputed(shop, status=5, type=2):
    dispute = claims.intervene(claimed(shop, status, type=type))
    Push.objects.all().delete()
    return dispute


def seen(shop, dispute):
    answer = shop("complaint/get", {"complaint_order_id": dispute.pk})
    assert answer["errcode"] == 0, answer
    return answer


@pytest.mark.parametrize("status", STATUSES)
def test_the_platform_is_called_on_a_refused_or_lapsed_claim_and_nothing_tells(shop, status):
    claim = claimed(shop, status)
    assert refused(claims.intervene, claim) == (0 if status in (4, 5, 7) else 2747008)
    assert (told(), Claim.objects.get().status) == ([], status)
    assert refused(claims.intervene, claim) == 2747008


def test_a_dispute_stops_the_clock_of_its_claim(shop):
    dispute = disputed(shop)
    ahead(days=30)
    assert read(shop)["status"] == 5
    assert refused(claims.move, dispute.claim, "acceptrefund") == 2747008
    force = mine(operation="aftersale_user_apply_platform_judge_overdue")
    assert shop("ecaftersale/merchanttest", force)["errcode"] == 2747008
    claims.call_off(dispute)
    assert (read(shop)["status"], seen(shop, dispute)["order"]["state"]) == (5, 102)
    ahead(days=37)
    assert read(shop)["status"] == 1


@pytest.mark.parametrize(
    ("how", "goal", "result"),
    [({"buyer_wins": True}, 14, 2), ({"buyer_wins": True, "send_back": True}, 6, 2), ({"buyer_wins": False}, 19, 1)],
)
def test_a_judgement_moves_the_claim_and_is_told_twice(shop, how, goal, result):
    dispute = disputed(shop)
    claims.judge(dispute, **how)
    order = seen(shop, dispute)["order"]
    assert (read(shop)["status"], order["state"], order["judge_result"]) == (goal, 116, result)
    assert told()[:2] == ["complaint_notify", "aftersale_complaint_update_order_state"]
    assert refused(claims.judge, dispute, **how) == 2747008


def test_a_dispute_ends_with_what_the_buyer_does_to_the_claim(shop):
    dispute = disputed(shop)
    claims.user_cancel(dispute.claim)
    assert (seen(shop, dispute)["order"]["state"], told()) == (102, ["complaint_notify", "aftersale_user_cancel"])
    info = Push.objects.first().fields["complaint_info"]
    assert info == {"complaint_order_id": dispute.pk, "state": 102, "event": disputes.WITHDRAWN}


def test_a_dispute_is_read_with_its_flow(shop, link):
    dispute = disputed(shop)
    disputes.ask_proof(dispute)
    given = {"complaint_order_id": dispute.pk, "material_info": {"content": "已按描述发货", "media_url_list": [link]}}
    assert shop("complaint/upload_material", given)["errcode"] == 0
    answer = seen(shop, dispute)
    order, flow = answer["order"], answer["flow_info"]["list"]
    assert (order["state"], order["expired_time"], order["judge_result"]) == (107, 0, 0)
    assert order["order_id"] == str(dispute.claim.order_id)
    assert (order["after_sale_order_id"], order["openid"]) == (dispute.claim_id, BUYER)
    assert order["phone_number"] == "13800000000"
    assert [record["object"] for record in flow] == [2, 1, 3]
    user, platform_, merchant = flow[0]["user_record"], flow[1]["op_record"], flow[2]["merchant_record"]
    assert (user["event"], user["event_describe"], len(user["time"])) == (240001, "用户发起投诉", 13)
    assert (platform_["state_describe"], isinstance(platform_["time"], int)) == ("待商家补充凭证", True)
    assert merchant["material_info"] == {"content": "已按描述发货", "media_url_list": [link]}
    assert merchant["operator_nickname"]
    # The merchant's own step is not told back.
    assert told() == ["complaint_notify"]


def test_proof_has_three_days(shop):
    dispute = disputed(shop)
    ahead(days=100)
    disputes.ask_proof(dispute)
    ends = seen(shop, dispute)["order"]["expired_time"]
    assert abs(ends - timezone.now().timestamp() - 3 * 86400) < 60
    ahead(days=103)
    assert seen(shop, dispute)["order"]["state"] == 307
    assert told() == ["complaint_notify", "complaint_notify"]
    late = {"complaint_order_id": dispute.pk, "material_info": {"content": "x", "media_url_list": []}}
    assert shop("complaint/upload_material", late)["errcode"] == 0
    assert seen(shop, dispute)["order"]["state"] == 107


def test_the_buyer_is_asked_too(shop):
    dispute = disputed(shop)
    disputes.ask_proof(dispute, of_user=True)
    material = {"complaint_order_id": dispute.pk, "material_info": {"content": "x", "media_url_list": []}}
    assert shop("complaint/upload_material", material)["errcode"] == 0
    # Kept, but it is still the buyer who has to speak.
    order = seen(shop, dispute)["order"]
    assert (order["state"], order["expired_time"] > 0) == (104, True)
    disputes.user_proves(dispute)
    assert seen(shop, dispute)["order"]["state"] == 105


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"complaint_order_id": None}, 2747002),
        ({"complaint_order_id": 7}, 2747007),
        ({"material_info": None}, 2747002),
        ({"material_info": {"content": "", "media_url_list": []}}, 2747002),
        ({"material_info": {"content": "x", "media_url_list": "x"}}, 2747002),
        ({"material_info": {"content": "x", "media_url_list": ["https://example.com/a.png"]}}, 1070010),
    ],
)
def test_evidence_is_checked(shop, fields, errcode):
    dispute = disputed(shop)
    given = {"complaint_order_id": dispute.pk, "material_info": {"content": "x", "media_url_list": []}}
    assert shop("complaint/upload_material", given | fields)["errcode"] == errcode


def test_a_closed_dispute_takes_no_evidence(shop):
    dispute = disputed(shop)
    claims.judge(dispute, buyer_wins=False)
    given = {"complaint_order_id": dispute.pk, "material_info": {"content": "x", "media_url_list": []}}
    assert shop("complaint/upload_material", given)["errcode"] == 2747008


def test_disputes_are_listed(shop):
    dispute = disputed(shop)
    claim = dispute.claim

    def listed(**given):
        answer = shop("complaint/get_list", {"offset": 0, "limit": 10, **given})
        return (len(answer["orders"]), answer["total"]) if answer["errcode"] == 0 else answer["errcode"]

    now = int(timezone.now().timestamp())
    good = [
        {},
        {"state": 101},
        {"type": 2},
        {"order_id": claim.order_id},
        {"after_sale_order_id": claim.pk},
        {"begin_create_time": now - 60, "end_create_time": now + 60},
    ]
    assert [listed(**given) for given in good] == [(1, 1)] * len(good)
    none = [{"state": 102}, {"type": 1}, {"order_id": 1}, {"after_sale_order_id": 1}, {"end_create_time": now - 60}]
    assert [listed(**given) for given in none] == [(0, 0)] * len(none)
    assert (listed(offset=1), listed(offset=None), listed(limit=101), listed(state="x")) == (
        (0, 1),
        2747002,
        990005,
        2747002,
    )
    (row,) = shop("complaint/get_list", {"offset": 0, "limit": 10})["orders"]
    assert row == seen(shop, dispute)["order"]


def test_a_complaint_of_the_guarantee_is_nested_in_xml_and_flat_in_json(shop):
    found = added(shop)
    orders.pay(found)
    Push.objects.all().delete()
    disputes.complain(found)
    info = Push.objects.get().fields["BussiCallBackInfo"]
    assert (info["phone_number"], info["order_id"], info["total_cost"]) == ("13800000000", str(found.pk), 2900)
    assert (info["open_id"], info["out_trade_no"], len(info["history"])) == (BUYER, "o1", 1)
    Push.objects.all().delete()
    Account.objects.update(format="json")
    disputes.complain(found)
    push = Push.objects.get()
    assert (push.event, push.fields["Event"]) == ("complaint_callback", "complaint callback")
    assert (push.fields["total_cost"], push.fields["phone_number"]) == ("2900", "13800000000")
    assert push.fields.keys() - info.keys() == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}


# --- the old family (BEHAVIOUR 5.1)


def mirror(number="m1", **fields):
    known = {
        "out_order_id": "o1",
        "openid": BUYER,
        "out_aftersale_id": number,
        "path": "pages/a?id=m1",
        "type": 1,
        "status": 2,
        "refund": 1900,
        "create_time": NOW,
        "finish_all_aftersale": 0,
        "product_infos": [{"out_product_id": "p1", "out_sku_id": "1", "product_cnt": 2}],
    }
    return {key: value for key, value in {**known, **fields}.items() if value is not None}


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"out_order_id": None}, 1010001),
        ({"out_order_id": "o2"}, 1010011),
        ({"openid": OTHER}, 1010011),
        ({"out_aftersale_id": None}, 990007),
        ({"out_aftersale_id": 7}, 40097),
        ({"out_aftersale_id": "m" * 201}, 990008),
        ({"path": None}, 990007),
        ({"path": 7}, 40097),
        ({"type": 3}, 0),
        ({"type": 4}, 40097),
        ({"type": 0}, 40097),
        ({"status": 0}, 0),
        ({"status": 19}, 0),
        ({"status": 9}, 40097),
        ({"status": "2"}, 40097),
        ({"refund": None}, 990007),
        ({"refund": "1900"}, 40097),
        ({"create_time": "today"}, 40097),
        ({"finish_all_aftersale": None}, 990007),
        ({"finish_all_aftersale": 2}, 40097),
        ({"product_infos": None}, 990007),
        ({"product_infos": ["p1"]}, 47001),
        ({"product_infos": [{"out_product_id": "p1", "out_sku_id": "9", "product_cnt": 1}]}, 1020004),
        ({"product_infos": [{"out_product_id": "p1", "out_sku_id": "", "product_cnt": 1}]}, 1020004),
        ({"product_infos": [{"out_product_id": "p1", "out_sku_id": "1", "product_cnt": "1"}]}, 40097),
    ],
)
def test_a_mirrored_claims_fields_are_checked(shop, fields, errcode):
    added(shop, fund_type=0, status=20)
    given = {key: value for key, value in {**mirror(), **fields}.items() if value is not None}
    assert shop("aftersale/add", given)["errcode"] == errcode
    assert MirroredClaim.objects.count() == Account.only().observed.get("add_aftersale", 0) == (errcode == 0)


@pytest.mark.parametrize("status", [10, 11, 20, 21, 30, 100, 181, 200, 250])
def test_an_order_that_is_over_is_not_mirrored(shop, status):
    added(shop, fund_type=0, status=status)
    assert shop("aftersale/add", mirror())["errcode"] == (100000 if status in (10, 200, 250) else 0)


def test_a_claim_mirrored_again_is_the_one_it_was(shop):
    found = added(shop, fund_type=0, status=20)
    shop("aftersale/add", mirror())
    assert shop("aftersale/add", mirror(refund=100))["errcode"] == 0
    (info,) = shop("aftersale/get", named())["aftersale_infos"]
    assert info == {
        "order_id": found.order_id,
        "out_order_id": "o1",
        "openid": BUYER,
        "out_aftersale_id": "m1",
        "path": "pages/a?id=m1",
        "type": 1,
        "status": 2,
        "refund": 100,
        "create_time": NOW,
        "product_infos": mirror()["product_infos"],
    }
    assert Order.objects.get().status == 20


def test_the_mirror_takes_any_state_and_the_last_claim_ends_the_order(shop):
    added(shop, fund_type=0, status=30)
    shop("aftersale/add", mirror())
    change = mirror(status=13, finish_all_aftersale=0)
    for status in (13, 2, 19):
        assert shop("aftersale/update", change | {"status": status})["errcode"] == 0
        assert shop("aftersale/get", named())["aftersale_infos"][0]["status"] == status
    assert shop("aftersale/update", change | {"status": 10})["errcode"] == 40097
    assert shop("aftersale/update", change | {"out_aftersale_id": "m2"})["errcode"] == 2747007
    assert Order.objects.get().status == 30
    for _twice in range(2):
        assert shop("aftersale/update", change | {"finish_all_aftersale": 1})["errcode"] == 0
        assert Order.objects.get().status == 200
    assert told() == []


def test_a_mirrored_claim_may_end_its_order_at_once(shop):
    added(shop, fund_type=0, status=30)
    shop("aftersale/add", mirror(status=13, finish_all_aftersale=1))
    assert Order.objects.get().status == 200


# --- the page on which a person plays the buyer and the platform


def _pressed(press, play, claim, **given):
    (said,) = press("play_claim", play=play, aftersale_id=str(claim.pk), **given).messages
    return said


@pytest.mark.parametrize(
    ("play", "status", "goal", "event", "given"),
    [
        ("modify", 5, 2, "aftersale_update_order", {"amount": "100"}),
        ("cancel", 2, 1, "aftersale_user_cancel", {}),
        ("uploadreturninfo", 6, 8, "aftersale_wait_merchant_confirm_receipt", {"waybill_id": "SF7"}),
        ("change_pickup", 8, 8, "aftersale_user_modify_return_info", {"waybill_id": "SF8"}),
        ("cancel_pickup", 8, 6, "aftersale_user_modify_return_info", {}),
        ("intervene", 7, 7, None, {}),
        ("confirm_certificate", 17, 14, "aftersale_user_confirm_refund_certificate", {}),
        ("refund_arrives", 15, 14, "aftersale_refund_success", {}),
        ("refund_fails", 15, 16, "aftersale_wait_merchant_offline_refund", {}),
        ("close", 12, 18, None, {}),
    ],
)
def test_a_press_plays_buyer_or_platform_and_says_what_was_pushed(shop, press, play, status, goal, event, given):
    claim = claimed(shop, status, type=2)
    assert f'name="play" value="{play}"' in press.page()
    said = _pressed(press, play, claim, **given)
    assert said == (f"Done. On its way: {event}." if event else "Done; no event is sent.")
    claim.refresh_from_db()
    assert claim.status == goal
    assert claim.orderamt == (100 if play == "modify" else 1900)
    if "waybill_id" in given:
        assert claim.return_info["waybill_id"] == given["waybill_id"]


def test_only_what_is_possible_has_a_button(shop, press):
    claimed(shop, 15)
    page = press.page()
    assert [f'value="{play}"' in page for play in ("refund_arrives", "refund_fails", "cancel", "close")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_press_too_late_or_wrong_says_why(shop, press):
    claim = claimed(shop, 13)
    assert _pressed(press, "cancel", claim).startswith("2747008")
    assert _pressed(press, "nonsense", claim).startswith("40097")
    assert press("play_dispute", play="nonsense").messages[0].startswith("40097")
    assert press("play_claim", play="cancel", aftersale_id="x").messages == ["A whole number is needed."]
    assert press("set_claim_troubles", busy_orders="-1").messages == ["A whole number is needed."]
    goods = f"{claim.order_id}:9"
    assert press("apply_for_claim", line=goods).messages[0].startswith("2747021")


def test_a_buyer_applies_on_the_page(shop, press):
    found = added(shop, status=30)
    goods = f"{found.order_id}:1"
    assert f'value="{goods}"' in press.page()
    (said,) = press("apply_for_claim", line=goods, type="2", amount="5", reason="破损").messages
    claim = Claim.objects.get()
    assert "aftersale_new_order" in said
    assert (claim.out_sku_id, claim.type, claim.orderamt, claim.refund_reason) == ("2", 2, 5, "破损")


@pytest.mark.parametrize(
    ("play", "state", "goal"),
    [
        ("ask_merchant", 106, 5),
        ("ask_buyer", 104, 5),
        ("buyer_proves", 101, 5),
        ("call_off", 102, 5),
        ("buyer_is_right", 116, 14),
        ("buyer_sends_back", 116, 6),
        ("merchant_is_right", 116, 19),
    ],
)
def test_a_press_plays_the_judge(shop, press, play, state, goal):
    dispute = disputed(shop)
    assert f'value="{play}"' in press.page()
    (said,) = press("play_dispute", play=play, complaint_order_id=str(dispute.pk)).messages
    assert "complaint_notify" in said
    dispute.refresh_from_db()
    assert (dispute.state, read(shop)["status"]) == (state, goal)


def test_a_buyer_shows_pictures_with_a_claim_a_dispute_and_its_proof(shop, press):
    order = added(shop, status=30)
    press("apply_for_claim", line=f"{order.order_id}:0", pictures="2")
    claim = Claim.objects.get()
    media = shop("ecaftersale/get", {"aftersale_id": claim.pk})["after_sales_order"]["media_list"]
    assert [sorted(item) for item in media] == [["thumb_url", "type", "url"]] * 2
    Claim.objects.update(status=4)
    press("play_claim", play="intervene", aftersale_id=str(claim.pk), pictures="1")
    dispute = Dispute.objects.get()
    press("play_dispute", play="buyer_proves", complaint_order_id=str(dispute.pk), pictures="3")
    flow = shop("complaint/get", {"complaint_order_id": dispute.pk})["flow_info"]["list"]
    links = [record["user_record"]["material_info"]["media_url_list"] for record in flow]
    assert [len(pictures) for pictures in links] == [1, 3]
    shown = [item["url"] for item in media] + links[0] + links[1]
    assert Picture.objects.filter(link__in=shown).count() == len(set(shown)) == 6
    (message,) = press("play_dispute", play="buyer_proves", complaint_order_id=str(dispute.pk), pictures="10").messages
    assert message == "A whole number is needed."


def test_a_complaint_is_pressed_on_an_order(shop, press):
    added(shop, status=20)
    assert "/sandbox/do/complain/" in press.page()
    assert press("complain", out_order_id="o1").messages == ["Done. On its way: complaint_callback."]


def test_troubles_are_set_on_the_page(shop, press):
    press("set_claim_troubles", busy_orders="1", failing_refunds="2")
    account = Account.only()
    assert (account.busy_orders, account.failing_refunds) == (1, 2)


def test_the_page_asks_no_more_for_more_claims(shop, press):
    def asked_of_the_page():
        with CaptureQueriesContext(connections["sandbox"]) as queries:
            press.page()
        return len(queries)

    found = added(shop, status=30)
    claims.intervene(claimed(shop, 5))
    few = asked_of_the_page()
    claims.apply(found, "2")
    for number in ("x", "y", "z"):
        claims.apply(added(shop, number, status=30), "1")
    assert asked_of_the_page() == few
