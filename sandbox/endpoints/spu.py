"""Section 3: products, each with a draft and an online copy."""

import secrets
import time

from django.utils import timezone

from ..ids import new_id
from ..models import Account, Brand, Category, Product
from ..platform import Refusal, Request, endpoint, need
from ..pushes import push
from ..values import MOST, objects, span_of, stamp
from . import img

NO_BRAND = 2100000000
# 3.3: what may change without a review
FREE = ("sale_price", "market_price", "stock_num", "barcode", "sku_code")
COPIED = (
    "title", "path", "direct_path", "head_img", "qualification_pics", "desc_info", "third_cat_id", "brand_id",
    "info_version", "scene_group_list", "skus",
)  # fmt: skip
SHOWN = tuple(name for name in COPIED if name not in ("direct_path", "scene_group_list"))
EMPTY = {"title": "", "path": "", "head_img": [], "desc_info": {"desc": "", "imgs": []}, "skus": []}
# 3.4, where the switch product_limits is on
TITLE, HEADS, DETAILS, SKUS = (3, 60), 9, 20, 500


@endpoint("/shop/spu/add")
def add(request: Request) -> dict:
    given = request.data
    if not isinstance(given.get("out_product_id"), str) or not given["out_product_id"]:
        raise Refusal(1000001, "out_product_id is missing")
    if Product.objects.filter(out_product_id=given["out_product_id"]).exists():
        raise Refusal(1000012, "the product exists, use update")
    _check(request.account, given, given["out_product_id"], known=set())
    now = timezone.now()
    product = Product(product_id=new_id(), out_product_id=given["out_product_id"], created_at=now, updated_at=now)
    answer = _submit(request.account, product, given)
    return answer | {"data": _named(product, "create_time", product.created_at, with_skus=True)}


@endpoint("/shop/spu/update")
def update(request: Request) -> dict:
    product = _find(request)
    if product.edit_status == Product.IN_REVIEW:
        raise Refusal(1000002, "the product is in review, do not submit it again")
    _check(request.account, request.data, product.out_product_id, _known_skus(product))
    answer = _submit(request.account, product, request.data)
    return answer | {"data": _named(product, "update_time", product.updated_at, with_skus=True)}


@endpoint("/shop/spu/update_without_audit")
def update_without_audit(request: Request) -> dict:
    product = _find(request)
    if product.online is None:
        raise Refusal(1000003, "the product has never been approved")
    given = {sku.get("out_sku_id"): sku for sku in objects(request.data.get("skus") or [], "skus")}
    online = {sku["out_sku_id"] for sku in product.online["skus"]}
    if unknown := set(given) - online:
        raise Refusal(1000004, f"sku {unknown.pop()} is not online, use update")
    for sku in given.values():
        for name in ("sale_price", "market_price", "stock_num"):
            if name in sku:
                _number(sku[name], name)
    for copy in (product.draft, product.online):
        for sku in copy["skus"]:
            sku |= {name: value for name, value in given.get(sku["out_sku_id"], {}).items() if name in FREE}
    _touch(product)
    return {"data": _named(product, "update_time", product.updated_at)}


@endpoint("/shop/spu/del")
def del_(request: Request) -> dict:
    product = _find(request)
    if product.status == Product.VIOLATION and request.account.on("violations_stay"):
        raise Refusal(1000011, "the product cannot be deleted")
    product.deleted = True
    _touch(product)
    return {}


@endpoint("/shop/spu/del_audit")
def del_audit(request: Request) -> dict:
    product = _find(request)
    if product.edit_status != Product.IN_REVIEW:
        raise Refusal(1000016, "the product is not in review")
    product.edit_status = Product.EDITING
    _touch(product)
    return {}


@endpoint("/shop/spu/get")
def get(request: Request) -> dict:
    return {"spu": _show(_find(request), bool(request.data.get("need_edit_spu")))}


