from wechat import client


def get() -> list[dict]:
    """All third-level categories with their parents and required papers, about 2 MB; once a day (BEHAVIOUR 2.1)."""
    return client.post("/shop/cat/get").get("third_cat_list") or []
