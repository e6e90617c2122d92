from wechat import client


def get_category_list() -> list[dict]:
    """The categories granted to the merchant, each with ids and names of its three levels."""
    return client.rows_of(client.post("/shop/account/get_category_list"), "data")


def get_brand_list() -> list[dict]:
    """The brands granted to the merchant: brand_id and brand_wording."""
    return client.rows_of(client.post("/shop/account/get_brand_list"), "data")


def get_info() -> dict:
    """The customer service as WeChat has it: service_agent_type, service_agent_path, service_agent_phone."""
    return client.post("/shop/account/get_info").get("data") or {}


def update_info(info: dict) -> None:
    """Set customer service (types must include 0) and the default return address."""
    client.post("/shop/account/update_info", info)
