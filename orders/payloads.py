"""Request bodies for orders: amounts in fen, times in each endpoint's format, in Shanghai's time."""

from django.utils import timezone

from wechat.values import time_text

from .models import DeliveryType, FundType, Order, OrderLine, Parcel, PayMethod

TIME = "%Y-%m-%d %H:%M:%S"


def order(order: Order) -> dict:
    """The body of order/add."""
    optional = {
        "out_user_id": order.out_user_id,
        "trace_id": order.trace_id,
        "expire_time": int(order.expire_at.timestamp()) if order.expire_at else None,
        "aftersale_duration": order.aftersale_duration,
        "address_info": order.address if order.delivery_type != DeliveryType.NONE else None,
    }
    return {
        "out_order_id": order.out_order_id,
        "openid": order.openid,
        "fund_type": order.fund_type,
        "scene": order.scene,
        "path": order.path,
        "create_time": time_text(order.placed_at),
        "order_detail": {
            "product_infos": [_line(line) for line in order.lines.all()],
            "pay_info": _pay_info(order),
            "price_info": _price_info(order),
        },
        "delivery_detail": {"delivery_type": order.delivery_type},
        **{name: value for name, value in optional.items() if value},
    }


def payment(order: Order) -> dict:
    """The report for order/pay; the step stores it, so the buyer's openid is not in it."""
    return dict(order.payment_report)


def shipment(order: Order) -> dict:
    """The body of delivery/send: the parcels WeChat does not have yet, and whether they complete the order."""
    all_parcels = list(order.parcels.all())
    parcels = [parcel for parcel in all_parcels if parcel.sent_at is None]
    no_parcel = order.delivery_type != DeliveryType.EXPRESS and not parcels  # handed over without a parcel
    finished = no_parcel or all(left <= 0 for left in order.left_to_ship().values())
    if finished and not parcels:
        # The pieces left to ship were refunded. WeChat still requires a parcel, so the last one is sent again.
        parcels = all_parcels[-1:]
    body: dict = {"finish_all_delivery": int(finished)}
    if parcels:
        lines = {line.pk: line for line in order.lines.all()}
        body["delivery_list"] = [_parcel(parcel, lines) for parcel in parcels]
    if finished:
        body["ship_done_time"] = time_text(timezone.now())
    return body


def with_refunded(order: Order, sent: dict) -> dict | None:
    """The shipment with the pieces refunded before shipping in its last parcel; None where that changes nothing.

    For where WeChat wants every ordered piece in some parcel (BEHAVIOUR 4.6): nobody waits for these pieces.
    """
    freed = {line: line.refunded_unshipped_cnt for line in order.lines.all() if line.refunded_unshipped_cnt}
    if not freed or not sent["finish_all_delivery"] or not sent.get("delivery_list"):
        return None
    *others, last = sent["delivery_list"]
    goods = [*last["product_info_list"], *(_goods(line, count) for line, count in freed.items())]
    return sent | {"delivery_list": [*others, last | {"product_info_list": goods}]}


def _line(line: OrderLine) -> dict:
    names = ("out_product_id", "out_sku_id", "product_cnt", "sale_price", "sku_real_price", "path", "title", "head_img")
    return {name: getattr(line, name) for name in names}


def _pay_info(order: Order) -> dict:
    info: dict = {"pay_method_type": order.pay_method_type}
    if order.fund_type == FundType.OWN and order.pay_method_type == PayMethod.WECHAT_PAY:
        info |= {"prepay_id": order.prepay_id, "prepay_time": time_text(order.prepay_time or order.placed_at)}
    return info


def _price_info(order: Order) -> dict:
    names = ("order_price", "freight", "discounted_price", "additional_price")
    info: dict = {name: getattr(order, name) for name in names}
    return info | ({"additional_remarks": order.additional_remarks} if order.additional_remarks else {})


def _parcel(parcel: Parcel, lines: dict[int, OrderLine]) -> dict:
    return {
        "delivery_id": parcel.delivery_id,
        "waybill_id": parcel.waybill_id,
        "product_info_list": [_goods(lines[item.line_id], item.product_cnt) for item in parcel.items.all()],
    }


def _goods(line: OrderLine, count: int) -> dict:
    return {"out_product_id": line.out_product_id, "out_sku_id": line.out_sku_id, "product_cnt": count}
