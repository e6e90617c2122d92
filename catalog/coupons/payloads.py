"""Where each column of a coupon is in WeChat's coupon_info; used for sending and for reading."""

from datetime import datetime
from typing import Any

from wechat.values import number, unix_seconds

from .models import Coupon
from .terms import VALID, terms_of, valid_columns

CONDITION = ("discount_info", "discount_condition")
TERM_PATHS = {
    "discount_num": ("discount_info", "discount_num"),
    "discount_fee": ("discount_info", "discount_fee"),
    "product_price": (*CONDITION, "product_price"),
    "product_cnt": (*CONDITION, "product_cnt"),
    "out_product_ids": (*CONDITION, "out_product_ids"),
    "tradein_out_product_id": (*CONDITION, "tradein_info", "out_product_id"),
    "tradein_price": (*CONDITION, "tradein_info", "price"),
    "buy_out_product_id": (*CONDITION, "buyget_info", "buy_out_product_id"),
    "buy_product_cnt": (*CONDITION, "buyget_info", "buy_product_cnt"),
    "get_out_product_id": (*CONDITION, "buyget_info", "get_out_product_id"),
    "get_product_cnt": (*CONDITION, "buyget_info", "get_product_cnt"),
}
PATHS = {
    "name": ("name",),
    "finder_nickname": ("promote_info", "finder", "nickname"),
    **TERM_PATHS,
    "limit_num_one_person": ("receive_info", "limit_num_one_person"),
    "total_num": ("receive_info", "total_num"),
    "receive_start_time": ("receive_info", "start_time"),
    "receive_end_time": ("receive_info", "end_time"),
    "valid_type": ("valid_info", "valid_type"),
    "valid_start_time": ("valid_info", "start_time"),
    "valid_end_time": ("valid_info", "end_time"),
    "valid_day_num": ("valid_info", "valid_day_num"),
    "valid_second": ("valid_info", "valid_second"),
}
ALWAYS = ("name", "valid_type")


def coupon(coupon: Coupon) -> dict:
    """The body of coupon/add and coupon/update: what the coupon's type has, times in Unix seconds."""
    # WeChat requires `finder`, even if it is empty.
    info: dict = {"promote_info": {"promote_type": coupon.promote_type, "finder": {}}, "discount_info": {}}
    for column in _columns(coupon):
        value = getattr(coupon, column)
        if value not in (None, "", []):
            _put(info, PATHS[column], unix_seconds(value) if isinstance(value, datetime) else value)
    return {
        "out_coupon_id": coupon.out_coupon_id,
        "type": coupon.type,
        "promote_type": coupon.promote_type,
        "coupon_info": info,
    }


def differences(ours: dict, theirs: dict) -> list[str]:
    """The columns in which two such bodies differ; an empty value and a missing one are the same.

    Compared are the columns that the type and the valid_type of either body have. A column of `ALWAYS` that theirs
    leaves out is no difference.
    """
    columns = [name for name in ("type", "promote_type") if theirs.get(name) not in (None, ours.get(name))]
    our_info, their_info = ours.get("coupon_info") or {}, theirs.get("coupon_info") or {}
    compared = _columns_of_body(ours) | _columns_of_body({"type": ours.get("type"), **theirs})
    for name, path in PATHS.items():
        our_value, their_value = value_at(our_info, path) or None, value_at(their_info, path) or None
        if name in compared and our_value != their_value and not (their_value is None and name in ALWAYS):
            columns.append(name)
    return columns


def _columns_of_body(body: dict) -> set[str]:
    valid_type = value_at(body.get("coupon_info") or {}, PATHS["valid_type"])
    return set(_columns(Coupon(type=number(body.get("type")) or 0, valid_type=number(valid_type) or 0)))


def value_at(info: dict, path: tuple[str, ...]) -> Any:
    """The value at a path, None where there is none."""
    value: Any = info
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _columns(coupon: Coupon) -> list[str]:
    """The columns that this coupon's type and valid_type have."""
    terms, valid = terms_of(coupon), valid_columns(coupon)
    others = {*TERM_PATHS, *(name for names in VALID.values() for name in names)}
    return [name for name in PATHS if name not in others or name in terms.columns or name in valid]


def _put(info: dict, path: tuple[str, ...], value: Any) -> None:
    *parents, last = path
    for name in parents:
        info = info.setdefault(name, {})
    info[last] = value
