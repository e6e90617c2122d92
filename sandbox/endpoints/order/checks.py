"""Checks of the input of order/add (BEHAVIOUR 4.2)."""

import re
from typing import Any

from ...models import Account
from ...platform import Refusal, need
from ...values import moment, whole
from .. import scene
from .answers import METHODS, products_of


def check_order(account: Account, given: dict) -> None:
    """4.2, in the order of the platform's codes; 1010006 to 1010008 are inferred, their texts were not recovered."""
    number = given.get("out_order_id")
    if not isinstance(number, str) or not number:
        raise Refusal(1010001, "out_order_id is missing")
    if len(number) > 200:
        raise Refusal(990008, "out_order_id is too long")
    read_openid(given)
    # The platform's own samples leave out scene, and those of G2 fund_type.
    if not whole(given.setdefault("fund_type", 0), 1) or not whole(given.setdefault("scene", 0)):
        raise Refusal(40097, "fund_type is 0 or 1, scene a whole number")
    need(given, "path")
    fund_type = given["fund_type"]
    detail = _object(given.get("order_detail"), "order_detail", 1010003)
    lines = _lines(detail.get("product_infos"), fund_type)
    _check_payment(_object(detail.get("pay_info"), "pay_info", 1010004), fund_type)
    prices = _prices(_object(detail.get("price_info"), "price_info", 1010005))
    _check_delivery(account, given)
    _check_times(given)
    _check_uploaded(lines)
    _check_sums(fund_type, lines, prices)


def read_openid(given: dict) -> str:
    openid = given.get("openid")
    if openid in (None, ""):
        raise Refusal(990004, "openid is missing")
    if not isinstance(openid, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", openid):
        raise Refusal(990001, "openid is illegal")
    if not openid.startswith("o") or not 20 <= len(openid) <= 40:
        raise Refusal(1010014, "openid does not belong to this appid")
    return openid


def _object(value: Any, name: str, errcode: int) -> dict:
    if not isinstance(value, dict):
        raise Refusal(errcode, f"{name} is an object")
    return value


def _lines(value: Any, fund_type: int) -> list[dict]:
    if not isinstance(value, list) or not value:
        raise Refusal(1010003, "product_infos is a list")
    for line in value:
        _object(line, "product_infos", 1010003)
        if not all(isinstance(line.get(name), str) and line[name] for name in ("out_product_id", "out_sku_id")):
            raise Refusal(1010003, "out_product_id and out_sku_id are strings")
        if not whole(line.get("product_cnt")) or not line["product_cnt"] or not whole(line.get("sale_price")):
            raise Refusal(1010003, "product_cnt and sale_price are whole numbers")
        if not whole(line.get("sku_real_price", None if fund_type else 0)) or not whole(line.get("real_price", 0)):
            raise Refusal(1010003, "sku_real_price and real_price are whole numbers")
    return value


def _check_payment(info: dict, fund_type: int) -> None:
    method = info.get("pay_method_type", 0)
    if not whole(method, max(METHODS)):
        raise Refusal(1010004, "pay_method_type is 0, 1 or 2")
    if fund_type == 0 and method == 0:
        if not isinstance(info.get("prepay_id"), str) or not info["prepay_id"]:
            raise Refusal(1010004, "prepay_id is needed")
        moment(info.get("prepay_time"), "prepay_time", 1010004)


def _prices(info: dict) -> dict[str, int]:
    prices = {name: info.get(name, 0) for name in ("freight", "discounted_price", "additional_price")}
    prices["order_price"] = info.get("order_price")
    if not all(whole(price) for price in prices.values()):
        raise Refusal(1010005, "prices are whole numbers")
    return prices


def _check_delivery(account: Account, given: dict) -> None:
    kind = _object(given.get("delivery_detail") or {}, "delivery_detail", 1010007).get("delivery_type", 1)
    if not whole(kind, 4) or kind == 0:
        raise Refusal(1010007, "delivery_type is 1 to 4")
    if kind == 2:
        barred = given["fund_type"] == 1 and scene.verified(account, given["scene"])
        if barred and account.on("no_delivery_needs_other_scene"):
            raise Refusal(990022, "orders without delivery are not supported yet")
        return
    address = _object(given.get("address_info"), "address_info", 1010006)
    for name in ("receiver_name", "detailed_address", "tel_number"):
        if not isinstance(address.get(name), str) or not address[name]:
            raise Refusal(1010006, f"address_info.{name} is missing")


def _check_times(given: dict) -> None:
    moment(given.get("create_time"), "create_time", 1010008)
    # Milliseconds do not fit.
    if not whole(given.get("expire_time", 0), 2**32):
        raise Refusal(1010008, "expire_time is in Unix seconds")
    if not whole(given.get("aftersale_duration", 0)):
        raise Refusal(1010008, "aftersale_duration is a number of days")


def _check_uploaded(lines: list[dict]) -> None:
    uploaded = set(products_of(lines))
    for line in lines:
        if line["out_product_id"] not in uploaded and not all(line.get(name) for name in ("title", "path", "head_img")):
            raise Refusal(1010015, "goods that were not uploaded need title, path and head_img")


def _check_sums(fund_type: int, lines: list[dict], prices: dict[str, int]) -> None:
    goods = sum(line["sale_price"] * line["product_cnt"] for line in lines) - prices["discounted_price"]
    beside = prices["freight"] + prices["additional_price"]
    if prices["order_price"] != goods + beside:
        raise Refusal(1010040, "order_price is not the sum of sale_price × product_cnt and the rest")
    if fund_type == 1 and prices["order_price"] != sum(line["sku_real_price"] for line in lines) + beside:
        raise Refusal(1010040, "order_price is not the sum of sku_real_price, freight and additional_price")
