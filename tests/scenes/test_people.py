"""Promoters and sharers: the rules before anything is sent, every result code, events, polling and whole lists."""

import io
import tracemalloc
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.models import Case, When
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.operations import refresh_order
from sandbox.endpoints import sharer as people
from sandbox.models import Account
from sandbox.models import Promoter as TheirPromoter
from sandbox.models import Sharer as TheirSharer
from sandbox.platform import ENDPOINTS
from scenes import operations, tasks
from scenes.models import BindStatus, Invitation, Promoter, SellingSettings, Sharer, SharerLive
from scenes.people import invitations
from tests.console.pages import words
from tests.factories import OPENID, make_key, make_order, make_user
from tests.scenes.conftest import person
from tests.sheets import workbook
from wechat.errors import Later, Refused, Unreachable
from wechat.models import Call, PulledList, Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete

pytestmark = pytest.mark.django_db(transaction=True)


def invited(nth: int = 1) -> Sharer:
    sharer = person(nth)
    operations.invite_sharer(sharer)
    sharer.refresh_from_db()
    return sharer


def bound(nth: int = 1, **ago: int) -> Sharer:
    sharer = invited(nth)
    people.agree(Account.only(), TheirSharer.objects.get(openid=sharer.openid))
    TheirSharer.objects.update(bound_at=timezone.now() - timedelta(**ago))
    operations.refresh_sharer(sharer)
    sharer.refresh_from_db()
    return sharer


# --- inviting


def test_an_invitation_is_sent_and_the_message_tells_that_it_was_agreed_to(platform, hear):
    sharer = invited()
    assert (sharer.bind_status, sharer.state_label, sharer.reason_code) == (BindStatus.INVITING, "Invited", 0)
    (entry,) = platform.ledger("bind")
    assert entry.request == {"openids": [sharer.openid]}
    people.agree(Account.only(), TheirSharer.objects.get())
    (message,) = hear()
    assert (message.state, message.record) == ("handled", sharer)
    sharer.refresh_from_db()
    assert (sharer.bind_status, sharer.bound_at is not None, sharer.nickname) == (1, True, "分享员0001")


def test_no_openid_is_kept_in_the_clear_in_the_wires_log(platform):
    sharer = invited()
    call = Call.objects.get(endpoint="/shop/sharer/bind")
    assert sharer.openid not in f"{call.request} {call.answer}"


@pytest.mark.parametrize(
    ("prepare", "code", "said", "again"),
    [
        ({"refuses": True, "status": TheirSharer.REFUSED}, 203, "no further invitations", "no further invitations"),
        ({"status": TheirSharer.BOUND}, 202, "sharer already", "while the state is “Bound”"),
    ],
)
def test_what_wechat_refuses_for_good_is_explained_and_not_asked_again(platform, prepare, code, said, again):
    sharer = person()
    TheirSharer.objects.create(openid=sharer.openid, **prepare)
    with pytest.raises(Refused) as refusal:
        operations.invite_sharer(sharer)
    assert (refusal.value.errcode, said in str(refusal.value.meaning.text)) == (code, True)
    step = Step.objects.get()
    assert (step.state, step.errcode) == ("refused", code)
    sharer.refresh_from_db()
    with pytest.raises(Conflict, match=again):
        operations.invite_sharer(sharer)
    assert len(platform.ledger("bind")) == 1


@pytest.mark.parametrize(
    ("result", "reason", "kept", "final"),
    [
        (1, None, 100, False),
        (1, 100, 100, False),
        (1, 204, 204, False),
        (2, 200, 200, False),
        (2, 202, 202, False),
        (2, 204, 204, False),
        (2, 201, 201, True),
        (2, 203, 203, True),
        (2, 299, 299, True),
        (2, None, 203, True),
    ],
)
def test_only_what_may_be_otherwise_later_is_asked_again(platform, monkeypatch, result, reason, kept, final):
    sharer = person()
    row = {"openid": sharer.openid, "result_code": result} | ({"reason_code": reason} if reason else {})
    monkeypatch.setitem(ENDPOINTS, "/shop/sharer/bind", ("POST", lambda request: {"result_list": [row]}))
    with pytest.raises(Refused) as refusal:
        operations.invite_sharer(sharer)
    sharer.refresh_from_db()
    assert (refusal.value.errcode, sharer.reason_code, sharer.is_final) == (kept, kept, final)


