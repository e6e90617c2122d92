"""Access: what is sent, kept and refused; what silence and a repeat come to; and what the board makes of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.models import Aftersale, ECStatus, Family, Kind
from catalog.models import SPU, SPURound
from catalog.operations import refresh_spu, submit_spu
from console.models import Edit
from orders.models import Order, Parcel
from orders.operations import place_order
from sandbox.endpoints import register as platform_register
from sandbox.models import Account
from sandbox.platform import ENDPOINTS
from scenes import operations
from scenes.board import drive
from scenes.board.evidence import Facts
from scenes.board.rows import Board
from scenes.board.states import State
from scenes.models import Access, Promoter, SceneGroup, Tick
from scenes.models.access import AFTERSALES, DELIVERY, ORDERS, PRODUCTS, RELEASED, TESTED
from scenes.snapshots import Snapshot, apply_snapshot
from tests.console.pages import words
from tests.factories import OPENID, make_order, make_spu, make_user, order_body, own_number
from tests.scenes.conftest import SEEN, read
from wechat.callbacks import handlers
from wechat.errors import Refused, Unreachable
from wechat.models import AccountInfo, Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete, InFlight
from wechat.steps.operations import new_step

pytestmark = pytest.mark.django_db(transaction=True)
CHECK = "/shop/register/check"


def row(number: int):
    return Board(Access.load()).rows[number - 1]


def close(platform):
    platform.configure(access="closed")


def paid_order(platform, **fields):
    from orders.operations import refresh_order

    order = make_order(order_body(**fields))
    platform.pay(order.out_order_id)
    refresh_order(order)
    return order


def make_aftersale(order, **fields):
    return Aftersale.objects.create(
        family=Family.EC, order=order, line=order.lines.first(), type=Kind.REFUND, orderamt=1, **fields
    )


# --- applying


def test_before_access_1040003_is_a_state_and_no_failure(platform, access):
    close(platform)
    read(access)
    assert (access.status, access.state_label, access.is_open) == (None, "Not accessed", False)
    assert Step.objects.get().state == "done"
    assert row(1).state == State.READY


def test_applying_waits_for_the_administrator_and_the_message_opens_it(platform, access, hear):
    close(platform)
    operations.apply_access(access)
    access.refresh_from_db()
    assert (row(1).state, str(row(1).whose)) == (State.WAITING, "The mini program's administrator")
    assert "The agreement waits in the administrator's WeChat until" in row(1).evidence
    platform_register.sign(Account.only())
    (message,) = hear()
    assert (message.state, message.record) == ("handled", access)
    access.refresh_from_db()
    assert (access.status, access.is_open, row(1).state) == (2, True, State.COMPLETED)


def test_an_agreement_nobody_signed_in_24_hours_is_applied_for_again(platform, access):
    close(platform)
    operations.apply_access(access)
    Access.objects.update(applied_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert (row(1).state, row(1).operation) == (State.FAILED, operations.apply_access)
    assert row(1).evidence == "The agreement was not signed within 24 hours: apply again."


def test_the_standard_version_is_named_when_it_stands_in_the_way(platform, access):
    platform.configure(access="closed", standard="task")
    with pytest.raises(Refused, match="standard version"):
        operations.apply_access(access)
    failed = row(1)
    assert (failed.state, failed.refused.errcode) == (State.FAILED, 1040002)
    assert "standard version is switched on" in failed.reason
    assert any("标准版" in str(note) for note in failed.step.notes)
    platform.configure(standard="off")
    operations.apply_access(access)
    assert row(1).state == State.WAITING


def test_who_has_accessed_cannot_apply_again(platform, access):
    read(access)
    with pytest.raises(Conflict, match="not possible while the state is “Accessed”"):
        operations.apply_access(access)


@pytest.mark.parametrize(("kind", "calls"), [("timeout_before", 2), ("timeout_after", 2)])
def test_silence_on_applying_asks_again_only_while_there_is_no_access(platform, access, kind, calls):
    close(platform)
    platform.fault(kind, "/shop/register/apply")
    with pytest.raises(Unreachable):
        operations.apply_access(access)
    recovery.resolve(Step.objects.get())
    assert Step.objects.get(reads=False).state == "done"
    assert len(platform.ledger("apply")) == calls - (kind == "timeout_before")


def test_silence_on_applying_is_over_once_access_is_there(platform, access):
    close(platform)
    platform.fault("timeout_after", "/shop/register/apply")
    with pytest.raises(Unreachable):
        operations.apply_access(access)
    platform_register.sign(Account.only())
    recovery.resolve(Step.objects.get())
    access.refresh_from_db()
    assert (access.is_open, len(platform.ledger("apply"))) == (True, 1)


def test_a_ban_is_shown_and_nothing_can_be_applied_for(platform, access):
    read(access)
    platform_register.ban(Account.only())
    read(access)
    assert (access.is_banned, row(1).state, row(1).operation) == (True, State.FAILED, None)
    with pytest.raises(Conflict):
        operations.finish_products(access)


def test_a_cancelled_component_begins_anew(platform, access, hear):
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10, 11])
    read(access)
    platform_register.cancel(Account.only())
    hear()
    access.refresh_from_db()
    assert (access.status, access.info, access.first_seen) == (None, {}, {})


def test_after_a_cancellation_the_board_says_apply_again_and_not_that_a_signature_is_awaited(platform, access, hear):
    close(platform)
    operations.apply_access(access)
    platform_register.sign(Account.only())
    hear()
    platform_register.cancel(Account.only())
    hear()
    access.refresh_from_db()
    assert (access.state_label, access.applied_at, row(1).days) == ("Not accessed", None, 0)
    assert (row(1).state, row(1).operation) == (State.READY, operations.apply_access)
    assert row(1).evidence.startswith("The access has ended: WeChat said so at")
    operations.apply_access(access)
    read(access)
    assert row(1).state == State.WAITING
    platform_register.sign(Account.only())
    assert read(access).ended_at is None


def test_a_read_that_began_before_the_last_one_changes_nothing(platform, access):
    read(access)
    assert not apply_snapshot(access, Snapshot(access.read_at - timedelta(seconds=1), None))
    access.refresh_from_db()
    assert access.is_open


# --- the six tasks


@pytest.mark.parametrize(
    ("op", "sentence"),
    [
        ("finish_products", "WeChat has not seen an approved product yet."),
        ("finish_orders", "WeChat has not seen a paid order yet."),
        ("finish_delivery", "WeChat has not seen a shipment yet."),
        ("finish_aftersales", "WeChat has not seen an after-sale yet."),
        ("confirm_tested", "Declare the four interfaces done first."),
        ("confirm_released", "Confirm first that the mini program is tested."),
    ],
)
def test_a_task_without_its_evidence_is_refused_here_and_nothing_is_sent(platform, access, op, sentence):
    read(access)
    with pytest.raises(Incomplete, match=sentence):
        getattr(operations, op)(access)
    assert platform.ledger("finish_access_info") == []


@pytest.mark.parametrize("item", [6, 7, 8, 9, 10, 11])
def test_the_platform_refuses_what_it_has_not_seen_too(platform, access, item):
    from wechat.shop import register

    with pytest.raises(Refused) as refusal:
        register.finish_access_info(item)
    assert refusal.value.errcode == 1040004


def test_orders_are_declared_only_after_a_payment_to_the_merchant_account_in_a_channels_scene(platform, access):
    from orders.operations import refresh_order

    platform.configure(observed=SEEN)
    read(access)
    own = make_order(own_number())
    platform.pay(own.out_order_id)
    refresh_order(own)
    paid_order(platform, scene=1001)
    make_order(order_body())  # placed, not paid
    with pytest.raises(Incomplete, match="fund_type 1"):
        operations.finish_orders(access)
    order = paid_order(platform, scene=1177)
    operations.finish_orders(access)
    (entry,) = platform.ledger("finish_access_info")
    assert entry.request == {"access_info_item": 7}
    done = row(5)
    assert (done.state, done.seen, done.declared, done.record) == (State.COMPLETED, True, True, order)


def test_seen_and_declared_are_two_things(platform, access):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    assert (row(4).seen, row(4).declared, row(4).state) == (True, False, State.READY)
    operations.finish_products(access)
    assert (row(4).seen, row(4).declared, row(4).state) == (True, True, State.COMPLETED)
    assert Access.load().declared_at(PRODUCTS) is not None


def test_declaring_is_refused_by_wechat_with_its_reason_on_the_board(platform, access):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    platform.fault("error", "/shop/register/finish_access_info", errcode=48001)
    with pytest.raises(Refused):
        operations.finish_products(access)
    failed = row(4)
    assert (failed.state, failed.refused.errcode) == (State.FAILED, 48001)
    assert "open the component and the merchant account" in str(failed.meaning.text)


def test_a_refusal_of_a_former_access_is_not_one_of_this(platform, access):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    platform.fault("error", "/shop/register/finish_access_info", errcode=48001)
    with pytest.raises(Refused):
        operations.finish_products(access)
    assert row(4).state == State.FAILED
    platform_register.cancel(Account.only())
    read(access)
    assert (row(4).state, row(4).refused) == (State.NOT_STARTED, None)
    platform.configure(access="open", observed={"spu_audit": 1})
    read(access)
    assert (row(4).state, row(4).refused) == (State.READY, None)


def test_a_press_that_was_skipped_does_not_hide_the_refusal_before_it(platform, access):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    platform.fault("error", "/shop/register/finish_access_info", errcode=48001)
    with pytest.raises(Refused):
        operations.finish_products(access)
    new_step(operations.finish_products, access.pk, state=Step.State.SKIPPED, closed_at=timezone.now()).save()
    assert (row(4).state, row(4).refused.errcode) == (State.FAILED, 48001)


@pytest.mark.parametrize(("kind", "calls"), [("timeout_before", 1), ("timeout_after", 1)])
def test_silence_on_declaring_is_settled_by_reading(platform, access, kind, calls):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    platform.fault(kind, "/shop/register/finish_access_info")
    with pytest.raises(Unreachable):
        operations.finish_products(access)
    recovery.resolve(Step.objects.get(reads=False))
    assert Step.objects.get(reads=False).state == "done"
    assert len(platform.ledger("finish_access_info")) == calls
    assert Account.only().declared == [6]


@pytest.mark.parametrize("number", [1, 4, 5, 6, 7, 8, 9, 10])
def test_a_step_without_an_answer_is_with_wechat_says_what_to_do_and_has_no_button(platform, access, number):
    declared_before = {8: [6, 7, 8, 9], 9: [6, 7, 8, 9, 10], 10: [6, 7, 8, 9, 10, 11]}.get(number, [])
    platform.configure(observed=SEEN, declared=declared_before)
    paid_order(platform)
    if number == 1:
        close(platform)
    read(access)
    Access.objects.update(released_at=timezone.now())
    before = row(number)
    path = {1: "apply", 10: "apply_scene"}.get(number, "finish_access_info")
    platform.fault("timeout_after", f"/shop/register/{path}")
    with pytest.raises(Unreachable):
        before.operation(before.target)
    after = row(number)
    assert (before.state, after.state, after.operation, after.days) == (State.READY, State.WAITING, None, 0)
    assert "gave no clear answer. The console reads by itself whether it happened" in after.evidence
    with pytest.raises(InFlight):
        before.operation(before.target)
    recovery.resolve(Step.objects.get(state="unknown"))
    assert row(number).state in (State.COMPLETED, State.WAITING)
    assert "no clear answer" not in row(number).evidence


def test_while_one_task_has_no_answer_the_others_say_why_they_cannot_be_pressed(platform, access):
    platform.configure(observed=SEEN)
    read(access)
    platform.fault("timeout_after", "/shop/register/finish_access_info")
    with pytest.raises(Unreachable):
        operations.finish_products(access)
    assert row(6).missing == ["Another step is open on this record. Wait for it, or resolve it first."]
    assert row(10).missing == ["Declare the six tasks of the access done first; the release is the last."]


def test_a_release_older_than_the_access_does_not_count(platform, access):
    close(platform)
    read(access)
    platform.configure(access="open", observed=SEEN, declared=[6, 7, 8, 9, 10])
    read(access)
    for released_at, sentence in [
        (None, "Write down when"),
        (access.not_open_at, "older than the access"),
        (timezone.now() + timedelta(days=1), "lies in the future"),
    ]:
        Access.objects.update(released_at=released_at)
        with pytest.raises(Incomplete, match=sentence):
            operations.confirm_released(access)
    Access.objects.update(released_at=timezone.now())
    operations.confirm_released(access)
    assert Access.load().declared(RELEASED)


def test_a_release_before_the_first_read_of_an_open_access_is_only_asked_about(platform, access):
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10])
    Access.objects.update(released_at=timezone.now())
    read(access)
    assert (row(9).state, row(9).missing) == (State.READY, [])
    assert "This console first read the access as open at" in row(9).evidence
    operations.confirm_released(access)
    assert Access.load().declared(RELEASED)


def test_newer_names_of_the_bits_are_read_too(access):
    bits = {"ec_order_success": "1", "ec_order_finished": 0, "ec_after_sale_success": 1, "spu_audit_success": 0}
    apply_snapshot(access, Snapshot(timezone.now(), {"status": "2", "access_info": bits}))
    access.refresh_from_db()
    assert [access.observed(item) for item in (PRODUCTS, ORDERS, AFTERSALES, DELIVERY)] == [False, True, True, False]
    assert not access.declared(ORDERS)


@pytest.mark.parametrize(
    "data",
    [
        {"status": 7},
        {"status": "2", "access_info": None, "scene_group_list": None},
        {"status": 2, "scene_group_list": [{"group_id": "x"}, 3]},
    ],
)
def test_what_is_strange_is_read_without_harm(platform, access, monkeypatch, data):
    monkeypatch.setitem(ENDPOINTS, CHECK, ("POST", lambda request: {"data": data}))
    assert read(access).status == int(data["status"])
    assert len(Board(access).rows) == 17


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": {}},
        {"data": {"access_info": {}}},
        {"data": {"status": None}},
        {"data": {"status": "x"}},
    ],
)
def test_an_answer_without_a_status_is_none_and_changes_nothing(platform, access, monkeypatch, answer):
    group = passed(platform, access)
    before = read(access)
    monkeypatch.setitem(ENDPOINTS, CHECK, ("POST", lambda request: answer))
    with pytest.raises(Unreachable, match="without a status"):
        operations.refresh_access(access)
    access.refresh_from_db()
    assert (access.status, access.info, access.read_at) == (2, before.info, before.read_at)
    assert SceneGroup.objects.get(pk=group.pk).has_passed


# --- scenes


def declared(platform, access) -> SceneGroup:
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10, 11])
    read(access)
    return SceneGroup.objects.get(group_id=1)


def test_a_scene_waits_for_the_six_tasks(platform, access):
    read(access)
    with pytest.raises(Incomplete, match="six tasks"):
        operations.apply_scene(SceneGroup.objects.get(group_id=1))
    assert platform.ledger("apply_scene") == []


def test_while_the_component_is_banned_no_scene_is_applied_for(platform, access):
    group = declared(platform, access)
    assert (row(10).state, row(10).missing) == (State.READY, [])
    platform_register.ban(Account.only())
    read(access)
    said = "Not possible while the access is “Banned by WeChat”."
    assert (row(10).state, row(10).missing) == (State.NOT_STARTED, [said])
    with pytest.raises(Incomplete, match=said):
        operations.apply_scene(group)
    assert platform.ledger("apply_scene") == []


@pytest.mark.parametrize("status", [1, 2])
def test_a_review_that_is_done_with_failed_items_is_not_passed(platform, access, hear, status):
    group = declared(platform, access)
    operations.apply_scene(group)
    assert row(10).state == State.WAITING
    platform_register.judge_scene(Account.only(), "1", False, "小程序没有售后和客服功能", status)
    hear()
    group = SceneGroup.objects.get(group_id=1)
    assert (group.status, group.has_passed, group.is_refused) == (status, False, True)
    failed = row(10)
    assert (failed.state, failed.reason) == (State.FAILED, "小程序没有售后和客服功能")
    assert failed.evidence == "WeChat's review rejected: 客服售后, 电商平台."
    operations.apply_scene(group)  # the re-review
    platform_register.judge_scene(Account.only(), "1", True, "审核通过")
    hear()
    group = SceneGroup.objects.get(group_id=1)
    assert (group.has_passed, group.passed_at is not None, row(10).state) == (True, True, State.COMPLETED)
    assert [verdict.passed for verdict in group.verdicts.all()] == [True, False]


def test_done_with_an_item_still_in_review_is_neither(platform, access):
    items = [{"ext_id": 1, "status": 1}, {"ext_id": 2, "status": 0}]
    group = {"group_id": 1, "status": 1, "reason": "", "scene_group_ext_list": items}
    apply_snapshot(access, Snapshot(timezone.now(), {"status": 2, "scene_group_list": [group]}))
    found = SceneGroup.objects.get(group_id=1)
    assert (found.has_passed, found.is_refused, found.is_in_review) == (False, False, True)


def passed(platform, access) -> SceneGroup:
    group = declared(platform, access)
    operations.apply_scene(group)
    platform_register.judge_scene(Account.only(), "1", True)
    read(access)
    return SceneGroup.objects.get(group_id=1)


def read_without_groups(access) -> None:
    assert apply_snapshot(access, Snapshot(timezone.now(), {"status": 2, "access_info": access.info}))


def told_of_group(access, status: int, *items: int) -> SceneGroup:
    rows = [{"ext_id": nth, "status": item} for nth, item in enumerate(items, 1)]
    group = {"group_id": 1, "status": status, "reason": "", "scene_group_ext_list": rows}
    told = {"status": 2, "access_info": access.info, "scene_group_list": [group]}
    apply_snapshot(access, Snapshot(timezone.now(), told))
    return SceneGroup.objects.get(group_id=1)


@pytest.mark.parametrize("items", [[], [3, 3], [1, 3]])
def test_done_without_a_verdict_of_its_items_is_neither_passed_nor_refused(access, items):
    group = told_of_group(access, 1, *items)
    assert (group.has_passed, group.is_refused, group.may_apply, group.state_label) == (False, False, True, "Reviewed")
    assert (group.passed_at, group.verdicts.count(), row(10).state) == (None, 0, State.READY)
    assert row(10).evidence.startswith("WeChat says that the review is done, and not that its checks passed.")


def test_a_group_that_failed_is_refused_whatever_its_items_say(access):
    assert told_of_group(access, 2).is_refused
    assert told_of_group(access, 2, 1, 1).is_refused
    assert told_of_group(access, 1, 1, 2).is_refused


@pytest.mark.parametrize("status", [7, -1])
def test_an_unknown_number_of_the_access_is_shown_raw_and_nothing_is_applied_for(platform, access, status, monkeypatch):
    monkeypatch.setitem(ENDPOINTS, CHECK, ("POST", lambda request: {"data": {"status": status}}))
    read(access)
    assert (access.is_open, access.state_label) == (False, f"status {status}")
    shown = row(1)
    assert (shown.state, shown.operation) == (State.READY, None)
    assert shown.evidence.startswith(f"WeChat says “status {status}”, which this console does not know.")
    with pytest.raises(Conflict, match=f"“status {status}”"):
        operations.apply_access(access)
    assert platform.ledger("apply") == []


def test_an_unknown_number_of_a_scene_is_shown_raw_and_nothing_is_applied_for(platform, access):
    declared(platform, access)
    group = told_of_group(access, 7, 8)
    assert (group.state_label, group.items.get().status_label) == ("status 7", "status 8")
    assert row(10).evidence.startswith("WeChat says “status 7”, which this console does not know.")
    assert row(10).missing == ["Not possible now: status 7"]
    with pytest.raises(Conflict, match="“status 7”"):
        operations.apply_scene(group)
    assert platform.ledger("apply_scene") == []


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_silence_on_applying_for_a_scene_is_settled_by_reading(platform, access, kind):
    group = declared(platform, access)
    platform.fault(kind, "/shop/register/apply_scene")
    with pytest.raises(Unreachable):
        operations.apply_scene(group)
    recovery.resolve(Step.objects.get(reads=False))
    assert Step.objects.get(reads=False).state == "done"
    assert len(platform.ledger("apply_scene")) == 1
    assert SceneGroup.objects.get(group_id=1).is_in_review


@pytest.mark.parametrize("told", [True, False])
def test_a_reading_from_before_the_application_does_not_undo_it(platform, access, told):
    group = declared(platform, access)
    began = timezone.now()
    operations.apply_scene(group)
    listed = [{"group_id": 1, "status": 3, "reason": "", "scene_group_ext_list": []}] if told else []
    assert apply_snapshot(access, Snapshot(began, {"status": 2, "scene_group_list": listed}))
    assert SceneGroup.objects.get(group_id=1).is_in_review


def test_what_was_seen_in_the_scene_stays_while_it_is_in_review_again_or_refused(platform, access):
    group = passed(platform, access)
    Promoter.objects.create(promoter_id="P")
    order = paid_order(platform)
    for status, items in [(1, [1, 0]), (1, [1, 2]), (2, []), (None, [])]:
        told_of_group(access, status, *items) if status else read_without_groups(access)
        group.refresh_from_db()
        assert (group.has_passed, group.passed_at is None) == (False, False)
        assert [row(number).state for number in (11, 13, 14, 15)] == [State.COMPLETED] * 4
        assert (row(17).state, row(17).days) == (State.NOT_STARTED, None)
    first = group.passed_at
    assert told_of_group(access, 1, 1, 1).passed_at == first
    assert (row(13).record, row(17).state) == (order, State.READY)


def test_a_re_review_keeps_the_day_it_first_passed_and_the_end_of_the_access_does_not(platform, access):
    first = passed(platform, access).passed_at
    platform_register.judge_scene(Account.only(), "1", False)
    read(access)
    operations.apply_scene(SceneGroup.objects.get(group_id=1))
    assert SceneGroup.objects.get(group_id=1).passed_at == first
    platform_register.cancel(Account.only())
    read(access)
    assert SceneGroup.objects.get(group_id=1).passed_at is None


# --- the board as a whole


def test_the_board_has_17_steps_in_four_parts():
    board = Board(Access.load())
    assert [row.step.number for row in board.rows] == list(range(1, 18))
    assert [len(rows) for _number, _title, rows in board.parts] == [1, 8, 2, 6]
    assert board.completed == 0


def test_the_last_part_counts_only_what_came_after_the_scene_was_passed(platform, access):
    before = paid_order(platform)
    group = declared(platform, access)
    operations.apply_scene(group)
    platform_register.judge_scene(Account.only(), "1", True)
    read(access)
    Promoter.objects.create(promoter_id="P")
    assert [row(number).state for number in (11, 13, 14)] == [State.COMPLETED, State.READY, State.READY]
    after = paid_order(platform)
    assert [row(number).record for number in (13, 14, 15)] == [after] * 3
    assert before.pk != after.pk
    assert row(16).state == State.READY


def test_only_a_claim_that_wechat_has_of_an_order_from_the_scene_completes_the_last_step(platform, access):
    group = declared(platform, access)
    operations.apply_scene(group)
    platform_register.judge_scene(Account.only(), "1", True)
    read(access)
    elsewhere, live = paid_order(platform, scene=1001), paid_order(platform, scene=1177)
    make_aftersale(elsewhere, status=ECStatus.REFUNDED)
    kept = make_aftersale(live, status=None)
    assert (row(17).state, row(17).evidence) == (State.READY, "No after-sale of such an order yet.")
    Aftersale.objects.filter(pk=kept.pk).update(status=ECStatus.REFUNDED)
    assert (row(17).state, row(17).record) == (State.COMPLETED, kept)


def test_a_step_says_how_long_it_has_waited_and_when_that_is_long(platform, access):
    close(platform)
    operations.apply_access(access)
    read(access)
    assert (row(1).days, row(1).is_slow) == (0, False)
    group = SceneGroup.objects.get(group_id=1)
    SceneGroup.objects.filter(pk=group.pk).update(status=0, applied_at=timezone.now() - timedelta(days=6))
    assert (row(10).days, row(10).is_slow) == (6, True)


def days_ago(days: int):
    return timezone.now() - timedelta(days=days, minutes=1)


def opened_days_ago(access, days: int) -> None:
    Access.objects.update(first_seen=access.first_seen | {"opened": days_ago(days).isoformat()})


def test_each_step_that_waits_for_us_says_since_when(platform, access):
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9])
    read(access)
    bits = {f"{name}_finished": 5 for name in ("spu_audit", "pay_order", "send_delivery")}
    bits |= {"add_aftersale_finished": 4, "opened": 9}
    Access.objects.update(first_seen={name: days_ago(days).isoformat() for name, days in bits.items()})
    assert [row(number).days for number in (2, 3, 8)] == [9, 9, 4]
    Access.objects.update(
        info=access.info | {"test_api_finished": True},
        released_at=days_ago(2),
        first_seen=Access.load().first_seen | {"test_api_finished": days_ago(3).isoformat()},
    )
    assert row(9).days == 2
    Access.objects.update(
        info=Access.load().info | {"deploy_wxa_finished": True},
        first_seen=Access.load().first_seen | {"deploy_wxa_finished": days_ago(1).isoformat()},
    )
    assert (row(10).state, row(10).days) == (State.READY, 1)
    group = SceneGroup.objects.get(group_id=1)
    group.items.update(status=1)
    SceneGroup.objects.filter(pk=group.pk).update(status=1, passed_at=days_ago(8))
    assert [row(number).days for number in (11, 13, 14, 16)] == [8] * 4
    order = make_order(order_body())
    Order.objects.filter(pk=order.pk).update(placed_at=days_ago(7))
    assert (row(13).since, row(14).days) == (Order.objects.get().placed_at, 7)
    Order.objects.filter(pk=order.pk).update(paid_at=days_ago(6), status=30)
    Parcel.objects.create(order=order, delivery_id="SF", waybill_id="1", sent_at=days_ago(5))
    assert (row(16).state, row(16).days) == (State.WAITING, 5)


def test_the_interfaces_wait_for_us_one_after_another_and_for_wechat_once_it_is_done_here(platform, access):
    platform.configure(observed={})
    assert {row(number).state for number in (4, 5, 6, 7)} == {State.NOT_STARTED}
    read(access)
    Access.objects.update(first_seen=access.first_seen | {"opened": days_ago(9).isoformat()})
    assert [row(number).state for number in (4, 5, 6, 7)] == [State.READY, *[State.NOT_STARTED] * 3]
    assert (row(4).days, row(4).is_slow, bool(row(4).missing)) == (9, False, True)
    platform.configure(observed={"spu_audit": 1}, declared=[6])
    read(access)
    Access.objects.update(
        first_seen=Access.load().first_seen
        | {"opened": days_ago(9).isoformat(), "spu_audit_finished": days_ago(4).isoformat()}
    )
    assert [(row(number).state, row(number).days) for number in (5, 6)] == [(State.READY, 4), (State.NOT_STARTED, None)]
    order = paid_order(platform, scene=1177)
    Order.objects.filter(pk=order.pk).update(paid_at=days_ago(3))
    assert (row(5).state, str(row(5).whose), row(5).days, row(5).operation) == (State.WAITING, "WeChat", 3, None)
    assert "WeChat has not seen it" in row(5).evidence
    platform.configure(observed={"spu_audit": 1, "pay_order": 1})
    read(access)
    assert row(5).state == State.READY
    assert row(5).missing == []


def test_what_was_done_before_the_access_opened_is_shown_and_not_waited_for(platform, access):
    read(access)
    spu, order = make_spu(edit_status=4), paid_order(platform)
    parcel = Parcel.objects.create(order=order, delivery_id="SF", waybill_id="1", sent_at=days_ago(2))
    aftersale = make_aftersale(order, status=ECStatus.TO_HANDLE, opened_at=days_ago(2))
    SPU.objects.update(created_at=days_ago(2))
    Order.objects.update(paid_at=days_ago(2))
    opened_days_ago(access, 3)
    assert [row(number).state for number in (4, 5, 6, 7)] == [State.WAITING] * 4
    opened_days_ago(access, 1)
    assert [row(number).state for number in (4, 5, 6, 7)] == [State.READY, *[State.NOT_STARTED] * 3]
    assert [row(number).record for number in (4, 5, 6, 7)] == [spu, order, parcel.order, aftersale]
    assert "WeChat has not seen it" not in row(4).evidence
    assert (row(4).days, bool(row(4).operation)) == (1, True)


def test_the_newest_record_since_the_access_opened_is_the_evidence(platform, access):
    read(access)
    opened_days_ago(access, 5)
    orders, products = [paid_order(platform) for _nth in range(3)], [make_spu(edit_status=4) for _nth in range(3)]
    for days, order, spu in zip((4, 2, 9), orders, products, strict=True):
        Order.objects.filter(pk=order.pk).update(paid_at=days_ago(days))
        spu.rounds.create(status=4, decided_at=days_ago(days))
        Parcel.objects.create(order=order, delivery_id="SF", waybill_id=str(days), sent_at=days_ago(days))
        make_aftersale(order, status=ECStatus.TO_HANDLE, opened_at=days_ago(days))
    facts = Facts(Access.load())
    assert (facts.approved, facts.paid) == (products[1], orders[1])
    assert (facts.parcel.waybill_id, facts.aftersale.order) == ("2", orders[1])
    assert [row(number).days for number in (4, 5, 6, 7)] == [2] * 4


def test_a_product_waits_in_review_since_it_was_submitted_whatever_was_edited_since(access):
    read(access)
    opened_days_ago(access, 5)
    make_spu(edit_status=2).rounds.create()
    SPURound.objects.update(submitted_at=days_ago(3))
    SPU.objects.update(created_at=days_ago(4), changed_at=timezone.now())
    assert (row(4).state, row(4).days) == (State.WAITING, 3)
    make_spu(edit_status=4).rounds.create(status=4, decided_at=days_ago(9))
    assert "is in review" in row(4).evidence


def test_a_ban_and_a_refused_scene_wait_since_they_were_first_read(platform, access):
    group = declared(platform, access)
    operations.apply_scene(group)
    platform_register.judge_scene(Account.only(), "1", False, "没有客服")
    platform_register.ban(Account.only())
    read(access)
    Access.objects.update(first_seen=access.first_seen | {"banned": days_ago(3).isoformat()})
    group.verdicts.update(at=days_ago(2))
    read(access)
    assert [row(number).days for number in (1, 10)] == [3, 2]
    platform_register.ban(Account.only(), False)
    assert read(access).banned_at is None
    platform_register.ban(Account.only())
    read(access)
    assert row(1).days == 0


def test_a_review_done_without_a_verdict_waits_since_it_was_applied_for(access):
    told_of_group(access, 1, 3)
    SceneGroup.objects.update(applied_at=days_ago(4))
    assert (row(10).state, row(10).days) == (State.READY, 4)


def test_what_is_in_review_is_with_wechat_whenever_it_was_handed_in(platform, access):
    platform.configure(observed={})
    submit_spu(make_spu())
    read(access)
    opened = Access.load().first_seen | {"opened": (timezone.now() + timedelta(seconds=5)).isoformat()}
    Access.objects.update(first_seen=opened)
    assert (row(4).state, str(row(4).whose)) == (State.WAITING, "WeChat")


def test_a_step_is_ours_once_all_that_it_needs_is_declared_and_still_is(platform, access):
    platform.configure(observed={"add_aftersale": 1}, declared=[9])
    read(access)
    assert [row(number).state for number in (5, 6, 7, 8)] == [
        State.NOT_STARTED,
        State.NOT_STARTED,
        State.COMPLETED,
        State.NOT_STARTED,
    ]
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9])
    read(access)
    assert row(8).state == State.READY
    platform.configure(observed={}, declared=[])
    read(access)
    assert {row(number).state for number in (5, 6, 7, 8)} == {State.NOT_STARTED}


def test_a_test_order_of_now_comes_before_what_was_paid_before_the_access(platform, access):
    paid_order(platform, scene=1177)
    Order.objects.update(paid_at=days_ago(30))
    read(access)
    AccountInfo.objects.create(receiver_name="张三", tel_number="13800138000", detailed_address="体育西路 1 号")
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    order = drive.make_order(access, spu, OPENID)
    place_order(order)
    shown = row(5).step_state
    assert (shown.record, shown.evidence) == (order, f"The test order {order} waits to be paid from a phone.")


def test_an_application_found_after_silence_waits_since_then(platform, access):
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10, 11])
    read(access)
    group = told_of_group(access, 1, 2, 1)
    SceneGroup.objects.update(applied_at=days_ago(40))
    group.verdicts.update(at=days_ago(39))
    platform.fault("timeout_after", "/shop/register/apply_scene")
    with pytest.raises(Unreachable):
        operations.apply_scene(SceneGroup.objects.get(group_id=1))
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (row(10).state, row(10).days) == (State.WAITING, 0)


def test_a_scene_that_passed_and_is_not_listed_now_says_so(platform, access):
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10, 11])
    read(access)
    told_of_group(access, 1, 1, 1)
    apply_snapshot(access, Snapshot(timezone.now(), {"status": 2, "access_info": {}, "scene_group_list": []}))
    assert row(10).evidence.startswith("WeChat does not list the scene now. It had passed at")
    apply_snapshot(access, Snapshot(timezone.now(), None))
    group = SceneGroup.objects.get(group_id=1)
    assert (group.passed_at, group.applied_at) == (None, None)


def test_what_stands_in_the_way_is_said_on_the_board_where_it_was_pressed(client, platform, access):
    read(access)
    client.force_login(make_user("owner"))
    group, board = SceneGroup.objects.get(group_id=1), f"/admin/scenes/access/{access.pk}/change/"
    page = client.post(f"/admin/scenes/scenegroup/{group.pk}/do/apply_scene/", {"next": board}, follow=True)
    assert page.redirect_chain[-1][0] == board
    assert "Not sent: Declare the six tasks of the access done first" in words(page)
    assert "Not sent:" not in words(client.get(f"/admin/scenes/scenegroup/{group.pk}/change/"))


def test_that_wechat_has_seen_something_is_said_only_where_it_said_so_and_with_the_day(platform, access):
    read(access)
    spu = make_spu(edit_status=4)
    assert row(4).evidence.startswith(f"“{spu}” is approved. WeChat has not seen it, as last read at")
    platform.configure(observed={"spu_audit": 1, "send_delivery": 1})
    read(access)
    at = timezone.localtime(access.observed_at(PRODUCTS))
    assert row(4).evidence == f"WeChat has seen it, as first read at {at:%Y-%m-%d %H:%M}. “{spu}” is approved."
    assert row(6).evidence.endswith(f"{at:%Y-%m-%d %H:%M}. This console has shipped nothing.")


def test_the_board_and_today_ask_wechat_nothing_and_as_much_for_one_order_as_for_five(client, platform, access):
    operations.apply_scene(declared(platform, access))
    platform_register.judge_scene(Account.only(), "1", True)
    platform.configure(declared=[6])  # what is missing for the other tasks is looked at too
    read(access)
    client.force_login(make_user("owner"))
    make_spu()
    paid_order(platform)
    pages = [f"/admin/scenes/access/{access.pk}/change/", "/admin/progress/"]
    asked = len(platform.ledger("check"))

    def questions(page: str) -> list[str]:
        client.get(page)
        with CaptureQueriesContext(connection) as found:
            assert client.get(page).status_code == 200
        return [query["sql"] for query in found]

    few = [questions(page) for page in pages]
    for _nth in range(4):
        make_spu()
        paid_order(platform)
    many = [questions(page) for page in pages]
    assert [len(lines) for lines in few] == [len(lines) for lines in many]
    for lines in many:
        counting = [line for line in lines if 'FROM "orders_order"' in line and '"fund_type" = 1 AND' in line]
        assert (
            len(counting),
            sum(line.startswith('SELECT "scenes_access"') and "LIMIT" in line for line in lines),
        ) == (1, 1)
    assert len(platform.ledger("check")) == asked


@pytest.mark.parametrize(("fact", "index"), [("paid", "order_of_scene_paid"), ("live_order", "order_scene")])
def test_what_the_board_asks_of_orders_an_index_answers(access, fact, index):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by what the table holds")
    facts = Facts(access)
    facts.passed_at = timezone.now()
    with CaptureQueriesContext(connection) as found:
        getattr(facts, fact)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + found[0]["sql"])
        assert index in str(cursor.fetchall())


def test_a_tick_keeps_who_and_when_and_can_be_taken_back(client, platform, access):
    read(access)
    user = make_user("developer")
    client.force_login(user)
    url = f"/admin/scenes/access/{access.pk}/tick/2/"
    client.post(url)
    assert (Tick.objects.get().user, row(2).ticked_by, row(2).state) == (user, user.username, State.COMPLETED)
    client.post(url, {"undo": "1"})
    assert row(2).state == State.READY
    assert client.post(f"/admin/scenes/access/{access.pk}/tick/4/").status_code == 404
    client.force_login(make_user("warehouse"))
    assert client.post(url).status_code == 403


def test_what_is_not_possible_yet_is_not_ticked(client, platform, access):
    client.force_login(make_user("developer"))
    board, tick = (f"/admin/scenes/access/{access.pk}/{what}/" for what in ("change", "tick/2"))
    said = "This step cannot be ticked yet: what it needs is not there."
    assert said in client.post(tick, follow=True).content.decode()
    assert client.get(board).content.decode().count(f'disabled title="{said}"') == 3
    answers = [client.post("/api/v1/access/tick/", {"number": number}) for number in (2, 3, 12, 4)]
    assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
        *[(409, said)] * 3,
        (409, "4 is no step that is ticked: 2, 3, 12."),
    ]
    assert not Tick.objects.exists()
    read(access)
    assert client.get(board).content.decode().count(f'disabled title="{said}"') == 1


def test_goods_ticked_before_the_scene_first_passed_are_ticked_anew(client, platform, access):
    user, early = make_user("developer"), Tick.objects.create(number=12, user=make_user())
    assert (row(12).state, row(12).ticked_by) == (State.NOT_STARTED, "")
    passed(platform, access)
    make_spu(status=5)
    assert row(12).state == State.READY
    client.force_login(user)
    assert client.post("/api/v1/access/tick/", {"number": 12}).status_code == 200
    assert (row(12).state, row(12).ticked_by) == (State.COMPLETED, user.username)
    assert Tick.objects.get().at > early.at
    told_of_group(access, 1, 1, 0)
    assert row(12).state == State.COMPLETED


def test_a_tick_is_taken_back_by_the_api_and_leaves_its_trace(client, platform, access):
    read(access)
    client.force_login(make_user("developer"))
    for what in ("tick", "tick", "untick", "untick"):
        answer = client.post(f"/api/v1/access/{what}/", {"number": 2}, headers={"Accept-Language": "zh-hans"})
        assert answer.status_code == 200
    assert [edit.changes for edit in Edit.objects.order_by("id")] == [
        {"第 2 步": ["", "已勾选"]},
        {"第 2 步": ["已勾选", ""]},
    ]
    assert client.post("/api/v1/access/untick/", {"number": 4}).status_code == 409
    client.force_login(make_user("warehouse"))
    assert client.post("/api/v1/access/untick/", {"number": 2}).status_code == 403


def test_the_release_is_traced_in_one_time_and_only_when_it_changed(client, platform, access):
    client.force_login(make_user("owner"))
    page, api = f"/admin/scenes/access/{access.pk}/released/", "/api/v1/access/release/"
    for url, at in [
        (page, "2026-11-20T10:00"),
        (page, "2026-11-20T10:00"),
        (api, "2026-11-20T10:00:00+08:00"),
        (api, "2026-11-20T03:00:00Z"),
        (page, "2026-11-20T11:00"),
    ]:
        assert client.post(url, {"released_at": at}).status_code in (200, 302)
    assert [edit.changes["released_at"] for edit in Edit.objects.order_by("id")] == [
        ["", "2026-11-20 10:00:00"],
        ["2026-11-20 10:00:00", "2026-11-20 11:00:00"],
    ]


def test_the_events_of_access_have_a_handler():
    assert {"open_product_account_register", "open_product_scene_group_audit"} <= handlers.keys()


def test_a_button_of_the_board_runs_for_who_may_and_for_nobody_else(client, platform, access, drain):
    platform.configure(observed={"spu_audit": 1})
    read(access)
    url = f"/admin/scenes/access/{access.pk}/do/finish_products/"
    client.force_login(make_user("warehouse"))
    assert client.post(url).status_code == 403
    client.force_login(make_user("developer"))
    client.post(url)
    drain()
    assert Account.only().declared == [6]
    assert TESTED not in Account.only().declared
