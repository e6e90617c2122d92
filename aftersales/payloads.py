"""Request bodies for after-sales; amounts in fen."""

from typing import Any, cast

from wechat.models import AccountInfo
from wechat.values import time_text

from .models import Aftersale

ADDRESS = ("receiver_name", "detailed_address", "tel_number", "country", "province", "city", "town")


def opened(aftersale: Aftersale) -> dict[str, Any]:
    """The body of ecaftersale/add."""
    return {
        "out_order_id": aftersale.order.out_order_id,
        "out_aftersale_id": aftersale.out_aftersale_id,
        "openid": aftersale.order.openid,
        "product_info": _product_info(aftersale),
        **content(aftersale),
    }


def changed(aftersale: Aftersale) -> dict[str, Any]:
    """The body of ecaftersale/update."""
    return {"aftersale_id": aftersale.aftersale_id, "openid": aftersale.order.openid, **content(aftersale)}


def content(aftersale: Aftersale) -> dict[str, Any]:
    fields = {
        "type": aftersale.type,
        "orderamt": aftersale.orderamt,
        "refund_reason_type": aftersale.refund_reason_type,
        "refund_reason": aftersale.refund_reason,
    }
    return fields | ({"media_list": aftersale.media_list} if aftersale.media_list else {})


def told(aftersale: Aftersale) -> dict[str, Any]:
    """The body of aftersale/add, of the old family."""
    return {
        "out_order_id": aftersale.order.out_order_id,
        "out_aftersale_id": aftersale.out_aftersale_id,
        "path": aftersale.order.path,
        "openid": aftersale.order.openid,
        "type": aftersale.type,
        "status": aftersale.status or 0,
        "refund": aftersale.orderamt,
        "create_time": time_text(aftersale.opened_at or aftersale.created_at),
        "finish_all_aftersale": finishes_all(aftersale),
        "product_infos": [_product_info(aftersale)],
    }


def _product_info(aftersale: Aftersale) -> dict[str, Any]:
    if aftersale.line is None:  # cannot happen: `limits` refuses an after-sale without goods
        raise ValueError("the after-sale is on no goods of the order")
    return {
        "out_product_id": aftersale.line.out_product_id,
        "out_sku_id": aftersale.line.out_sku_id,
        "product_cnt": aftersale.product_cnt,
    }


def finishes_all(aftersale: Aftersale) -> int:
    """1 when nothing of the order is left to refund: WeChat then treats the whole order as refunded."""
    lines = aftersale.order.lines.all()
    return int(all(line.refunded_cnt >= line.product_cnt for line in lines))


def return_address(aftersale: Aftersale) -> dict[str, Any]:
    """The return address of this after-sale."""
    return cast("dict[str, Any] | None", aftersale.return_address) or default_address()


def default_address() -> dict[str, Any]:
    """The return address for after-sales without one: that of the service settings."""
    info = AccountInfo.objects.first()
    if info is None or not info.has_address:
        return {}
    return {name: getattr(info, name) for name in ADDRESS if getattr(info, name)}