def test_an_answer_that_leaves_the_person_out_is_none(platform, monkeypatch):
    said = "WeChat answered without a result for this person."
    for endpoint in ("bind", "unbind"):
        monkeypatch.setitem(ENDPOINTS, f"/shop/sharer/{endpoint}", ("POST", lambda request: {}))
    stands = person(bind_status=1, bound_at=timezone.now() - timedelta(days=31))
    for ask, sharer in ((operations.invite_sharer, person(2)), (operations.unbind_sharer, stands)):
        with pytest.raises(Unreachable, match=said):
            ask(sharer)
        assert Step.objects.get(object_id=sharer.pk).state == "unknown"


def test_a_busy_platform_is_asked_again_by_itself(platform, drain):
    from console import jobs

    platform.configure(busy_invitations=1)
    sharer = person()
    job = jobs.start(operations.invite_sharer, [sharer])
    drain()
    step = job.steps.get()
    assert (step.state, step.errcode, step.next_attempt_at is not None) == ("wanted", 100, True)
    Step.objects.update(next_attempt_at=timezone.now())
    drain()
    assert job.steps.get().state == "done"
    assert list(Invitation.objects.order_by("id").values_list("reason_code", flat=True)) == [100, 0]


def test_the_limit_of_ten_thousand_is_said_by_the_platform_too(platform):
    TheirSharer.objects.bulk_create(TheirSharer(openid=f"o{nth}", status=TheirSharer.BOUND) for nth in range(10_000))
    with pytest.raises(Refused) as refusal:
        operations.invite_sharer(person())
    assert refusal.value.errcode == 200


def test_the_limit_of_ten_thousand_is_looked_at_first(platform):
    Sharer.objects.bulk_create(Sharer(openid=f"o{nth}", bind_status=1) for nth in range(10_000))
    with pytest.raises(Incomplete, match="at most 10,000"):
        operations.invite_sharer(person())
    assert platform.ledger("bind") == []


def test_the_rhythm_under_a_frozen_clock(platform, monkeypatch):
    """Once in 10 minutes, three times a day: to the second, and nothing is sent in between."""
    began = timezone.now().replace(microsecond=0)
    sharer = person()

    def at(**later):
        monkeypatch.setattr("django.utils.timezone.now", lambda: began + timedelta(**later))
        sharer.refresh_from_db()
        return operations.invite_sharer.check(sharer)

    def refused(**later) -> str:
        at(**later)
        with pytest.raises(Incomplete, match="too often") as refusal:
            operations.invite_sharer(sharer)
        assert platform.ledger("bind") == []
        return str(refusal.value)

    def sent(**later):
        moment = began + timedelta(**later)
        Invitation.objects.create(sharer=sharer, result_code=0, reason_code=0, at=moment)
        Sharer.objects.update(bind_status=BindStatus.INVITING, invited_at=moment)

    assert at() == {}
    sent()
    refused(minutes=9, seconds=59)
    assert at(minutes=10) == {}
    sent(minutes=10)
    sent(minutes=20)
    assert f"{timezone.localtime(began + timedelta(days=1)):%Y-%m-%d %H:%M}" in refused(minutes=31)
    refused(hours=23, minutes=59)
    assert at(days=1, seconds=1) == {}
    operations.invite_sharer(sharer)
    assert len(platform.ledger("bind")) == 1


def test_an_invitation_made_past_this_console_counts_too(platform):
    sharer = person(bind_status=3, invited_at=timezone.now() - timedelta(minutes=3))
    with pytest.raises(Incomplete, match="too often"):
        operations.invite_sharer(sharer)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_silence_on_inviting_is_settled_by_reading_and_never_asked_twice(platform, kind):
    platform.fault(kind, "/shop/sharer/bind")
    sharer = person()
    with pytest.raises(Unreachable):
        operations.invite_sharer(sharer)
    recovery.resolve(Step.objects.get())
    assert Step.objects.get().state == "done"
    assert len(TheirSharer.objects.get().invitations) == 1
    assert len(platform.ledger("bind")) == 1


def test_what_is_read_after_a_silence_is_kept_also_where_the_person_agreed_meanwhile(platform):
    platform.fault("timeout_after", "/shop/sharer/bind")
    sharer = person()
    with pytest.raises(Unreachable):
        operations.invite_sharer(sharer)
    people.agree(Account.only(), TheirSharer.objects.get())
    recovery.resolve(Step.objects.get())
    sharer.refresh_from_db()
    assert (sharer.state_label, sharer.nickname, sharer.reason_code) == ("Bound", "分享员0001", None)
    assert [one.result_code for one in sharer.invitations.all()] == [0]


# --- unbinding


