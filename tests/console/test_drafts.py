"""What was written in a form and not saved: kept for its writer alone, brought back, and never saved by itself."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog.models import SPU
from console.models import Draft
from console.tasks import forget_drafts
from orders.funds.models import MerchantAccount
from tests.console.pages import document, words
from tests.factories import make_brand, make_order, make_spu, make_user, order_body, picture

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/catalog/spu/add/"


@pytest.fixture
def me():
    return make_user("owner", username="小王")


def form_of(client, url) -> dict[str, list[str]]:
    """The page's form as a browser would send it back."""
    (form,) = [one for one in document(client.get(url)).forms if one.xpath(".//input[@name='_draft']")]
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


def change_of(record) -> str:
    return f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/"


def written(client, url, **changed) -> dict[str, list[str]]:
    return form_of(client, url) | {name: [value] for name, value in changed.items()}


def test_a_session_that_ended_leads_to_the_sign_in_and_back_to_what_was_written(client, me):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    post = written(client, change_of(spu), title="新标题")
    client.cookies.clear()
    answer = client.post(change_of(spu), post)
    page = client.get(answer["Location"])
    assert "Your session had ended, so nothing was saved. Sign in as 小王" in words(page)
    sent = {"username": "小王", "password": "pass word 1", "next": parse_qs(urlsplit(answer["Location"]).query)["next"]}
    back = client.post(answer["Location"], sent, follow=True)
    spu.refresh_from_db()
    assert spu.title == "旧标题"
    assert "Nothing of it is saved yet" in words(back)
    assert document(back).xpath("//input[@name='title']/@value") == ["新标题"]
    client.post(change_of(spu), written(client, f"{change_of(spu)}?draft=1"))
    spu.refresh_from_db()
    assert spu.title == "新标题"
    assert not Draft.objects.exists()


def test_another_person_gets_nothing_of_it(client, me):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    post = written(client, change_of(spu), title="只有小王知道")
    client.logout()
    client.post(change_of(spu), post)
    client.force_login(make_user("owner", username="小李"))
    page = client.get(f"{change_of(spu)}?draft=1")
    assert "Nothing that you wrote is kept for this form." in words(page)
    assert "只有小王知道" not in page.content.decode()
    assert client.post(f"/admin/draft/{Draft.objects.get().pk}/discard/").status_code == 404


def test_a_press_is_never_done_after_the_session_ended(client, me, platform):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    post = written(client, change_of(spu), title="新标题", _operation="send")
    client.logout()
    page = client.get(client.post(change_of(spu), post)["Location"])
    assert "The button also sends something to WeChat. That was not done" in words(page)
    client.force_login(me)
    assert "_operation" not in form_of(client, f"{change_of(spu)}?draft=1")
    assert SPU.objects.get().title == "旧标题"
    assert platform.ledger("add") == []


def test_an_operations_button_without_a_session_says_that_it_was_not_done(client, me, platform):
    order = make_order(order_body())
    referer = f"http://testserver{change_of(order)}"
    answer = client.post(f"/admin/orders/order/{order.pk}/do/close_order/", headers={"referer": referer})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [referer]
    assert "“Close” was not done" in words(client.get(answer["Location"]))
    assert platform.ledger("close") == []
    elsewhere = client.post(f"/admin/orders/order/{order.pk}/do/close_order/", headers={"referer": "http://evil.test/"})
    assert parse_qs(urlsplit(elsewhere["Location"]).query)["next"] == ["/admin/"]


def test_files_sealed_and_personal_fields_are_left_out_and_named(client, me):
    merchant = MerchantAccount.load()
    client.force_login(me)
    url = change_of(merchant)
    post = written(client, url, id_number="330102199001011234", merchant_shortname="杭州小店")
    post["license_copy-files"] = SimpleUploadedFile("licence.png", picture(), "image/png")
    client.logout()
    page = client.get(client.post(url, post)["Location"])
    draft = Draft.objects.get()
    assert "330102199001011234" not in str(draft.values)
    assert draft.values["merchant_shortname"] == ["杭州小店"]
    assert set(draft.left_out) == {"Business licence", "Its number"}
    assert "Not kept, fill it in again: " in words(page)


def test_a_personal_field_that_is_left_out_keeps_what_is_stored(client, me):
    brand = make_brand(trademark_registrant="杭州茶里有限公司")
    client.force_login(me)
    post = written(client, change_of(brand), brand_wording="茶里 CHALI", trademark_registrant="别的公司")
    client.post("/admin/draft/", post)
    page = form_of(client, f"{change_of(brand)}?draft=1")
    assert page["brand_wording"] == ["茶里 CHALI"]
    assert page["trademark_registrant"] == ["杭州茶里有限公司"]