@endpoint("/shop/spu/get_list")
def get_list(request: Request) -> dict:
    given = request.data
    status, page, size = need(given, "status", "page", "page_size")
    if status not in (Product.LISTED, Product.DELISTED, Product.VIOLATION):
        raise Refusal(40097, "status is 5, 11 or 13")
    if not isinstance(page, int) or page < 1 or not isinstance(size, int) or size < 1:
        raise Refusal(40097, "page and page_size count from 1")
    if size > 100:
        raise Refusal(990005, "page_size is at most 100")
    found = Product.objects.filter(deleted=False, status=status).exclude(online=None).order_by("product_id")
    # 3.4: the range of creation beats that of updates; each needs both ends
    if span := span_of(given, "create"):
        found = found.filter(created_at__range=span)
    elif span := span_of(given, "update"):
        found = found.filter(updated_at__range=span)
    rows = found[(page - 1) * size : page * size]
    draft = bool(given.get("need_edit_spu"))
    return {"spus": [_show(product, draft) for product in rows], "total_num": found.count()}


@endpoint("/shop/spu/listing")
def listing(request: Request) -> dict:
    product = _find(request)
    if request.account.on("listing_needs_delisted"):
        if product.online is None:
            raise Refusal(1000003, "the product has never been approved")
        if product.status == Product.VIOLATION:
            raise Refusal(9401023, "the product was delisted for a violation")
    if product.online is not None:
        product.status = Product.LISTED
        _touch(product)
    return {}


@endpoint("/shop/spu/delisting")
def delisting(request: Request) -> dict:
    product = _find(request)
    if product.status == Product.VIOLATION and request.account.on("violations_stay"):
        raise Refusal(9401023, "the product was delisted for a violation")
    product.status = Product.DELISTED
    _touch(product)
    return {}


def decide(product: Product, approved: bool, reason: str = "") -> None:
    """The reviewer's word (3.3): approval puts the draft online."""
    if product.edit_status != Product.IN_REVIEW:
        raise Refusal(1000016, "the product is not in review")
    account = Account.only()
    product.audit |= {"audit_time": stamp(timezone.now())}
    if approved:
        product.edit_status, product.online = Product.APPROVED, product.draft
        product.audit.pop("reject_reason", None)
        off_sale = product.status == Product.DELISTED and account.on("delisted_stays_delisted")
        if product.status != Product.VIOLATION and not off_sale and account.on("approval_lists"):
            product.status = Product.LISTED
        account.observed = {**account.observed, "spu_audit": 1}
        account.save()
    else:
        product.edit_status = Product.REJECTED
        product.audit |= {"reject_reason": reason}
    _touch(product)
    said = {"reject_reason": reason} if not approved else {}
    push(
        "open_product_spu_audit",
        {
            "OpenProductSpuAudit": {
                "out_product_id": product.out_product_id, "product_id": product.product_id,
                "status": product.edit_status, "spu_status": product.status, **said,
            }
        },
    )  # fmt: skip


def hand_over(product: Product) -> None:
    """What waited in the queue goes to a reviewer (3.2)."""
    if product.edit_status != Product.EDITING:
        raise Refusal(1000016, "the product does not wait")
    product.edit_status = Product.IN_REVIEW
    _touch(product)


def set_status(product: Product, status: int, reason: str = "") -> None:
    """The platform takes a product off sale, or lets it back on."""
    product.status = status
    _touch(product)
    ids = {"out_product_id": product.out_product_id, "product_id": product.product_id, "status": status}
    own = Account.only().on("status_update_own_body")
    body = {"OpenProductSpuStatusUpdate": {**ids, "reason": reason}}
    if not own:
        body = {"OpenProductSpuAudit": {**ids, "reject_reason": reason}}
    push("open_product_spu_status_update", body)


def drift(product: Product) -> None:
    """Somebody changes the product past the console: another title, and one fen more for everything."""
    for copy in (product.draft, product.online):
        if copy:
            copy["title"] = f"{copy['title']} (WeChat)"
            for sku in copy["skus"]:
                sku["sale_price"] += 1
                sku["market_price"] += 1
    _touch(product)


