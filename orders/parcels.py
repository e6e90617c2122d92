"""Adds and deletes parcels that are not sent to WeChat yet; checks them against the pieces left to ship."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.steps.errors import Incomplete
from wechat.values import waybill

from .models import ExpressCompany, Order, OrderLine, Parcel, ParcelItem


def add(order: Order, new: list[dict]) -> list[Parcel]:
    """Store parcels, [{delivery_id, waybill_id, product_infos: [{out_product_id, out_sku_id, product_cnt}]}].

    Without product_infos a parcel contains all pieces that are in no parcel yet. A waybill that is stored already is
    skipped. Raises Incomplete with the paths of the faults, and then stores nothing.
    """
    with transaction.atomic():
        # The lock lets one request at a time assign the pieces that are left, so no piece is in two parcels.
        Order.objects.select_for_update().get(pk=order.pk)
        order._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # what was read before is stale
        left, lines = order.left_to_ship(), list(order.lines.all())
        stored = {(parcel.delivery_id, parcel.waybill_id) for parcel in order.parcels.all()}
        companies = set(
            ExpressCompany.objects.filter(delivery_id__in=[parcel["delivery_id"] for parcel in new]).values_list(
                "delivery_id", flat=True
            )
        )
        created, faults = [], {}
        for nth, info in enumerate(new):
            path = f"parcels[{nth}]"
            try:
                info = info | {"waybill_id": waybill(info["waybill_id"])}
            except ValidationError as error:
                faults[f"{path}.waybill_id"] = error.messages
                continue
            if (info["delivery_id"], info["waybill_id"]) in stored:
                continue
            stored.add((info["delivery_id"], info["waybill_id"]))
            if info["delivery_id"] not in companies:
                faults[f"{path}.delivery_id"] = [
                    _("WeChat knows no express company “%(id)s”.") % {"id": info["delivery_id"]}
                ]
                continue
            goods = _goods(info, lines, left, path, faults)
            created.append(_create(order, info, goods))
        if faults:
            raise Incomplete(faults)
    order._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # what was read before is stale
    return created


def drop(parcel: Parcel) -> bool:
    """Delete a parcel that has not been sent to WeChat, and is not being sent."""
    if Step.objects.of(parcel.order).open().filter(reads=False).exists():
        return False
    return bool(Parcel.objects.filter(pk=parcel.pk, sent_at=None).delete()[0])


def _goods(parcel: dict, lines: list[OrderLine], left: dict[int, int], path: str, faults: dict) -> dict[int, int]:
    """{line: pieces} of a parcel; subtracts them from `left`."""
    if parcel.get("product_infos") is None:
        rest = {pk: count for pk, count in left.items() if count > 0}
        if not rest:
            faults[path] = [_("Everything is in a parcel already.")]
        for pk in rest:
            left[pk] = 0
        return rest
    if not parcel["product_infos"]:
        faults[path] = [_("Name the goods in the parcel.")]
    goods: dict[int, int] = {}
    for nth, info in enumerate(parcel["product_infos"]):
        name = (info["out_product_id"], info["out_sku_id"])
        line = next((line for line in lines if (line.out_product_id, line.out_sku_id) == name), None)
        if line is None:
            faults[f"{path}.product_infos[{nth}].out_sku_id"] = [_("The order has no such goods.")]
        elif not 0 < info["product_cnt"] <= left[line.pk]:
            text = _("%(count)d pieces are left to ship.") % {"count": max(0, left[line.pk])}
            faults[f"{path}.product_infos[{nth}].product_cnt"] = [text]
        else:
            left[line.pk] -= info["product_cnt"]
            goods[line.pk] = goods.get(line.pk, 0) + info["product_cnt"]
    return goods


def _create(order: Order, info: dict, goods: dict[int, int]) -> Parcel:
    parcel = Parcel.objects.create(order=order, delivery_id=info["delivery_id"], waybill_id=info["waybill_id"])
    ParcelItem.objects.bulk_create(
        [ParcelItem(parcel=parcel, line_id=pk, product_cnt=count) for pk, count in goods.items()]
    )
    return parcel
