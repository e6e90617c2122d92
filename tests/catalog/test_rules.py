"""What is looked at before a product is sent, and that WeChat's own look finds nothing more."""

from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog import rules
from catalog.content import set_pictures, set_skus, update_unsent
from catalog.models import SPU, Brand, Category
from catalog.operations import submit_spu
from catalog.rules import broken_by
from sandbox.models import Brand as TheirBrand
from sandbox.models import Category as TheirCategory
from sandbox.models import Product
from tests.factories import free_category, make_category, make_image, make_spu
from wechat.errors import Refused
from wechat.models import AccountInfo, Image
from wechat.operations import upload_image
from wechat.steps.errors import Incomplete

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sound_product_breaks_nothing():
    assert broken_by(make_spu()) == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "裙"}, "title"),
        ({"title": "裙" * 61}, "title"),
        ({"title": "这是测试商品"}, "title"),
        ({"title": "a TEST dress"}, "title"),
        ({"path": ""}, "path"),
        ({"head_img": []}, "head_img"),
    ],
)
def test_each_fault_is_one_sentence_at_its_field(fields, field):
    broken = broken_by(make_spu(**fields))
    assert list(broken) == [field]
    assert all(str(line).endswith(".") for line in broken[field])


@pytest.mark.parametrize(
    "title", ["家用血糖测试仪 套装", "验孕测试纸 十条装", "contest winner dress", "网速测试器 便携"]
)
def test_what_is_called_so_is_no_test(title):
    assert broken_by(make_spu(title=title)) == {}


def test_a_category_must_be_ours_and_still_there():
    assert list(broken_by(make_spu(category=make_category()))) == ["category"]
    make_spu(category=make_category(third_cat_id=1, granted=True))
    gone = make_category(third_cat_id=2, qualification_type=0, gone=True)
    assert list(broken_by(make_spu(category=gone))) == ["category"]
    spu = make_spu()
    spu.category = None
    assert list(broken_by(spu)) == ["category"]


def test_a_category_with_optional_papers_may_be_used_without():
    assert broken_by(make_spu(category=make_category(qualification_type=2))) == {}


def test_a_brand_must_be_granted_still():
    assert broken_by(make_spu(brand=Brand.objects.create(brand_id=1, brand_wording="A"))) == {}
    assert list(broken_by(make_spu(brand=Brand.objects.create(brand_id=2, brand_wording="B", gone=True)))) == ["brand"]


def test_a_category_may_ask_for_papers_of_each_product():
    toys = make_category(
        third_cat_id=6493,
        qualification_type=0,
        product_qualification_type=1,
        product_qualification="《国家强制性产品认证证书》",
    )
    broken = broken_by(make_spu(category=toys))
    assert "国家强制性产品认证证书" in str(broken["qualification_pics"][0])
    assert broken_by(make_spu(category=toys, qualification_pics=[make_image()])) == {}


@pytest.mark.parametrize(("kind", "most"), [("head_img", 9), ("imgs", 20)])
def test_pictures_are_counted(kind, most):
    images = [make_image() for _nth in range(most + 1)]
    assert broken_by(make_spu(**{kind: images[:most]})) == {}
    assert list(broken_by(make_spu(**{kind: images}))) == [kind]


def test_a_picture_that_lies_elsewhere_is_named():
    foreign = Image.objects.create(link="https://example.com/a.jpg", name="a.jpg")
    broken = broken_by(make_spu(head_img=[foreign], skus=[{"thumb_img": foreign}]))
    assert sorted(field.rsplit(".", 1)[-1] for field in broken) == ["head_img", "thumb_img"]
    assert "a.jpg" in str(broken["head_img"][0])


@pytest.mark.parametrize(
    ("sku", "field"),
    [
        ({"sale_price": 0}, "sale_price"),
        ({"sale_price": 100, "market_price": 99}, "market_price"),
        ({"stock_num": 0}, "stock_num"),
    ],
)
def test_a_skus_fault_stands_at_its_cell(sku, field):
    spu = make_spu(skus=[sku])
    assert list(broken_by(spu)) == [f"skus[{spu.out_product_id}-0].{field}"]


def test_stock_of_a_known_sku_may_be_zero(platform):
    spu = make_spu()
    submit_spu(spu)
    spu.skus.update(stock_num=0)
    spu.refresh_from_db()
    assert broken_by(spu) == {}


def test_there_has_to_be_a_sku_and_several_have_to_differ():
    assert list(broken_by(make_spu(skus=[]))) == ["skus"]
    assert list(broken_by(make_spu(skus=[{"out_sku_id": " "}]))) == ["skus"]
    red = [{"attr_key": "颜色", "attr_value": "红"}]
    spu = make_spu(skus=[{"sku_attrs": red}, {"sku_attrs": red}, {}])
    assert sorted(broken_by(spu)) == [f"skus[{spu.out_product_id}-{nth}].sku_attrs" for nth in (1, 2)]


@pytest.mark.parametrize("attr", [{"attr_key": "颜色", "attr_value": ""}, {"attr_key": " ", "attr_value": "红"}, {}])
def test_half_an_attribute_is_none_also_where_there_is_one_sku(attr):
    spu = make_spu(skus=[{"sku_attrs": [attr]}])
    assert list(broken_by(spu)) == [f"skus[{spu.out_product_id}-0].sku_attrs"]


