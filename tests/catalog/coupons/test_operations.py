"""Coupons at WeChat: what each step sends, keeps, and does after a refusal, a silence or a repeat."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from catalog.coupons import operations, payloads, tasks
from catalog.coupons.models import Coupon, CouponSetup, UserCoupon
from catalog.coupons.operations import (
    add_user_coupon,
    confirm_coupons,
    expire_coupon,
    expire_user_coupon,
    publish_coupon,
    pull_coupons,
    pull_user_coupons,
    refresh_coupon,
    submit_coupon,
    update_coupon,
    update_coupon_stock,
    use_user_coupon,
    void_coupon,
)
from catalog.coupons.rules import faults_of_coupon
from sandbox.endpoints import coupon as theirs_of
from sandbox.models import Account
from sandbox.models import Coupon as Theirs
from sandbox.models import UserCoupon as TheirUserCoupon
from tests.catalog.coupons.conftest import TERMS, make_coupon
from tests.catalog.coupons.test_receiving import BUYER, OTHER, stock, want
from wechat.errors import Refused, Unreachable
from wechat.models import PulledList, Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete
from wechat.values import unix_seconds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def any_mode(settings):
    settings.WECHAT_CALLBACK_MODE = "compatible"


def settled() -> str:
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    return Step.objects.latest("id").state


def listed() -> PulledList:
    return PulledList.objects.get(name="coupons")


def given(coupon, openid=BUYER) -> UserCoupon:
    want(coupon, openid)
    return UserCoupon.objects.latest("id")


# --- the handshake


def test_nothing_is_asked_before_the_confirmation(platform):
    coupon = make_coupon()
    user_coupon = UserCoupon.objects.create(coupon=coupon, openid=BUYER)
    with pytest.raises(Conflict, match="Confirm the push address"):
        submit_coupon(coupon)
    for op, record, state in [
        (update_coupon, coupon, 1),
        (publish_coupon, coupon, 1),
        (expire_coupon, coupon, 2),
        (void_coupon, coupon, 2),
        (update_coupon_stock, coupon, 2),
        (refresh_coupon, coupon, 2),
        (pull_coupons, listed(), None),
        (add_user_coupon, user_coupon, None),
        (pull_user_coupons, user_coupon, None),
    ]:
        Coupon.objects.update(status=state)
        with pytest.raises(Conflict, match="Confirm the push address"):
            op(record)
    assert not platform.ledger("coupon/add") and not Step.objects.exists()


def test_a_confirmation_without_an_answer_is_repeated(platform):
    platform.fault("timeout_after", "/shop/coupon/confirm")
    with pytest.raises(Unreachable):
        confirm_coupons(CouponSetup.load())
    assert not CouponSetup.load().is_confirmed
    assert settled() == "done"
    assert CouponSetup.load().is_confirmed


# --- what each type needs


@pytest.mark.parametrize("type", TERMS)
def test_every_type_is_sent_with_its_own_terms_and_read_back_the_same(confirmed, platform, type):
    coupon = make_coupon(type)
    submit_coupon(coupon)
    (sent,) = [entry.request["coupon"] for entry in platform.ledger("coupon/add")]
    discount = sent["coupon_info"]["discount_info"]
    placed = {name: payloads.value_at(sent["coupon_info"], payloads.PATHS[name]) for name in payloads.TERM_PATHS}
    assert {name: value for name, value in placed.items() if value} == TERMS[type], discount
    coupon.refresh_from_db()
    assert coupon.status == 1
    refresh_coupon(coupon)
    coupon.refresh_from_db()
    assert payloads.differences(payloads.coupon(coupon), coupon.theirs) == []


@pytest.mark.parametrize(("type", "column"), [(type, column) for type, terms in TERMS.items() for column in terms])
def test_what_a_type_needs_is_missed_at_its_field(confirmed, type, column):
    empty = [] if column == "out_product_ids" else "" if column.endswith("_id") else None
    either = "product_cnt" if TERMS[type].get("discount_num") and column == "product_price" else column
    assert list(faults_of_coupon(make_coupon(type, **{column: empty}))) == [either]


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"tradein_price": 1}, "tradein_price"),
        ({"out_product_ids": ["dress-1"]}, "out_product_ids"),
        ({"discount_fee": 5001}, "discount_fee"),
        ({"name": " "}, "name"),
        ({"total_num": None}, "total_num"),
        ({"limit_num_one_person": 31}, "limit_num_one_person"),
        ({"valid_start_time": None}, "valid_start_time"),
        ({"valid_end_time": timedelta(days=-9)}, "valid_end_time"),
        ({"receive_end_time": timedelta(minutes=-5)}, "receive_end_time"),
        ({"valid_type": 2}, "valid_day_num"),
        ({"valid_type": 3}, "valid_second"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_said_at_its_field(confirmed, platform, fields, column):
    now = timezone.now()
    known = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    with pytest.raises(Incomplete) as missing:
        submit_coupon(make_coupon(**known))
    assert list(missing.value.fields) == [column]
    assert not platform.ledger("coupon/add")


def test_a_rate_out_of_range_is_said_at_its_field(confirmed):
    assert list(faults_of_coupon(make_coupon(103, discount_num=51))) == ["discount_num"]


# --- added, changed, published, ended


def test_times_are_sent_in_unix_seconds_and_the_account_is_named(confirmed, platform):
    coupon = make_coupon(finder_nickname="茶里小店", limit_num_one_person=2)
    submit_coupon(coupon)
    info = platform.ledger("coupon/add")[0].request["coupon"]["coupon_info"]
    assert info["receive_info"] == {
        "start_time": unix_seconds(coupon.receive_start_time),
        "end_time": unix_seconds(coupon.receive_end_time),
        "total_num": 30,
        "limit_num_one_person": 2,
    }
    assert info["promote_info"] == {"promote_type": 4, "finder": {"nickname": "茶里小店"}}


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before", "reset_after"])
def test_an_added_coupon_without_an_answer_is_read_back_by_our_number(confirmed, platform, kind):
    coupon = make_coupon()
    platform.fault(kind, "/shop/coupon/add")
    with pytest.raises(Unreachable):
        submit_coupon(coupon)
    assert settled() == "done"
    coupon.refresh_from_db()
    assert coupon.status == 1
    assert len([entry for entry in platform.ledger("coupon/add") if entry.acted]) == 1


def test_a_refusal_is_kept_and_leaves_the_coupon_as_it_was(confirmed, platform):
    coupon = make_coupon()
    platform.fault("error", "/shop/coupon/add", errcode=40097)
    with pytest.raises(Refused):
        submit_coupon(coupon)
    coupon.refresh_from_db()
    assert (coupon.status, Step.objects.latest("id").errcode) == (None, 40097)
    submit_coupon(coupon)
    with pytest.raises(Conflict, match="Being edited"):
        submit_coupon(coupon)


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_changes_are_sent_as_long_as_it_is_edited(confirmed, platform, kind):
    coupon = make_coupon()
    submit_coupon(coupon)
    Coupon.objects.update(name="满 50 减 6", discount_fee=600)
    coupon.refresh_from_db()
    with pytest.raises(Incomplete) as missing:
        publish_coupon(coupon)
    assert set(missing.value.fields) == {"name", "discount_fee"}
    platform.fault(kind, "/shop/coupon/update")
    with pytest.raises(Unreachable):
        update_coupon(coupon)
    assert settled() == "done"
    assert Theirs.objects.get().name == "满 50 减 6"
    publish_coupon(coupon)
    with pytest.raises(Conflict, match="Effective"):
        update_coupon(coupon)


@pytest.mark.parametrize("kind", ["", "timeout_after", "timeout_before"])
@pytest.mark.parametrize(("op", "status"), [(publish_coupon, 2), (expire_coupon, 3), (void_coupon, 4)])
def test_states_are_changed_once_and_found_after_a_silence(confirmed, platform, published, op, status, kind):
    coupon = make_coupon() if status == 2 else published()
    if status == 2:
        submit_coupon(coupon)
    if kind:
        platform.fault(kind, "/shop/coupon/update_status")
        with pytest.raises(Unreachable):
            op(coupon)
        assert settled() == "done"
    else:
        op(coupon)
    coupon.refresh_from_db()
    assert coupon.status == status == Theirs.objects.get().status
    with pytest.raises(Conflict):
        op(coupon)


def test_a_coupon_voided_past_this_console_is_not_expired_too(published, platform):
    coupon = published()
    platform.fault("timeout_before", "/shop/coupon/update_status")
    with pytest.raises(Unreachable):
        expire_coupon(coupon)
    theirs_of.set_status(Theirs.objects.get(), 4)
    assert settled() == "skipped"
    coupon.refresh_from_db()
    assert coupon.status == 4


# --- stock


def test_a_published_coupon_begins_with_all_there_are_and_wechat_is_told(confirmed, platform):
    coupon = make_coupon()
    for op in (submit_coupon, publish_coupon):
        op(coupon)
    assert stock(coupon) == (30, 0)
    assert tasks.send_stock() == 1
    assert (Theirs.objects.get().issued_num, Theirs.objects.get().receive_num) == (30, 0)
    assert tasks.send_stock() == 0
    coupon.refresh_from_db()
    assert (coupon.issued_num, coupon.receive_num) == (30, 0)


def test_a_stock_of_unknown_fate_is_sent_again_as_it_is_by_then(published, platform):
    coupon = published()
    platform.fault("timeout_before", "/shop/coupon/update_coupon_stock")
    with pytest.raises(Unreachable):
        update_coupon_stock(coupon)
    want(coupon)
    assert settled() == "done"
    assert (Theirs.objects.get().issued_num, Theirs.objects.get().receive_num) == (29, 1)


def test_what_is_set_while_it_is_being_sent_is_sent_again(published, monkeypatch):
    from catalog.coupons import receiving

    coupon = published()
    really = operations.shop.update_coupon_stock

    def and_meanwhile(*args):
        really(*args)
        receiving.set_left(coupon, 7)

    monkeypatch.setattr(operations.shop, "update_coupon_stock", and_meanwhile)
    update_coupon_stock(coupon)
    monkeypatch.undo()
    assert tasks.send_stock() == 1
    assert Theirs.objects.get().issued_num == 7


# --- read and pulled


def made_elsewhere(number: str, status=2, stock=5) -> Theirs:
    now = timezone.now()
    content = payloads.coupon(make_coupon(101, out_coupon_id=number))
    Coupon.objects.filter(out_coupon_id=number).delete()
    known = {"content": content, "created_at": now, "updated_at": now, "status": status}
    return Theirs.objects.create(
        out_coupon_id=number, issued_num=stock, receive_num=2, stocked_at=now, stock_updated_at=now, **known
    )


def test_coupons_made_elsewhere_are_taken_in_with_their_stock(confirmed, platform):
    made_elsewhere("a"), made_elsewhere("b", status=1)
    pull_coupons(listed())
    first, second = Coupon.objects.order_by("out_coupon_id")
    assert (first.type, first.name, first.discount_num, first.product_price) == (101, "满 50 减 5", 9000, 5000)
    assert (first.status, first.issued_num, first.receive_num, first.left, first.given) == (2, 5, 2, 5, 2)
    assert (second.status, second.left) == (1, None)
    assert payloads.differences(payloads.coupon(first), first.theirs) == []
    assert (listed().count, tasks.send_stock()) == (2, 0)
    pull_coupons(listed())
    assert Coupon.objects.count() == 2


def test_a_list_of_several_pages_is_read_whole(confirmed, platform, monkeypatch):
    monkeypatch.setattr(operations, "PAGE", 2)
    for number in range(5):
        made_elsewhere(f"c{number}")
    pull_coupons(listed())
    assert Coupon.objects.count() == 5
    assert [entry.request["offset"] for entry in platform.ledger("coupon/get_list")] == [0, 2, 4]


def capped(monkeypatch, name: str, most: int, missing: int = 0) -> None:
    """WeChat gives fewer rows a page than it is asked for; or keeps some that it counts to itself."""
    really = getattr(operations.shop, name)

    def ask(*args):
        rows, total = really(*args[:-1], most)
        return rows, total + missing

    monkeypatch.setattr(operations.shop, name, ask)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_list_in_shorter_pages_is_read_whole_and_one_cut_short_is_not_taken_for_whole(
    confirmed, platform, monkeypatch, missing
):
    for number in range(5):
        made_elsewhere(f"c{number}")
    capped(monkeypatch, "get_list", 2, missing)
    if missing:
        with pytest.raises(Unreachable, match="after 5 of 6 rows"):
            pull_coupons(listed())
    else:
        pull_coupons(listed())
    assert (Coupon.objects.count(), listed().count) == (5, 0 if missing else 5)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_buyer_with_many_coupons_is_read_whole_or_not_at_all(published, platform, monkeypatch, missing):
    coupon = published()
    for _time in range(5):
        platform.receive_coupon(coupon.out_coupon_id, BUYER)
    capped(monkeypatch, "get_usercoupon_list", 2, missing)
    if missing:
        with pytest.raises(Unreachable, match="after 5 of 6 rows"):
            pull_user_coupons(UserCoupon.objects.first())
    else:
        pull_user_coupons(UserCoupon.objects.first())
    assert UserCoupon.objects.filter(status=100).count() == (0 if missing else 5)


def test_wechats_own_sample_is_taken_in(confirmed, monkeypatch):
    """Without discount, validity or stock, with status 0, and with numbers of every size."""
    from tests.conftest import SAMPLES

    path = SAMPLES / "api/coupon/coupon_get_list.response.json"
    if not path.exists():
        pytest.skip("../shared/wechat is not beside this checkout")
    import json

    rows = json.loads(path.read_text())["result_list"]
    monkeypatch.setattr(operations.shop, "get_list", lambda *_page: (rows, 3))
    pull_coupons(listed())
    third, fourth, first = Coupon.objects.order_by("id")
    assert (third.status, third.state_label, third.issued_num, third.left) == (0, "status 0", 99, None)
    assert (fourth.status, fourth.issued_num) == (1, None)
    assert (first.status, first.left, first.given, first.finder_nickname) == (2, 99, 1, "视频号昵称")
    assert first.out_product_ids == ["product_id_3", "product_id_4"]


@pytest.mark.parametrize("status", [0, None, ""])
def test_a_list_without_a_state_stops_no_coupon(published, platform, monkeypatch, status):
    coupon = published()
    row = {"coupon": Theirs.objects.get().content | {"status": status}, "coupon_stock": {}}
    monkeypatch.setattr(operations.shop, "get_list", lambda *_page: ([row], 1))
    pull_coupons(listed())
    coupon.refresh_from_db()
    assert (coupon.status, want(coupon)["ret_code"]) == (2, 0)


def test_an_older_reading_never_replaces_a_newer_one(published):
    from catalog.coupons.snapshots import Snapshot, apply_snapshot

    coupon, began = published(), timezone.now() - timedelta(minutes=1)
    void_coupon(coupon)
    assert not apply_snapshot(coupon, Snapshot(began, {"status": 2}))
    coupon.refresh_from_db()
    assert coupon.status == 4


# --- what buyers have


def test_wechat_is_read_for_what_it_wrote_down_by_itself(published, platform):
    coupon = published()
    platform.receive_coupon(coupon.out_coupon_id, BUYER)
    platform.receive_coupon(coupon.out_coupon_id, BUYER)
    UserCoupon.objects.update(received_at=timezone.now() - timedelta(minutes=10))
    assert tasks.settle_user_coupons() == 0
    assert set(UserCoupon.objects.values_list("status", flat=True)) == {100}
    assert len(platform.ledger("get_usercoupon_list")) == 1
    assert not platform.ledger("add_user_coupon")


def test_what_wechat_did_not_write_down_is_told_to_it(published, platform):
    user_coupon = given(published())
    assert tasks.settle_user_coupons() == 0 and not platform.ledger("get_usercoupon_list")
    UserCoupon.objects.update(received_at=timezone.now() - timedelta(minutes=10))
    assert tasks.settle_user_coupons() == 1
    user_coupon.refresh_from_db()
    (sent,) = [entry.request for entry in platform.ledger("add_user_coupon")]
    assert sent["user_coupon"]["out_user_coupon_id"] == user_coupon.out_user_coupon_id
    assert sent["recv_time"] == unix_seconds(user_coupon.received_at)
    assert (user_coupon.status, TheirUserCoupon.objects.get().openid) == (100, BUYER)
    with pytest.raises(Conflict):
        add_user_coupon(user_coupon)


def test_a_coupon_that_was_read_too_early_is_read_again_and_a_refused_one_is_left_for_a_while(published, platform):
    user_coupon, ago = given(published()), timezone.now() - timedelta(minutes=10)
    UserCoupon.objects.update(received_at=ago, read_at=ago + timedelta(minutes=1))
    platform.fault("error", "/shop/coupon/add_user_coupon", errcode=40097)
    for _time in range(3):
        assert tasks.settle_user_coupons() == 0
    assert len(platform.ledger("add_user_coupon")) <= 1
    assert Step.objects.of(user_coupon).filter(operation="coupons.add_user_coupon").count() == 1
    Step.objects.update(closed_at=timezone.now() - timedelta(hours=7))
    assert tasks.settle_user_coupons() == 1


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_a_told_coupon_without_an_answer_is_looked_for(published, platform, kind):
    user_coupon = given(published())
    platform.fault(kind, "/shop/coupon/add_user_coupon")
    with pytest.raises(Unreachable):
        add_user_coupon(user_coupon)
    assert settled() == "done"
    user_coupon.refresh_from_db()
    assert (user_coupon.status, TheirUserCoupon.objects.count()) == (100, 1)


@pytest.mark.parametrize("kind", ["", "timeout_after", "timeout_before"])
@pytest.mark.parametrize(("op", "status"), [(use_user_coupon, 102), (expire_user_coupon, 101)])
def test_a_user_coupon_is_used_or_expires(published, platform, op, status, kind):
    user_coupon = given(published())
    add_user_coupon(user_coupon)
    used_at = timezone.now().replace(microsecond=0) - timedelta(hours=1)
    if status == 102:
        UserCoupon.objects.update(used_at=used_at)
    if kind:
        platform.fault(kind, "/shop/coupon/update_usercoupon_status")
        with pytest.raises(Unreachable):
            op(user_coupon)
        assert settled() == "done"
    else:
        op(user_coupon)
    user_coupon.refresh_from_db()
    theirs = TheirUserCoupon.objects.get()
    assert user_coupon.status == status == theirs.status
    if status == 102:
        assert (user_coupon.used_at, theirs.use_time) == (used_at, unix_seconds(used_at))
    with pytest.raises(Conflict):
        op(user_coupon)


def test_those_whose_time_is_over_are_told_as_expired(published, platform):
    first, second = given(published()), given(Coupon.objects.get(), OTHER)
    add_user_coupon(first), add_user_coupon(second)
    UserCoupon.objects.filter(pk=first.pk).update(ends_at=timezone.now() - timedelta(minutes=1))
    assert tasks.expire_user_coupons() == 1
    first.refresh_from_db()
    assert (first.status, UserCoupon.objects.get(pk=second.pk).status) == (101, 100)


def test_one_that_was_used_past_this_console_is_read_when_wechat_refuses_to_expire_it(published, platform):
    user_coupon, other = given(published()), given(Coupon.objects.get())
    add_user_coupon(user_coupon), add_user_coupon(other)
    theirs_of.set_user_status(TheirUserCoupon.objects.first(), 102, Account.only())
    UserCoupon.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    assert tasks.expire_user_coupons() == 1
    assert sorted(UserCoupon.objects.values_list("status", flat=True)) == [101, 102]
    assert len(platform.ledger("get_usercoupon_list")) == 1


def test_those_that_wechat_refuses_to_expire_rest_and_block_no_later_ones(published, platform, monkeypatch):
    monkeypatch.setattr(tasks, "MOST", 1)
    first, second = given(published()), given(Coupon.objects.get(), OTHER)
    add_user_coupon(second)
    UserCoupon.objects.filter(pk=first.pk).update(status=100, ends_at=timezone.now() - timedelta(days=1))
    UserCoupon.objects.filter(pk=second.pk).update(ends_at=timezone.now() - timedelta(minutes=1))
    assert [tasks.expire_user_coupons() for _hour in range(3)] == [0, 1, 0]
    assert Step.objects.of(first).filter(operation="coupons.expire_user_coupon").count() == 1
    Step.objects.update(closed_at=timezone.now() - timedelta(hours=7))
    tasks.expire_user_coupons()
    assert Step.objects.of(first).filter(operation="coupons.expire_user_coupon").count() == 2


def test_a_buyer_whom_wechat_does_not_know_is_not_read_in_every_run(published, platform, monkeypatch):
    monkeypatch.setattr(tasks, "MOST", 1)
    coupon = published()
    for openid in ("nobody", "nobody", BUYER):
        given(coupon, openid)
    UserCoupon.objects.update(received_at=F("received_at") - timedelta(minutes=10))
    assert [tasks.settle_user_coupons() for _run in range(3)] == [0, 1, 0]
    assert [entry.request["openid"] for entry in platform.ledger("get_usercoupon_list")] == ["nobody", BUYER]
    Step.objects.update(closed_at=timezone.now() - timedelta(hours=7))
    tasks.settle_user_coupons()
    assert len(platform.ledger("get_usercoupon_list")) == 3


def test_a_coupon_given_past_this_console_is_met_when_its_buyer_is_read(published, platform):
    coupon = published()
    user_coupon = given(coupon)
    theirs_of.give(Theirs.objects.get(), BUYER, "elsewhere", 1700000000)
    theirs_of.give(Theirs.objects.get(), OTHER, "nobody asked", 1700000000)
    pull_user_coupons(user_coupon)
    other = UserCoupon.objects.get(out_user_coupon_id="elsewhere")
    assert (other.openid, other.status, other.coupon) == (BUYER, 100, coupon)
    assert UserCoupon.objects.count() == 2
    user_coupon.refresh_from_db()
    assert user_coupon.status is None and user_coupon.read_at


def test_the_schedule_asks_nothing_before_the_confirmation(platform):
    assert tasks.pull_all_coupons() == 0
    assert not platform.ledger("get_list")
    assert Account.only().coupon_url == ""
