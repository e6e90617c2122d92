"""Numbers that the platform's samples also show as text, or that api.json reads in both forms."""

from collections.abc import Callable
from typing import Any

from .models import Account

# path of the call: where its answer has them; a list is passed through
AS_TEXT_TOO = {
    "/shop/complaint/get": ("order.order_id", "flow_info.list.user_record.time"),
    "/shop/complaint/get_list": ("orders.order_id",),
    "/shop/ecaftersale/get": (
        "after_sales_order.create_time",
        "after_sales_order.update_time",
        "after_sales_order.return_info.order_return_time",
    ),
    "/shop/order/add": ("data.order_id",),
    "/shop/order/getpaymentparams": ("payment_params.timeStamp",),
    "/shop/pay/createorder": ("payment_params.timeStamp",),
    "/shop/sharer/get_sharer_data_summary": ("order_cnt",),
    "/shop/sharer/get_sharer_list": ("sharers.invited_time", "sharers.bind_time"),
    "/shop/sharer/search_sharer": ("invited_time", "bind_status", "bind_time"),
    "/shop/wxpay/get": ("pay_req.organization_type",),
    "/shop/wxpay/get_info": ("pay_req.organization_type",),
}


def rewrite(account: Account, path: str, answer: dict) -> dict:
    """The answer with all of these numbers in one form, where a switch is on; else as in the samples."""
    if not account.on("numbers_as_text") and not account.on("text_as_numbers"):
        return answer
    form = str if account.on("numbers_as_text") else int
    for place in AS_TEXT_TOO.get(path, ()):
        answer = _changed(answer, place.split("."), form)
    return answer


def _changed(value: Any, names: list[str], form: Callable[[Any], Any]) -> Any:
    """A copy of the value in which what lies at the end of the names has the other form."""
    if isinstance(value, list):
        return [_changed(item, names, form) for item in value]
    if not names:
        return form(value)
    if isinstance(value, dict) and names[0] in value:
        return {**value, names[0]: _changed(value[names[0]], names[1:], form)}
    return value
