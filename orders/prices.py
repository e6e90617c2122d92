"""The two equations that an order's amounts must satisfy (BEHAVIOUR 4.2), and how a discount is spread over its lines.

All amounts are whole fen.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _


class Amounts(NamedTuple):
    order_price: int
    freight: int = 0
    discounted_price: int = 0
    additional_price: int = 0


class Line(NamedTuple):
    sale_price: int  # of one piece
    product_cnt: int
    sku_real_price: int | None = None  # of all its pieces


def spread(discount: int, lines: Sequence[Line]) -> list[int]:
    """The amount paid for each line when a discount is spread in proportion to value; the sum is exact to the fen.

    Raises ValueError when the discount is larger than the value of the goods.
    """
    values = [line.sale_price * line.product_cnt for line in lines]
    total = sum(values)
    if not 0 <= discount <= total:
        raise ValueError("the discount lies between nothing and the value of the goods")
    if total == 0:
        return values
    shares = [discount * value // total for value in values]
    # Rounding down leaves some fen: they go to the lines with the largest remainders.
    by_remainder = sorted(range(len(lines)), key=lambda nth: (-(discount * values[nth] % total), nth))
    for nth in by_remainder[: discount - sum(shares)]:
        shares[nth] += 1
    return [value - share for value, share in zip(values, shares, strict=True)]


def order_price(lines: Sequence[Line], freight: int = 0, discounted_price: int = 0, additional_price: int = 0) -> int:
    """The total that the buyer pays."""
    return sum(line.sale_price * line.product_cnt for line in lines) + freight - discounted_price + additional_price


def faults(amounts: Amounts, lines: Sequence[Line]) -> dict[str, str]:
    """{field: message} of amounts that do not add up; empty when both equations hold."""
    faults_by_field = {}
    expected = order_price(lines, amounts.freight, amounts.discounted_price, amounts.additional_price)
    if amounts.order_price != expected:
        faults_by_field["price_info.order_price"] = _(
            "sale_price × product_cnt of all goods + freight − discounted_price + additional_price is %(wanted)d fen."
        ) % {"wanted": expected}
    paid = sum(line.sku_real_price or 0 for line in lines) + amounts.freight + amounts.additional_price
    if amounts.order_price != paid:
        faults_by_field["product_infos"] = _(
            "sku_real_price of all goods + freight + additional_price is %(paid)d fen, order_price is %(price)d."
        ) % {"paid": paid, "price": amounts.order_price}
    return faults_by_field