def test_unbinding_waits_for_thirty_days_to_the_minute(platform):
    sharer = bound(days=29, hours=23, minutes=59)
    with pytest.raises(Incomplete, match="30 days later"):
        operations.unbind_sharer(sharer)
    assert platform.ledger("unbind") == []
    other = bound(2, days=30)
    operations.unbind_sharer(other)
    assert [entry.request["openids"] for entry in platform.ledger("unbind")] == [[other.openid]]


def test_what_stands_in_the_way_and_has_no_field_is_said_above_the_form(client, platform):
    sharer = bound(days=29)
    client.force_login(make_user("product"))
    url = f"/admin/scenes/sharer/{sharer.pk}/"
    form = {"name": "小王", "note": "", "rate": "", "_operation": "unbind_sharer"}
    assert "Saved, but not sent yet: Bound on" in words(client.post(f"{url}change/", form, follow=True))
    assert Sharer.objects.get().name == "小王"
    assert "Not sent: Bound on" in words(client.post(f"{url}do/unbind_sharer/", follow=True))
    assert "Bound on" not in words(client.get(f"{url}change/"))
    assert platform.ledger("unbind") == []


def test_who_is_bound_has_no_button_to_be_invited(client, platform):
    sharer = bound()
    client.force_login(make_user("product"))
    url = f"/admin/scenes/sharer/{sharer.pk}/"
    assert 'value="invite_sharer"' not in client.get(f"{url}change/").content.decode()
    said = words(client.post(f"{url}do/invite_sharer/", follow=True))
    assert "“Invite” is not possible while the state is “Bound”." in said


def test_unbinding_is_told_and_read(platform, hear):
    sharer = bound(days=31)
    operations.unbind_sharer(sharer)
    hear()
    sharer.refresh_from_db()
    assert (sharer.bind_status, sharer.state_label) == (2, "Unbound")


def test_a_refusal_to_unbind_says_why(platform):
    sharer = bound(days=31)
    TheirSharer.objects.update(bound_at=timezone.now())
    with pytest.raises(Refused, match="refuse_list") as refusal:
        operations.unbind_sharer(sharer)
    assert "does not unbind this person" in str(refusal.value.meaning.text)
    sharer.refresh_from_db()
    assert sharer.is_bound


def test_an_unbinding_that_failed_is_tried_again(platform, monkeypatch):
    sharer = bound(days=31)
    answer = {"success_list": [], "fail_list": [sharer.openid], "refuse_list": []}
    monkeypatch.setitem(ENDPOINTS, "/shop/sharer/unbind", ("POST", lambda request: answer))
    with pytest.raises(Later) as later:
        operations.unbind_sharer(sharer)
    assert "could not unbind" in str(later.value.meaning.text)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_silence_on_unbinding_is_settled_by_reading(platform, kind):
    sharer = bound(days=31)
    platform.fault(kind, "/shop/sharer/unbind")
    with pytest.raises(Unreachable):
        operations.unbind_sharer(sharer)
    recovery.resolve(Step.objects.get(state="unknown"))
    sharer.refresh_from_db()
    assert (sharer.is_bound, len(platform.ledger("unbind"))) == (False, 1)


def test_silence_on_unbinding_ends_where_wechat_knows_the_person_no_longer(platform):
    platform.configure(switches={"unbound_is_2": False})
    sharer = bound(days=31)
    platform.fault("timeout_after", "/shop/sharer/unbind")
    with pytest.raises(Unreachable):
        operations.unbind_sharer(sharer)
    recovery.resolve(Step.objects.get(state="unknown"))
    sharer.refresh_from_db()
    assert (sharer.state_label, Step.objects.latest("id").state) == ("Unbound", "done")


# --- what no message tells


def test_an_invitation_nobody_answers_is_found_expired_by_polling(platform):
    sharer = invited()
    platform.move_clock(days=8)
    assert tasks.refresh_sharers() == 0  # read a moment ago
    Sharer.objects.update(read_at=timezone.now() - timedelta(hours=2))
    assert tasks.refresh_sharers() == 1
    sharer.refresh_from_db()
    assert sharer.state_label == "Invitation expired"


def test_somebody_bound_past_this_console_is_met_by_the_message(platform, hear):
    TheirSharer.objects.create(openid="oStranger_of_the_tests_00001", invited_at=timezone.now())
    people.agree(Account.only(), TheirSharer.objects.get())
    hear()
    assert Sharer.objects.get().is_bound


