"""Complaints: a clock until the answer is due, the mark that it was answered, and replies that were saved for it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from aftersales.models import Complaint, SavedReply
from console.models import Edit
from console.sealed_edits import opened
from sandbox.endpoints import complaint as court
from tests.console.pages import document, words
from tests.factories import make_user
from tests.shop import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/aftersales/complaint/"
REPLIES = "/admin/aftersales/savedreply/"


@pytest.fixture
def service(client):
    client.force_login(make_user("customer_service"))
    return client


@pytest.fixture
def complained(platform, bought, hear):
    def make(content: str = "客服不理人") -> Complaint:
        court.complain(platform.order(bought().out_order_id), content)
        hear()
        return Complaint.objects.latest("id")

    return make


def due(complaint: Complaint, **time) -> None:
    Complaint.objects.filter(pk=complaint.pk).update(due_at=timezone.now() + timedelta(**time))


def test_the_clock_is_what_wechats_message_says(complained, service):
    complaint = complained()
    assert abs(complaint.due_at - timezone.now() - timedelta(days=1)) < timedelta(minutes=1)
    assert "data-until=" in service.get(LIST).content.decode()
    page = service.get(f"{LIST}{complaint.pk}/change/")
    assert "Waits for our answer" in words(page) and "data-until=" in page.content.decode()


def test_a_message_without_an_end_has_no_clock(complained, service):
    complaint = complained()
    Complaint.objects.update(due_at=None)
    assert "data-until=" not in service.get(f"{LIST}{complaint.pk}/change/").content.decode()
    assert not complaint.__class__.objects.get().is_late


def test_complaints_are_filtered_by_open_late_and_answered(complained, service):
    late, waiting, answered = complained("迟"), complained("等"), complained("答")
    due(late, minutes=-1)
    service.post(f"{LIST}{answered.pk}/answer/", {"answer": "已致歉"})
    numbers = {name: str(one) for name, one in (("late", late), ("open", waiting), ("answered", answered))}

    def shown(state: str) -> set[str]:
        page = words(service.get(LIST, {"state": state}))
        return {name for name, number in numbers.items() if number in page}

    page = service.get(LIST).content.decode()
    places = [page.index(numbers[name]) for name in ("late", "open", "answered")]
    assert places == sorted(places)
    assert shown("open") == {"open", "late"}
    assert shown("late") == {"late"}
    assert shown("answered") == {"answered"}


def test_the_front_page_counts_what_waits_and_turns_red_near_the_end(complained, service):
    complaint = complained()
    page = service.get("/admin/")
    assert "card-amber" in page.content.decode() and "due within 6 h" not in words(page)
    due(complaint, hours=5)
    assert "due within 6 h: 1" in words(service.get("/admin/"))
    service.post(f"{LIST}{complaint.pk}/answer/", {"answer": ""})
    assert "answer them there" not in words(service.get("/admin/"))


def test_answering_marks_every_message_of_the_complaint_with_who(complained, service):
    complaint = complained()
    number = complaint.complaint_order_id
    second = Complaint.objects.create(complaint_order_id=number, option_type="2", type="643", status="202")
    service.post(f"{LIST}{complaint.pk}/answer/", {"answer": "  已联系买家  "})
    complaint.refresh_from_db(), second.refresh_from_db()
    assert complaint.answer == second.answer == "已联系买家"
    assert complaint.answered_by.username.startswith("customer_service")
    changes = {"state": ["To answer", "Answered"], "answer": ["", "已联系买家"]}
    assert [opened(edit.changes) for edit in Edit.objects.all()] == [changes] * 2
    assert "已联系买家" in words(service.get(f"{LIST}{complaint.pk}/change/"))


def test_the_mark_is_taken_back_and_the_text_stays(complained, service):
    complaint = complained()
    service.post(f"{LIST}{complaint.pk}/answer/", {"answer": "已联系买家"})
    service.post(f"{LIST}{complaint.pk}/answer/", {"undo": "1"})
    complaint.refresh_from_db()
    assert (complaint.answered_at, complaint.answered_by, complaint.answer) == (None, None, "已联系买家")


def test_many_are_marked_at_once(complained, service):
    rows = [complained(), complained()]
    sent = {"action": "mark_answered", "_selected_action": [row.pk for row in rows]}
    assert "2 messages are answered." in words(service.post(LIST, sent, follow=True))
    assert not Complaint.objects.unanswered().exists()


def test_who_may_not_answer_marks_nothing(complained, client):
    complaint = complained()
    for role in ("finance", "auditor"):
        client.force_login(make_user(role))
        assert client.post(f"{LIST}{complaint.pk}/answer/", {"answer": "x"}).status_code == 403
        client.post(LIST, {"action": "mark_answered", "_selected_action": [complaint.pk]})
    client.force_login(make_user("warehouse"))
    assert client.get(LIST).status_code == 403
    assert Complaint.objects.unanswered().count() == 1


def test_the_list_asks_a_constant_number_of_questions(complained, service, django_assert_max_num_queries):
    complained()
    service.get(LIST)
    with django_assert_max_num_queries(14) as few:
        service.get(LIST)
    most = len(few.captured_queries)
    complained(), complained()
    with django_assert_max_num_queries(most):
        page = service.get(LIST)
    assert page.content.decode().count("/admin/orders/order/") >= 3


def test_old_complaints_get_their_clock_from_their_message(complained):
    complaint = complained()
    was = complaint.due_at
    Complaint.objects.update(due_at=None)
    Complaint.objects.create(complaint_order_id="9", told={"expire_time": "soon"})
    migration = import_module("aftersales.migrations.0013_complaint_deadlines")
    with connection.schema_editor() as editor:
        migration.set_due(apps, editor)
    assert Complaint.objects.get(pk=complaint.pk).due_at == was
    assert Complaint.objects.get(complaint_order_id="9").due_at is None


# --- saved replies


def offered(page, box: str) -> list[tuple[str, str]]:
    return [
        (option.text, option.get("value")) for option in document(page).xpath(f"//select[@id='{box}_reply']/option")
    ]


def test_customer_service_saves_replies_and_finds_them_beside_the_boxes(complained, raised, service):
    for title, text, used_for in (
        ("致歉", "非常抱歉，\n我们马上处理。", "complaint"),
        ("已签收", "物流显示已签收。", "aftersale"),
        ("工作时间", "客服工作时间 9:00–18:00。", "any"),
    ):
        service.post(f"{REPLIES}add/", {"title": title, "text": text, "used_for": used_for})
    assert SavedReply.objects.count() == 3
    complaint, aftersale = complained(), raised()
    hours = ("工作时间", "客服工作时间 9:00–18:00。")
    page = service.get(f"{LIST}{complaint.pk}/change/")
    assert offered(page, "id_answer") == [hours, ("致歉", "非常抱歉，\n我们马上处理。")]
    page = service.get(f"/admin/aftersales/aftersale/{aftersale.pk}/change/")
    assert offered(page, "id_refuse_reason") == [hours, ("已签收", "物流显示已签收。")]
    chosen = {"action": "reject_claim", "_selected_action": [aftersale.pk]}
    assert offered(service.post("/admin/aftersales/aftersale/", chosen), "id_reject_reason")


def test_a_reply_fits_every_box(service):
    page = service.post(f"{REPLIES}add/", {"title": "长", "text": "长" * 301, "used_for": "any"})
    assert page.status_code == 200 and not SavedReply.objects.exists()


def test_who_may_change_saved_replies(client):
    reply = SavedReply.objects.create(title="致歉", text="抱歉")
    for role, status in (("owner", 200), ("customer_service", 200), ("auditor", 200), ("warehouse", 403)):
        client.force_login(make_user(role))
        assert client.get(f"{REPLIES}{reply.pk}/change/").status_code == status, role
    client.force_login(make_user("auditor"))
    assert (
        client.post(f"{REPLIES}{reply.pk}/change/", {"title": "x", "text": "x", "used_for": "any"}).status_code == 403
    )


@pytest.mark.browser
def test_a_saved_reply_is_put_in_by_keyboard_and_changed(complained, page, live_server):
    SavedReply.objects.create(title="A", text="马上处理")
    SavedReply.objects.create(title="B", text="非常抱歉")
    complaint, user = complained(), make_user("customer_service")
    sign_in(page, live_server, user)
    page.goto(f"{live_server.url}{LIST}{complaint.pk}/change/")
    page.fill("#id_answer", "您好，")
    page.focus("#id_answer_reply")
    page.keyboard.press("B")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.input_value("#id_answer") == "您好，非常抱歉"
    page.keyboard.type("！")
    page.click("text=Mark as answered")
    page.wait_for_selector(".record-head .badge-green")
    assert Complaint.objects.get().answer == "您好，非常抱歉！"
    assert page.complaints == []
