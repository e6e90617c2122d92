"""Rows inserted in bulk are those that the ORM would have inserted."""

import pytest
from django.db import models
from django.utils import timezone

from catalog.models import SKU, SPU, BatchChange
from tests.factories import free_category
from wechat.statements import insert_many, made

FIELDS = {"out_product_id": "a", "title": "连衣裙", "desc": "é😀", "product_id": 2**60}


def columns_of(row: models.Model) -> dict:
    left_out = ("id", "out_product_id", "product_id", "created_at", "changed_at", "spu_id", "out_sku_id")
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname not in left_out}


def test_a_row_made_by_its_columns_has_the_defaults_of_the_others():
    for model in (SPU, SKU, BatchChange):
        assert columns_of(made(model)) == columns_of(model())
    assert made(SPU).scene_group_list is not made(SPU).scene_group_list
    with pytest.raises(TypeError, match="no column titel"):
        made(SPU, titel="a")


def test_many_rows_are_inserted_as_bulk_create_does():
    category = free_category()
    fields = FIELDS | {"category_id": category.pk and category.third_cat_id, "draft": {"a": [1, None]}}
    SPU.objects.bulk_create([SPU(**fields)])
    rows = [made(SPU, **fields | {"out_product_id": f"b{nth}", "product_id": nth}) for nth in range(3000)]
    insert_many(rows)
    theirs, ours = SPU.objects.get(out_product_id="a"), SPU.objects.get(out_product_id="b2999")
    assert columns_of(theirs) == columns_of(ours)
    assert timezone.now() - ours.created_at < timezone.timedelta(minutes=5)
    assert {row.out_product_id: row.pk for row in rows} == dict(
        SPU.objects.filter(out_product_id__startswith="b").values_list("out_product_id", "pk")
    )
    sku = {"sale_price": 1, "stock_num": 2, "sku_attrs": [{"attr_key": "颜色", "attr_value": "红"}]}
    insert_many([made(SKU, spu_id=row.pk, out_sku_id="1", **sku) for row in rows])
    SKU.objects.bulk_create([SKU(spu=theirs, out_sku_id="1", **sku)])
    assert columns_of(SKU.objects.get(spu=theirs)) == columns_of(SKU.objects.get(spu=ours))
    rows[0].title = "changed"
    rows[0].save()
    assert SPU.objects.get(pk=rows[0].pk).title == "changed"


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_many([])