def test_a_message_about_somebody_wechat_does_not_know_makes_no_record(platform, hear):
    people.act(TheirSharer(openid="oStranger_of_the_tests_00001"), {"promoter_id": "P"})
    (message,) = hear()
    assert (message.state, message.record, Sharer.objects.count()) == ("handled", None, 0)


def test_somebody_wechat_knows_no_longer_does_not_share(platform):
    sharer = bound()
    TheirSharer.objects.all().delete()
    operations.refresh_sharer(sharer)
    sharer.refresh_from_db()
    assert (sharer.state_label, Step.objects.latest("id").state) == ("Unbound", "done")


def test_somebody_never_invited_is_unknown_to_wechat(platform):
    with pytest.raises(Refused) as refusal:
        operations.refresh_sharer(person())
    assert (refusal.value.errcode, Sharer.objects.get().bind_status) == (990001, None)


def test_a_shared_live_room_is_on_the_sharers_timeline(platform, hear):
    sharer = bound()
    people.act(TheirSharer.objects.get(), {"promoter_id": "P"})
    messages = hear()
    assert messages[-1].record == sharer


# --- whole lists


def test_ten_thousand_sharers_are_pulled_with_bounded_memory(platform):
    now = timezone.now()
    TheirSharer.objects.bulk_create(
        [
            TheirSharer(openid=f"oSharer_of_the_tests_{nth:08d}", nickname=str(nth), status=1, bound_at=now)
            for nth in range(10_000)
        ],
        batch_size=1000,
    )
    pulled = PulledList.objects.get(name="sharers")
    peaks = []
    for pages in (10, 100):
        TheirSharer.objects.filter(pk__gt=TheirSharer.objects.order_by("pk")[pages * 100 - 1].pk).update(status=4)
        TheirSharer.objects.filter(pk__lte=TheirSharer.objects.order_by("pk")[pages * 100 - 1].pk).update(status=1)
        tracemalloc.start()
        operations.pull_sharers(pulled)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    pulled.refresh_from_db()
    assert (pulled.count, Sharer.objects.bound().count()) == (10_000, 10_000)
    assert len(platform.ledger("get_sharer_list")) == 10 + 100
    # Ten times as many people: what is held does not grow with them, the calls' log apart.
    assert peaks[1] < peaks[0] * 3


def test_each_page_of_ten_thousand_sharers_asks_the_same_number_of_questions(platform):
    TheirSharer.objects.bulk_create(
        [
            TheirSharer(openid=f"oSharer_of_the_tests_{nth:08d}", status=1, bound_at=timezone.now())
            for nth in range(10_000)
        ],
        batch_size=1000,
    )
    pulled, asked = PulledList.objects.get(name="sharers"), []

    def count(execute, *statement):
        # How often it waits for its turn, and looks whose database it is, is the clock's.
        if "wechat_pace" not in statement[0] and "wechat_belonging" not in statement[0]:
            asked.append(statement[0])
        return execute(*statement)

    counts = []
    for most in (100, 100, 1_000, 10_000):  # the first fetches the token
        kept = TheirSharer.objects.order_by("pk")[most - 1].pk
        TheirSharer.objects.update(status=Case(When(pk__lte=kept, then=1), default=4))
        before = len(asked)
        with connections["default"].execute_wrapper(count), connections["sandbox"].execute_wrapper(count):
            operations.pull_sharers(pulled)
        counts.append(len(asked) - before)
    _first, one, ten, hundred = counts
    a_page = {"sqlite": 18, "postgresql": 15}[connections["default"].vendor]
    assert hundred - ten == 10 * (ten - one) == 90 * a_page


def test_who_is_in_the_list_no_more_is_read_singly(platform):
    sharer = bound()
    pulled = PulledList.objects.get(name="sharers")
    operations.pull_sharers(pulled)
    TheirSharer.objects.update(status=2, unbound_at=timezone.now())
    operations.pull_sharers(pulled)
    sharer.refresh_from_db()
    assert (sharer.is_bound, sharer.read_at) == (True, None)
    tasks.refresh_sharers()
    sharer.refresh_from_db()
    assert sharer.state_label == "Unbound"


