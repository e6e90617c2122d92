"""After-sales: raised in WeChat or by us, every row of BEHAVIOUR 5.3, limits, amounts and what is written down."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales import payloads
from aftersales.limits import most_refundable
from aftersales.models import Aftersale, ClaimChange, ECStatus, Family
from aftersales.operations import (
    accept_refund,
    accept_return,
    cancel_claim,
    change_claim,
    confirm_goods,
    open_claim,
    pull_aftersales,
    refresh_claim,
    reject_claim,
    send_return_info,
    upload_certificates,
)
from aftersales.tasks import refresh_claims
from orders.models import OrderLine
from sandbox.endpoints import ecaftersale as counter
from sandbox.models import Push
from tests.aftersales.conftest import ours
from tests.factories import make_image, make_key, make_user
from wechat.errors import Refused, Unreachable
from wechat.models import AccountInfo, Callback, PulledList, Step
from wechat.steps import recovery
from wechat.steps.errors import Asked, Conflict, Incomplete

pytestmark = pytest.mark.django_db(transaction=True)
S = ECStatus
# --- hearing of after-sales


def test_a_claim_raised_in_wechat_is_met_by_its_message(raised, platform):
    aftersale = raised(reason="尺码不合适", amount=1500)
    theirs = platform.aftersale(aftersale.aftersale_id)
    assert (aftersale.status, aftersale.out_aftersale_id, aftersale.family) == (2, None, Family.EC)
    assert (aftersale.orderamt, aftersale.refund_reason, aftersale.line.out_sku_id) == (1500, "尺码不合适", "red")
    assert aftersale.deadline_at - aftersale.moved_at == counter.TERMS[2]
    assert abs((aftersale.moved_at - theirs.updated_at).total_seconds()) < 1


def test_what_no_message_told_is_pulled(platform, bought):
    order = bought()
    aftersale = platform.apply(order.out_order_id, "red")
    Push.objects.all().delete()
    pull_aftersales(PulledList.objects.get(name="aftersales"))
    assert ours(aftersale).status == 2
    counter.user_cancel(aftersale)
    Aftersale.objects.update(read_at=None)
    assert refresh_claims() == 1
    assert ours(aftersale).status == 1


def test_two_claims_on_one_order_do_not_collide(platform, bought, hear):
    order = bought()
    red, blue = platform.apply(order.out_order_id, "red"), platform.apply(order.out_order_id, "blue")
    hear()
    accept_refund(ours(red))
    assert (ours(red).status, ours(blue).status) == (13, 2)


# --- the graph: from, what we do, what becomes of it

OPS = {
    "refund": accept_refund,
    "return": accept_return,
    "goods": confirm_goods,
    "refuse": reject_claim,
    "proof": upload_certificates,
    "cancel": cancel_claim,
}
FROM = {
    # name: (type, how to come there, {what: where to})
    "to handle, refund": (1, [], {"refund": 13, "refuse": 4, "cancel": 1, "change": 2}),
    "to handle, return": (2, [], {"return": 6, "refuse": 5, "cancel": 1, "change": 2}),
    "refund refused": (1, ["refuse"], {"cancel": 1, "change": 2}),
    "return refused": (2, ["refuse"], {"cancel": 1, "change": 2}),
    "to return": (2, ["return"], {"cancel": 1, "send back": 8}),
    "coming back": (2, ["return", "user_return"], {"goods": 14, "refuse": 5}),
    "refunded": (1, ["refund"], {}),
    "returned": (2, ["return", "user_return", "goods"], {}),
    "cancelled": (1, ["user_cancel"], {}),
    "refund failed": (1, ["failing", "refund", "refund_fails"], {"proof": 17}),
    "return closed": (2, ["return", "week"], {"cancel": 1}),
    "proof sent": (1, ["failing", "refund", "refund_fails", "proof"], {}),
    "offline refund overdue": (1, ["late", "refund", "refund_fails", "two days"], {"proof": 17}),
    "closed by customer service": (1, ["late", "refund", "refund_fails", "two days", "close"], {}),
    "buyer at fault": (1, ["refuse", "judge_for_merchant"], {}),
}
ACTS = {
    "failing": lambda platform, _aftersale: platform.configure(switches={"refunds_arrive_at_once": False}),
    "late": lambda platform, _aftersale: platform.configure(
        switches={"refunds_arrive_at_once": False, "offline_refund_overdue": True}
    ),
    "two days": lambda platform, _aftersale: platform.move_clock(days=2, hours=1),
    "week": lambda platform, _aftersale: platform.move_clock(days=7, hours=1),
    "ten days": lambda platform, _aftersale: platform.move_clock(days=10, hours=1),
    "cancel_pickup": lambda _platform, aftersale: counter.user_modify_return(aftersale, back=True),
    "judge_for_merchant": lambda _platform, aftersale: counter.judge(counter.intervene(aftersale), False),
    "judge_refund": lambda _platform, aftersale: counter.judge(counter.intervene(aftersale), True),
    "judge_return": lambda _platform, aftersale: counter.judge(counter.intervene(aftersale), True, send_back=True),
}


def act(platform, aftersale, what):
    """What the platform, its clock or the buyer does."""
    theirs = platform.aftersale(aftersale.aftersale_id)
    ACTS[what](platform, theirs) if what in ACTS else getattr(counter, what)(theirs)


def bring(aftersale, platform, road):
    for step in road:
        aftersale.refresh_from_db()
        if step in OPS:
            prepare(aftersale)
            OPS[step](aftersale)
        else:
            act(platform, aftersale, step)
        refresh_claim(aftersale)
    aftersale.refresh_from_db()


# What is done in the buyer's place.
BUYERS = {"open": open_claim, "change": change_claim, "send back": send_return_info}


def ask_otherwise(aftersale):
    aftersale.refund_reason = "改"
    aftersale.return_info = {"delivery_id": "SF", "delivery_name": "顺丰速运", "waybill_id": "SF9"}
    aftersale.save(update_fields=["refund_reason", "return_info"])


def prepare(aftersale):
    aftersale.reject_reason, aftersale.refund_desc = "不符合退款条件", "已转账"
    aftersale.save(update_fields=["reject_reason", "refund_desc"])
    aftersale.certificates.set([make_image()])


@pytest.mark.parametrize("what", BUYERS | OPS)
@pytest.mark.parametrize("state", FROM)
def test_every_move_of_ours_from_every_state(raised, platform, state, what):
    kind, road, moves = FROM[state]
    aftersale = raised(type=kind, shipped=True)
    bring(aftersale, platform, road)
    before, calls = aftersale.status, len(platform.ledger(""))
    prepare(aftersale)
    ask_otherwise(aftersale)
    if what in moves:
        (BUYERS | OPS)[what](aftersale)
        aftersale.refresh_from_db()
        assert aftersale.status == moves[what] == platform.aftersale(aftersale.aftersale_id).status
        if before != aftersale.status:
            assert ClaimChange.objects.filter(aftersale=aftersale, was=before, status=aftersale.status).exists()
    else:
        with pytest.raises(Conflict):
            (BUYERS | OPS)[what](aftersale)
        assert platform.aftersale(aftersale.aftersale_id).status == before
        assert len(platform.ledger("")) == calls


EVENTS = {
    # what happens at the platform: (type, how to come there, the platform's or the buyer's act, where to)
    "cancelled": (1, [], "user_cancel", 1),
    "agreed by silence": (1, [], "two days", 13),
    "return agreed by silence": (2, [], "two days", 6),
    "sent back": (2, ["return"], "user_return", 8),
    "not sent back": (2, ["return"], "week", 7),
    "refunded by silence": (2, ["return", "user_return"], "ten days", 14),
    "nobody turned to the platform": (1, ["refuse"], "week", 1),
    "refund arrives": (1, ["failing", "refund"], "refund_arrives", 13),
    "refund fails": (1, ["failing", "refund"], "refund_fails", 16),
    "proof confirmed": (1, ["failing", "refund", "refund_fails", "proof"], "confirm_certificate", 13),
    "closed": (1, ["failing", "refund", "refund_fails", "proof"], "close", 18),
    "offline refund overdue": (1, ["late", "refund", "refund_fails"], "two days", 12),
    "closed when overdue": (1, ["late", "refund", "refund_fails", "two days"], "close", 18),
    "changed": (1, [], "modify", 2),
    "changed after a refusal": (1, ["refuse"], "modify", 2),
    "changed after a refused return": (2, ["refuse"], "modify", 2),
    "pickup changed": (2, ["return", "user_return"], "user_modify_return", 8),
    "pickup cancelled": (2, ["return", "user_return"], "cancel_pickup", 6),
    "cancelled on the way": (2, ["return"], "user_cancel", 1),
    "judged for the merchant": (1, ["refuse"], "judge_for_merchant", 19),
    "judged: refund": (2, ["refuse"], "judge_refund", 14),
    "judged: send back": (2, ["refuse"], "judge_return", 6),
    "return proof confirmed": (
        2,
        ["failing", "return", "user_return", "goods", "refund_fails", "proof"],
        "confirm_certificate",
        14,
    ),
}


UNTOLD = ("closed", "closed when overdue", "offline refund overdue")  # by any message: these are found by polling alone


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "polled"])
@pytest.mark.parametrize("name", EVENTS)
def test_what_happens_without_us_is_heard_or_found_by_polling(raised, platform, hear, name, heard):
    kind, road, what, status = EVENTS[name]
    aftersale = raised(type=kind, shipped=True)
    bring(aftersale, platform, road)
    Push.objects.all().delete()
    act(platform, aftersale, what)
    if heard and name not in UNTOLD:
        assert Push.objects.exists()
        hear()
        assert {message.state for message in Callback.objects.all()} == {"handled"}
    else:
        Aftersale.objects.update(read_at=None)
        refresh_claims()
    assert ours(aftersale).status == status == platform.aftersale(aftersale.aftersale_id).status


SILENT = {
    # what: (its path, type, how to come there, where to)
    "refund": ("acceptrefund", 1, [], 13),
    "return": ("acceptreturn", 2, [], 6),
    "refuse": ("ecaftersale/reject", 1, [], 4),
    "cancel": ("ecaftersale/cancel", 1, [], 1),
    "goods": ("acceptrefund", 2, ["return", "user_return"], 14),
    "proof": ("upload_certificates", 1, ["failing", "refund", "refund_fails"], 17),
    "open": ("ecaftersale/add", 1, [], 2),
    "change": ("ecaftersale/update", 1, [], 2),
    "send back": ("uploadreturninfo", 2, ["return"], 8),
}


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
@pytest.mark.parametrize("what", SILENT)
def test_a_silence_is_settled_by_reading_with_one_effect(raised, bought, platform, what, kind):
    path, type, road, status = SILENT[what]
    aftersale = made(bought()) if what == "open" else raised(type=type, shipped=True)
    if what != "open":
        bring(aftersale, platform, road)
        prepare(aftersale)
        ask_otherwise(aftersale)
    platform.fault(kind, f"/shop/ecaftersale/{path.split('/')[-1]}")
    with pytest.raises(Unreachable):
        (BUYERS | OPS)[what](aftersale)
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    aftersale.refresh_from_db()
    assert aftersale.status == status
    acted = [entry for entry in platform.ledger(path) if entry.acted]
    assert len(acted) == 1


@pytest.mark.parametrize("errcode", [45009, 2747007])
def test_what_wechat_did_counts_whatever_becomes_of_the_reading(raised, bought, platform, errcode):
    aftersale, new = raised(), made(bought())
    prepare(aftersale)
    for op, one, path in ((reject_claim, aftersale, "ecaftersale/reject"), (open_claim, new, "ecaftersale/add")):
        platform.fault("error", "/shop/ecaftersale/get", errcode=errcode)
        op(one)
        assert Step.objects.filter(operation=f"aftersales.{op.name}").get().state == "done"
        assert len(platform.ledger(path)) == 1
        from wechat.models import Pace

        Pace.objects.update(paused_until=0)
    Aftersale.objects.update(read_at=None)
    refresh_claims()
    aftersale.refresh_from_db()
    new.refresh_from_db()
    assert (aftersale.status, new.status) == (4, 2)


def test_a_read_does_not_undo_what_somebody_writes_down_meanwhile(raised, platform):
    from aftersales.snapshots import apply_snapshot, read

    aftersale = raised()
    snapshot = read(aftersale)
    Aftersale.objects.filter(pk=aftersale.pk).update(reject_reason="写下的原因")
    apply_snapshot(aftersale, snapshot)
    assert ours(aftersale).reject_reason == "写下的原因"


def test_of_two_writes_on_one_order_the_second_waits_and_repeats(raised, platform, drain):
    from console import jobs

    aftersale = raised()
    platform.configure(busy_orders=1)
    job = jobs.start(accept_refund, [aftersale])
    jobs.work(job.pk)
    step = job.steps.get()
    assert (step.state, step.errcode) == ("wanted", 2747026)
    Step.objects.filter(pk=step.pk).update(next_attempt_at="2026-01-01T00:00:00Z")
    drain()
    assert ours(aftersale).status == 13


# --- what changed under the hand that decides


def test_a_refund_is_not_agreed_to_for_an_amount_nobody_saw(raised, platform, settings):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=500)
    counter.modify(platform.aftersale(aftersale.aftersale_id), orderamt=1900)  # and the message is lost
    with pytest.raises(Conflict, match=r"¥19\.00"):
        accept_refund(aftersale)
    assert platform.ledger("acceptrefund") == []
    aftersale.refresh_from_db()
    assert aftersale.orderamt == 1900
    with pytest.raises(Incomplete, match="second person"):
        accept_refund(aftersale)


def test_a_refusal_that_comes_too_late_is_not_said_to_be_done(raised, platform):
    aftersale = raised()
    prepare(aftersale)
    platform.move_clock(days=2, hours=1)  # WeChat agreed in our place
    with pytest.raises(Refused):
        reject_claim(aftersale)
    assert Step.objects.get(operation="aftersales.reject_claim").state == "refused"
    assert ours(aftersale).status == 13


@pytest.mark.parametrize("what", ["refund", "refuse"])
def test_after_a_silence_a_claim_that_has_changed_is_not_decided_again(raised, platform, what):
    aftersale = raised(amount=500)
    prepare(aftersale)
    platform.fault("timeout_before", f"/shop/ecaftersale/{'acceptrefund' if what == 'refund' else 'reject'}")
    with pytest.raises(Unreachable):
        OPS[what](aftersale)
    counter.modify(platform.aftersale(aftersale.aftersale_id), orderamt=1900)
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    step = Step.objects.filter(reads=False).latest("pk")
    assert step.state == "skipped" and "¥19.00" in step.message
    assert ours(aftersale).status == 2


def test_a_change_of_unknown_fate_is_told_from_what_was_there_before(bought, platform):
    aftersale = made(bought())
    open_claim(aftersale)
    aftersale.refresh_from_db()
    aftersale.orderamt = 1500
    aftersale.save()
    platform.fault("timeout_before", "/shop/ecaftersale/update")
    with pytest.raises(Unreachable):
        change_claim(aftersale)
    refresh_claim(aftersale)  # the schedule reads meanwhile what WeChat still has
    Step.objects.filter(state="unknown").update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    assert platform.aftersale(aftersale.aftersale_id).orderamt == 1500


def test_one_claim_that_cannot_be_read_keeps_no_other_from_being_found(platform, bought):
    red, blue = platform.apply(bought().out_order_id, "red"), platform.apply(bought().out_order_id, "blue")
    Push.objects.all().delete()
    platform.fault("error", "/shop/ecaftersale/get", errcode=2747007)
    with pytest.raises(Refused):
        pull_aftersales(PulledList.objects.get(name="aftersales"))
    assert Aftersale.objects.filter(aftersale_id__in=[red.aftersale_id, blue.aftersale_id]).count() == 1
    pull_aftersales(PulledList.objects.get(name="aftersales"))
    assert (ours(red).status, ours(blue).status) == (2, 2)


# --- ours


def made(order, sku="red", **fields) -> Aftersale:
    known = {"type": 1, "orderamt": 1000, "refund_reason": "不想要了", "out_aftersale_id": f"as-{order.pk}-{sku}"}
    return Aftersale.objects.create(family=1, order=order, line=order.lines.get(out_sku_id=sku), **{**known, **fields})


def test_a_claim_of_ours_is_opened_changed_and_cancelled(platform, bought):
    aftersale = made(bought())
    open_claim(aftersale)
    aftersale.refresh_from_db()
    assert (aftersale.status, platform.aftersale(aftersale.aftersale_id).out_aftersale_id) == (
        2,
        aftersale.out_aftersale_id,
    )
    aftersale.orderamt = 1500
    aftersale.save()
    change_claim(aftersale)
    assert platform.aftersale(aftersale.aftersale_id).orderamt == 1500
    assert [version.orderamt for version in aftersale.versions.all()] == [1000, 1500]
    cancel_claim(aftersale)
    assert ours(aftersale).status == 1


def test_a_refused_and_changed_claim_shows_both_rounds(raised, platform, hear, client):
    from tests.factories import make_user

    aftersale = raised(amount=1000, reason="颜色不对")
    prepare(aftersale)
    reject_claim(aftersale)
    counter.modify(platform.aftersale(aftersale.aftersale_id), orderamt=500, refund_reason="那退一半")
    hear()
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.orderamt) == (2, 500)
    client.force_login(make_user("customer_service"))
    page = client.get(f"/admin/aftersales/aftersale/{aftersale.pk}/change/").content.decode()
    for words in ("颜色不对", "那退一半", "¥10.00", "¥5.00", "Refund refused"):
        assert words in page, words


def test_goods_come_back_with_the_buyers_waybill(raised, platform):
    aftersale = raised(type=2, shipped=True)
    accept_return(aftersale)
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.return_address["receiver_name"]) == (6, "仓库")
    assert platform.aftersale(aftersale.aftersale_id).address["detailed_address"] == "龙洞 250 号"
    aftersale.return_info = {"delivery_id": "SF", "delivery_name": "顺丰速运", "waybill_id": "SF9"}
    aftersale.save()
    send_return_info(aftersale)
    assert ours(aftersale).status == 8
    assert ours(aftersale).return_info["waybill_id"] == "SF9"


def test_a_return_needs_an_address(raised, platform):
    AccountInfo.objects.all().delete()
    aftersale = raised(type=2, shipped=True)
    with pytest.raises(Incomplete) as missing:
        accept_return(aftersale)
    assert list(missing.value.fields) == ["return_address"]
    assert platform.ledger("acceptreturn") == []


def test_a_refusal_needs_a_reason_and_wechat_is_not_told_it(raised, platform):
    aftersale = raised()
    with pytest.raises(Incomplete):
        reject_claim(aftersale)
    prepare(aftersale)
    reject_claim(aftersale)
    assert "不符合退款条件" not in str(platform.ledger("reject")[0].request)


# --- amounts and limits


def test_the_most_that_can_be_refunded(bought):
    order = bought()
    red, blue = order.lines.get(out_sku_id="red"), order.lines.get(out_sku_id="blue")
    assert (most_refundable(red), most_refundable(blue)) == (2000, 1000)
    OrderLine.objects.filter(pk=red.pk).update(refunded_fen=2000, refunded_cnt=2)
    blue.refresh_from_db()
    assert most_refundable(blue) == 1500  # the last of an unshipped order brings the freight back
    order.status = 30
    order.save()
    assert most_refundable(OrderLine.objects.get(pk=blue.pk)) == 1000


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"orderamt": 2001}, "orderamt"),
        ({"orderamt": 0}, "orderamt"),
        ({"product_cnt": 3}, "product_cnt"),
        ({"type": 2}, "type"),  # nothing was shipped
        ({"type": 3}, "type"),
        ({"refund_reason": " "}, "refund_reason"),
    ],
)
def test_what_wechat_would_refuse_is_a_sentence_at_its_field(bought, platform, fields, path):
    with pytest.raises(Incomplete) as missing:
        open_claim(made(bought(), **fields))
    assert list(missing.value.fields) == [path]
    assert platform.ledger("ecaftersale/add") == []


def test_one_open_claim_and_five_in_all_on_the_same_goods(bought, platform):
    order = bought()
    first = made(order)
    open_claim(first)
    with pytest.raises(Incomplete) as missing:
        open_claim(made(order, out_aftersale_id="again"))
    assert "open after-sale" in str(missing.value)
    Aftersale.objects.all().update(status=1)
    for nth in range(4):
        made(order, out_aftersale_id=f"old-{nth}", status=1)
    with pytest.raises(Incomplete) as missing:
        open_claim(made(order, out_aftersale_id="sixth"))
    assert "five after-sales" in str(missing.value)


def test_the_days_for_claims_end(bought, platform):
    from datetime import timedelta

    order = bought(received=True)
    order.changes.filter(status=100).update(at=order.placed_at - timedelta(days=8))
    with pytest.raises(Incomplete, match="days for after-sales"):
        open_claim(made(order))


def test_what_is_paid_back_stands_on_the_line_once(raised, platform):
    aftersale = raised(amount=1500)
    accept_refund(aftersale)
    refresh_claim(aftersale)
    refresh_claim(aftersale)
    line = OrderLine.objects.get(pk=aftersale.line_id)
    assert (line.refunded_fen, line.refunded_cnt) == (1500, aftersale.product_cnt)


@pytest.mark.parametrize("amount", [100_001, 100_000])
def test_large_refunds_need_a_second_person(raised, settings, amount):
    settings.REFUND_SECOND_PERSON = 100_000 if amount == 100_000 else 999
    aftersale = raised(amount=1000)
    if amount == 100_000:
        accept_refund(aftersale)
        assert ours(aftersale).status == 13
    else:
        with pytest.raises(Incomplete, match="second person"):
            accept_refund(aftersale)
        with pytest.raises(Asked):
            accept_refund.ask_second(aftersale, make_user("customer_service"))
        accept_refund.ask_second(aftersale, make_user("finance"), seen=str(aftersale.orderamt))
        accept_refund(aftersale)
        assert ours(aftersale).status == 13


# --- random walks: both sides agree, whatever becomes of the messages

WALK = [
    "apply",
    "modify",
    "user_cancel",
    "refund",
    "return",
    "goods",
    "refuse",
    "proof",
    "user_return",
    "pickup",
    "arrives",
    "fails",
    "days",
    "confirm",
    "close",
    "lose",
    "twice",
    "shuffle",
    "hear",
]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.sampled_from(WALK), st.integers(0, 9)), min_size=40, max_size=50))
def test_after_random_walks_sandbox_and_console_agree(platform, bought, hear, steps):
    platform.configure(switches={"refunds_arrive_at_once": False}, rate=10**6)
    order = bought(shipped=True)
    for what, nth in steps:
        walk(platform, hear, order, what, nth)
    # What messages did not tell, the polling finds.
    pull_aftersales(PulledList.objects.get(name="aftersales"))
    for aftersale in Aftersale.objects.filter(order=order):
        theirs = platform.aftersale(aftersale.aftersale_id)
        assert (aftersale.status, aftersale.type, aftersale.orderamt) == (theirs.status, theirs.type, theirs.orderamt)
    assert Aftersale.objects.filter(order=order).count() == platform.order(order.out_order_id).claims.count()
    for line in order.lines.all():
        paid = [c for c in platform.order(order.out_order_id).claims.all() if c.status in (13, 14)]
        assert line.refunded_fen == sum(c.orderamt for c in paid if c.out_sku_id == line.out_sku_id)


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_thousand_steps_sandbox_and_console_agree(platform, bought, hear, seed):
    import random

    chance = random.Random(seed)
    platform.configure(switches={"refunds_arrive_at_once": False}, rate=10**6, claim_changes=10**6)
    orders = [bought(shipped=nth % 2 == 0, red=3, blue=3, green=3) for nth in range(20)]
    for _step in range(1000):
        walk(platform, hear, chance.choice(orders), chance.choice(WALK), chance.randrange(10))
    pull_aftersales(PulledList.objects.get(name="aftersales"))
    moved = 0
    for aftersale in Aftersale.objects.all():
        theirs = platform.aftersale(aftersale.aftersale_id)
        assert (aftersale.status, aftersale.type, aftersale.orderamt) == (theirs.status, theirs.type, theirs.orderamt)
        moved += aftersale.changes.count()
    assert moved > 60
    for line in OrderLine.objects.all():
        aftersales = platform.order(line.order.out_order_id).claims.filter(
            out_sku_id=line.out_sku_id, status__in=(13, 14)
        )
        assert line.refunded_fen == sum(aftersale.orderamt for aftersale in aftersales)


def walk(platform, hear, order, what, nth):
    from sandbox.platform import Refusal

    theirs = list(platform.order(order.out_order_id).claims.order_by("pk"))
    aftersale = theirs[nth % len(theirs)] if theirs else None
    known = Aftersale.objects.filter(aftersale_id=aftersale.aftersale_id).first() if aftersale else None
    pushes = Push.objects.filter(state=Push.QUEUED)
    try:
        if what == "apply":
            skus = sorted(line["out_sku_id"] for line in platform.order(order.out_order_id).lines)
            platform.apply(order.out_order_id, skus[nth % len(skus)], nth % 2 + 1, amount=100 * (nth % 3 + 1), count=1)
        elif what == "hear":
            hear()
        elif what == "lose":
            pushes.filter(pk__in=list(pushes.values_list("pk", flat=True)[: nth + 1])).update(state=Push.LOST)
        elif what == "twice":
            Push.objects.filter(state=Push.DELIVERED).order_by("-pk").update(state=Push.QUEUED, attempts=0)
        elif what == "shuffle":
            for push in pushes.order_by("-pk"):
                fields = push.fields
                push.delete()
                Push.objects.create(event=fields["Event"], fields=fields, due_at=order.placed_at)
        elif what == "days":
            platform.move_clock(hours=2 * nth)
        elif aftersale is None:
            return
        elif what in OPS and known:
            prepare(known)
            OPS[what](known)
        elif what in ("modify", "user_cancel", "user_return"):
            getattr(counter, what)(aftersale)
        else:
            names = {
                "pickup": "user_modify_return",
                "arrives": "refund_arrives",
                "fails": "refund_fails",
                "confirm": "confirm_certificate",
                "close": "close",
            }
            getattr(counter, names.get(what, "close"))(aftersale)
    except (Conflict, Refused, Refusal):
        pass  # not from this state: neither side has moved


# --- the doors


def test_the_backend_opens_changes_and_cancels_in_the_buyers_place(client, bought, platform):
    _key, header = make_key("after-sale")
    order = bought(shipped=True)

    def post(path, body=None):
        return client.post(f"/api/v1/aftersales/{path}", body or {}, content_type="application/json", headers=header)

    body = {
        "out_aftersale_id": "as-1",
        "out_order_id": order.out_order_id,
        "out_product_id": "p",
        "out_sku_id": "red",
        "product_cnt": 1,
        "type": 2,
        "orderamt": 1000,
        "refund_reason": "尺码",
    }
    answer = post("", body)
    assert answer.status_code == 201, answer.json()
    pk = answer.json()["id"]
    assert post("", body).json()["aftersale_id"] == answer.json()["aftersale_id"]
    assert len(platform.ledger("ecaftersale/add")) == 1
    assert post("", body | {"orderamt": 900}).status_code == 409
    assert post("", body | {"out_aftersale_id": "as-2"}).json()["fields"].keys() == {"out_sku_id"}
    changed = post(f"{pk}/change_claim/", {"type": 2, "orderamt": 5000, "refund_reason": "尺码"})
    assert (changed.status_code, list(changed.json()["fields"])) == (400, ["orderamt"])
    changed = post(f"{pk}/change_claim/", {"type": 2, "orderamt": 800, "refund_reason": "尺码"})
    assert (changed.status_code, changed.json()["orderamt"]) == (200, 800), changed.json()
    info = {"delivery_id": "SF", "delivery_name": "顺丰速运", "waybill_id": "1"}
    assert post(f"{pk}/send_return_info/", info).status_code == 409
    assert post(f"{pk}/cancel_claim/").json()["status"] == 1
    listed = client.get("/api/v1/aftersales/", headers=header).json()["results"]
    assert [one["id"] for one in listed] == [pk]


def test_a_claim_wechat_refused_to_open_blocks_nothing_and_comes_again_mended(client, bought, platform):
    _key, header = make_key("after-sale")
    order = bought(shipped=True)
    body = {
        "out_aftersale_id": "as-1",
        "out_order_id": order.out_order_id,
        "out_product_id": "p",
        "out_sku_id": "red",
        "product_cnt": 1,
        "type": 1,
        "orderamt": 1000,
        "refund_reason": "尺码",
    }

    def post(body):
        return client.post("/api/v1/aftersales/", body, content_type="application/json", headers=header)

    platform.fault("error", "/shop/ecaftersale/add", errcode=2747010)
    assert post(body).status_code == 422
    assert Aftersale.objects.get().refusal["errcode"] == 2747010
    answer = post(body | {"orderamt": 900})
    assert (answer.status_code, answer.json()["orderamt"], answer.json()["status"]) == (201, 900, 2), answer.json()
    assert client.post(f"/api/v1/aftersales/{answer.json()['id']}/accept_refund/", headers=header).status_code == 403


def test_an_own_number_claim_is_kept_here_and_told(client, bought, platform):
    _key, header = make_key("after-sale")
    order = bought(own=True)
    body = {
        "out_aftersale_id": "own-1",
        "out_order_id": order.out_order_id,
        "out_product_id": "p",
        "out_sku_id": "red",
        "product_cnt": 2,
        "type": 1,
        "orderamt": 2000,
    }
    answer = client.post("/api/v1/aftersales/", body, content_type="application/json", headers=header)
    assert (answer.status_code, answer.json()["family"], answer.json()["status"]) == (201, 0, 0)
    assert [entry.request["out_aftersale_id"] for entry in platform.ledger("aftersale/add")] == ["own-1"]
    aftersale = Aftersale.objects.get()
    assert payloads.told(aftersale)["finish_all_aftersale"] == 0
