"""Promoters (BEHAVIOUR section 6): bound on WeChat's pages, read here."""

from wechat import client
from wechat.errors import Unreachable

PAGE = 20  # the most a page may hold


def list_(page: int, page_size: int = PAGE) -> tuple[list[dict], int]:
    """A page (from 1) of promoters, {promoter_id, promoter_openid, finder_nickname}, and how many there are."""
    answer = client.post("/shop/promoter/list", {"page": page, "page_size": page_size})
    try:
        rows, total = list(answer["promoters"] or []), int(answer["total_num"])
        if all(row["promoter_id"] for row in rows):
            return rows, total
    except (KeyError, TypeError, ValueError):
        pass
    raise Unreachable("promoter/list answered without a readable list")