def test_promoters_are_read_twenty_a_page_and_who_left_is_marked(platform):
    TheirPromoter.objects.all().delete()
    TheirPromoter.objects.bulk_create(
        TheirPromoter(promoter_id=f"P{nth}", promoter_openid=f"o{nth}", finder_nickname=f"号{nth}") for nth in range(45)
    )
    pulled = PulledList.objects.get(name="promoters")
    operations.pull_promoters(pulled)
    assert [entry.request["page"] for entry in platform.ledger("list")] == [1, 2, 3]
    Promoter.objects.filter(promoter_id="P7").update(rate="7.50", note="best")
    TheirPromoter.objects.filter(promoter_id="P3").update(bound=False)
    operations.pull_promoters(pulled)
    assert set(Promoter.objects.filter(gone=True).values_list("promoter_id", flat=True)) == {"P3"}
    kept = Promoter.objects.get(promoter_id="P7")
    assert (str(kept.rate), kept.note, kept.finder_nickname) == ("7.50", "best", "号7")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"promoters": []},
        {"promoters": [], "total_num": 2},
        {"promoters": "none", "total_num": 0},
        {"promoters": ["x"], "total_num": 1},
        {"promoters": [{"promoter_id": "P1"}], "total_num": 2},
    ],
)
def test_an_answer_that_lists_less_than_it_counts_leaves_everybody_as_they_were(platform, monkeypatch, answer):
    Promoter.objects.bulk_create(Promoter(promoter_id=f"P{nth}") for nth in (1, 2))
    sharer = bound()
    their_sharers = {"sharers" if name == "promoters" else name: value for name, value in answer.items()}
    for endpoint, said in (("/shop/promoter/list", answer), ("/shop/sharer/get_sharer_list", their_sharers)):
        empty = {name: [] if isinstance(value, list) else value for name, value in said.items()}
        pages = {1: said}
        monkeypatch.setitem(
            ENDPOINTS,
            endpoint,
            ("POST", lambda request, pages=pages, empty=empty: pages.get(request.data["page"], empty)),
        )
    with pytest.raises(Unreachable):
        operations.pull_promoters(PulledList.objects.get(name="promoters"))
    with pytest.raises(Unreachable):
        operations.pull_sharers(PulledList.objects.get(name="sharers"))
    assert not Promoter.objects.filter(gone=True).exists()
    assert not PulledList.objects.filter(pulled_at__isnull=False).exists()
    assert Sharer.objects.get(pk=sharer.pk).read_at == sharer.read_at


def test_people_who_cannot_be_read_are_named_and_nobody_is_gone_for_them(platform, monkeypatch):
    Promoter.objects.bulk_create(Promoter(promoter_id=f"P{nth}") for nth in (1, 2))
    sharer = bound()
    promoters = [{"promoter_id": "P3"}, {"finder_nickname": "a shop"}]
    sharers = [{"openid": "o3"}, {"nickname": "somebody"}]
    for path, answer in (
        ("/shop/promoter/list", {"promoters": promoters, "total_num": 2}),
        ("/shop/sharer/get_sharer_list", {"sharers": sharers, "total_num": 2}),
    ):
        monkeypatch.setitem(ENDPOINTS, path, ("POST", lambda request, answer=answer: answer))
    operations.pull_promoters(PulledList.objects.get(name="promoters"))
    operations.pull_sharers(PulledList.objects.get(name="sharers"))
    assert set(Promoter.objects.filter(gone=False).values_list("promoter_id", flat=True)) == {"P1", "P2", "P3"}
    sharer.refresh_from_db()
    assert sharer.read_at is not None
    notes = [PulledList.objects.get(name=name).note for name in ("promoters", "sharers")]
    assert ["a shop" in notes[0], "somebody" in notes[1]] == [True, True]


def between(monkeypatch, endpoint: str, then) -> None:
    """Let something happen once WeChat has put a page together, and before we have it."""
    method, answer = ENDPOINTS[endpoint]

    def late(request):
        said = answer(request)
        then(request.data["page"])
        return said

    monkeypatch.setitem(ENDPOINTS, endpoint, (method, late))


def test_who_moves_up_because_another_left_is_not_marked_gone(platform, monkeypatch):
    TheirPromoter.objects.all().delete()
    TheirPromoter.objects.bulk_create(TheirPromoter(promoter_id=f"P{nth}") for nth in range(45))
    pulled = PulledList.objects.get(name="promoters")
    operations.pull_promoters(pulled)
    left = TheirPromoter.objects.filter(promoter_id="P3")
    between(monkeypatch, "/shop/promoter/list", lambda page: left.update(bound=False))
    with pytest.raises(Unreachable, match="changed while it was read"):
        operations.pull_promoters(pulled)
    assert not Promoter.objects.filter(gone=True).exists()
    operations.pull_promoters(pulled)
    assert [one.promoter_id for one in Promoter.objects.filter(gone=True)] == ["P3"]


