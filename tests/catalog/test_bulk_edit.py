"""Prices, stock and scene groups of many products in one table; products added to a live day."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import SKU, SPU, Unsent
from catalog.operations import refresh_spu, submit_spu
from console.models import Edit, Job
from scenes.models import LiveDay
from tests.console.pages import document, words
from tests.factories import make_spu, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LIST, EDIT, CHOOSE = "/admin/catalog/spu/", "/admin/catalog/spu/edit-many/", "/admin/scenes/liveday/choose/"


@pytest.fixture
def staff(client):
    client.force_login(make_user("product"))
    return client


@pytest.fixture
def on_sale(platform):
    products = [make_spu(title="法式碎花连衣裙"), make_spu(title="帆布包")]
    for spu in products:
        submit_spu(spu)
        platform.approve_product(spu.out_product_id)
        refresh_spu(spu)
    return products


def loaded(page) -> dict[str, list[str]]:
    """What the page's form sends as it was loaded."""
    values: dict[str, list[str]] = {}
    for form in document(page).forms:
        if form.xpath(".//*[@name='form-TOTAL_FORMS']"):
            for name, value in form.form_values():
                values.setdefault(name, []).append(value)
    return values


def edit(products) -> str:
    return f"{EDIT}?ids={','.join(str(spu.pk) for spu in products)}"


def test_the_action_leads_to_one_table_of_the_chosen_products(staff, on_sale):
    page = staff.post(LIST, {"action": "edit_prices", "_selected_action": [spu.pk for spu in on_sale]}, follow=True)
    assert "法式碎花连衣裙" in words(page) and "帆布包" in words(page)
    assert words(page).count("no review") >= 2


def test_only_what_was_changed_is_saved_traced_and_sent_without_a_review(staff, on_sale, drain, platform):
    first, second = on_sale
    values = loaded(staff.get(edit(on_sale)))
    values["form-0-sale_price"] = ["188.80"]
    staff.post(edit(on_sale), {**values, "send": "1"})
    drain()
    assert SKU.objects.get(spu=first).sale_price == 18880
    assert SKU.objects.get(spu=second).sale_price == 19900
    assert Edit.objects.filter(object_id=first.pk).count() == 1
    assert not Edit.objects.filter(object_id=second.pk).exists()
    assert Job.objects.get().counts()["done"] == 1
    assert SPU.objects.get(pk=first.pk).unsent == Unsent.NOTHING


def test_what_somebody_else_changed_meanwhile_is_not_undone(staff, on_sale):
    first, second = on_sale
    values = loaded(staff.get(edit(on_sale)))
    SKU.objects.filter(spu=second).update(stock_num=3)
    values["form-0-stock_num"] = ["7"]
    staff.post(edit(on_sale), values)
    assert list(SKU.objects.order_by("spu_id").values_list("stock_num", flat=True)) == [7, 3]
    SKU.objects.filter(spu=first).update(stock_num=5)
    refused = staff.post(edit(on_sale), values | {"form-0-stock_num": ["9"], "initial-form-0-stock_num": ["7"]})
    assert "It was changed meanwhile, to 5." in words(refused)
    assert SKU.objects.get(spu=first).stock_num == 5


def test_a_wrong_number_saves_nothing_and_keeps_what_was_typed(staff, on_sale):
    values = loaded(staff.get(edit(on_sale)))
    page = staff.post(edit(on_sale), {**values, "form-0-sale_price": ["1.999"], "form-1-stock_num": ["4"]})
    assert "Nothing has been saved" in words(page) and "parts of a fen" in words(page)
    assert document(page).xpath("//input[@name='form-1-stock_num']/@value") == ["4"]
    assert set(SKU.objects.values_list("stock_num", flat=True)) == {10}


def test_a_scene_group_for_all_needs_a_review(staff, on_sale):
    values = loaded(staff.get(edit(on_sale)))
    page = staff.post(edit(on_sale), {**values, "scene_groups": ["1"], "send": "1"}, follow=True)
    changed = [spu for spu in SPU.objects.all() if spu.scene_group_list == [1]]
    assert len(changed) == 2
    assert page.status_code == 200


def test_who_may_not_change_products_sees_no_table(client, on_sale):
    client.force_login(make_user("warehouse"))
    assert client.get(edit(on_sale)).status_code == 403
    assert client.get(CHOOSE).status_code == 403


def test_chosen_products_are_added_to_a_new_live_day(staff, on_sale):
    page = staff.post(LIST, {"action": "add_to_live_day", "_selected_action": [on_sale[0].pk]}, follow=True)
    assert on_sale[0].out_product_id in words(page)
    body = {"date": "2026-12-12", "title": "双十二", "ids": on_sale[0].out_product_id}
    assert "1 product is added." in words(staff.post(CHOOSE, body, follow=True))
    day = LiveDay.objects.get()
    assert list(day.products.all()) == [on_sale[0]]
    sheet = SimpleUploadedFile("day.csv", f"商品编号,备注\n{on_sale[1].out_product_id},好\n".encode())
    staff.post(CHOOSE, {"day": day.pk, "sheet": sheet})
    assert day.products.count() == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"ids": "nobody-has-this", "date": "2026-12-12", "title": "x"}, "There is no product with nobody-has-this."),
        ({"ids": ""}, "A new live day needs this."),
        ({"date": "2026-12-12", "title": "x"}, "Name at least one product."),
    ],
)
def test_what_is_missing_for_a_live_day_is_said_and_nothing_saved(staff, body, said):
    assert said in words(staff.post(CHOOSE, body))
    assert not LiveDay.objects.exists()
