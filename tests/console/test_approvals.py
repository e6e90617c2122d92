"""What takes two people: price cuts, acts on many products, releases; refunds are in tests/aftersales."""

import pytest
from django.core.management import CommandError
from django.test import Client

from catalog import copies
from catalog.models import SKU, SPU
from catalog.operations import delist_spu, refresh_spu, submit_spu, update_spu_stock, update_spu_without_audit
from catalog.payloads import product
from catalog.price_cuts import cuts
from console import jobs
from console.models import APIKey, Approval
from orders.funds.models import PaymentOrder
from sandbox.endpoints import pay as till
from sandbox.models import Sharing, Trade
from tests.console.pages import act, confirm, words
from tests.factories import make_key, make_spu, make_user
from tests.orders.funds.test_payments import PAYMENTS, body
from tests.test_commands import run
from tests.threads import at_once
from wechat.steps import actors
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/catalog/spu/"
DOORS = ["button", "list", "api"]


def on_sale(platform, **fields) -> SPU:
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return SPU.objects.with_content().get(pk=spu.pk)


def price(spu: SPU, fen: int) -> SPU:
    """Our price of all its SKUs; it is not sent yet."""
    SKU.objects.filter(spu=spu).update(sale_price=fen)
    fresh = SPU.objects.with_content().get(pk=spu.pk)
    SPU.objects.filter(pk=spu.pk).update(unsent=copies.unsent(product(fresh), fresh.draft, fresh.online))
    return SPU.objects.with_content().get(pk=spu.pk)


def press(client, door: str, spu, user) -> None:
    client.force_login(user)
    if door == "button":
        client.post(f"{LIST}{spu.pk}/do/update_spu_without_audit/")
    elif door == "list":
        act(client, LIST, "update_spu_without_audit", [spu])
    else:
        client.post(f"/api/v1/products/{spu.pk}/update_spu_without_audit/")


def answer(client, asked, user, **given):
    client.force_login(user)
    return client.post(f"/admin/console/approval/{asked.pk}/answer/", {"mark": asked.mark, **given}, follow=True)


@pytest.mark.parametrize("asking", DOORS)
@pytest.mark.parametrize(("who", "sent"), [("asker", 0), ("maker", 0), ("product", 0), ("auditor", 0), ("owner", 1)])
def test_a_large_price_cut_is_sent_once_another_person_approved_it(client, platform, drain, asking, who, sent):
    spu = price(on_sale(platform), 199)  # 19900 online: somebody typed fen for yuan
    maker = make_user("owner")
    key, _text = APIKey.objects.make("shop", ["products"], created_by=maker)
    asker = key.user if who == "maker" else make_user("owner")
    if who == "maker":
        with pytest.raises(Conflict):
            update_spu_without_audit.ask_second(spu, asker)
    else:
        press(client, asking, spu, asker)
        drain()
    asked = Approval.objects.get()
    assert (asked.asked_by, asked.changes[0][1:]) == (asker, [19900, 199])
    people = {"asker": asker, "maker": maker}
    page = answer(client, asked, people.get(who) or make_user(who))
    drain()
    assert (page.status_code == 200) is bool(sent)
    assert len(platform.ledger("update_without_audit")) == sent


def test_a_small_cut_and_a_rise_need_nobody(client, platform, drain):
    for fen in (10000, 30000):
        press(client, "button", price(on_sale(platform), fen), make_user("product"))
    drain()
    assert (len(platform.ledger("update_without_audit")), Approval.objects.count()) == (2, 0)


def test_what_is_cut_further_while_it_waits_is_not_approved(client, platform, drain):
    spu = price(on_sale(platform), 5000)
    press(client, "button", spu, make_user("product"))
    asked = Approval.objects.get()
    price(spu, 1)
    assert "It has changed since the page was shown" in words(answer(client, asked, make_user("owner")))
    drain()
    assert platform.ledger("update_without_audit") == []


