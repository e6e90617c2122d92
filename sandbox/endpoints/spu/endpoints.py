"""The calls of products (BEHAVIOUR 3.3)."""

from datetime import datetime

from django.utils import timezone

from ...ids import new_id
from ...models import Product
from ...platform import Refusal, Request, endpoint, need
from ...values import objects, span_of, stamp
from .checks import check_product, need_number
from .reviews import COPIED, FREE, submit, touch

SHOWN = tuple(name for name in COPIED if name not in ("direct_path", "scene_group_list"))
EMPTY = {"title": "", "path": "", "head_img": [], "desc_info": {"desc": "", "imgs": []}, "skus": []}


@endpoint("/shop/spu/add")
def add(request: Request) -> dict:
    given = request.data
    if not isinstance(given.get("out_product_id"), str) or not given["out_product_id"]:
        raise Refusal(1000001, "out_product_id is missing")
    if Product.objects.filter(out_product_id=given["out_product_id"]).exists():
        raise Refusal(1000012, "the product exists, use update")
    check_product(request.account, given, given["out_product_id"], known=set())
    now = timezone.now()
    product = Product(product_id=new_id(), out_product_id=given["out_product_id"], created_at=now, updated_at=now)
    answer = submit(request.account, product, given)
    return answer | {"data": _named(product, "create_time", product.created_at, with_skus=True)}


@endpoint("/shop/spu/update")
def update(request: Request) -> dict:
    product = _find(request)
    if product.edit_status == Product.IN_REVIEW:
        raise Refusal(1000002, "the product is in review, do not submit it again")
    check_product(request.account, request.data, product.out_product_id, _known_skus(product))
    answer = submit(request.account, product, request.data)
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
                need_number(sku[name], name)
    for copy in (product.draft, product.online):
        for sku in copy["skus"]:
            sku |= {name: value for name, value in given.get(sku["out_sku_id"], {}).items() if name in FREE}
    touch(product)
    return {"data": _named(product, "update_time", product.updated_at)}


@endpoint("/shop/spu/del")
def del_(request: Request) -> dict:
    product = _find(request)
    if product.status == Product.VIOLATION and request.account.on("violations_stay"):
        raise Refusal(1000011, "the product cannot be deleted")
    product.deleted = True
    touch(product)
    return {}


@endpoint("/shop/spu/del_audit")
def del_audit(request: Request) -> dict:
    product = _find(request)
    if product.edit_status != Product.IN_REVIEW:
        raise Refusal(1000016, "the product is not in review")
    product.edit_status = Product.EDITING
    touch(product)
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
    # BEHAVIOUR 3.4: the range of creation times takes precedence over that of updates; each needs both ends
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
        touch(product)
    return {}


@endpoint("/shop/spu/delisting")
def delisting(request: Request) -> dict:
    product = _find(request)
    if product.status == Product.VIOLATION and request.account.on("violations_stay"):
        raise Refusal(9401023, "the product was delisted for a violation")
    product.status = Product.DELISTED
    touch(product)
    return {}


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


def _known_skus(product: Product) -> set[str]:
    return {sku["out_sku_id"] for copy in (product.draft, product.online or {}) for sku in copy.get("skus", [])}


def _show(product: Product, draft: bool) -> dict:
    # BEHAVIOUR 3.1: both statuses whatever copy is read, and empty lists where there is none.
    # BEHAVIOUR 14.10: a listed product that is read online has edit_status 0.
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


def _named(product: Product, name: str, moment: datetime, with_skus: bool = False) -> dict:
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