def _submit(account: Account, product: Product, given: dict) -> dict:
    """Write the draft and hand it over; a failed hand-over (1000017) keeps the draft."""
    hour = [at for at in product.submitted if at > time.time() - 3600]
    if len(hour) >= account.product_submissions:
        raise Refusal(1000019, "the product was submitted too often in the last hour")
    product.submitted = [*hour, int(time.time())]
    product.draft = {name: given[name] for name in COPIED if name in given}
    product.audit = {"audit_id": f"SPU{secrets.token_hex(8)}", "submit_time": stamp(timezone.now())}
    waits = account.push_to_review_fails or not account.on("handed_over_at_once")
    product.edit_status = Product.EDITING if waits else Product.IN_REVIEW
    _touch(product)
    if account.push_to_review_fails:
        return {"errcode": 1000017, "errmsg": "pushing to review failed, call update"}
    if not waits and account.on("price_changes_pass") and _same_but_free(product.draft, product.online):
        decide(product, approved=True)
    return {}


def _same_but_free(draft: dict, online: dict | None) -> bool:
    def rest(copy: dict) -> dict:
        skus = [{name: value for name, value in sku.items() if name not in FREE} for sku in copy["skus"]]
        return {**copy, "skus": skus, "info_version": ""}

    return online is not None and rest(draft) == rest(online)


def _check(account: Account, given: dict, out_product_id: str, known: set[str]) -> None:
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
            _number(sku[name], name)
        if sku["stock_num"] == 0 and sku["out_sku_id"] not in known:
            raise Refusal(1000015, "the stock of a new sku cannot be 0")
        attrs = objects(sku.get("sku_attrs") or [], "sku_attrs")
        if not attrs and len(skus) > 1:
            raise Refusal(1000014, "sku_attrs is mandatory where there are several skus")
        for attr in attrs:
            need(attr, "attr_key", "attr_value")
        img.check(account, sku["thumb_img"])


def _number(value, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Refusal(40097, f"{name} is a whole number")


def _texts(value, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(40097, f"{name} is a list of strings")
    return value


def _known_skus(product: Product) -> set[str]:
    return {sku["out_sku_id"] for copy in (product.draft, product.online or {}) for sku in copy.get("skus", [])}


def _find(request: Request) -> Product:
    given, account = request.data, request.account
    ours, theirs = given.get("out_product_id"), given.get("product_id")
    if not ours and not theirs:
        raise Refusal(1000001, "out_product_id or product_id is needed")
    by_theirs = theirs and (account.on("platform_id_wins") or not ours)
    found = Product.objects.filter(deleted=False)
    product = found.filter(**({"product_id": theirs} if by_theirs else {"out_product_id": ours})).first()
    if product is None:
        raise Refusal(1000011, "the product does not exist")
    return product


def _show(product: Product, draft: bool) -> dict:
    # 3.1: both statuses whatever copy is read, and empty lists where there is none; 14.10: listed, read online, is 0
    copy = product.draft if draft else product.online
    shown = {name: copy[name] for name in SHOWN if name in copy} if copy else EMPTY
    listed = not draft and product.status == Product.LISTED
    return {
        "product_id": product.product_id,
        "out_product_id": product.out_product_id,
        **shown,
        "audit_info": product.audit,
        "status": product.status,
        "edit_status": 0 if listed else product.edit_status,
        "create_time": stamp(product.created_at),
        "update_time": stamp(product.updated_at),
    }


def _named(product: Product, name: str, moment, with_skus: bool = False) -> dict:
    data: dict = {
        "product_id": product.product_id,
        "out_product_id": product.out_product_id,
        name: stamp(moment),
    }
    if with_skus:
        data["skus"] = [
            {"sku_id": product.product_id + nth, "out_sku_id": sku["out_sku_id"]}
            for nth, sku in enumerate(product.draft["skus"], 1)
        ]
    return data


def _touch(product: Product) -> None:
    product.updated_at = timezone.now()
    product.save()