def test_who_does_not_approve_says_why_and_it_can_be_asked_again(client, platform, drain):
    spu = price(on_sale(platform), 5000)
    asker = make_user("product")
    press(client, "button", spu, asker)
    first = Approval.objects.get()
    answer(client, first, make_user("owner"), refuse="1", reason="清仓价请先问我")
    drain()
    assert platform.ledger("update_without_audit") == []
    client.force_login(asker)
    assert "清仓价请先问我" in words(client.get(f"/admin/console/approval/{first.pk}/change/"))
    press(client, "button", spu, asker)
    assert Approval.objects.waiting().get() != first


def test_the_record_says_what_waits_and_leads_to_the_answer(client, platform):
    spu = price(on_sale(platform), 5000)
    press(client, "button", spu, make_user("product"))
    asked = Approval.objects.get()
    client.force_login(make_user("owner"))
    page = client.get(f"{LIST}{spu.pk}/change/")
    assert f"/admin/console/approval/{asked.pk}/change/" in page.content.decode()
    page = words(client.get(f"/admin/console/approval/{asked.pk}/change/"))
    assert "¥199.00" in page and "¥50.00" in page
    assert "Price cuts and acts on many to approve" in words(client.get("/admin/"))
    client.force_login(asked.asked_by)
    page = words(client.get(f"{LIST}{spu.pk}/change/"))
    assert "for a second person" in page and "Somebody else has to approve." in page


@pytest.fixture
def three(platform, monkeypatch):
    monkeypatch.setattr(delist_spu, "second_above", 2)
    return [on_sale(platform) for _nth in range(3)]


def test_many_products_are_taken_off_sale_by_two_people(client, three, platform, drain):
    asker = make_user("owner")
    client.force_login(asker)
    act(client, LIST, "delist_spu", three)
    drain()
    asked = Approval.objects.get()
    assert (sorted(asked.keys), platform.ledger("delisting")) == ([spu.pk for spu in three], [])
    for user in (asker, make_user("product"), make_user("auditor")):
        assert answer(client, asked, user).status_code == 403
    answer(client, asked, make_user("owner"))
    drain()
    assert len(platform.ledger("delisting")) == 3


def test_many_chosen_little_by_little_count_together(client, three, platform, drain):
    client.force_login(make_user("product"))
    act(client, LIST, "delist_spu", three[:2])
    drain()
    act(client, LIST, "delist_spu", three[2:])
    drain()
    assert (len(platform.ledger("delisting")), Approval.objects.waiting().count()) == (2, 1)


def test_the_page_between_says_that_it_takes_two(client, three):
    client.force_login(make_user("product"))
    rows = {"action": "delist_spu", "_selected_action": [spu.pk for spu in three]}
    assert "They are more than 2: a second person has to approve." in words(client.post(LIST, rows))


def test_a_command_does_not_take_many_off_sale_alone(three, platform):
    with pytest.raises(CommandError, match="take two people"):
        run("delist_products", "--yes", "--all")
    assert platform.ledger("delisting") == []


@pytest.fixture
def payment(platform, hear, settings) -> PaymentOrder:
    """Paid, in two parts of ¥15.00."""
    settings.REFUND_SECOND_PERSON = 2_000
    _key, header = make_key("payments")
    Client().post(PAYMENTS, body("pay-1", 1_500, 1_500), content_type="application/json", headers=header)
    till.pay(Trade.objects.get(trade_no="pay-1-1"))
    hear()
    return PaymentOrder.objects.get()


def test_a_large_release_takes_two_people_and_parts_count_together(client, payment, drain):
    asker, url = make_user("finance"), f"/admin/funds/paymentorder/{payment.pk}"
    client.force_login(asker)
    for nth, trade in enumerate(payment.trades.all()):
        client.post(f"{url}/share/{trade.pk}/", {"number": f"s{nth}"})
        drain()
    assert Sharing.objects.count() == 1
    asked = Approval.objects.get()
    assert "Waits for a second person" in words(client.get(f"{url}/change/"))
    assert answer(client, asked, asker).status_code == 403
    answer(client, asked, make_user("finance"))
    drain()
    assert Sharing.objects.count() == 2


