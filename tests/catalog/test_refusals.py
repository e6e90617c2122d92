"""After a rejection: what changed since, the question before it is sent again, the field, and what a grant frees."""

import pytest

from catalog.cards import granted_meanwhile
from catalog.models import SPU, Brand, Category, EditStatus
from catalog.operations import pull_granted_brands, pull_granted_categories, refresh_spu, submit_spu
from console.models import Job
from tests.catalog.test_admin import PRODUCTS, form
from tests.console.pages import act, confirm, document, words
from tests.factories import free_category, make_category, make_key, make_spu, make_user
from wechat.steps.errors import Incomplete
from wechat.steps.pulls import listed

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "Nothing has changed since WeChat rejected it: it would be reviewed as it was."


@pytest.fixture
def staff(client):
    client.force_login(make_user("product"))
    return client


@pytest.fixture
def rejected(platform):
    def make(reason: str = "标题与图片不符", **fields) -> SPU:
        spu = make_spu(**fields)
        submit_spu(spu)
        platform.reject_product(spu.out_product_id, reason)
        refresh_spu(spu)
        return SPU.objects.with_content().get(pk=spu.pk)

    return make


def page_of(client, spu: SPU):
    return client.get(f"{PRODUCTS}{spu.pk}/change/")


def test_the_page_shows_field_by_field_what_changed_since_the_rejection(staff, rejected):
    spu = rejected()
    assert "Nothing has changed since then." in words(page_of(staff, spu))
    staff.post(f"{PRODUCTS}{spu.pk}/change/", form(spu, title="换了标题的连衣裙") | {"_continue": "1"})
    page = words(page_of(staff, spu))
    assert f"Changed since then: Field Then Now title {spu.title} 换了标题的连衣裙" in page
    assert "Nothing has changed" not in page
    assert "price ¥" not in page


@pytest.mark.parametrize(
    ("reason", "links"),
    [
        ("标题与图片不符", {"标题": "#id_title"}),
        ("商品主图不清晰，售价异常", {"商品主图": "#id_head_img", "售价": "#skus-group"}),
        ("类目资质缺失", {}),
        ("图片不清晰，请重新上传", {}),
        ("<b>标题</b>", {"标题": "#id_title"}),
    ],
)
def test_the_reason_links_to_the_field_that_it_names_and_guesses_none(staff, rejected, reason, links):
    page = document(page_of(staff, rejected(reason)))
    said = page.xpath("//div[@class='refusal']//p[@class='reason']")[0]
    assert said.text_content() == reason
    assert {link.text: link.get("href") for link in said.xpath(".//a")} == links
    assert all(page.xpath(f"//*[@id='{place[1:]}']") for place in links.values())


def test_without_a_form_no_word_is_a_link(client, rejected):
    spu = rejected()
    client.force_login(make_user("warehouse"))
    said = document(page_of(client, spu)).xpath("//p[@class='reason']")[0]
    assert (said.text_content(), said.xpath(".//a")) == ("标题与图片不符", [])


def test_the_button_asks_before_an_unchanged_product_is_sent_again(staff, platform, rejected, drain):
    spu = rejected()
    url = f"{PRODUCTS}{spu.pk}/do/submit_spu/"
    page = staff.post(url)
    assert QUESTION in words(page)
    assert not Job.objects.exists()
    sent = document(page).xpath("//form[@action=$url]", url=url)[0]
    staff.post(url, dict(sent.form_values()))
    drain()
    assert len(platform.ledger("spu/update")) == 1


def test_the_stock_that_sales_lower_is_no_change_but_a_price_is(rejected):
    spu = rejected()
    spu.skus.update(stock_num=1)
    spu.load_content()
    assert submit_spu.asks(spu) == QUESTION
    spu.skus.update(sale_price=100)
    spu.load_content()
    assert submit_spu.asks(spu) == ""


def test_saving_and_sending_what_is_unchanged_asks_too(staff, platform, rejected, drain):
    spu = rejected()
    url = f"{PRODUCTS}{spu.pk}/change/"
    assert QUESTION in words(staff.post(url, form(spu, _operation="send")))
    assert not Job.objects.exists()
    staff.post(url, form(spu, title="换了标题的连衣裙", _operation="send"))
    drain()
    assert len(platform.ledger("spu/update")) == 1


def test_a_list_names_those_that_are_unchanged(staff, platform, rejected, drain):
    same, changed = rejected(), rejected()
    staff.post(f"{PRODUCTS}{changed.pk}/change/", form(changed, title="换了标题的连衣裙"))
    page = staff.post(PRODUCTS, {"action": "submit_spu", "_selected_action": [same.pk, changed.pk]})
    asked = document(page).xpath("//table[contains(., 'Look at this first')]//tbody/tr")
    assert [row.text_content() for row in asked] == [f"{same.title}{QUESTION}"]
    confirm(staff, page, PRODUCTS)
    drain()
    assert len(platform.ledger("spu/update")) == 2


