"""Rows that are inserted without the ORM: whole, with their keys, and refused where they do not fit."""

import pytest
from django.db import DataError, connection

from orders.models import Order, OrderLine
from orders.serializers import PlacedOrderSerializer
from tests.factories import order_body
from wechat.statements import insert_with


def built(lines=1):
    goods = order_body()["product_infos"][0]
    given = PlacedOrderSerializer(
        data=order_body(product_infos=[goods | {"out_sku_id": f"dress-{nth}"} for nth in range(lines)])
    )
    given.is_valid(raise_exception=True)
    return given.build(given.validated_data)


@pytest.mark.parametrize("count", [1, 5])
def test_a_row_and_its_parts_come_with_their_own_keys(count):
    order, lines = built(count)
    insert_with(order, lines, "order")
    stored = OrderLine.objects.in_bulk()
    assert [stored[line.pk].out_sku_id for line in lines] == [f"dress-{nth}" for nth in range(count)]
    assert {line.order_id for line in (*lines, *stored.values())} == {order.pk}
    assert Order.objects.get().out_order_id == order.out_order_id


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite does not know how long a text may be")
@pytest.mark.django_db(transaction=True)
def test_what_is_too_long_for_its_column_is_refused_and_not_cut():
    order, lines = built()
    lines[0].title = "x" * 201
    with pytest.raises(DataError):
        insert_with(order, lines, "order")
    assert not Order.objects.exists()