def test_a_page_does_not_overwrite_what_was_read_since(platform, monkeypatch):
    for nth in range(101):
        TheirSharer.objects.create(openid=f"oSharer_of_the_tests_{nth:08d}", status=1, bound_at=timezone.now())
    read, moments = person(7, bind_status=1), {}

    def unbound(page):
        moments[page] = timezone.now()
        Sharer.objects.filter(pk=read.pk).update(bind_status=2, read_at=moments[1])

    between(monkeypatch, "/shop/sharer/get_sharer_list", unbound)
    operations.pull_sharers(PulledList.objects.get(name="sharers"))
    read.refresh_from_db()
    assert (read.bind_status, read.read_at) == (BindStatus.REFUSED, moments[1])
    first, last = Sharer.objects.get(openid__endswith="_00000000"), Sharer.objects.get(openid__endswith="_00000100")
    assert first.read_at < moments[1] < last.read_at < moments[2]


def test_who_is_found_bound_is_not_kept_from_invitations_for_ever(platform):
    for nth, reads in enumerate((operations.refresh_sharer, operations.pull_sharers), 1):
        sharer = person(nth, bind_status=2, reason_code=203, is_final=True)
        TheirSharer.objects.create(openid=sharer.openid, status=1, bound_at=timezone.now())
        pulled = PulledList.objects.get(name="sharers")
        reads(sharer if reads is operations.refresh_sharer else pulled)
        sharer.refresh_from_db()
        assert (sharer.is_bound, sharer.is_final, sharer.reason_code) == (True, False, None)
        Sharer.objects.filter(pk=sharer.pk).update(bind_status=2)
        sharer.refresh_from_db()
        assert operations.invite_sharer.check(sharer) == {}


def test_the_list_ends_where_wechat_says_so_and_not_at_a_short_page(platform, monkeypatch):
    rows = [{"promoter_id": f"P{nth}"} for nth in range(25)]

    def ten_a_page(request):
        page = request.data["page"]
        return {"promoters": rows[page * 10 - 10 : page * 10], "total_num": 25}

    monkeypatch.setitem(ENDPOINTS, "/shop/promoter/list", ("POST", ten_a_page))
    operations.pull_promoters(PulledList.objects.get(name="promoters"))
    assert Promoter.objects.filter(gone=False).count() == 25


def test_the_sales_of_a_sharer_come_with_rooms_and_orders(platform):
    sharer = bound()
    order = make_order()
    platform.pay(order.out_order_id)
    platform.attribute(order.out_order_id, sharer={"sharer_openid": sharer.openid})
    operations.pull_sharer_sales(sharer)
    sharer.refresh_from_db()
    assert (sharer.gmv, sharer.order_cnt, sharer.user_cnt) == (order.order_price, 1, 1)
    live = SharerLive.objects.get()
    assert (live.gmv, live.order_cnt, live.sharer) == (order.order_price, 1, sharer)
    order.refresh_from_db()
    assert order.sharer_openid == sharer.openid
    operations.pull_sharer_sales(sharer)
    assert SharerLive.objects.count() == 1


# --- many at once


def test_a_pasted_list_is_looked_through_before_anybody_is_asked():
    person(1, bind_status=1)
    lines = [
        f"{person(2).openid}\t小王",
        "oSharer_of_the_tests_00000001",
        "nonsense 小李",
        "",
        f"{person(3).openid}, 小张",
    ]
    rows = invitations.checked(invitations.people("\n".join(lines)))
    assert [(row.name, bool(row.fault)) for row in rows] == [
        ("小王", False),
        ("", True),
        ("小李", True),
        ("小张", False),
    ]
    assert {sharer.openid for sharer in invitations.keep(rows)} == {rows[0].openid, rows[3].openid}


def test_two_and_two_hundred_people_are_looked_through_with_as_many_questions():
    counts = []
    for first, last in ((1, 3), (3, 203)):
        sharers = [person(nth, bind_status=3) for nth in range(first, last)]
        Invitation.objects.bulk_create(Invitation(sharer=sharer, result_code=0) for sharer in sharers)
        with CaptureQueriesContext(connection) as asked:
            rows = invitations.checked((sharer.openid, "") for sharer in sharers)
        assert all("too often" in row.fault for row in rows)
        counts.append(len(asked))
    assert counts[0] == counts[1] == 4


def test_a_long_list_is_not_cut(client, platform):
    client.force_login(make_user("product"))
    lines = [f"oSharer_of_the_tests_{nth:08d} {'名' * 50}" for nth in range(6_000)]
    page = client.post("/admin/scenes/sharer/invite-many/", {"text": "\n".join(lines)}).content.decode()
    assert "6000 of 6000 people can be invited" in page.replace(",", "")


