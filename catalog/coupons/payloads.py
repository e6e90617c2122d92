"""Where each column of a coupon stands in WeChat's coupon_info: the table both ways go by."""

from datetime import datetime

from wechat.values import number, unix_seconds

from .models import Coupon
from .rules import VALID, terms_of

CONDITION = ("discount_info", "discount_condition")
TERMS = {
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
PLACES = {
    "name": ("name",),
    "finder_nickname": ("promote_info", "finder", "nickname"),
    **TERMS,
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
    # finder has to be there, also with nobody in it.
    info: dict = {"promote_info": {"promote_type": coupon.promote_type, "finder": {}}, "discount_info": {}}
    for column in _columns(coupon):
        value = getattr(coupon, column)
        if value not in (None, "", []):
            _put(info, PLACES[column], unix_seconds(value) if isinstance(value, datetime) else value)
    return {
        "out_coupon_id": coupon.out_coupon_id,
        "type": coupon.type,
        "promote_type": coupon.promote_type,
        "coupon_info": info,
    }


def differences(ours: dict, theirs: dict) -> list[str]:
    """The columns in which two such bodies are not the same; what is empty and what is missing are.

    Looked at is what the type and the way of being valid of either have; what every coupon has and theirs leaves out is
    no difference.
    """
    columns = [name for name in ("type", "promote_type") if theirs.get(name) not in (None, ours.get(name))]
    mine, other = ours.get("coupon_info") or {}, theirs.get("coupon_info") or {}
    meant = _meant(ours) | _meant({"type": ours.get("type"), **theirs})
    for name, at in PLACES.items():
        one, two = found(mine, at) or None, found(other, at) or None
        if name in meant and one != two and not (two is None and name in ALWAYS):
            columns.append(name)
    return columns


def _meant(body: dict) -> set[str]:
    valid_type = found(body.get("coupon_info") or {}, PLACES["valid_type"])
    return set(_columns(Coupon(type=number(body.get("type")) or 0, valid_type=number(valid_type) or 0)))


def found(info: dict, place: tuple[str, ...]):
    """What stands at a place, None where nothing does."""
    value: object = info
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _columns(coupon: Coupon) -> list[str]:
    """Those that this coupon's type and its way of being valid have."""
    terms, valid = terms_of(coupon), VALID.get(coupon.valid_type, ())
    others = {*TERMS, *(name for names in VALID.values() for name in names)}
    return [name for name in PLACES if name not in others or name in terms.columns or name in valid]


def _put(info: dict, place: tuple[str, ...], value) -> None:
    *way, last = place
    for name in way:
        info = info.setdefault(name, {})
    info[last] = value
