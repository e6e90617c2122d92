"""The desk: the most urgent first, warnings, a second person for large refunds, and who may what."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from aftersales.approval import REFUND
from aftersales.models import Aftersale, ClaimChange, OldStatus
from aftersales.operations import accept_refund, refresh_claim
from aftersales.tasks import warn_of_deadlines
from console.models import Approval, Edit, Job
from console.sealed_edits import opened
from orders.models import OrderLine
from sandbox.endpoints import ecaftersale as counter
from tests.aftersales.conftest import ours
from tests.console.pages import act, confirm, document
from tests.factories import make_key, make_user
from wechat.steps.errors import Asked

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/aftersales/aftersale/"


@pytest.fixture
def desk(client):
    client.force_login(make_user("customer_service"))
    return client


def words(response) -> str:
    import html
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())).split())


def left(aftersale, **time) -> None:
    Aftersale.objects.filter(pk=aftersale.pk).update(deadline_at=timezone.now() + timedelta(**time))


def test_the_most_urgent_claim_stands_first(raised, desk):
    aftersales = [raised() for _nth in range(4)]
    left(aftersales[0], hours=30)
    left(aftersales[1], hours=2)
    left(aftersales[2], minutes=20)
    Aftersale.objects.filter(pk=aftersales[3].pk).update(deadline_at=None)
    page = desk.get(DESK, {"state": "ours"}).content.decode()
    places = [page.index(f"{DESK}{aftersales[nth].pk}/change/") for nth in (2, 1, 0, 3)]
    assert places == sorted(places)
    assert page.count("data-until=") == 3
    today = words(desk.get("/admin/"))
    assert "due within 6 h: 2" in today and "0:19" in today


def test_warnings_come_24_6_and_1_hours_before_each_once(raised):
    aftersale = raised()
    end = aftersale.deadline_at
    came = []
    for hours in (47, 25, 23.9, 20, 6.1, 5.9, 5, 1.1, 0.9, 0.5):
        with time_machine.travel(end - timedelta(hours=hours), tick=False):
            came.append(warn_of_deadlines())
    assert came == [0, 0, 1, 0, 0, 1, 0, 0, 1, 0]
    notes = [change.note for change in ClaimChange.objects.filter(note__contains="left").order_by("id")]
    assert notes == [f"Less than {hours} h left: WeChat decides in your place." for hours in (24, 6, 1)]


def test_a_claim_that_moved_is_warned_of_anew(raised, platform, desk):
    aftersale = raised(type=2, shipped=True)
    Aftersale.objects.filter(pk=aftersale.pk).update(warned=1)
    desk.post(f"{DESK}{aftersale.pk}/do/accept_return/")
    from console import jobs

    for job in jobs.Job.objects.all():
        jobs.work(job.pk)
    counter.user_return(platform.aftersale(aftersale.aftersale_id))
    refresh_claim(aftersale)
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.warned) == (8, 0)
    assert aftersale.deadline_at - aftersale.moved_at == timedelta(days=10)


def test_only_what_is_allowed_now_can_be_pressed(raised, desk, platform, drain):
    aftersale = raised(amount=1500)
    page = desk.get(f"{DESK}{aftersale.pk}/change/").content.decode()
    assert 'value="accept_refund"' in page or "do/accept_refund/" in page
    assert "accept_return/" not in page and 'value="accept_return"' not in page
    text = words(desk.get(f"{DESK}{aftersale.pk}/change/"))
    assert "¥20.00 can be refunded at most" in text
    assert "WeChat agrees in your place" in text and "estimated" in text
    desk.post(f"{DESK}{aftersale.pk}/do/accept_refund/")
    drain()
    assert ours(platform.aftersale(aftersale.aftersale_id)).status == 13
    assert "the state went from “Waits for us” to “Refunded”" in words(desk.get(f"{DESK}{aftersale.pk}/change/"))


def test_one_press_saves_the_reason_and_refuses(raised, desk, drain):
    aftersale = raised()
    fields = {"reject_reason": "商品已使用", "refund_desc": "", "certificates-shown": "1"}
    desk.post(f"{DESK}{aftersale.pk}/change/", fields | {"_operation": "reject_claim"})
    drain()
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.reject_reason) == (4, "商品已使用")
    other = raised(sku="blue")
    page = desk.post(
        f"{DESK}{other.pk}/change/", {"certificates-shown": "1", "_operation": "reject_claim"}, follow=True
    )
    assert "Write down why" in words(page)


def test_many_claims_are_agreed_to_at_once(raised, desk, drain, platform):
    aftersales = [raised(), raised(), raised(type=2, shipped=True)]
    act(desk, DESK, "accept_refund", aftersales)
    drain()
    assert [ours(platform.aftersale(aftersale.aftersale_id)).status for aftersale in aftersales] == [13, 13, 2]


def test_refunds_show_their_sum_and_want_the_number_typed(raised, desk, drain, platform):
    aftersales = [raised(amount=1500), raised(amount=700)]
    page = desk.post(DESK, {"action": "accept_refund", "_selected_action": [row.pk for row in aftersales]})
    assert "2 rows · ¥22.00" in words(page)
    refused = confirm(desk, page, DESK, typed="3")
    assert "Type 2 to go on" in words(refused)
    assert not Job.objects.exists()
    confirm(desk, refused, DESK)
    drain()
    assert Job.objects.get().counts()["done"] == 2


def test_a_reason_is_asked_once_for_all(raised, desk, drain):
    aftersales = [raised(), raised(sku="blue")]
    page = desk.post(DESK, {"action": "reject_claim", "_selected_action": [row.pk for row in aftersales]})
    assert "2 rows" in words(page)
    assert "This field is required." in words(confirm(desk, page, DESK))
    confirm(desk, page, DESK, reject_reason="商品已使用")
    drain()
    assert set(Aftersale.objects.values_list("status", "reject_reason")) == {(4, "商品已使用")}
    assert Edit.objects.filter(changes__has_key="reject_reason").count() == 2


def test_a_return_address_is_asked_once_for_all(raised, desk, drain):
    aftersales = [raised(type=2, shipped=True), raised(type=2, shipped=True)]
    page = desk.post(DESK, {"action": "accept_return", "_selected_action": [row.pk for row in aftersales]})
    address = {"receiver_name": "王芳", "tel_number": "13800138000", "detailed_address": "文三路 1 号"}
    confirm(desk, page, DESK, **address)
    drain()
    for aftersale in aftersales:
        aftersale.refresh_from_db()
        assert aftersale.return_address["detailed_address"] == "文三路 1 号"
    assert Job.objects.get().counts()["done"] == 2


def test_an_urgent_record_is_decided_from_the_front_page(client, platform, raised, drain):
    aftersale = raised()
    client.force_login(make_user("customer_service"))
    (form,) = document(client.get("/admin/")).xpath("//ul[@class='urgent']//form")
    assert form.xpath(".//button/@data-confirm")
    client.post(form.get("action"), dict(form.form_values()))
    drain()
    aftersale.refresh_from_db()
    assert aftersale.status == 13


# --- a second person


def test_a_large_refund_takes_two_people_and_not_the_same(raised, client, drain, settings, platform):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    url = f"{DESK}{aftersale.pk}/do/accept_refund/"
    asking, finance = make_user("customer_service"), make_user("finance")
    client.force_login(asking)
    for _time in range(2):
        assert "second person" in words(client.post(url, follow=True))
        drain()
    aftersale.refresh_from_db()
    assert (aftersale.status, Approval.objects.get().asked_by) == (2, asking)
    assert platform.ledger("acceptrefund") == []
    client.force_login(finance)
    assert "Refunds to approve" in words(client.get("/admin/"))
    client.post(url)
    drain()
    assert platform.ledger("acceptrefund") == []  # nobody approves what no page has shown
    client.post(url, {"mark": "1500"})
    drain()
    aftersale.refresh_from_db()
    approved = Approval.objects.get()
    assert (aftersale.status, approved.approved_by, approved.amount) == (13, finance, 1500)


def test_who_may_approve_does_not_approve_what_they_asked_for(raised, client, drain, settings, platform):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    client.force_login(make_user("owner"))
    for _time in range(3):
        client.post(f"{DESK}{aftersale.pk}/do/accept_refund/")
        drain()
    assert platform.ledger("acceptrefund") == []
    # Nor through the list's action, the API or a command: the operation itself asks for the second person.
    act(client, DESK, "accept_refund", [aftersale])
    client.post(f"/api/v1/aftersales/{aftersale.pk}/accept_refund/")
    drain()
    assert platform.ledger("acceptrefund") == []


def test_refusing_stands_beside_agreeing_with_its_reason(raised, client, drain, platform):
    aftersale = raised(amount=500)
    client.force_login(make_user("customer_service"))
    page = client.get(f"{DESK}{aftersale.pk}/change/")
    first, *_others = document(page).xpath("//div[@class='record-buttons'][1]//button")
    assert "primary" in first.get("class") and first.text_content() == "Agree to refund"
    (apart,) = document(page).xpath("//span[@class='apart']//button")
    assert apart.text_content() == "Cancel the after-sale"
    url = f"{DESK}{aftersale.pk}/refuse/"
    assert "Write down why" in words(client.post(url, {"reject_reason": "  "}, follow=True))
    client.post(url, {"reject_reason": "已经发货"})
    drain()
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.reject_reason) == (4, "已经发货")
    assert opened(Edit.objects.get().changes)["reject_reason"] == ["", "已经发货"]
    client.force_login(make_user("warehouse"))
    assert client.post(url, {"reject_reason": "x"}).status_code == 403


def test_a_claims_page_is_named_by_what_it_is_about(raised, client):
    aftersale = raised(amount=500)
    client.force_login(make_user("customer_service"))
    page = document(client.get(f"{DESK}{aftersale.pk}/change/"))
    (head,) = page.xpath("//div[@class='record-head']/h1")
    assert head.text_content().startswith("拍错/多拍 · ") and head.text_content().endswith("¥5.00")


def test_an_amount_that_was_changed_is_asked_for_anew(raised, settings):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    with pytest.raises(Asked):
        accept_refund.ask_second(aftersale, make_user("customer_service"))
    accept_refund.ask_second(aftersale, make_user("finance"), seen=str(aftersale.orderamt))
    assert REFUND.needs(aftersale) == ""
    aftersale.orderamt = 1600
    assert "more than ¥10.00" in REFUND.needs(aftersale)


def test_what_was_asked_and_approved_ends_with_the_round(raised, client, drain, settings, platform):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    url = f"{DESK}{aftersale.pk}/do/accept_refund/"
    client.force_login(make_user("customer_service"))
    client.post(url)
    counter.modify(platform.aftersale(aftersale.aftersale_id), orderamt=1900)
    refresh_claim(aftersale)
    finance = make_user("finance")
    client.force_login(finance)
    assert "put before those who may approve" in words(client.post(url, follow=True))  # nobody asked for this amount
    drain()
    asked = Approval.objects.waiting().get()
    assert (asked.asked_by, asked.amount) == (finance, 1900)
    assert platform.ledger("acceptrefund") == []


def test_a_claim_changed_in_the_same_state_is_warned_of_anew(raised, platform):
    aftersale = raised(amount=500)
    Aftersale.objects.filter(pk=aftersale.pk).update(warned=1)
    platform.move_clock(hours=30)
    counter.modify(platform.aftersale(aftersale.aftersale_id), orderamt=600)
    refresh_claim(aftersale)
    aftersale.refresh_from_db()
    assert (aftersale.status, aftersale.warned) == (2, 0)


def test_a_second_person_that_stays_silent_is_an_alert_well_before_the_end(raised, client, settings):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    client.force_login(make_user("customer_service"))
    client.post(f"{DESK}{aftersale.pk}/do/accept_refund/")
    client.force_login(make_user("finance"))
    assert "due within 24 h" not in client.get("/admin/").content.decode()
    left(aftersale, hours=20)
    assert "due within 24 h: 1" in client.get("/admin/").content.decode()


@pytest.mark.parametrize("role", ["warehouse", "product", "developer", "auditor"])
def test_who_may_not_refund_refunds_nothing(raised, client, role, platform):
    aftersale = raised()
    client.force_login(make_user(role))
    for name in ("accept_refund", "reject_claim", "confirm_goods"):
        assert client.post(f"{DESK}{aftersale.pk}/do/{name}/").status_code == 403
        if name != "confirm_goods":
            assert client.post(f"/api/v1/aftersales/{aftersale.pk}/{name}/").status_code == 403
    assert platform.ledger("acceptrefund") == []


# --- after-sales that we keep ourselves


def test_a_claim_of_ones_own_is_moved_here_told_and_written_down(bought, desk, platform, drain):
    order = bought(own=True)
    aftersale = Aftersale.objects.create(
        family=0,
        order=order,
        line=order.lines.get(out_sku_id="red"),
        type=1,
        orderamt=2000,
        product_cnt=2,
        status=0,
        out_aftersale_id="own-1",
    )
    desk.post(f"{DESK}{aftersale.pk}/do/record_claim/")
    drain()
    fields = {"status": str(OldStatus.REFUNDED), "certificates-shown": "1", "_operation": "tell_claim"}
    desk.post(f"{DESK}{aftersale.pk}/change/", fields)
    drain()
    aftersale.refresh_from_db()
    line = OrderLine.objects.get(pk=aftersale.line_id)
    assert (aftersale.status, line.refunded_cnt, line.refunded_fen) == (13, 2, 2000)
    assert platform.ledger("aftersale/update")[0].request["status"] == 13
    assert platform.ledger("pay/refundorder") == []  # the console moves no money


def test_an_old_page_moves_no_claim_back(bought, desk):
    order = bought(own=True)
    aftersale = Aftersale.objects.create(
        family=0,
        order=order,
        line=order.lines.get(out_sku_id="red"),
        type=1,
        orderamt=2000,
        product_cnt=2,
        status=0,
        out_aftersale_id="own-1",
    )
    url = f"{DESK}{aftersale.pk}/change/"
    assert 'name="shown_status" value="0"' in desk.get(url).content.decode()
    desk.post(url, {"status": "13", "shown_status": "0", "certificates-shown": "1"})
    for fields, said in (
        ({"status": "2", "shown_status": "0"}, "moved meanwhile"),
        ({"status": "2", "shown_status": "13"}, "it stays"),
    ):
        assert said in words(desk.post(url, fields | {"certificates-shown": "1"}))
    aftersale.refresh_from_db()
    assert (aftersale.status, OrderLine.objects.get(pk=aftersale.line_id).refunded_fen) == (13, 2000)


def test_the_desk_sees_its_own_proofs_and_no_licence(raised, desk):
    from tests.factories import make_document, make_image

    aftersale, proof, licence = raised(), make_image(), make_document().image
    aftersale.certificates.set([proof])
    assert desk.get(f"/files/{proof.pk}/").status_code == 200
    assert desk.get(f"/files/{licence.pk}/").status_code == 403
    fields = {"certificates-shown": "1", "certificates": [str(proof.pk), str(licence.pk)]}
    assert "belongs to a licence" in words(desk.post(f"{DESK}{aftersale.pk}/change/", fields))
    assert list(aftersale.certificates.all()) == [proof]


# --- finding, counting


def test_a_claim_is_found_by_each_of_its_numbers(raised, desk):
    aftersale, other = raised(), raised()
    for term in (str(aftersale.aftersale_id), aftersale.order.out_order_id):
        page = desk.get(DESK, {"q": term}).content.decode()
        assert f"{DESK}{aftersale.pk}/change/" in page and f"{DESK}{other.pk}/change/" not in page


def test_the_desk_asks_a_constant_number_of_questions(raised, desk, django_assert_max_num_queries):
    raised()
    with django_assert_max_num_queries(14) as few:
        desk.get(DESK)
    most = len(few)
    for _nth in range(4):
        raised()
    with django_assert_max_num_queries(most):
        desk.get(DESK)


def test_the_api_refuses_with_its_reason_and_takes_back_to_an_address(raised, client, platform, drain):
    _key, header = make_key("after-sale-decide")

    def post(aftersale, name, body=None):
        url = f"/api/v1/aftersales/{aftersale.pk}/{name}/"
        return client.post(url, body or {}, content_type="application/json", headers=header)

    refused, returned = raised(amount=500), raised(amount=500, type=2, shipped=True)
    assert "reject_reason" in post(refused, "reject_claim").json()["fields"]
    assert post(refused, "reject_claim", {"reject_reason": "已经发货"}).status_code == 202
    address = {"receiver_name": "退货组", "tel_number": "020-1234567", "detailed_address": "某路 1 号"}
    assert post(returned, "accept_return", {"return_address": {"receiver_name": "x"}}).status_code == 400
    assert post(returned, "accept_return", {"return_address": address}).status_code == 202
    drain()
    for aftersale, status in ((refused, 4), (returned, 6)):
        aftersale.refresh_from_db()
        assert aftersale.status == status
    assert (refused.reject_reason, returned.return_address["receiver_name"]) == ("已经发货", "退货组")
    assert "退货组" not in str([edit.changes for edit in Edit.objects.all()])