def test_customer_service_must_include_wechats_own():
    info = AccountInfo.objects.create(official_service=False)
    assert list(broken_by(make_spu())) == [""]
    info.platform = {"service_agent_type": [0, 2]}
    info.save()
    assert broken_by(make_spu()) == {}


def test_a_rule_holds_from_its_day(monkeypatch):
    def nothing_blue(spu):
        yield "title", "No blue."

    coming = [rules.Rule("blue", date(2999, 1, 1), nothing_blue), rules.Rule("now", date(2021, 1, 1), nothing_blue)]
    assert broken_by(make_spu(), coming) == {"title": ["No blue."]}
    assert broken_by(make_spu(), coming[:1]) == {}


def test_every_rule_has_its_name_and_day():
    names = [rule.name for rule in rules.RULES]
    assert len(names) == len(set(names)) >= 15
    assert {rule.name: rule.since for rule in rules.RULES}["customer_service"] == date(2022, 3, 1)


# --- against the sandbox: what passes here passes there

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
TEXT = st.text(alphabet=CHARACTERS, max_size=70)
ATTRS = st.lists(
    st.fixed_dictionaries(
        {"attr_key": st.sampled_from(["颜色", "尺码", ""]), "attr_value": st.text(alphabet=CHARACTERS, max_size=3)}
    ),
    max_size=2,
)
SKU = st.fixed_dictionaries(
    {
        "out_sku_id": st.text(alphabet="ab1 ", max_size=3),
        "sku_attrs": ATTRS,
        "sale_price": st.sampled_from([0, 1, 1999, 2**31 - 1]),
        "market_price": st.sampled_from([None, 0, 1, 2999, 2**31 - 1]),
        "stock_num": st.sampled_from([0, 1, 2**31 - 1]),
        "sku_code": st.text(alphabet="aB1", max_size=4),
        "barcode": st.just(""),
    }
)
PRODUCT = st.fixed_dictionaries(
    {
        "title": st.one_of(TEXT, st.just("法式碎花连衣裙 夏季新款")),
        "path": st.sampled_from(["", "pages/p?id=1"]),
        "desc": TEXT,
        "third_cat_id": st.sampled_from([None, 6040, 7448, 6493, 7480, 1]),
        "brand_id": st.sampled_from([None, 10001, 99]),
        "heads": st.integers(0, 10),
        "papers": st.booleans(),
        "skus": st.lists(SKU, max_size=4, unique_by=lambda sku: sku["out_sku_id"]),
    }
)
GOOD_SKU = {
    "out_sku_id": "a",
    "sku_attrs": [],
    "sale_price": 1999,
    "market_price": None,
    "stock_num": 1,
    "sku_code": "",
    "barcode": "",
}
GOOD = {
    "title": "法式碎花连衣裙 夏季新款",
    "path": "pages/p?id=1",
    "desc": "",
    "third_cat_id": 6040,
    "brand_id": None,
    "heads": 1,
    "papers": False,
    "skus": [GOOD_SKU],
}


@pytest.fixture
def world():
    """Categories and brands on both sides: granted and not, wanting papers and not, unknown there."""
    from sandbox.models import Account

    Account.only()
    free_category()
    make_category()
    make_category(third_cat_id=6493, qualification_type=0, product_qualification_type=1)
    make_category(third_cat_id=7480, qualification_type=2)
    make_category(third_cat_id=1, qualification_type=0, gone=True)
    Brand.objects.create(brand_id=10001, brand_wording="茶里")
    Brand.objects.create(brand_id=99, brand_wording="gone", gone=True)
    TheirBrand.objects.create(brand_id=10001, brand_wording="茶里")
    assert TheirCategory.objects.filter(third_cat_id__in=[6040, 7448, 6493, 7480]).count() == 4
    images = [make_image() for _nth in range(10)]
    for image in images:
        upload_image(image)
    return images


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(product=PRODUCT)
@example(product=GOOD)
@example(product={**GOOD, "third_cat_id": 6493, "papers": True})
@example(product={**GOOD, "skus": [{**GOOD_SKU, "sku_attrs": [{"attr_key": "颜色", "attr_value": ""}]}]})
def test_what_passes_the_check_passes_wechats_validation(world, platform, product):
    SPU.objects.all().delete()
    Product.objects.all().delete()
    spu = SPU.objects.create(
        out_product_id="p",
        title=product["title"],
        path=product["path"],
        desc=product["desc"],
        category=Category.objects.filter(third_cat_id=product["third_cat_id"]).first(),
        brand=Brand.objects.filter(brand_id=product["brand_id"]).first(),
    )
    set_pictures(spu, "head_img", world[: product["heads"]])
    set_pictures(spu, "qualification_pics", world[:1] if product["papers"] else [])
    set_skus(spu, product["skus"])
    update_unsent(spu)
    try:
        submit_spu(spu)
    except Incomplete as incomplete:
        # What is stopped here says where, and never reached WeChat.
        assert incomplete.fields
        assert not Product.objects.exists()
    except Refused as refused:
        pytest.fail(f"the check let through what WeChat refuses: {refused}")
    else:
        assert platform.product("p").draft["title"] == product["title"]
