"""What is sent of a claim; amounts in fen."""

from typing import cast

from orders.models import OrderLine
from wechat.models import AccountInfo
from wechat.values import time_text

from .models import Aftersale

ADDRESS = ("receiver_name", "detailed_address", "tel_number", "country", "province", "city", "town")


def _goods(claim: Aftersale) -> dict:
    """Which goods it is about; a claim of ours always has its line."""
    line = cast(OrderLine, claim.line)
    return {
        "out_product_id": line.out_product_id,
        "out_sku_id": line.out_sku_id,
        "product_cnt": claim.product_cnt,
    }


def opened(claim: Aftersale) -> dict:
    """The body of ecaftersale/add."""
    return {
        "out_order_id": claim.order.out_order_id,
        "out_aftersale_id": claim.out_aftersale_id,
        "openid": claim.order.openid,
        "product_info": _goods(claim),
        **content(claim),
    }


def changed(claim: Aftersale) -> dict:
    """The body of ecaftersale/update."""
    return {"aftersale_id": claim.aftersale_id, "openid": claim.order.openid, **content(claim)}


def content(claim: Aftersale) -> dict:
    given = {
        "type": claim.type,
        "orderamt": claim.orderamt,
        "refund_reason_type": claim.refund_reason_type,
        "refund_reason": claim.refund_reason,
    }
    return given | ({"media_list": claim.media_list} if claim.media_list else {})


def told(claim: Aftersale) -> dict:
    """The body of aftersale/add, of the old family."""
    return {
        "out_order_id": claim.order.out_order_id,
        "out_aftersale_id": claim.out_aftersale_id,
        "path": claim.order.path,
        "openid": claim.order.openid,
        "type": claim.type,
        "status": claim.status or 0,
        "refund": claim.orderamt,
        "create_time": time_text(claim.opened_at or claim.created_at),
        "finish_all_aftersale": finishes_all(claim),
        "product_infos": [_goods(claim)],
    }


def finishes_all(claim: Aftersale) -> int:
    """1 when nothing of the order is left to claim: WeChat then takes the order for refunded as a whole."""
    lines = claim.order.lines.all()
    return int(all(line.refunded_cnt >= line.product_cnt for line in lines))


def default_address() -> dict:
    """Where goods come back to when nothing else is said: the service settings' return address."""
    info = AccountInfo.objects.first()
    if info is None or not info.has_address:
        return {}
    return {name: getattr(info, name) for name in ADDRESS if getattr(info, name)}
