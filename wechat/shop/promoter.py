"""Promoters (BEHAVIOUR section 6): bound on WeChat's pages, read here."""

from wechat import client

PAGE = 20  # the most a page may hold


def list_(page: int, page_size: int = PAGE) -> list[dict]:
    """A page (from 1) of those bound: {promoter_id, promoter_openid, finder_nickname}."""
    found = client.post("/shop/promoter/list", {"page": page, "page_size": page_size}).get("promoters") or []
    return [row for row in found if isinstance(row, dict) and row.get("promoter_id")]
