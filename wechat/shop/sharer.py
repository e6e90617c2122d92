"""Sharers (BEHAVIOUR section 6). Times are in Unix seconds, and may come as text."""

from typing import Any

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number

BOUND, REFUSED, INVITING, EXPIRED = 1, 2, 3, 4  # bind_status
SENT, RETRY, FINAL = 0, 1, 2  # result_code


def bind(openids: list[str]) -> list[dict]:
    """Invite; a result for each: {openid, result_code, reason_code}. Sent is not yet bound."""
    answer = client.post("/shop/sharer/bind", {"openids": openids})
    results = answer.get("result_list")
    if isinstance(results, list) and results:
        return results
    return [{"openid": openid, "result_code": code, "reason_code": None} for openid, code in _listed(answer)]


def unbind(openids: list[str]) -> dict[str, int]:
    """Unbind sharers; returns a result code by openid."""
    return dict(_listed(client.post("/shop/sharer/unbind", {"openids": openids})))


def _listed(answer: dict) -> list[tuple[str, int]]:
    lists = (("success_list", SENT), ("fail_list", RETRY), ("refuse_list", FINAL))
    return [(str(openid), code) for name, code in lists for openid in answer.get(name) or []]


def get_sharer_list(page: int, page_size: int = 100) -> tuple[list[dict], int]:
    """A page (from 1) of the bound sharers, {openid, nickname, invited_time, bind_time}, and how many there are."""
    answer = client.post("/shop/sharer/get_sharer_list", {"page": page, "page_size": page_size})
    total = number(answer.get("total_num"))
    if total is None or "sharers" not in answer:
        raise UnreadableAnswer("sharer/get_sharer_list answered without a readable list")
    return client.rows_of(answer, "sharers"), total


def search_sharer(openid: str) -> dict:
    """One person: {nickname, invited_time, bind_status, bind_time}."""
    answer = client.post("/shop/sharer/search_sharer", {"openid": openid})
    if not str(answer.get("bind_status") or "").isdigit():
        raise UnreadableAnswer("sharer/search_sharer answered without a bind_status")
    return answer


def get_sharer_data_summary(openid: str) -> dict:
    """What one sharer sold: {gmv (fen), order_cnt, user_cnt}."""
    return client.post("/shop/sharer/get_sharer_data_summary", {"openid": openid})


def get_sharer_live_summary_list(openid: str, page: int, page_size: int = 100) -> list[dict]:
    """A page of the live rooms one sharer sold from, each with its gmv (fen) and counts."""
    query = {"openid": openid, "page": page, "page_size": page_size}
    return _rows(client.post("/shop/sharer/get_sharer_live_summary_list", query), "lives")


def get_sharer_live_order_list(openid: str, live_export_id: str, page: int, page_size: int = 100) -> list[dict]:
    """A page of the orders one sharer brought from one live room."""
    query = {"openid": openid, "live_export_id": live_export_id, "page": page, "page_size": page_size}
    return _rows(client.post("/shop/sharer/get_sharer_live_order_list", query), "orders")


def set_share_mode(share_mode: int) -> None:
    """Set the sharing mode; what the numbers mean is not documented."""
    client.post("/shop/sharer/set_share_mode", {"share_mode": share_mode})


def _rows(answer: dict, name: str) -> list[dict[str, Any]]:
    rows = answer.get(name) or []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
