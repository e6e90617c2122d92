from wechat import client


def get() -> list[dict]:
    """All third-level categories with their parents and needs, about 2 MB; ask once a day (BEHAVIOUR 2.1)."""
    return client.rows_of(client.post("/shop/cat/get"), "third_cat_list")