def test_everybody_left_out_is_named_first_and_who_is_not_shown_is_counted(client, platform):
    client.force_login(make_user("product"))
    sound = [f"oSharer_of_the_tests_{nth:08d}" for nth in range(600)]

    def page(faulty: int) -> str:
        text = "\n".join([*sound, *(f"nonsense-{nth}" for nth in range(faulty))])
        return words(client.post("/admin/scenes/sharer/invite-many/", {"text": text})).replace(",", "")

    few = page(2)
    assert few.index("nonsense-0") < few.index("nonsense-1") < few.index(sound[0])
    assert "600 of 602 people" in few
    assert "400 more can be invited and are not shown." in few
    assert "cannot be invited and" not in few
    assert "1 more cannot be invited and is not shown." in page(1_001)


def test_a_pasted_name_is_taken_where_there_was_none():
    nameless, named = person(1), person(2, name="老王")
    invitations.keep(invitations.checked([(nameless.openid, "小王"), (named.openid, "小李")]))
    assert list(Sharer.objects.order_by("pk").values_list("name", flat=True)) == ["小王", "老王"]


def test_the_page_shows_the_verdicts_and_invites_only_when_pressed_again(client, platform, drain):
    client.force_login(make_user("product"))
    url = "/admin/scenes/sharer/invite-many/"
    text = "oNew_sharer_of_the_tests_00001 小张\nnonsense"
    page = client.post(url, {"text": text}).content.decode()
    assert "1 of 2 people can be invited" in page
    assert not Sharer.objects.exists()
    client.post(url, {"text": text, "confirmed": "1"})
    drain()
    assert [sharer.bind_status for sharer in Sharer.objects.all()] == [3]
    client.force_login(make_user("warehouse"))
    assert client.post(url, {"text": text}).status_code == 403


def test_a_list_asks_the_same_number_of_questions_for_two_and_two_hundred(client, django_assert_num_queries):
    client.force_login(make_user("owner"))
    counts = []
    for first, last in ((1, 3), (3, 203)):
        Sharer.objects.bulk_create(Sharer(openid=f"o{nth}", bind_status=1) for nth in range(first, last))
        client.get("/admin/scenes/sharer/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/admin/scenes/sharer/?state=bound")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_command_invites_from_a_file_and_names_whom_it_leaves_out(platform, tmp_path, capsys):
    file = tmp_path / "people.txt"
    file.write_text("oNew_sharer_of_the_tests_00001 小张\nnonsense\n")
    with pytest.raises(SystemExit) as ended:
        call_command("invite_sharers", "--yes", str(file))
    assert ended.value.code == 1
    assert "nonsense" in capsys.readouterr().err
    assert Sharer.objects.get().bind_status == 3
    out = io.StringIO()
    call_command("pull_promoters", stdout=out)
    call_command("pull_sharers", stdout=out)
    assert "Promoters: 1 rows" in out.getvalue()


@pytest.fixture
def pasted(tmp_path):
    file = tmp_path / "people.txt"
    file.write_text("\n".join(f"oNew_sharer_of_the_tests_{nth:05d}" for nth in range(3)))
    return str(file)


def test_the_command_keeps_only_whom_it_invites(platform, pasted):
    out = io.StringIO()
    call_command("invite_sharers", pasted, "--dry-run", "--limit", "2", stdout=out)
    assert (out.getvalue().count("would be invited"), Sharer.objects.count()) == (2, 0)
    call_command("invite_sharers", "--yes", pasted, "--limit", "1", stdout=out)
    assert [sharer.bind_status for sharer in Sharer.objects.all()] == [BindStatus.INVITING]


def test_the_command_goes_on_with_a_job_and_leaves_nobody_out(platform, pasted):
    from console import jobs

    job = jobs.start(operations.invite_sharer, invitations.keep(invitations.checked([(OPENID, "")])))
    out = io.StringIO()
    call_command("invite_sharers", pasted, "--resume", str(job.pk), stdout=out)
    assert "1 done" in out.getvalue()
    call_command("invite_sharers", pasted, "--resume", str(job.pk), stdout=out)
    assert [sharer.openid for sharer in Sharer.objects.all()] == [OPENID]


