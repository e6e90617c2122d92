"""Products: stock and prices, reviews, off sale and on again."""

from catalog import operations
from catalog.content import update_unsent
from catalog.models import SKU, SPU
from sandbox.endpoints import spu as shelf
from sandbox.models import Product
from tests.factories import make_spu

from ..seams import chance
from ..shop import EXTRA, STOCK
from ..world import Idle
from .registry import act
from .stock import edit


def _fits(world, allowed) -> SPU:
    return world.pick([row for row in SPU.objects.current() if allowed(row)], lambda row: row.out_product_id)


@act(3, "product staff count the stock anew", "product")
def count_stock(world):
    sku = world.pick(SKU.objects.select_related("spu"), lambda row: row.out_sku_id)
    counted = chance.choice((0, 3, 25, 60))
    edit(world, sku, "stock_num", counted)
    return f"{sku.out_sku_id}: {counted}"


@act(4, "product staff send prices and stock", "product")
def update_product(world):
    spu = _fits(world, lambda row: row.may_update_without_audit)
    return f"{spu.out_product_id} {world.press(operations.update_spu_without_audit, spu, 'pat')}"


@act(2, "product staff change a title and submit it", "product")
def submit_product(world):
    spu = _fits(world, lambda row: row.edit_status != 2)
    SPU.objects.filter(pk=spu.pk).update(title=f"法式碎花连衣裙 {world.salt}")
    update_unsent(SPU.objects.get(pk=spu.pk))
    spu.refresh_from_db()
    return f"{spu.out_product_id} {world.press(operations.submit_spu, spu, 'pat')}"


@act(0.7, "product staff add a product that nobody orders, and submit it", "product")
def add_product(world):
    number, pictures = f"extra-{world.salt}", [row.image for row in SPU.objects.current()[0].pictures.all()[:1]]
    sku = {"out_sku_id": f"{number}-red", "sale_price": EXTRA, "stock_num": STOCK}
    spu = make_spu(out_product_id=number, title=f"法式碎花连衣裙 {world.salt}", head_img=pictures, skus=[sku])
    world.follow(number)
    return f"{number} {world.press(operations.submit_spu, spu, 'pat')}"


@act(1, "product staff delete a product at WeChat", "product")
def remove_product(world):
    spu = _fits(world, lambda row: row.may_remove and row.out_product_id.startswith("extra-"))
    return f"{spu.out_product_id} {world.press(operations.remove_spu, spu, 'pat')}"


@act(2, "product staff withdraw a product from review", "product")
def withdraw_product(world):
    spu = _fits(world, lambda row: row.may_resubmit)
    op = chance.choice((operations.withdraw_spu, operations.resubmit_spu))
    return f"{spu.out_product_id} {world.press(op, spu, 'pat')}"


@act(3, "a reviewer at WeChat decides", "product")
def review_product(world):
    waiting = Product.objects.filter(edit_status=Product.IN_REVIEW, deleted=False)
    product = world.pick(waiting, lambda row: row.out_product_id)
    approved = chance.random() < 0.75
    shelf.decide(product, approved=approved, reason="" if approved else "标题不规范")
    return f"{product.out_product_id}: {'approved' if approved else 'rejected'}"


@act(1.5, "product staff take a product off sale", "product")
def delist_product(world):
    spu = _fits(world, lambda row: row.may_delist)
    return f"{spu.out_product_id} {world.press(operations.delist_spu, spu, 'pat')}"


@act(2.5, "product staff put a product on sale again", "product")
def list_product(world):
    spu = _fits(world, lambda row: row.may_list)
    return f"{spu.out_product_id} {world.press(operations.list_spu, spu, 'pat')}"


@act(1, "WeChat takes a product off sale, and allows it again", "product")
def take_off_sale(world):
    product = world.pick(Product.objects.filter(deleted=False), lambda row: row.out_product_id)
    if product.status not in (Product.LISTED, Product.VIOLATION):
        raise Idle
    status = Product.VIOLATION if product.status == Product.LISTED else Product.LISTED
    shelf.set_status(product, status, "商品涉嫌违规")
    return product.out_product_id
