"""Two people on one record: nothing that either saved is lost, and what both changed is asked about."""

import json

import pytest
from django.urls import reverse

from catalog.models import SKU, SPU
from qualifications.models import BrandQualification
from tests.console.pages import document, words
from tests.factories import make_brand, make_image, make_spu, make_user
from tests.shop import sign_in
from wechat.models import AccountInfo

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(record) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


@pytest.fixture
def other():
    return make_user("owner", username="小王")


@pytest.fixture
def opened(client):
    """The form of a record as a browser would send it back unchanged; its fields can be set and saved."""
    client.force_login(make_user("owner"))

    class Form(dict):
        def __init__(self, record):
            self.url = page_of(record)
            self.read(client.get(self.url))

        def read(self, page):
            (form,) = [one for one in document(page).forms if one.xpath(".//input[@name='_opened']")]
            self.clear()
            for name, value in form.form_values():
                self.setdefault(name, []).append(value)
            return page

        def save(self, **changed):
            self.update({name: [value] if isinstance(value, str) else value for name, value in changed.items()})
            return client.post(self.url, dict(self), follow=True)

    return Form


def saved_by(other, record, **fields):
    from console.edits import trace_edit
    from wechat.steps import actors

    before = {name: getattr(record, name) for name in fields}
    type(record).objects.filter(pk=record.pk).update(**fields)
    with actors.acting("admin", other):
        trace_edit(record, {name: [str(before[name]), str(value)] for name, value in fields.items()})


def test_what_another_saved_and_i_left_alone_is_kept(opened, other):
    spu = make_spu(title="法式碎花连衣裙", desc="旧的说明")
    form = opened(spu)
    saved_by(other, spu, desc="新的说明\n两行")
    page = form.save(title="法式碎花连衣裙 2029 新款")
    spu.refresh_from_db()
    assert (spu.title, spu.desc.replace("\r\n", "\n")) == ("法式碎花连衣裙 2029 新款", "新的说明\n两行")
    assert "小王 changed meanwhile: Description. It is kept." in words(page)


def test_what_both_changed_is_shown_and_saved_only_the_second_time(opened, other):
    spu = make_spu(title="连衣裙 一", path="pages/a")
    form = opened(spu)
    saved_by(other, spu, title="连衣裙 二", path="pages/b")
    page = form.save(title="连衣裙 三")
    spu.refresh_from_db()
    assert (spu.title, spu.path) == ("连衣裙 二", "pages/b")
    assert "小王 saved “连衣裙 二” here meanwhile. Save again to keep yours." in words(page)
    (button,) = document(page).xpath("//button[@data-take]")
    assert (button.get("data-take"), button.get("data-for")) == ("连衣裙 二", "title")
    form.read(page)
    assert (form["title"], form["path"]) == (["连衣裙 三"], ["pages/b"])
    form.save()
    spu.refresh_from_db()
    assert (spu.title, spu.path) == ("连衣裙 三", "pages/b")


def test_what_both_changed_alike_is_no_conflict(opened, other):
    spu = make_spu(title="连衣裙 一")
    form = opened(spu)
    saved_by(other, spu, title="连衣裙 二")
    assert "Somebody saved" not in words(form.save(title="连衣裙 二"))


def test_prices_and_stock_of_skus_are_merged_row_by_row(opened, other):
    spu = make_spu()
    first = spu.skus.get()
    second = SKU.objects.create(spu=spu, out_sku_id="s-2", sale_price=500, stock_num=1, position=1)
    form = opened(spu)
    SKU.objects.filter(pk=first.pk).update(sale_price=12300)
    SKU.objects.filter(pk=second.pk).update(stock_num=77)
    page = form.save(**{"skus-1-sale_price": "6.00", "skus-0-stock_num": "9"})
    assert SKU.objects.filter(pk=first.pk).values_list("sale_price", "stock_num").get() == (12300, 9), words(page)
    assert SKU.objects.filter(pk=second.pk).values_list("sale_price", "stock_num").get() == (600, 77)
    form = opened(spu)
    SKU.objects.filter(pk=first.pk).update(sale_price=100)
    page = form.save(**{"skus-0-sale_price": "2.00"})
    assert "Somebody saved “1.00” here meanwhile" in words(page)
    assert SKU.objects.get(pk=first.pk).sale_price == 100


