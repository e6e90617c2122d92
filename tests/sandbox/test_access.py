"""Access, scenes, promoters and sharers (BEHAVIOUR 1 and 6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sandbox.endpoints import order as orders
from sandbox.endpoints import promoter as promoters
from sandbox.endpoints import register
from sandbox.endpoints import sharer as sharers
from sandbox.models import Account, Promoter, Push, Sharer
from sandbox.platform import Refusal

from .test_aftersales import asked, mirror
from .test_orders import added, paid_as_asked

ANN, BEN = "oSharer_of_the_tests_00000001", "oSharer_of_the_tests_00000002"
SEEN = {"spu_audit": 1, "pay_order": 1, "send_delivery": 1, "add_aftersale": 1}
DECLARED = [6, 7, 8, 9, 10, 11]


def configure(**fields):
    Account.only()
    Account.objects.update(**fields)


def ahead(**by):
    Account.objects.update(clock=Account.only().clock + int(timedelta(**by).total_seconds()))


def codes(answer):
    return [(one["result_code"], one["reason_code"]) for one in answer["result_list"]]


def events():
    return list(Push.objects.order_by("id").values_list("event", flat=True))


# --- access (BEHAVIOUR 1.1 to 1.5)


def test_access_begins_closed_where_the_settings_say_so(settings):
    settings.SANDBOX_ACCESS = "closed"
    assert (Account.only().access, Promoter.objects.count()) == ("closed", 0)


def test_the_merchant_account_begins_not_applied_for_where_the_settings_say_so(settings):
    settings.SANDBOX_MERCHANT = "closed"
    account = Account.only()
    assert (account.merchant, account.bank_account, account.access) == ("closed", {}, "open")


def test_an_open_merchant_account_has_somewhere_to_pay_out_to():
    account = Account.only()
    assert (account.merchant, account.bank_account["account_bank"]) == ("open", "工商银行")


def test_before_access_only_the_register_answers(shop):
    configure(access="closed")
    assert shop("register/check")["errcode"] == 1040003
    assert shop("cat/get")["errcode"] == 48001
    assert shop("register/finish_access_info", {"access_info_item": 6})["errcode"] == 1040003
    assert shop("register/apply_scene", {"scene_group_id": 1})["errcode"] == 1040003


def test_access_opens_when_the_administrator_signs_in_time(shop):
    configure(access="closed")
    assert shop("register/apply")["errcode"] == 0
    assert shop("register/check")["errcode"] == 1040003  # errcode 0 of apply is not access
    ahead(hours=25)
    with pytest.raises(Refusal, match="no agreement"):
        register.sign(Account.only())
    assert shop("register/apply")["errcode"] == 0
    register.sign(Account.only())
    assert shop("register/check")["data"]["status"] == 2
    assert Push.objects.get().fields["OpenProductAccountRegister"] == {"status": 2}


@pytest.mark.parametrize("kind", ["task", "finished"])
def test_the_standard_version_stands_in_the_way(shop, kind):
    configure(access="closed", standard=kind)
    assert shop("register/apply")["errcode"] == 1040002


def test_a_ban_is_seen_and_ends(shop):
    register.ban(Account.only())
    assert shop("register/check")["data"]["status"] == 3
    assert shop("register/apply")["errcode"] == 48001
    assert shop("register/finish_access_info", {"access_info_item": 6})["errcode"] == 1040003
    register.ban(Account.only(), banned=False)
    assert shop("register/check")["data"]["status"] == 2
    assert events() == []


def test_a_cancelled_component_begins_anew(shop):
    configure(observed=SEEN, declared=DECLARED)
    register.cancel(Account.only())
    assert shop("register/check")["errcode"] == 1040003
    assert Push.objects.get().fields["OpenProductAccountRegister"] == {"status": 10}
    assert (Account.only().observed, Account.only().declared) == ({}, [])


def test_only_a_paid_order_of_the_merchant_account_from_channels_counts(shop):
    def seen():
        return shop("register/check")["data"]["access_info"]["pay_order_success"]

    paid_as_asked(shop, "elsewhere", scene=1001)
    paid_as_asked(shop, "own", fund_type=0)
    orders.pay(added(shop, "past the parameters"))
    added(shop, "unpaid")
    assert seen() == 0
    assert shop("register/finish_access_info", {"access_info_item": 7})["errcode"] == 1040004
    paid_as_asked(shop, "right")
    assert seen() == 1
    assert shop("register/finish_access_info", {"access_info_item": 7})["errcode"] == 0


def test_the_newer_interfaces_have_bits_of_their_own(shop):
    def bits():
        info = shop("register/check")["data"]["access_info"]
        return [info[f"{name}_{bit}"] for name in ("ec_order", "ec_after_sale") for bit in ("success", "finished")]

    assert bits() == [0, 0, 0, 0]
    paid_as_asked(shop, "paid")
    added(shop, "own", fund_type=0, status=30)
    assert shop("aftersale/add", mirror(out_order_id="own"))["errcode"] == 0
    assert bits() == [1, 0, 0, 0]
    configure(declared=[7, 9])
    assert bits() == [1, 1, 0, 1]
    added(shop, status=30)
    assert shop("ecaftersale/add", asked())["errcode"] == 0
    assert bits() == [1, 1, 1, 1]


# --- scenes (BEHAVIOUR 1.6)


def test_a_scene_is_reviewed_refused_and_reviewed_again(shop):
    configure(observed=SEEN)
    assert shop("register/apply_scene", {"scene_group_id": 1})["errcode"] == 1040004
    configure(declared=DECLARED)
    assert shop("register/apply_scene", {"scene_group_id": 2})["errcode"] == 40097
    assert shop("register/apply_scene", {"scene_group_id": 1})["errcode"] == 0
    register.judge_scene(Account.only(), "1", False, "没有客服")
    group = shop("register/check")["data"]["scene_group_list"][0]
    assert (group["group_id"], group["status"], group["reason"]) == (1, 1, "没有客服")
    assert [item["status"] for item in group["scene_group_ext_list"]] == [2, 2]
    assert not register.has_passed(Account.only(), 1)
    assert shop("register/apply_scene", {"scene_group_id": 1})["errcode"] == 0
    register.judge_scene(Account.only(), "1", True, "审核通过")
    assert register.has_passed(Account.only(), 1)
    assert events() == ["open_product_scene_group_audit"] * 2
    assert Push.objects.last().fields["SceneGroupAudit"]["scene_group_ext_list"][0]["status"] == 1


# --- promoters (BEHAVIOUR 6)


def test_promoters_are_listed_twenty_at_a_time(shop):
    Account.only()
    Promoter.objects.all().delete()
    Promoter.objects.bulk_create(Promoter(promoter_id=f"P{nth}") for nth in range(25))
    assert shop("promoter/list", {"page": 1, "page_size": 21})["errcode"] == 990005
    assert shop("promoter/list", {"page": 0, "page_size": 20})["errcode"] == 40097
    page = shop("promoter/list", {"page": 2, "page_size": 20})
    assert ([row["promoter_id"] for row in page["promoters"]], page["total_num"]) == (
        ["P20", "P21", "P22", "P23", "P24"],
        25,
    )


def test_a_promoter_turns_twice_a_year_at_most(shop):
    account = Account.only()
    promoter = promoters.bind(account, "P", "o", "n")
    promoters.unbind(account, promoter)
    promoters.bind(account, "P", "o", "n")
    promoter.refresh_from_db()
    promoters.unbind(account, promoter)
    with pytest.raises(Refusal, match="in a year"):
        promoters.bind(account, "P", "o", "n")
    ahead(days=366)
    assert promoters.bind(Account.only(), "P", "o", "n").bound


def test_a_mini_program_has_a_thousand_promoters_at_most(shop):
    Account.only()
    Promoter.objects.bulk_create(Promoter(promoter_id=f"P{nth}") for nth in range(999))
    with pytest.raises(Refusal, match="at most 1000"):
        promoters.bind(Account.only(), "one too many", "o", "n")


# --- sharers (BEHAVIOUR 6.1)


def test_an_invitation_is_agreed_to_and_told(shop):
    answer = shop("sharer/bind", {"openids": [ANN, "nonsense"]})
    assert codes(answer) == [(0, 0), (2, 201)]
    assert (answer["success_list"], answer["fail_list"], answer["refuse_list"]) == ([ANN], [], ["nonsense"])
    assert shop("sharer/search_sharer", {"openid": ANN})["bind_status"] == "3"
    sharers.agree(Account.only(), Sharer.objects.get())
    found = shop("sharer/search_sharer", {"openid": ANN})
    assert (found["bind_status"], found["bind_time"].isdigit()) == ("1", True)
    assert Push.objects.get().fields["bind_status"] == 1
    assert codes(shop("sharer/bind", {"openids": [ANN]})) == [(2, 202)]
    (row,) = shop("sharer/get_sharer_list", {"page": 1, "page_size": 10})["sharers"]
    assert row["openid"] == ANN


def test_invitations_have_a_rhythm(shop):
    configure()
    for expected in [(0, 0), (1, 204)]:
        assert codes(shop("sharer/bind", {"openids": [ANN]})) == [expected]
    for expected in [(0, 0), (0, 0), (1, 204)]:
        ahead(minutes=11)
        assert codes(shop("sharer/bind", {"openids": [ANN]})) == [expected]
    ahead(hours=24)
    assert codes(shop("sharer/bind", {"openids": [ANN]})) == [(0, 0)]


def test_who_declined_may_be_asked_again_but_not_who_declined_for_good(shop):
    shop("sharer/bind", {"openids": [ANN, BEN]})
    sharers.refuse(Account.only(), Sharer.objects.get(openid=ANN))
    sharers.refuse(Account.only(), Sharer.objects.get(openid=BEN), for_good=True)
    ahead(minutes=11)
    assert codes(shop("sharer/bind", {"openids": [ANN, BEN]})) == [(0, 0), (2, 203)]
    assert events() == []


def test_ten_thousand_sharers_are_the_most(shop):
    Account.only()
    Sharer.objects.bulk_create(Sharer(openid=f"o{nth}", status=Sharer.BOUND) for nth in range(10_000))
    assert codes(shop("sharer/bind", {"openids": [ANN]})) == [(2, 200)]


def test_a_busy_platform_says_so_for_one_invitation(shop):
    configure(busy_invitations=1)
    assert codes(shop("sharer/bind", {"openids": [ANN, BEN]})) == [(1, 100), (0, 0)]


def test_nobody_shares_for_a_sixth_mini_program(shop):
    shop("sharer/bind", {"openids": [ANN]})
    Sharer.objects.update(elsewhere=5)
    with pytest.raises(Refusal, match="at most 5"):
        sharers.agree(Account.only(), Sharer.objects.get())


def test_all_agree_but_those_who_cannot(shop, press):
    shop("sharer/bind", {"openids": [ANN, BEN]})
    third = "oSharer_of_the_tests_00000003"
    press("set_elsewhere", openid=ANN, elsewhere="5")
    ahead(days=8)
    shop("sharer/bind", {"openids": [ANN, third]})
    (said,) = press("all_sharers_agree").messages
    assert said.startswith("1 agreed")
    assert "1 × a person shares for at most 5 mini programs." in said
    assert "1 × no invitation is open." in said
    assert dict(Sharer.objects.values_list("openid", "status")) == {
        ANN: Sharer.INVITING,
        BEN: Sharer.EXPIRED,
        third: Sharer.BOUND,
    }


def test_a_person_shares_for_at_most_five_others(shop, press):
    shop("sharer/bind", {"openids": [ANN]})
    assert "/sandbox/do/set_elsewhere/" in press.page()
    assert press("set_elsewhere", openid=ANN, elsewhere="6").messages == ["A whole number is needed."]
    press("set_elsewhere", openid=ANN, elsewhere="5")
    assert press("agree_as_sharer", openid=ANN).messages[0].startswith("1040005")


def test_a_sharer_is_unbound_after_thirty_days(shop):
    shop("sharer/bind", {"openids": [ANN]})
    sharers.agree(Account.only(), Sharer.objects.get())
    ahead(days=29, hours=23)
    assert shop("sharer/unbind", {"openids": [ANN]})["refuse_list"] == [ANN]
    ahead(days=1)
    answer = shop("sharer/unbind", {"openids": [ANN, BEN]})
    assert BEN in answer["refuse_list"]
    assert shop("sharer/search_sharer", {"openid": ANN})["bind_status"] == "2"
    assert events()[-1] == "miniprogram_sharer_bind_status_change"


def test_sales_of_a_sharer_are_summed_by_live_room(shop):
    mine = [added(shop, f"o{nth}") for nth in range(3)]
    for found in mine:
        orders.pay(found)
        orders.attribute(found, sharer={"sharer_openid": ANN})
    orders.refund_all(mine[2])
    summary = shop("sharer/get_sharer_data_summary", {"openid": ANN})
    price = mine[0].price
    assert (summary["gmv"], summary["order_cnt"], summary["user_cnt"]) == (2 * price, 3, 1)
    (live,) = shop("sharer/get_sharer_live_summary_list", {"openid": ANN, "page": 1, "page_size": 10})["lives"]
    assert (live["gmv"], live["order_cnt"]) == (2 * price, 3)
    asked = {"openid": ANN, "live_export_id": live["live_export_id"], "page": 1, "page_size": 10}
    assert len(shop("sharer/get_sharer_live_order_list", asked)["orders"]) == 3


def test_a_shared_live_room_is_told(shop):
    sharers.act(Sharer.objects.create(openid=ANN), {"promoter_id": "P"})
    assert Push.objects.get().fields["promoter"] == {"promoter_id": "P"}


def test_the_sharing_mode_is_a_number(shop):
    assert shop("sharer/set_share_mode", {"share_mode": "x"})["errcode"] == 40097
    assert shop("sharer/set_share_mode", {"share_mode": 1})["errcode"] == 0
    assert Account.only().share_mode == 1


PAGE = {"page": 1, "page_size": 10}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("register/finish_access_info", {"access_info_item": True}),
        ("register/finish_access_info", {"access_info_item": 6.0}),
        ("register/finish_access_info", {"access_info_item": [6]}),
        ("register/finish_access_info", {"access_info_item": "6"}),
        ("register/apply_scene", {"scene_group_id": True}),
        ("register/apply_scene", {"scene_group_id": 1.0}),
        ("register/apply_scene", {"scene_group_id": [1]}),
        ("promoter/list", PAGE | {"page": True}),
        ("promoter/list", PAGE | {"page_size": 1.0}),
        ("sharer/get_sharer_list", PAGE | {"page": 1.5}),
        ("sharer/get_sharer_list", PAGE | {"page_size": True}),
        ("sharer/bind", {"openids": ANN}),
        ("sharer/bind", {"openids": [ANN, 7]}),
        ("sharer/unbind", {"openids": [None]}),
        ("sharer/search_sharer", {"openid": 7}),
        ("sharer/search_sharer", {"openid": [ANN]}),
        ("sharer/get_sharer_data_summary", {"openid": {"a": 1}}),
        ("sharer/get_sharer_live_summary_list", PAGE | {"openid": True}),
        ("sharer/get_sharer_live_order_list", PAGE | {"openid": ANN, "live_export_id": 5}),
        ("sharer/set_share_mode", {"share_mode": True}),
        ("sharer/set_share_mode", {"share_mode": 1.0}),
    ],
)
def test_what_is_of_another_type_is_refused(shop, path, given):
    configure(observed=SEEN, declared=DECLARED, switches={"old_items_are_invalid": False})
    assert shop(path, given)["errcode"] == 40097


def test_what_is_told_of_a_sharer_is_stamped_with_the_real_time(shop):
    configure()
    ahead(days=40)
    shop("sharer/bind", {"openids": [ANN]})
    sharers.agree(Account.only(), Sharer.objects.get())
    found = shop("sharer/search_sharer", {"openid": ANN})
    for name in ("invited_time", "bind_time"):
        assert abs(int(found[name]) - timezone.now().timestamp()) < 60


# --- every inferred rule, both ways


def _unreleased(shop, link):
    now = timezone.now()
    configure(opened_at=now, released_at=now - timedelta(days=1), declared=DECLARED)
    return shop("scene/check", {"scene": 1177})["is_matched"]


def _groups(shop, link):
    return [group["status"] for group in shop("register/check")["data"]["scene_group_list"]]


def _again(shop, link):
    configure(declared=DECLARED)
    shop("register/apply_scene", {"scene_group_id": 1})
    return shop("register/apply_scene", {"scene_group_id": 1})["errcode"]


def _bind(shop, link):
    configure(opened_at=timezone.now())
    try:
        promoters.bind(Account.only(), "P", "o", "n")
    except Refusal as refusal:
        return refusal.errcode
    return 0


def _big_page(shop, link):
    return shop("sharer/get_sharer_list", {"page": 1, "page_size": 101})["errcode"]


def _twice(shop, link):
    shop("sharer/bind", {"openids": [ANN]})
    return codes(shop("sharer/bind", {"openids": [ANN]}))[0]


def _unanswered(shop, link):
    shop("sharer/bind", {"openids": [ANN]})
    ahead(days=8)
    return shop("sharer/search_sharer", {"openid": ANN})["bind_status"]


def _unbound(shop, link):
    Sharer.objects.create(openid=ANN, status=Sharer.REFUSED, unbound_at=timezone.now())
    return shop("sharer/search_sharer", {"openid": ANN})["errcode"]


def _tasks(shop, _link):
    names = ("pay_order_success", "add_aftersale_finished", "ec_order_success", "ec_after_sale_finished")
    info = shop("register/check")["data"]["access_info"]
    return [name for name in names if name in info]


BOTH_WAYS = {
    "newer_tasks_only": (
        _tasks,
        ["ec_order_success", "ec_after_sale_finished"],
        ["pay_order_success", "add_aftersale_finished", "ec_order_success", "ec_after_sale_finished"],
    ),
    "verification_needs_release": (_unreleased, 0, 1),
    "scene_groups_always_listed": (_groups, [3, 3], []),
    "reviewed_scenes_stay": (_again, 1040004, 0),
    "promoters_need_scene": (_bind, 1040004, 0),
    "sharer_pages_hold_100": (_big_page, 990005, 0),
    "too_often_may_be_retried": (_twice, (1, 204), (2, 204)),
    "invitations_expire": (_unanswered, "4", "3"),
    "unbound_is_2": (_unbound, 0, 990001),
}
