"""After-sales of orders on the merchant account at WeChat (BEHAVIOUR 5.2, 5.3): the platform keeps the state.

An after-sale is named by the platform's `aftersale_id`; after-sales that buyers raise in WeChat have no id of ours.
"""

from django.utils.translation import gettext as _

from wechat import client
from wechat.errors import UnreadableAnswer
from wechat.values import number


def add(aftersale: dict) -> int:
    """Open an after-sale in the buyer's place; returns its aftersale_id."""
    aftersale_id = number(client.post("/shop/ecaftersale/add", aftersale).get("aftersale_id"))
    if not aftersale_id:
        raise UnreadableAnswer(_("WeChat's answer has no “%(name)s”.") % {"name": "aftersale_id"})
    return aftersale_id


def update(aftersale: dict) -> None:
    """Change one that was not settled: {aftersale_id, openid, type, orderamt (fen), refund_reason_type, …}."""
    client.post("/shop/ecaftersale/update", aftersale)


def cancel(aftersale_id: int, openid: str) -> None:
    """Withdraw an after-sale in the buyer's place."""
    client.post("/shop/ecaftersale/cancel", {"aftersale_id": aftersale_id, "openid": openid})


def uploadreturninfo(aftersale_id: int, openid: str, info: dict) -> None:
    """Say in the buyer's place how the goods come back: {delivery_id, delivery_name, waybill_id}."""
    client.post("/shop/ecaftersale/uploadreturninfo", {"aftersale_id": aftersale_id, "openid": openid, **info})


def get(*, aftersale_id: int | None = None, out_aftersale_id: str = "") -> dict:
    """One after-sale as WeChat has it, by either id; times are Unix milliseconds."""
    name = {"aftersale_id": aftersale_id} if aftersale_id else {"out_aftersale_id": out_aftersale_id}
    aftersale = client.post("/shop/ecaftersale/get", name).get("after_sales_order")
    if not isinstance(aftersale, dict) or number(aftersale.get("status")) is None:
        raise UnreadableAnswer(_("ecaftersale/get answered without an after-sale, or without its status."))
    return aftersale


def get_list(begin: int, end: int, offset: int, limit: int = 50) -> tuple[list, bool]:
    """The aftersale_ids, as they came, of a span of creation (Unix milliseconds), and whether there are more."""
    query = {"begin_create_time": begin, "end_create_time": end, "offset": offset, "limit": limit}
    answer = client.post("/shop/ecaftersale/get_list", query)
    return client.rows_of(answer, "after_sales_orders"), bool(answer.get("has_more"))


def acceptrefund(aftersale_id: int) -> None:
    """Agree to refund, or, where the goods are on their way back, confirm that they have arrived."""
    client.post("/shop/ecaftersale/acceptrefund", {"aftersale_id": aftersale_id})


def acceptreturn(aftersale_id: int, address_info: dict) -> None:
    """Agree to take goods back, and where to."""
    client.post("/shop/ecaftersale/acceptreturn", {"aftersale_id": aftersale_id, "address_info": address_info})


def reject(aftersale_id: int) -> None:
    """Refuse an after-sale. WeChat takes no reason."""
    client.post("/shop/ecaftersale/reject", {"aftersale_id": aftersale_id})


def upload_certificates(aftersale_id: int, refund_desc: str, certificates: list[str]) -> None:
    """Upload proof that a refund was paid outside WeChat, after the platform's own refund failed."""
    proof = {"refund_desc": refund_desc, "certificates": certificates}
    client.post("/shop/ecaftersale/upload_certificates", {"aftersale_id": aftersale_id, **proof})


def merchanttest(aftersale_id: int, operation: str) -> None:
    """Trigger one of the five overdue events, for testing; at most ten a day."""
    client.post("/shop/ecaftersale/merchanttest", {"aftersale_id": aftersale_id, "operation": operation})
