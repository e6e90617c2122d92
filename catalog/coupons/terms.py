"""Which columns each type of coupon has (BEHAVIOUR section 8)."""

from typing import NamedTuple

from .models import Coupon, CouponType, ValidType


class Terms(NamedTuple):
    """The columns one type of coupon has: all of `needed`, one of `either` at least, any of `free`."""

    needed: tuple[str, ...]
    either: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        return {*self.needed, *self.either, *self.free}


GOODS = ("out_product_ids",)
VALID: dict[int, tuple[str, ...]] = {
    ValidType.FIXED: ("valid_start_time", "valid_end_time"),
    ValidType.DAYS: ("valid_day_num",),
    ValidType.SECONDS: ("valid_second",),
}
TERMS: dict[int, Terms] = {
    CouponType.CONDITIONAL: Terms(("discount_num",), either=("product_cnt", "product_price")),
    CouponType.REDUCTION: Terms(("discount_fee", "product_price")),
    CouponType.DISCOUNT: Terms(("discount_num",)),
    CouponType.DIRECT: Terms(("discount_fee",)),
    CouponType.TRADE_IN: Terms(
        ("tradein_out_product_id", "tradein_price"), free=("product_price", "product_cnt", "out_product_ids")
    ),
    CouponType.BUY_AND_GET: Terms(("buy_out_product_id", "buy_product_cnt", "get_out_product_id", "get_product_cnt")),
}
COLUMNS = sorted({*GOODS, *(name for terms in TERMS.values() for name in terms.columns)})


def terms_of(coupon: Coupon) -> Terms:
    """The columns of a coupon's type. An unknown type came from WeChat, and may have every column."""
    terms = TERMS.get(coupon.kind)
    if terms is None:
        return Terms((), free=tuple(COLUMNS))
    on_goods = not coupon.is_for_shop and coupon.kind <= CouponType.DIRECT
    return terms._replace(needed=(*terms.needed, *GOODS)) if on_goods else terms


def valid_columns(coupon: Coupon) -> tuple[str, ...]:
    """The columns that the coupon's valid_type has."""
    return VALID.get(coupon.valid_type, ())


def columns_by_choice() -> dict[str, dict]:
    """For the form: {field: {choice: its columns}}; columns of the other choices are hidden."""
    types = {kind.value: sorted(terms_of(Coupon(type=kind)).columns) for kind in CouponType}
    return {"type": types, "valid_type": VALID}
