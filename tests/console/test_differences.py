"""The doors of the reconciliation: list, page, report, API, command, alert; who may, and what a killed run leaves."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from console.alerts.kinds import kinds as alert_kinds
from console.models import Difference, Edit, FeedEvent, Job, ReconciliationDay, ReconciliationRun, ReconciliationSeen
from console.reconciling import runs, schedule
from console.reconciling.sources import Theirs, sources
from orders.models import Order, Parcel
from sandbox.models import Order as TheirOrder
from tests import seeding
from tests.console.pages import act, words
from tests.factories import make_key, make_user
from tests.reconciling import compare

LIST, DAYS = "/admin/console/difference/", "/admin/console/reconciliationday/"
State = Difference.State


@pytest.fixture
def different(platform) -> list[Order]:
    """Three orders with another freight here, of 5 yuan, and one with a parcel that WeChat does not know."""
    seeding.orders(8)
    orders = list(Order.objects.order_by("pk")[:3])
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(freight=500)
    TheirOrder.objects.filter(out_order_id="seeded-7").update(parcels=[])
    compare("orders")
    return orders


def states() -> dict[str, str]:
    return dict(Difference.objects.values_list("key", "state"))


def test_the_list_shows_both_sides_and_takes_wechats_once_confirmed(client, different):
    client.force_login(make_user("finance"))
    page = words(client.get(LIST))
    assert "freight" in page and "¥5.00" in page and "parcel SF SF7" in page
    rows = list(Difference.objects.filter(field="freight"))
    act(client, LIST, "take_wechats", rows)
    assert set(Difference.objects.filter(field="freight").values_list("state", flat=True)) == {State.TAKEN}
    assert not Order.objects.filter(freight=500).exists()
    row = rows[0]
    row.refresh_from_db()
    assert row.resolved_by.get_username().startswith("finance")
    assert "state" in Edit.objects.get(object_id=row.pk, content_type__model="difference").changes
    page = words(client.get(f"{LIST}{row.pk}/change/"))
    assert "WeChat's taken" in page and "Found in a comparison with WeChat" in page


def test_ours_is_pushed_by_who_may_ship(client, different, drain):
    parcel = Difference.objects.get(kind="parcels")
    client.force_login(make_user("finance"))
    answer = client.post(f"{LIST}{parcel.pk}/resolve/", {"way": "push"}, follow=True)
    assert "You may not run “Ship”." in words(answer)
    assert not Job.objects.exists()
    client.force_login(make_user("owner"))
    client.post(f"{LIST}{parcel.pk}/resolve/", {"way": "push"})
    drain()
    schedule.ring()
    assert states()["seeded-7"] == State.PUSHED
    assert Parcel.objects.get(waybill_id="SF7").sent_at is not None


def test_a_push_that_wechat_refuses_leaves_the_difference_open(client, different, drain, platform):
    parcel = Difference.objects.get(kind="parcels")
    platform.fault("error", "/shop/delivery/send", errcode=1010042)
    client.force_login(make_user("owner"))
    client.post(f"{LIST}{parcel.pk}/resolve/", {"way": "push"})
    drain()
    schedule.ring()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.push_job) == (State.OPEN, None)


def test_known_needs_a_reason_and_keeps_it(client, different):
    client.force_login(make_user("customer_service"))
    row = Difference.objects.filter(field="freight").first()
    client.post(f"{LIST}{row.pk}/resolve/", {"way": "know", "because": " "})
    row.refresh_from_db()
    assert row.state == State.OPEN
    act(client, LIST, "mark_known", [row], because="agreed by phone")
    row.refresh_from_db()
    assert (row.state, row.because) == (State.KNOWN, "agreed by phone")
    Order.objects.filter(out_order_id=row.key).update(freight=600)
    compare("orders")
    row.refresh_from_db()
    assert (row.state, row.because) == (State.OPEN, "")  # the reason was one of another difference


def test_who_may_not_see_the_records_does_not_see_their_differences(client, different):
    seeding.movements(4)
    seeding.Flow.objects.update(amount=1)
    compare("movements")
    client.force_login(make_user("customer_service"))
    page = words(client.get(LIST))
    assert "freight" in page and "Movements" not in page
    movement = Difference.objects.filter(kind="movements").first()
    assert client.post(f"{LIST}{movement.pk}/resolve/", {"way": "take"}).status_code == 404
    client.force_login(make_user("auditor"))
    assert "Movements" in words(client.get(LIST))
    assert client.post(f"{LIST}{movement.pk}/resolve/", {"way": "take"}).status_code == 403


def test_the_report_counts_the_day_and_a_comparison_begins_from_it(client, different):
    client.force_login(make_user("finance"))
    row = ReconciliationDay.objects.get(kind="orders")
    assert (row.compared, row.equal, row.found, row.open, row.open_fen) == (8, 5, 3, 3, 1500)
    page = client.get(DAYS)
    assert "¥15.00" in words(page) and f"{LIST}?state=open&amp;kind=orders" in page.content.decode()
    assert "¥15.00" in words(client.get(f"{DAYS}{row.pk}/change/"))
    today = timezone.localdate()
    client.post(f"{DAYS}compare/", {"what": "orders", "day": today.isoformat()})
    run = ReconciliationRun.objects.unfinished().get()
    assert (run.source, run.scope) == ("orders", "day")
    client.post(f"{DAYS}compare/", {"month": f"{today:%Y-%m}"})
    assert ReconciliationRun.objects.unfinished().filter(scope="month").count() > 1
    client.force_login(make_user("auditor"))
    assert client.post(f"{DAYS}compare/", {"day": today.isoformat()}).status_code == 403


def test_the_api_lists_resolves_and_compares(client, different):
    header = make_key("reconciliation", "orders")[1]
    rows = client.get("/api/v1/differences/?state=open&kind=orders", headers=header).json()["results"]
    assert {(row["ours"], row["theirs"], row["amount_fen"]) for row in rows} == {(500, 0, 500)}
    parcel = Difference.objects.get(kind="parcels")
    given = {"ids": [int(rows[0]["id"]), parcel.pk, 10**9], "way": "push"}
    answer = client.post("/api/v1/differences/resolve/", given, content_type="application/json", headers=header).json()
    assert (answer["resolved"], len(answer["impossible"])) == (0, 3)
    for ids, way, status in (([2**63], "take", 400), ([10**9], "take", 200), ([10**9], "know", 200)):
        given = {"ids": ids, "way": way, "because": "a test"}
        answer = client.post("/api/v1/differences/resolve/", given, content_type="application/json", headers=header)
        assert answer.status_code == status
    given = {"ids": [int(row["id"]) for row in rows], "way": "know", "because": "a test"}
    answer = client.post("/api/v1/differences/resolve/", given, content_type="application/json", headers=header).json()
    assert answer["resolved"] == 3
    days = client.get("/api/v1/reconciliation/?kind=orders", headers=header).json()["results"]
    assert (days[0]["compared"], days[0]["resolved"], days[0]["open"]) == (8, 3, 0)
    body = {"day": timezone.localdate().isoformat(), "kind": "parcels"}
    answer = client.post("/api/v1/reconciliation/compare/", body, content_type="application/json", headers=header)
    assert (answer.status_code, [run["source"] for run in answer.json()]) == (202, ["orders"])
    other = make_key("orders")[1]
    assert client.get("/api/v1/differences/", headers=other).status_code == 403


def run(*args: str) -> tuple[str, int]:
    out, code = io.StringIO(), 0
    try:
        call_command("reconcile", *args, stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return out.getvalue(), code


def test_the_command_says_by_its_exit_code_whether_something_is_open(different):
    today = timezone.localdate().isoformat()
    out, code = run("--day", today, "--kind", "orders")
    assert code == 1 and "Orders: 3 open, ¥15.00 in doubt" in out
    out, code = run("--no-compare", "--kind", "orders", "--take", "--yes")
    assert (code, "3 resolved, 0 left" in out) == (0, True)
    assert run("--day", today, "--kind", "orders")[1] == 0


def test_a_killed_comparison_goes_on_where_it_was(platform, monkeypatch):
    seeding.orders(250)
    Order.objects.filter(out_order_id__in=["seeded-3", "seeded-240"]).update(freight=7)
    (started,) = schedule.start_day(timezone.localdate(), [sources["orders"]])
    source, pages, read = sources["orders"], [], sources["orders"].page

    def page(span, cursor) -> tuple[list[Theirs], object]:
        pages.append(cursor)
        if len(pages) == 3:
            raise KeyboardInterrupt  # the process dies here
        return read(span, cursor)

    monkeypatch.setattr(source, "page", page)
    with pytest.raises(KeyboardInterrupt):
        runs.work(started.pk)
    assert not runs.work(started.pk)  # its lease is not over
    ReconciliationRun.objects.update(lease_until=timezone.now())
    while not runs.work(started.pk):
        pass
    started.refresh_from_db()
    assert (pages, started.compared, started.found) == ([None, 2, 3, 3], 250, 2)
    assert Difference.objects.count() == 2
    assert not ReconciliationSeen.objects.exists()


def test_the_rate_limit_puts_a_comparison_off(platform, different):
    platform.fault("error", "/shop/order/get_list", errcode=45011)
    (started,) = schedule.start_day(timezone.localdate(), [sources["orders"]])
    assert not runs.work(started.pk)
    started.refresh_from_db()
    assert started.due_at is not None and started.phase == "list"


def test_money_that_stays_different_is_an_alert_and_an_event(different, settings):
    assert list(alert_kinds["money_differs"].causes()) == []
    settings.DIFFERENCES_LATE_HOURS = 0
    assert [cause.key for cause in alert_kinds["money_differs"].causes()] == ["orders"]
    assert FeedEvent.objects.filter(kind="difference").count() == 4


@pytest.mark.parametrize("span", [{"day": "9999-12-31"}, {"month": "9999-12"}, {"day": "0001-01-01"}])
def test_a_day_of_no_orders_time_is_refused(client, span):
    client.force_login(make_user("owner"))
    assert client.post("/api/v1/reconciliation/compare/", span, "application/json").status_code == 400
    page = client.post("/admin/console/reconciliationday/compare/", span, follow=True)
    assert "of this century" in page.content.decode()
