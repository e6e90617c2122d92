"""What is accepted at once is what the API accepts, and becomes the same; the rest its serializers answer."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from catalog.imports import columns, quick
from console.money import fen
from console.sheets.columns import identifier, text
from wechat.cleaning import cleaned, compact

TEXTS = ["out_product_id", "title", "path", "direct_path", "desc", "info_version", "out_sku_id", "sku_code", "barcode"]
NUMBERS = ["sale_price", "market_price", "stock_num"]
odd = st.sampled_from("\0\t\n\u00ad\u115f\u200b\u3164\ufe0f\ufffd\ufdd0\ud800\x85 '=#-/é中😀")
texts = st.text(st.one_of(odd, st.characters()), max_size=30) | st.sampled_from(
    ["x" * 99, "x" * 101, "x" * 201, "x" * 301]
)
numbers = st.integers(-3, 3) | st.integers(2**31 - 3, 2**31 + 3) | st.sampled_from([True, 1.0, None, [], "1e3"])
pairs = st.fixed_dictionaries({"attr_key": texts, "attr_value": texts}, optional={"more": texts})


def outcome(do, *values):
    try:
        found = do(*values)
    except ValidationError as error:
        return error.messages
    return type(found), found


@given(st.sampled_from([*TEXTS, *NUMBERS]), texts | numbers | numbers.map(str))
def test_a_value_is_what_the_serializers_field_makes_of_it(name, value):
    found = columns._quick(name)(value)
    if found is not quick.UNSURE:
        assert outcome(columns.validated, name, value) == (type(found), found)


@given(st.lists(pairs, max_size=4) | st.lists(st.just({"attr_key": "a", "attr_value": "b"}), min_size=49, max_size=52))
def test_attributes_are_what_the_serializer_makes_of_them(value):
    found = columns._quick("sku_attrs")(value)
    if found is not quick.UNSURE:
        assert columns.validated("sku_attrs", value) == found


def test_what_a_sheet_usually_has_is_accepted_at_once():
    usual = {"out_product_id": "dress-1", "title": "法式碎花连衣裙 夏季新款", "sale_price": 1999, "stock_num": "100"}
    usual |= {"out_sku_id": "a_1", "barcode": "6901", "sku_attrs": [{"attr_key": "颜色", "attr_value": "红"}]}
    for name, value in usual.items():
        assert columns._quick(name)(value) is not quick.UNSURE, name


def test_a_field_with_a_validator_that_is_not_known_is_always_asked():
    from rest_framework import serializers

    def no_blue(value):
        raise serializers.ValidationError("No blue.")

    assert quick.compiled(serializers.CharField(validators=[no_blue]))("red") is quick.UNSURE
    assert quick.compiled(serializers.EmailField())("a@b.cn") is quick.UNSURE
    assert quick.compiled(serializers.IntegerField())(1) is quick.UNSURE


@given(texts)
def test_what_is_printable_needs_no_cleaning(value):
    if value.isprintable():
        assert all(ord(one) >= 32 and not 0xD800 <= ord(one) < 0xE000 and not 0x7F <= ord(one) < 0xA0 for one in value)
    assert cleaned(cleaned(value)) == cleaned(value)


@given(st.from_regex(r"[A-Za-z0-9_+.-]{0,8}", fullmatch=True) | texts)
def test_an_id_is_a_text_without_what_nobody_sees(value):
    try:
        found = identifier(value)
    except ValidationError:
        return
    assert found == text(value) == compact(found)


@given(st.decimals(0, 10**8, places=2) | st.decimals(0, 10**8, places=1) | st.integers(0, 10**8))
def test_an_amount_is_exact(amount):
    if amount * 100 <= 2**31 - 1:
        assert fen(str(amount)) == Decimal(amount) * 100
    else:
        with pytest.raises(ValidationError):
            fen(str(amount))
