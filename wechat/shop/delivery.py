from wechat import client


def get_company_list() -> list[dict]:
    """Every express company WeChat knows: {delivery_id, delivery_name}. Once a day is enough."""
    return client.rows_of(client.post("/shop/delivery/get_company_list"), "company_list")


def send(out_order_id: str, openid: str, shipment: dict) -> None:
    """Report parcels: {delivery_list, finish_all_delivery (0 or 1), ship_done_time}. May be called several times."""
    client.post("/shop/delivery/send", {"out_order_id": out_order_id, "openid": openid, **shipment})


def recieve(out_order_id: str, openid: str) -> None:
    """Confirm receipt in the buyer's place. The path really is spelt so."""
    client.post("/shop/delivery/recieve", {"out_order_id": out_order_id, "openid": openid})
