"""Checks of a product's content (BEHAVIOUR 3.4)."""

from typing import Any

from ...models import Account, Brand, Category
from ...platform import Refusal, need
from ...values import MOST, objects
from .. import img

NO_BRAND = 2100000000
# BEHAVIOUR 3.4, where the switch product_limits is on
TITLE, HEADS, DETAILS, SKUS = (3, 60), 9, 20, 500


def check_product(account: Account, given: dict, out_product_id: str, known: set[str]) -> None:
    """3.4, in the platform's order: fields, category, brand, service, pictures, SKUs."""
    for name in ("title", "path", "head_img", "third_cat_id", "brand_id"):
        if given.get(name) in (None, "", []):
            raise Refusal(1000014, f"{name} is mandatory")
    if not isinstance(given["title"], str) or not isinstance(given["path"], str):
        raise Refusal(40097, "title and path are strings")
    skus = objects(given.get("skus") or [], "skus")
    if not skus:
        raise Refusal(1000020, "the sku list is empty")
    _check_category(given)
    if given["brand_id"] != NO_BRAND and not Brand.objects.filter(brand_id=given["brand_id"]).exists():
        raise Refusal(1000006, "the brand is not authorised")
    if 0 not in account.info.get("service_agent_type", []):
        raise Refusal(1040042, "service_agent_type must include 0")
    details = given.get("desc_info") or {}
    if not isinstance(details, dict):
        raise Refusal(40097, "desc_info is an object")
    pictures = {
        "head_img": _texts(given["head_img"], "head_img"),
        "imgs": _texts(details.get("imgs") or [], "desc_info.imgs"),
        "qualification_pics": _texts(given.get("qualification_pics") or [], "qualification_pics"),
    }
    if account.on("product_limits"):
        _check_limits(given["title"], pictures, skus)
    for links in pictures.values():
        for link in links:
            img.check(account, link)
    if not all(isinstance(group, int) for group in given.get("scene_group_list") or []):
        raise Refusal(40097, "scene_group_list holds numbers")
    _check_skus(account, out_product_id, skus, known)


def _check_category(given: dict) -> None:
    third = given["third_cat_id"]
    category = Category.objects.filter(third_cat_id=third).first() if isinstance(third, int) else None
    if category is None:
        others = Category.objects.filter(second_cat_id=third) | Category.objects.filter(first_cat_id=third)
        raise Refusal(1000007 if others.exists() else 1000009, "third_cat_id is no third-level category")
    if category.qualification_type == 1 and not category.granted:
        raise Refusal(1000005, "the category has to be applied for first")
    if category.product_qualification_type == 1 and not given.get("qualification_pics"):
        raise Refusal(1000008, "product qualification pictures are missing")


def _check_limits(title: str, pictures: dict, skus: list) -> None:
    if not TITLE[0] <= len(title) <= TITLE[1]:
        raise Refusal(1000045, f"the title has {TITLE[0]} to {TITLE[1]} characters")
    if len(pictures["head_img"]) > HEADS or len(pictures["imgs"]) > DETAILS or len(skus) > SKUS:
        raise Refusal(40097, "too many pictures or skus")


def _check_skus(account: Account, out_product_id: str, skus: list[dict], known: set[str]) -> None:
    seen = set()
    for sku in skus:
        for name in ("out_sku_id", "thumb_img", "sale_price", "market_price", "stock_num"):
            if sku.get(name) in (None, ""):
                raise Refusal(1000014, f"sku {name} is mandatory")
        if not isinstance(sku["out_sku_id"], str) or sku["out_sku_id"] in seen:
            raise Refusal(40097, "out_sku_id is a string, each once")
        seen.add(sku["out_sku_id"])
        if sku.get("out_product_id", out_product_id) != out_product_id:
            raise Refusal(40097, "the sku names another out_product_id")
        for name in ("sale_price", "market_price", "stock_num"):
            need_number(sku[name], name)
        if sku["stock_num"] == 0 and sku["out_sku_id"] not in known:
            raise Refusal(1000015, "the stock of a new sku cannot be 0")
        attrs = objects(sku.get("sku_attrs") or [], "sku_attrs")
        if not attrs and len(skus) > 1:
            raise Refusal(1000014, "sku_attrs is mandatory where there are several skus")
        for attr in attrs:
            need(attr, "attr_key", "attr_value")
        img.check(account, sku["thumb_img"])


def need_number(value: Any, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Refusal(40097, f"{name} is a whole number")


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(40097, f"{name} is a list of strings")
    return value