def test_the_api_invites_and_says_why_where_it_cannot(client, platform, drain):
    _key, header = make_key("sharers")
    good = {"sharers": [{"openid": "oNew_sharer_of_the_tests_00001", "name": "小张"}]}
    some = {"sharers": [*good["sharers"], {"openid": "oNo\noSharer_of_the_tests_00000001"}]}
    unsure = client.post("/api/v1/sharers/invite/", some, content_type="application/json", headers=header)
    assert (unsure.status_code, "about 2 records" in unsure.json()["confirm"][0]) == (400, True)
    some["confirm"] = 2
    answer = client.post("/api/v1/sharers/invite/", some, content_type="application/json", headers=header)
    assert (answer.status_code, answer.json()["counts"]["total"]) == (202, 1)
    (left_out,) = answer.json()["left_out"]
    assert (left_out["openid"], "begins with o" in left_out["fault"]) == (some["sharers"][1]["openid"], True)
    drain()
    again = client.post("/api/v1/sharers/invite/", good, content_type="application/json", headers=header)
    assert (again.status_code, "too often" in again.json()["faults"][0]["fault"]) == (409, True)
    assert client.get("/api/v1/sharers/?bind_status=3", headers=header).json()["results"][0]["name"] == "小张"
    _key, other = make_key("read", name="other")
    assert (
        client.post("/api/v1/sharers/invite/", good, content_type="application/json", headers=other).status_code == 403
    )


def test_openids_are_masked_for_a_key_that_may_not_see_personal_data(client, platform):
    sharer = person()
    order = make_order()
    platform.pay(order.out_order_id)
    platform.attribute(order.out_order_id, sharer={"sharer_openid": sharer.openid})
    refresh_order(order)
    day = timezone.localdate().isoformat()
    for scopes, shown in ((["sharers"], "oSh****01"), (["sharers", "personal"], sharer.openid)):
        _key, header = make_key(*scopes, name=shown)
        (row,) = client.get("/api/v1/sharers/", headers=header).json()["results"]
        assert row["openid"] == shown
        assert client.get(f"/api/v1/sharers/{sharer.openid}/", headers=header).json()["openid"] == shown
        url = f"/api/v1/sharers/sales/?kind=sharers&first={day}&last={day}"
        assert [line["key"] for line in client.get(url, headers=header).json()] == [shown]


def test_a_key_that_invites_does_not_unbind(client, platform):
    sharer = bound(days=31)
    url = f"/api/v1/sharers/{sharer.openid}/unbind_sharer/"
    for scope, status in (("sharers", 403), ("sharers-unbind", 202)):
        assert client.post(url, headers=make_key(scope, name=scope)[1]).status_code == status


def test_the_sharing_mode_is_sent(platform):
    selling = SellingSettings.load()
    selling.share_mode = 2
    selling.save()
    operations.send_share_mode(selling)
    assert Account.only().share_mode == 2
    assert SellingSettings.load().state_label == "sent"


def test_a_sharing_mode_that_was_changed_is_not_sent_yet(client, platform, monkeypatch):
    operations.send_share_mode(SellingSettings.load())
    client.force_login(make_user("owner"))
    form = {"promoter_rate": "5", "sharer_rate": "0", "share_mode": "0"}
    url = "/admin/scenes/sellingsettings/1/change/"
    client.post(url, form)
    assert SellingSettings.load().state_label == "sent"
    client.post(url, form | {"share_mode": "2"})
    assert SellingSettings.load().state_label == "not sent yet"
    method, answer = ENDPOINTS["/shop/sharer/set_share_mode"]

    def changed_meanwhile(request):
        SellingSettings.objects.update(share_mode=3)
        return answer(request)

    monkeypatch.setitem(ENDPOINTS, "/shop/sharer/set_share_mode", (method, changed_meanwhile))
    operations.send_share_mode(SellingSettings.load())
    assert SellingSettings.load().state_label == "not sent yet"


def test_later_is_a_refusal_that_comes_again(platform):
    platform.configure(busy_invitations=1)
    with pytest.raises(Later) as later:
        operations.invite_sharer(person())
    assert later.value.seconds == 5


def test_a_sheet_of_people_is_read_by_its_headers(platform, tmp_path):
    path = tmp_path / "people.xlsx"
    path.write_bytes(workbook([["姓名", "openid（必填）"], ["张三", OPENID + "\u200b"]]).getvalue())
    with pytest.raises(CommandError, match="Row 2: There are control or zero-width characters"):
        call_command("invite_sharers", "--yes", str(path))
    path.write_bytes(workbook([["姓名", "openid（必填）"], ["张三", OPENID]]).getvalue())
    out = io.StringIO()
    call_command("invite_sharers", str(path), dry_run=True, stdout=out)
    assert out.getvalue() == f"{OPENID}\twould be invited\n"
