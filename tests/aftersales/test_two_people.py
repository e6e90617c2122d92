"""A large refund takes two people, through every door, also where it is split or asked for twice at once."""

import contextlib
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from aftersales.approval import REFUND
from aftersales.models import Aftersale
from aftersales.operations import accept_refund, open_claim
from console.feed import triggers
from console.models import APIKey, Approval
from tests.aftersales.conftest import ours
from tests.console.pages import act, document, words
from tests.factories import make_key, make_user
from tests.schema import one_by_one
from tests.threads import at_once
from wechat.errors import OperationError
from wechat.models import Step
from wechat.steps import actors

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/aftersales/aftersale/"
DOORS = ["button", "list", "api"]


@pytest.fixture(autouse=True)
def limit(settings):
    settings.REFUND_SECOND_PERSON = 1000


def press(client, door: str, aftersale, user) -> None:
    client.force_login(user)
    if door == "page":
        asked = Approval.objects.get(object_id=aftersale.pk)
        client.post(f"/admin/console/approval/{asked.pk}/answer/", {"mark": asked.mark})
    elif door == "button":
        aftersale.refresh_from_db()
        client.post(f"{DESK}{aftersale.pk}/do/accept_refund/", {"mark": str(aftersale.orderamt)})
    elif door == "list":
        act(client, DESK, "accept_refund", [aftersale])
    else:
        client.post(f"/api/v1/aftersales/{aftersale.pk}/accept_refund/")


@pytest.mark.parametrize("asking", DOORS)
@pytest.mark.parametrize("door", [*DOORS, "page"])
@pytest.mark.parametrize(("who", "paid"), [("asker", False), ("other", True), ("auditor", False), ("service", False)])
def test_who_may_approve_what_was_asked(raised, client, platform, drain, asking, door, who, paid):
    aftersale = raised(amount=1500)
    people = {"asker": make_user("owner"), "other": make_user("finance")}
    press(client, asking, aftersale, people["asker"])
    drain()
    asked = Approval.objects.get()
    assert (asked.asked_by, asked.amount, asked.record) == (people["asker"], 1500, aftersale)
    roles = {"auditor": "auditor", "service": "customer_service"}
    press(client, door, aftersale, people.get(who) or make_user(roles[who]))
    drain()
    sees = door in ("button", "page")  # a list and the API show nobody what they would approve
    assert len(platform.ledger("acceptrefund")) == (paid and sees)


@pytest.mark.parametrize("door", ["button", "page"])
def test_who_made_the_key_that_asked_does_not_approve(raised, client, platform, drain, door):
    aftersale, maker = raised(amount=1500), make_user("owner")
    key, _text = APIKey.objects.make("decider", ["after-sale-decide"], created_by=maker)
    accept_refund_as(key.user, aftersale)
    assert Approval.objects.get().asked_by == key.user
    press(client, door, aftersale, maker)
    drain()
    assert platform.ledger("acceptrefund") == []
    press(client, door, aftersale, make_user("owner"))
    drain()
    assert len(platform.ledger("acceptrefund")) == 1


def accept_refund_as(user, aftersale) -> None:
    with contextlib.suppress(OperationError):
        accept_refund.ask_second(Aftersale.objects.get(pk=aftersale.pk), user)


def test_who_opened_it_does_not_approve_it(bought, client, platform, drain):
    opener = make_user("owner")
    key, _text = APIKey.objects.make("shop", ["after-sale"], created_by=opener)
    order = bought()
    aftersale = Aftersale.objects.create(
        family=1, order=order, line=order.lines.get(out_sku_id="red"), out_aftersale_id="as-1", type=1, product_cnt=1,
        orderamt=1500, refund_reason="拍错",
    )  # fmt: skip
    with actors.acting("api", key.user):
        open_claim(aftersale)
    press(client, "button", aftersale, make_user("customer_service"))
    press(client, "button", aftersale, opener)
    drain()
    assert platform.ledger("acceptrefund") == []
    press(client, "button", aftersale, make_user("finance"))
    drain()
    assert len(platform.ledger("acceptrefund")) == 1


def split(bought, platform, hear, *amounts, same_order=True):
    """Small refunds of one buyer, of one order where told so."""
    order, made = bought(), []
    for nth, amount in enumerate(amounts):
        if nth and not same_order:
            order = bought()
        theirs = platform.apply(order.out_order_id, ("red", "blue")[nth % 2], amount=amount, count=1)
        hear()
        made.append(ours(theirs))
    return made


