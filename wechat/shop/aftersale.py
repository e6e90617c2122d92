"""After-sales of orders paid to the merchant's own number (BEHAVIOUR 5.1): we keep the state and report it."""

from wechat import client


def add(aftersale: dict) -> None:
    """Tell of an after-sale; the same out_aftersale_id again overwrites it."""
    client.post("/shop/aftersale/add", aftersale)


def update(aftersale: dict) -> None:
    """Tell of an after-sale's new state: {out_order_id, out_aftersale_id, openid, status, finish_all_aftersale}."""
    client.post("/shop/aftersale/update", aftersale)


def get(out_order_id: str, openid: str) -> list[dict]:
    """The after-sales WeChat was told of for an order."""
    return (
        client.post("/shop/aftersale/get", {"out_order_id": out_order_id, "openid": openid}).get("aftersale_infos")
        or []
    )


def update_deadline(out_order_id: str, openid: str, after_sale_deadline: int) -> None:
    """Move the end of an order's days for after-sales (Unix seconds)."""
    body = {"out_order_id": out_order_id, "openid": openid, "after_sale_deadline": after_sale_deadline}
    client.post("/shop/aftersale/update_deadline", body)
