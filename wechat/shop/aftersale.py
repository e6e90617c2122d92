"""After-sales of orders paid to the merchant's own number (BEHAVIOUR 5.1): we keep the state and report it."""

from wechat import client


def add(claim: dict) -> None:
    """Report a claim to WeChat; the same out_aftersale_id again overwrites it."""
    client.post("/shop/aftersale/add", claim)


def update(claim: dict) -> None:
    """Report a claim's new state: {out_order_id, out_aftersale_id, openid, status, finish_all_aftersale}."""
    client.post("/shop/aftersale/update", claim)


def get(out_order_id: str, openid: str) -> list[dict]:
    """The claims of an order that were reported to WeChat."""
    return (
        client.post("/shop/aftersale/get", {"out_order_id": out_order_id, "openid": openid}).get("aftersale_infos")
        or []
    )


def update_deadline(out_order_id: str, openid: str, after_sale_deadline: int) -> None:
    """Move the end of an order's days for claims (Unix seconds)."""
    body = {"out_order_id": out_order_id, "openid": openid, "after_sale_deadline": after_sale_deadline}
    client.post("/shop/aftersale/update_deadline", body)