@pytest.mark.parametrize("same_order", [True, False])
def test_split_refunds_count_together(bought, client, platform, hear, drain, same_order):
    first, second = split(bought, platform, hear, 600, 600, same_order=same_order)
    service = make_user("customer_service")
    for aftersale in (first, second):
        press(client, "button", aftersale, service)
        drain()
        hear()
    assert len(platform.ledger("acceptrefund")) == 1
    assert Approval.objects.get().asked_by == service
    assert "With ¥6.00" in REFUND.needs(second)
    press(client, "button", second, make_user("finance"))
    drain()
    assert len(platform.ledger("acceptrefund")) == 2


def test_both_at_once_pay_only_one(bought, platform, hear):
    waiting = split(bought, platform, hear, 600, 600, same_order=False)

    def agree():
        accept_refund(Aftersale.objects.get(pk=waiting.pop().pk))

    at_once(2, agree)
    assert len(platform.ledger("acceptrefund")) == 1


def test_two_small_ones_chosen_together_pay_one_and_ask_for_the_other(bought, client, platform, hear, drain):
    made = split(bought, platform, hear, 600, 600)
    client.force_login(make_user("customer_service"))
    act(client, DESK, "accept_refund", made)
    drain()
    assert len(platform.ledger("acceptrefund")) == 1
    assert Approval.objects.waiting().get().amount == 600


def test_two_presses_before_a_worker_comes_pay_one(bought, client, platform, hear, drain):
    made = split(bought, platform, hear, 600, 600, same_order=False)
    for aftersale in made:
        press(client, "api", aftersale, make_user("customer_service"))
    drain()
    assert len(platform.ledger("acceptrefund")) == 1
    skipped = Step.objects.get(operation="aftersales.accept_refund", state="skipped")
    assert "put before those who may approve" in skipped.message


def test_an_amount_that_rises_while_it_waits_is_not_paid(raised, client, platform, drain):
    aftersale = raised(amount=500)
    press(client, "api", aftersale, make_user("customer_service"))
    Aftersale.objects.filter(pk=aftersale.pk).update(orderamt=5000)
    drain()
    assert platform.ledger("acceptrefund") == []


def test_chosen_together_the_page_says_who_waits_for_a_second_person(bought, client, platform, hear, drain):
    large, small = split(bought, platform, hear, 1500, 300, same_order=False)
    client.force_login(make_user("customer_service"))
    rows = {"action": "accept_refund", "_selected_action": [large.pk, small.pk]}
    page = client.post(DESK, rows)
    assert "1 row needs a second person" in words(page)
    (count,) = document(page).xpath("//input[@name='confirmed']/@value")
    (amount,) = document(page).xpath("//input[@name='amount']/@value")
    assert amount == "¥18.00"
    changed = client.post(DESK, {**rows, "confirmed": count, "typed": count, "amount": "¥3.00"})
    assert "The list has changed meanwhile" in words(changed)
    page = client.post(DESK, {**rows, "confirmed": count, "typed": count, "amount": amount}, follow=True)
    assert "1 row needs a second person, and has been put before" in words(page)
    drain()
    assert len(platform.ledger("acceptrefund")) == 1
    assert Approval.objects.get(object_id=large.pk).amount == 1500


def test_the_api_says_that_a_second_person_is_needed(raised, client):
    aftersale = raised(amount=1500)
    _key, header = make_key("after-sale-decide")
    answer = client.post(f"/api/v1/aftersales/{aftersale.pk}/accept_refund/", headers=header)
    assert answer.status_code == 409
    assert "put before those who may approve" in answer.json()["detail"]


def test_what_waits_for_a_second_person_survives_the_migration(raised, client, platform, drain):
    aftersale, asker = raised(amount=1500), make_user("customer_service")
    when = timezone.now() - timedelta(hours=3)
    before, executor = ("aftersales", "0009_agreed"), one_by_one()
    plan = executor.migration_plan([before])
    triggers.make_room(plan)
    try:
        old = executor.migrate([before], plan).apps.get_model("aftersales", "Aftersale")
        old.objects.filter(pk=aftersale.pk).update(asked_by_id=asker.pk, asked_at=when, asked_fen=1500)
    finally:
        call_command("migrate", verbosity=0)
    asked = Approval.objects.get()
    assert (asked.asked_by, asked.asked_at, asked.amount, asked.record) == (asker, when, 1500, aftersale)
    press(client, "button", aftersale, make_user("finance"))
    drain()
    assert len(platform.ledger("acceptrefund")) == 1