def test_what_is_written_is_kept_offered_and_discarded(client, me):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    kept = client.post("/admin/draft/", written(client, change_of(spu), title="写到一半"))
    assert kept.json()["kept"].startswith("Kept as a draft at ")
    page = client.get(change_of(spu))
    at = f"{timezone.localtime(Draft.objects.get().at):%H:%M}"
    assert f"Bring back what you wrote at {at}" in words(page)
    assert document(page).xpath("//input[@name='title']/@value") == ["旧标题"]
    client.post(f"/admin/draft/{Draft.objects.get().pk}/discard/")
    assert "Bring back" not in words(client.get(change_of(spu)))


def test_a_new_record_is_brought_back_with_its_rows(client, me):
    client.force_login(me)
    post = written(client, ADD, title="新的商品")
    post |= {"skus-TOTAL_FORMS": ["1"], "skus-0-out_sku_id": ["neu-1"], "skus-0-id": [""]}
    client.post("/admin/draft/", post)
    page = client.get(f"{ADD}?draft=1")
    assert document(page).xpath("//input[@name='title']/@value") == ["新的商品"]
    assert document(page).xpath("//input[@name='skus-0-out_sku_id']/@value") == ["neu-1"]
    assert SPU.objects.count() == 0


def test_what_another_saved_meanwhile_is_kept_when_a_draft_is_brought_back(client, me):
    spu = make_spu(title="旧标题", desc="旧的说明")
    client.force_login(me)
    client.post("/admin/draft/", written(client, change_of(spu), title="新标题"))
    SPU.objects.update(desc="别人的说明")
    page = client.get(f"{change_of(spu)}?draft=1")
    assert document(page).xpath("//textarea[@name='desc']")[0].text.strip() == "别人的说明"
    assert document(page).xpath("//input[@name='title']/@value") == ["新标题"]


def test_drafts_go_at_sign_out_and_after_a_day(client, me):
    spu = make_spu()
    client.force_login(me)
    post = written(client, change_of(spu), title="写到一半")
    client.post("/admin/draft/", post)
    Draft.objects.update(at=timezone.now() - timedelta(hours=24, minutes=1))
    assert "Bring back" not in words(client.get(change_of(spu)))
    assert forget_drafts() == 1
    client.post("/admin/draft/", post)
    assert Draft.objects.count() == 1
    out = client.post("/admin/logout/")
    assert not Draft.objects.exists()
    assert "You have signed out." in words(client.get(out["Location"]))
    assert client.post("/admin/draft/", post).status_code == 403
    assert not Draft.objects.exists()


def test_nobody_keeps_a_draft_in_anothers_name(client, me):
    spu = make_spu()
    client.force_login(me)
    post = written(client, change_of(spu), title="写到一半")
    client.force_login(make_user("owner"))
    assert client.post("/admin/draft/", post).status_code == 403
    assert client.post("/admin/draft/", post | {"_draft": ["forged"]}).status_code == 403
    client.force_login(me)
    me.is_active = False
    me.save()
    client.post(change_of(spu), post)
    assert not Draft.objects.exists()


def test_who_may_not_write_is_brought_nothing(client, me):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    client.post("/admin/draft/", written(client, change_of(spu), title="新标题"))
    auditor = make_user("auditor")
    Draft.objects.update(user=auditor)
    client.force_login(auditor)
    page = client.get(f"{change_of(spu)}?draft=1")
    assert page.status_code == 200
    assert "新标题" not in page.content.decode()


def test_a_form_from_before_the_sign_in_is_kept_though_its_token_is_old(me):
    client = Client(enforce_csrf_checks=True)
    spu = make_spu(title="旧标题")
    client.force_login(me)
    post = written(client, change_of(spu), title="新标题")
    client.cookies.pop("csrftoken")
    client.get("/admin/")  # gives another token
    page = client.post(change_of(spu), post)
    assert page.status_code == 403
    (link,) = document(page).xpath("//a[.='Bring back what you wrote']/@href")
    assert form_of(client, link)["title"] == ["新标题"]


@pytest.mark.parametrize("cookie", [True, False])
def test_the_sign_in_page_tells_a_first_visit_from_a_session_that_ended(client, me, cookie):
    if cookie:
        client.post("/admin/login/", {"username": "小王", "password": "pass word 1"})
        client.cookies.pop("sessionid")
    page = words(client.get("/admin/", follow=True))
    assert ("Your session has ended." in page) == cookie
    assert ("Sign in with the name and the password" in page) != cookie


def test_somebody_without_access_is_told_as_whom_they_are_signed_in(client, me):
    me.is_staff = False
    me.save()
    client.force_login(me)
    assert "You are signed in as 小王, who may not open this page." in words(client.get("/admin/", follow=True))


def test_a_session_that_was_idle_for_too_long_keeps_what_is_sent_then(client, me):
    spu = make_spu(title="旧标题")
    client.force_login(me)
    post = written(client, change_of(spu), title="新标题")
    session = client.session
    session["seen"] = 0
    session.save()
    answer = client.post(change_of(spu), post)
    assert Draft.objects.get().values["title"] == ["新标题"]
    assert "Sign in as 小王" in words(client.get(answer["Location"]))
    forged = answer["Location"].replace("kept=", "kept=1")
    assert "小王" not in words(client.get(forged))
