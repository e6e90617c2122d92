"""Products (BEHAVIOUR section 3). A product is named by our `out_product_id`; the copy asked for is draft or online."""

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number

ONLINE, DRAFT = 0, 1


def add(product: dict) -> dict:
    """Create a product and send it for review; returns {product_id, out_product_id, create_time, skus}."""
    return _data(client.post("/shop/spu/add", product))


def update(product: dict) -> dict:
    """Overwrite a product's draft and send it for review; returns {product_id, out_product_id, update_time, skus}."""
    return _data(client.post("/shop/spu/update", product))


def update_without_audit(product: dict) -> dict:
    """Change sale_price, market_price (fen), stock_num, barcode, sku_code of SKUs that are online; no review."""
    return _data(client.post("/shop/spu/update_without_audit", product))


def del_audit(out_product_id: str) -> None:
    """Withdraw a product from review; refused with 1000016 when it is not in review."""
    client.post("/shop/spu/del_audit", {"out_product_id": out_product_id})


def listing(out_product_id: str) -> None:
    """Put a product that the merchant took off sale back on sale."""
    client.post("/shop/spu/listing", {"out_product_id": out_product_id})


def delisting(out_product_id: str) -> None:
    """Take a product off sale."""
    client.post("/shop/spu/delisting", {"out_product_id": out_product_id})


def del_(out_product_id: str) -> None:
    """Delete a product for ever: its out_product_id cannot be used again."""
    client.post("/shop/spu/del", {"out_product_id": out_product_id})


def get(out_product_id: str, need_edit_spu: int = DRAFT) -> dict:
    """One copy of a product, with both statuses and audit_info; refused with 1000011 when it does not exist."""
    spu = client.post("/shop/spu/get", {"out_product_id": out_product_id, "need_edit_spu": need_edit_spu}).get("spu")
    if not spu:
        raise UnreadableAnswer("spu/get answered without a product")
    return spu


def get_list(status: int, page: int, page_size: int = 100, need_edit_spu: int = ONLINE) -> tuple[list[dict], int]:
    """A page (from 1, at most 100 rows) of the products of one listing status, and how many there are of it.

    Products that were never approved are not listed.
    """
    query = {"status": status, "page": page, "page_size": page_size, "need_edit_spu": need_edit_spu}
    answer = client.post("/shop/spu/get_list", query)
    return client.rows_of(answer, "spus"), number(answer.get("total_num")) or 0


def _data(answer: dict) -> dict:
    return answer.get("data") or {}
