"""The lists that are pulled whole: swapped in one piece, their age kept."""

import pytest

from catalog.models import Brand, Category
from catalog.operations import pull_categories, pull_granted_brands, pull_granted_categories
from catalog.tasks import pull_lists
from sandbox.models import Brand as Granted
from sandbox.models import Category as Known
from tests.factories import make_category
from wechat.errors import Unreachable
from wechat.steps.errors import Conflict
from wechat.steps.pulls import listed


def test_the_whole_tree_is_kept_with_needs_and_age(platform):
    pulled = listed("categories")
    pull_categories(pulled)
    assert Category.objects.count() == Known.objects.count() == pulled.count
    mat = Category.objects.get(third_cat_id=6493)
    assert (str(mat), mat.qualification_type, mat.product_qualification_type) == (
        "玩具乐器 › 健身玩具 › 爬行垫/毯",
        0,
        1,
    )
    assert mat.product_qualification.startswith("《国家强制性产品认证证书》")
    assert pulled.pulled_at is not None


def test_a_category_wechat_dropped_is_marked_and_comes_back_if_it_does(platform):
    gone = make_category(third_cat_id=1, third_cat_name="旧类目")
    pull_categories(listed("categories"))
    gone.refresh_from_db()
    assert gone.gone is True
    Known.objects.create(
        third_cat_id=1, third_cat_name="新名", second_cat_id=2, second_cat_name="b", first_cat_id=3, first_cat_name="a"
    )
    pull_categories(listed("categories"))
    gone.refresh_from_db()
    assert (gone.gone, gone.third_cat_name) == (False, "新名")


def test_an_empty_tree_is_not_believed(platform):
    make_category()
    platform.configure(mode="safe")
    Known.objects.all().delete()
    with pytest.raises(Unreachable):
        pull_categories(listed("categories"))
    assert Category.objects.filter(gone=False).count() == 1


def test_granted_categories_are_marked_and_unmarked(platform):
    pull_categories(listed("categories"))
    Known.objects.filter(third_cat_id=7448).update(granted=True)
    pull_granted_categories(listed("granted_categories"))
    assert list(Category.objects.filter(granted=True).values_list("third_cat_id", flat=True)) == [7448]
    Known.objects.update(granted=False)
    pull_granted_categories(listed("granted_categories"))
    assert not Category.objects.filter(granted=True).exists()


def test_granted_brands_come_and_go(platform):
    platform.configure(mode="safe")
    Granted.objects.create(brand_id=9223372036854775807, brand_wording="大号")
    pull_granted_brands(listed("granted_brands"))
    assert Brand.objects.get().brand_id == 9223372036854775807
    Granted.objects.all().delete()
    pull_granted_brands(listed("granted_brands"))
    assert Brand.objects.get().gone is True


def test_one_list_is_not_pulled_as_another(platform):
    with pytest.raises(Conflict):
        pull_categories(listed("granted_brands"))


def test_the_schedule_goes_on_when_one_list_fails(platform):
    platform.fault("error", "/shop/cat/get", errcode=48001)
    pull_lists()
    assert listed("categories").pulled_at is None
    assert listed("granted_brands").pulled_at is not None
