"""A session that ends in the middle of an edit, in a browser: what was written comes back, for its writer alone."""

import pytest
from django.contrib.sessions.models import Session

from catalog.models import SPU
from console.models import Draft
from tests.factories import make_order, make_spu, make_user, order_body
from tests.shop import sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(page, user) -> None:
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")


def test_an_edit_survives_the_end_of_its_session(page, live_server, platform):
    spu, me = make_spu(title="旧标题"), make_user("product")
    sign_in(page, live_server, me)
    page.goto(f"{live_server.url}/admin/catalog/spu/{spu.pk}/change/")
    page.fill("#id_title", "写了半小时的新标题")
    Session.objects.all().delete()
    page.click("[name=_operation][value=send]")
    page.wait_for_selector(f".why-sign-in:has-text('Sign in as {me.username}')")
    assert "That was not done: press it again." in page.inner_text(".why-sign-in")
    enter(page, me)
    page.wait_for_selector(".draft:has-text('Nothing of it is saved yet')")
    assert page.input_value("#id_title") == "写了半小时的新标题"
    assert SPU.objects.get().title == "旧标题"
    assert platform.ledger("add") == []
    page.click("[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    assert SPU.objects.get().title == "写了半小时的新标题"
    assert page.locator(".draft").count() == 0
    assert page.complaints == []


def test_the_wrong_person_gets_nothing_of_it(page, live_server, platform):
    spu, me, other = make_spu(title="旧标题"), make_user("product"), make_user("product")
    sign_in(page, live_server, me)
    page.goto(f"{live_server.url}/admin/catalog/spu/{spu.pk}/change/")
    page.fill("#id_title", "只给自己看的标题")
    Session.objects.all().delete()
    page.click("[name=_save]")
    page.wait_for_selector(".why-sign-in")
    enter(page, other)
    page.wait_for_selector(".messagelist:has-text('Nothing that you wrote is kept for this form.')")
    assert page.input_value("#id_title") == "旧标题"
    assert "只给自己看的标题" not in page.content()
    assert SPU.objects.get().title == "旧标题"


def test_a_press_after_the_end_of_the_session_is_not_repeated(page, live_server, platform):
    order, me = make_order(order_body()), make_user("customer_service")
    sign_in(page, live_server, me)
    page.goto(f"{live_server.url}/admin/orders/order/{order.pk}/change/")
    Session.objects.all().delete()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("form[action$='/do/close_order/'] button")
    page.wait_for_selector(".why-sign-in:has-text('“Close” was not done')")
    enter(page, me)
    page.wait_for_selector(".record-head")
    assert page.url == f"{live_server.url}/admin/orders/order/{order.pk}/change/"
    assert platform.ledger("close") == []


def test_what_is_written_is_kept_while_writing_and_offered_again(page, live_server, platform):
    spu, me = make_spu(title="旧标题"), make_user("product")
    sign_in(page, live_server, me)
    url = f"{live_server.url}/admin/catalog/spu/{spu.pk}/change/"
    page.goto(url)
    page.fill("#id_title", "写到一半的标题")
    page.wait_for_selector(".draft-kept:has-text('Kept as a draft at')")
    page.goto(url)
    page.click(".draft >> text=Bring back what you wrote at")
    assert page.input_value("#id_title") == "写到一半的标题"
    page.click(".draft >> text=Discard")
    page.wait_for_selector(".messagelist:has-text('Discarded.')")
    assert page.input_value("#id_title") == "旧标题"
    page.fill("#id_title", "又写了一次")
    wait_for(lambda: Draft.objects.exists())
    page.click(".person summary")
    page.click("#logout-form button")
    page.wait_for_selector(".why-sign-in:has-text('You have signed out.')")
    assert not Draft.objects.exists()
    assert page.complaints == []
