"""Promoters (BEHAVIOUR section 6): bound on WeChat's pages, read here."""

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number

PAGE = 20  # the most a page may hold


def list_(page: int, page_size: int = PAGE) -> tuple[list[dict], int]:
    """A page (from 1) of promoters, {promoter_id, promoter_openid, finder_nickname}, and how many there are."""
    answer = client.post("/shop/promoter/list", {"page": page, "page_size": page_size})
    total = number(answer.get("total_num"))
    if total is None or "promoters" not in answer:
        raise UnreadableAnswer("promoter/list answered without a readable list")
    return client.rows_of(answer, "promoters"), total
