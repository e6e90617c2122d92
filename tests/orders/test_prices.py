"""Amounts: the spread of a discount and both of WeChat's equations, for any lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.prices import Amounts, Line, faults, order_price, spread

LINES = st.lists(st.builds(Line, st.integers(0, 5_000_000), st.integers(1, 99)), min_size=1, max_size=30)
FEES = st.integers(0, 1_000_000)


@given(LINES, st.data(), FEES, FEES)
def test_a_discount_is_spread_to_the_fen_and_both_equations_hold(lines, data, freight, additional):
    value = sum(line.sale_price * line.product_cnt for line in lines)
    discount = data.draw(st.integers(0, value))
    paid = spread(discount, lines)
    assert sum(paid) == value - discount
    assert all(0 <= fen <= line.sale_price * line.product_cnt for fen, line in zip(paid, lines, strict=True))
    whole = [line._replace(sku_real_price=fen) for line, fen in zip(lines, paid, strict=True)]
    total = order_price(whole, freight, discount, additional)
    assert faults(Amounts(total, freight, discount, additional), whole) == {}


@pytest.mark.parametrize(
    ("discount", "lines", "paid"),
    [
        (0, [(100, 1), (200, 2)], [100, 400]),
        (100, [(100, 1), (100, 1), (100, 1)], [66, 67, 67]),
        (1, [(100, 1), (100, 1)], [99, 100]),
        (500, [(100, 1), (200, 2)], [0, 0]),
        (10, [(0, 1), (1000, 1)], [0, 990]),
        (0, [(0, 3)], [0]),
        (3, [(1, 1), (1, 1), (1, 1)], [0, 0, 0]),
    ],
)
def test_the_fen_that_rounding_left_goes_to_those_who_lost_most(discount, lines, paid):
    assert spread(discount, [Line(*line) for line in lines]) == paid


@pytest.mark.parametrize("discount", [-1, 501])
def test_nobody_is_paid_for_taking_goods(discount):
    with pytest.raises(ValueError, match="discount"):
        spread(discount, [Line(100, 1), Line(200, 2)])


@pytest.mark.parametrize(
    ("amounts", "field"),
    [
        (Amounts(500, 0, 0, 0), None),
        (Amounts(501, 0, 0, 0), "price_info.order_price"),
        (Amounts(600, 100, 0, 0), None),
        (Amounts(500, 0, 100, 0), "price_info.order_price"),
        (Amounts(400, 0, 100, 0), "product_infos"),  # the lines were not told of the discount
        (Amounts(520, 0, 0, 20), None),
    ],
)
def test_what_does_not_add_up_is_named(amounts, field):
    found = faults(amounts, [Line(100, 1, 100), Line(200, 2, 400)])
    assert (field in found) if field else found == {}