def test_the_api_answers_202_where_a_release_waits(client, payment):
    _key, header = make_key("payments")
    codes = [
        client.post(
            f"{PAYMENTS}pay-1/share_trade/",
            {"trade_no": f"pay-1-{nth}", "profit_sharing_no": f"s{nth}"},
            content_type="application/json",
            headers=header,
        ).status_code
        for nth in (1, 2)
    ]
    assert (codes, Sharing.objects.count()) == ([200, 202], 1)


def test_two_people_approve_at_once_and_it_is_sent_once(client, platform, drain):
    spu = price(on_sale(platform), 5000)
    press(client, "button", spu, make_user("product"))
    asked, people = Approval.objects.get(), [make_user("owner"), make_user("owner")]

    def approve():
        answer(Client(), asked, people.pop())

    at_once(2, approve)
    drain()
    assert len(platform.ledger("update_without_audit")) == 1


def test_who_sends_something_else_does_not_approve_what_waits(client, platform, drain):
    """The owner changes a stock and sends it, while somebody's price cut waits on the same product."""
    spu = price(on_sale(platform), 199)
    press(client, "button", spu, make_user("product"))
    for door in DOORS:
        press(client, door, spu, make_user("owner"))
        drain()
    assert platform.ledger("update_without_audit") == []
    assert Approval.objects.waiting().count() == 1


def test_an_approved_cut_is_used_up_once_it_was_sent(client, platform, drain):
    spu, owner = price(on_sale(platform), 5000), make_user("owner")
    press(client, "button", spu, make_user("product"))
    answer(client, Approval.objects.get(), owner)
    drain()
    refresh_spu(spu)
    for fen in (19900, 5000):
        press(client, "button", price(spu, fen), make_user("product"))
        drain()
    assert len(platform.ledger("update_without_audit")) == 2  # the first cut, and the rise
    assert Approval.objects.waiting().count() == 1


def test_a_new_sku_is_compared_with_the_cheapest_beside_it(platform):
    spu = on_sale(platform)
    SKU.objects.create(spu=spu, out_sku_id="cheap", sale_price=199, position=1)
    assert [was for _name, was, _now in cuts(SPU.objects.get(pk=spu.pk))] == [19900]


def test_a_price_that_falls_while_pictures_are_uploaded_is_not_sent(platform, monkeypatch):
    spu = on_sale(platform)
    SPU.objects.filter(pk=spu.pk).update(title="换了标题", unsent=2)
    real = submit_spu.prepare

    def meanwhile(record):
        real(record)
        price(record, 199)
        record.load_content()

    monkeypatch.setattr(submit_spu, "prepare", meanwhile)
    with pytest.raises(Conflict, match="second person"):
        submit_spu(SPU.objects.get(pk=spu.pk))
    assert platform.ledger("spu/update") == []


def test_a_cancelled_job_is_not_tried_again_by_one_person(client, three, platform, drain):
    user = make_user("product")
    client.force_login(user)
    for chosen in (three[:2], three[2:]):
        with actors.acting("admin", user):
            job = jobs.start(delist_spu, SPU.objects.filter(pk__in=[spu.pk for spu in chosen]))
        jobs.cancel(job)
        url = f"/admin/console/job/{job.pk}/retry/"
        confirm(client, client.post(url), url)
        drain()
    assert (len(platform.ledger("delisting")), Approval.objects.waiting().count()) == (2, 1)


def test_one_after_the_other_counts_too(client, three, platform, drain):
    _key, header = make_key("products")
    codes = []
    for spu in three:
        codes.append(client.post(f"/api/v1/products/{spu.pk}/delist_spu/", headers=header).status_code)
        drain()
    assert (codes, len(platform.ledger("delisting"))) == ([202, 202, 409], 2)


def test_stock_that_is_pushed_meanwhile_ends_nothing_that_waits(client, platform):
    spu = price(on_sale(platform), 5000)
    press(client, "button", spu, make_user("product"))
    SKU.objects.filter(spu=spu).update(stock_num=1)
    update_spu_stock(SPU.objects.get(pk=spu.pk))
    assert Approval.objects.waiting().count() == 1
