"""The warehouse: parcels, and what comes back."""

from aftersales.models import Aftersale
from orders.models import Order

from ..seams import chance
from ..world import Idle
from .registry import act

COMPANIES = ("SF", "YTO", "ZTO", "EMS")


def _waybill(world) -> dict:
    return {"delivery_id": chance.choice(COMPANIES), "waybill_id": f"W{world.salt.replace('.', '')}0001"}


@act(16, "the warehouse ships an order")
def ship_order(world):
    order = world.pick(Order.objects.filter(status__in=(20, 21)), lambda row: row.out_order_id)
    answer = world.ask("post", f"orders/{order}/ship_order/", {"parcels": [_waybill(world)]})
    return f"{order} {answer.status_code}"


@act(4, "the warehouse ships a part of an order")
def ship_part(world):
    order = world.pick(Order.objects.filter(status__in=(20, 21)).with_content(), lambda row: row.out_order_id)
    lines = {line.pk: line for line in order.lines.all()}
    left = [pk for pk, count in order.left_to_ship().items() if count > 0]
    if not left:
        raise Idle
    line = lines[chance.choice(left)]
    goods = {"out_product_id": line.out_product_id, "out_sku_id": line.out_sku_id, "product_cnt": 1}
    body = {"parcels": [_waybill(world) | {"product_infos": [goods]}]}
    return f"{order} {world.ask('post', f'orders/{order}/ship_order/', body).status_code}"


@act(2, "the warehouse reports a parcel once more")
def ship_again(world):
    order = world.pick(
        Order.objects.filter(parcels__isnull=False).distinct().with_content(), lambda row: row.out_order_id
    )
    parcel = order.parcels.all()[0]
    body = {"parcels": [{"delivery_id": parcel.delivery_id, "waybill_id": parcel.waybill_id}]}
    return f"{order} {world.ask('post', f'orders/{order}/ship_order/', body).status_code}"


@act(3, "the warehouse packs a parcel and presses “Ship”")
def press_ship(world):
    from orders import parcels
    from orders.operations import ship_order

    order = world.pick(Order.objects.filter(status__in=(20, 21)).with_content(), lambda row: row.out_order_id)
    if not order.parcels.filter(sent_at=None).exists():
        parcels.add(order, [_waybill(world) | {"product_infos": None}])
    return f"{order} {world.press(ship_order, order, 'max')}"


@act(2, "goods come back to the warehouse", "claim")
def receive_return(world):
    from django.utils import timezone

    claim = world.pick(Aftersale.objects.expected(), lambda row: row.order.out_order_id)
    Aftersale.objects.filter(pk=claim.pk, received_at=None).update(
        received_at=timezone.now(), received_by=world.people["max"]
    )
    return f"of {claim.order}"


@act(1, "somebody reads an order again")
def refresh_order(world):
    order = world.pick(Order.objects.exclude(order_id=None), lambda row: row.out_order_id)
    return f"{order} {world.ask('post', f'orders/{order}/refresh_order/').status_code}"
