"""Disputes that buyers bring before the platform (BEHAVIOUR section 9). No event reports a new one: poll."""

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number


def get_list(begin: int, end: int, offset: int, limit: int = 50) -> tuple[list[dict], int]:
    """Disputes opened in a span (Unix seconds), and how many there are."""
    query = {"begin_create_time": begin, "end_create_time": end, "offset": offset, "limit": limit}
    answer = client.post("/shop/complaint/get_list", query)
    return client.rows_of(answer, "orders"), number(answer.get("total")) or 0


def get(complaint_order_id: int) -> dict:
    """One dispute: {order, flow_info}; texts are the platform's own words."""
    answer = client.post("/shop/complaint/get", {"complaint_order_id": complaint_order_id})
    if not answer.get("order"):
        raise UnreadableAnswer("complaint/get answered without a dispute")
    return answer


def upload_material(complaint_order_id: int, content: str, media_url_list: list[str]) -> None:
    """Submit evidence."""
    material = {"content": content, "media_url_list": media_url_list}
    client.post(
        "/shop/complaint/upload_material", {"complaint_order_id": complaint_order_id, "material_info": material}
    )