def test_a_row_that_another_removed_does_not_shift_the_others(opened, other):
    spu = make_spu()
    first = spu.skus.get()
    second = SKU.objects.create(spu=spu, out_sku_id="s-2", sale_price=500, stock_num=1, position=1)
    form = opened(spu)
    SKU.objects.filter(pk=second.pk).update(sale_price=900)
    first.delete()
    form.save(**{"skus-1-stock_num": "4"})
    assert SKU.objects.filter(pk=second.pk).values_list("sale_price", flat=True).get() == 900


def test_pictures_and_scene_groups_are_merged_too(opened, other):
    spu = make_spu(scene_group_list=[1])
    form = opened(spu)
    image = make_image()
    from catalog.content import set_pictures

    set_pictures(spu, "imgs", [image])
    SPU.objects.filter(pk=spu.pk).update(scene_group_list=[1, 3])
    form.save(title="法式碎花连衣裙 改")
    spu = SPU.objects.get(pk=spu.pk)
    assert (spu.title, spu.links("imgs"), spu.scene_group_list) == ("法式碎花连衣裙 改", [image], [1, 3])


def test_what_wechat_changes_is_no_conflict(opened, other):
    spu = make_spu(title="连衣裙 一")
    form = opened(spu)
    SPU.objects.filter(pk=spu.pk).update(edit_status=2, status=5, draft={"title": "x"})
    assert "Somebody saved" not in words(form.save(title="连衣裙 二"))
    assert SPU.objects.get().title == "连衣裙 二"


def test_a_fault_elsewhere_loses_neither(opened, other):
    spu = make_spu(title="连衣裙 一", desc="旧")
    form = opened(spu)
    saved_by(other, spu, desc="新")
    page = form.save(title="")
    form.read(page)
    form.save(title="连衣裙 四")
    assert SPU.objects.values_list("title", "desc").get() == ("连衣裙 四", "新")


@pytest.mark.parametrize(
    ("version", "title"),
    [*((odd, "连衣裙 五") for odd in ("", "x", "[]", "{}", '"title"')), (json.dumps({"title": 5}), "连衣裙 一")],
)
def test_an_unreadable_version_saves_as_before_and_a_wrong_one_asks(opened, version, title):
    spu = make_spu(title="连衣裙 一")
    form = opened(spu)
    form.save(title="连衣裙 五", _opened=version)
    assert SPU.objects.get().title == title


def test_other_records_are_merged_as_well(opened, other):
    brand = make_brand(brand_wording="甲")
    form = opened(brand)
    BrandQualification.objects.filter(pk=brand.pk).update(brand_management_type="2", brand_audit_type="3")
    form.save(brand_wording="乙")
    stored = BrandQualification.objects.get(pk=brand.pk)
    assert (stored.brand_wording, str(stored.brand_management_type)) == ("乙", "2")
    info = AccountInfo.objects.create(service_agent_path="pages/a")
    form = opened(info)
    AccountInfo.objects.update(service_agent_path="pages/kf")
    form.save(service_agent_phone="13800138000")
    assert AccountInfo.objects.values_list("service_agent_path", "service_agent_phone").get() == (
        "pages/kf",
        "13800138000",
    )


@pytest.mark.browser
def test_two_people_on_one_product_in_the_browser(page, live_server, platform, other):
    spu = make_spu(title="连衣裙 一", desc="旧")
    sign_in(page, live_server, make_user("owner"))
    page.goto(live_server.url + page_of(spu))
    saved_by(other, spu, title="连衣裙 二", desc="新")
    page.fill("#id_title", "连衣裙 三")
    page.click("input[name=_continue]")
    page.wait_for_selector("text=saved “连衣裙 二” here meanwhile")
    page.click("button[data-take]")
    assert page.input_value("#id_title") == "连衣裙 二"
    page.click("input[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    assert SPU.objects.values_list("title", "desc").get() == ("连衣裙 二", "新")
    assert page.complaints == []