def test_a_machine_says_that_it_means_it(client, platform, rejected, drain):
    spu = rejected()
    url, headers = f"/api/v1/products/{spu.pk}/submit_spu/", make_key("products")[1]
    refused = client.post(url, {}, content_type="application/json", headers=headers)
    assert (refused.status_code, refused.json()) == (409, {"detail": QUESTION})
    assert client.post(url, {"confirm": "x"}, content_type="application/json", headers=headers).status_code == 400
    assert not Job.objects.exists()
    assert client.post(url, {"confirm": True}, content_type="application/json", headers=headers).status_code == 202
    drain()
    assert len(platform.ledger("spu/update")) == 1


def test_a_new_product_is_asked_nothing(client, platform):
    url = f"/api/v1/products/{make_spu().pk}/submit_spu/"
    assert client.post(url, headers=make_key("products")[1]).status_code == 202


# --- grants


def granted(platform, name: str) -> None:
    """WeChat's list says so at the next pull."""
    pull = {"categories": pull_granted_categories, "brands": pull_granted_brands}[name]
    pull(listed(f"granted_{name}"))


def test_what_waited_for_its_category_is_submitted_in_one_press(staff, platform, drain):
    category = make_category()
    waits = [make_spu(category=category) for _nth in range(2)]
    other = make_spu()
    with pytest.raises(Incomplete, match="not granted yet"):
        submit_spu(waits[0])
    assert not granted_meanwhile().exists()
    Category.objects.filter(pk=category.pk).grant()
    edited = make_spu(category=category)
    assert set(granted_meanwhile()) == set(waits)
    assert {other, edited}.isdisjoint(granted_meanwhile())
    url = f"{PRODUCTS}?state=granted"
    assert f'href="{url}"' in staff.get("/admin/").content.decode()
    button = document(staff.get(url)).xpath("//form[contains(., 'Submit all of them for review')]")[0]
    page = staff.post(url, dict(button.form_values()))
    assert "Submit for review (2)" in words(page)
    confirm(staff, page, url)
    drain()
    assert set(Job.objects.get().steps.values_list("object_id", flat=True)) == {spu.pk for spu in waits}


def test_a_grant_that_was_known_already_frees_nothing_again(platform):
    category = make_category()
    Category.objects.filter(pk=category.pk).grant()
    spu = make_spu(category=category)
    Category.objects.filter(pk=category.pk).grant()
    assert not granted_meanwhile().exists()
    Category.objects.filter(pk=category.pk).update(granted=False)
    Category.objects.filter(pk=category.pk).grant()
    assert list(granted_meanwhile()) == [spu]


def test_a_brand_that_is_granted_again_frees_its_products(platform):
    brand = Brand(brand_id=10001, brand_wording="茶里")
    Brand.objects.grant([brand])
    spu = make_spu(brand=Brand.objects.get())
    assert not granted_meanwhile().exists()
    Brand.objects.update(gone=True)
    Brand.objects.grant([Brand(brand_id=10001, brand_wording="茶里")])
    assert list(granted_meanwhile()) == [spu]


@pytest.mark.parametrize(("reason", "offered"), [("缺少类目资质", True), ("标题与图片不符", False)])
def test_what_was_rejected_for_its_category_is_offered_and_asks_nothing(platform, rejected, reason, offered):
    spu = rejected(reason, category=free_category())
    Category.objects.update(qualification_type=1)
    Category.objects.all().grant()
    assert (list(granted_meanwhile()) == [spu], submit_spu.asks(spu) == "") == (offered, offered)
    SPU.objects.update(edit_status=EditStatus.IN_REVIEW)
    assert not granted_meanwhile().exists()


def test_a_rejection_after_the_grant_is_not_for_want_of_it(platform, rejected):
    Category.objects.filter(pk=free_category().pk).update(qualification_type=1)
    spu = make_spu()
    Category.objects.all().grant()
    spu.refresh_from_db()
    submit_spu(spu)
    platform.reject_product(spu.out_product_id, "类目错误")
    refresh_spu(spu)
    assert not granted_meanwhile().exists()


def test_the_pulled_list_grants_once(platform):
    category = make_category()
    granted(platform, "categories")
    category.refresh_from_db()
    before = category.granted_at
    granted(platform, "categories")
    category.refresh_from_db()
    assert (category.granted, category.granted_at) == (before is not None, before)


def test_act_through_the_list_needs_the_permission(client, platform):
    spu = make_spu(category=make_category())
    Category.objects.all().grant()
    client.force_login(make_user("auditor"))
    page = client.get(f"{PRODUCTS}?state=granted")
    assert spu.title in words(page)
    assert "Submit all of them" not in words(page)
    act(client, f"{PRODUCTS}?state=granted", "submit_spu", [spu])
    assert not Job.objects.exists()
