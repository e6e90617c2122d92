"""Review of products, and the platform's actions on them (BEHAVIOUR 3.1 to 3.3)."""

import secrets
import time

from django.utils import timezone

from ...models import Account, Product
from ...platform import Refusal
from ...pushes import push
from ...values import stamp

# BEHAVIOUR 3.3: what may change without a review
FREE = ("sale_price", "market_price", "stock_num", "barcode", "sku_code")
COPIED = (
    "title",
    "path",
    "direct_path",
    "head_img",
    "qualification_pics",
    "desc_info",
    "third_cat_id",
    "brand_id",
    "info_version",
    "scene_group_list",
    "skus",
)


def submit(account: Account, product: Product, given: dict) -> dict:
    """Write the draft and hand it over; a failed hand-over (1000017) keeps the draft."""
    hour = [at for at in product.submitted if at > time.time() - 3600]
    if len(hour) >= account.product_submissions:
        raise Refusal(1000019, "the product was submitted too often in the last hour")
    product.submitted = [*hour, int(time.time())]
    product.draft = {name: given[name] for name in COPIED if name in given}
    product.audit = {"audit_id": f"SPU{secrets.token_hex(8)}", "submit_time": stamp(timezone.now())}
    waits = account.push_to_review_fails or not account.on("handed_over_at_once")
    product.edit_status = Product.EDITING if waits else Product.IN_REVIEW
    touch(product)
    if account.push_to_review_fails:
        return {"errcode": 1000017, "errmsg": "pushing to review failed, call update"}
    if not waits and account.on("price_changes_pass") and _same_but_free(product.draft, product.online):
        decide(product, approved=True)
    return {}


def decide(product: Product, approved: bool, reason: str = "") -> None:
    """The reviewer's decision (BEHAVIOUR 3.3): approval puts the draft online."""
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
    touch(product)
    said = {"reject_reason": reason} if not approved else {}
    push(
        "open_product_spu_audit",
        {
            "OpenProductSpuAudit": {
                "out_product_id": product.out_product_id,
                "product_id": product.product_id,
                "status": product.edit_status,
                "spu_status": product.status,
                **said,
            }
        },
    )


def hand_over(product: Product) -> None:
    """A product that waited in the queue goes to a reviewer (BEHAVIOUR 3.2)."""
    if product.edit_status != Product.EDITING:
        raise Refusal(1000016, "the product does not wait")
    product.edit_status = Product.IN_REVIEW
    touch(product)


def set_status(product: Product, status: int, reason: str = "") -> None:
    """The platform takes a product off sale, or allows it again."""
    product.status = status
    touch(product)
    ids = {"out_product_id": product.out_product_id, "product_id": product.product_id, "status": status}
    own = Account.only().on("status_update_own_body")
    body = {"OpenProductSpuStatusUpdate": {**ids, "reason": reason}}
    if not own:
        body = {"OpenProductSpuAudit": {**ids, "reject_reason": reason}}
    push("open_product_spu_status_update", body)


def drift(product: Product) -> None:
    """Change the product outside the console: another title, and prices higher by one fen."""
    for copy in (product.draft, product.online):
        if copy:
            copy["title"] = f"{copy['title']} (WeChat)"
            for sku in copy["skus"]:
                sku["sale_price"] += 1
                sku["market_price"] += 1
    touch(product)


def _same_but_free(draft: dict, online: dict | None) -> bool:
    def rest(copy: dict) -> dict:
        skus = [{name: value for name, value in sku.items() if name not in FREE} for sku in copy["skus"]]
        return {**copy, "skus": skus, "info_version": ""}

    return online is not None and rest(draft) == rest(online)


def touch(product: Product) -> None:
    product.updated_at = timezone.now()
    product.save()
