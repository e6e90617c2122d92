"""The test drive: one small real call for each of WeChat's interfaces, by the operations of the other apps."""

from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.models import Aftersale, Kind
from aftersales.serializers import OpenedSerializer
from aftersales.snapshots import keep_version
from catalog.models import SPU
from console.problems import by_path
from orders import parcels
from orders.models import ExpressCompany, FundType, Order, OrderLine
from orders.serializers import PlacedOrderSerializer
from wechat.models import AccountInfo
from wechat.steps.errors import Incomplete, InFlight

from ..models import Access
from ..models.scene import TEST_SCENE

ADDRESS = ("receiver_name", "tel_number", "country", "province", "city", "town", "detailed_address")
CHEAPEST = 1  # fen; the rest of the price is given as a discount


def products() -> QuerySet[SPU]:
    """Products for a test order: those that WeChat has approved."""
    return SPU.objects.current().filter(online__isnull=False).defer("draft", "desc")


def make_order(access: Access, spu: SPU, openid: str) -> Order:
    """Store an order of one piece for one fen, in the scene of a live room; not placed yet. Raises Incomplete."""
    info = AccountInfo.objects.first()
    if info is None or not info.has_address:
        raise Incomplete({"": [_("Keep a return address in the service settings first: the parcel would go there.")]})
    sku = spu.skus.order_by("sale_price", "pk")[0]
    number = f"TEST-{timezone.localtime():%Y%m%d%H%M%S%f}"
    body = {
        "out_order_id": number,
        "openid": openid,
        "fund_type": int(FundType.PLATFORM),
        "scene": TEST_SCENE,
        "path": _with(spu.path or "pages/index/index", out_order_id=number),
        "product_infos": [
            {
                "out_product_id": spu.out_product_id,
                "out_sku_id": sku.out_sku_id,
                "product_cnt": 1,
                "sale_price": sku.sale_price,
            }
        ],
        "price_info": {"freight": 0, "discounted_price": max(0, sku.sale_price - CHEAPEST)},
        "address_info": {name: getattr(info, name) for name in ADDRESS if getattr(info, name)},
    }
    serializer = PlacedOrderSerializer(data=body)
    if not serializer.is_valid():
        raise Incomplete(by_path(serializer.errors))
    order, lines = serializer.build(serializer.validated_data)
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(lines)
    access.test_orders.add(order)
    return order


def _with(path: str, **query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"


def companies() -> QuerySet[ExpressCompany]:
    """The express companies that can deliver the parcel."""
    return ExpressCompany.objects.filter(gone=False).order_by("delivery_id")


def pack(order: Order, delivery_id: str, waybill_id: str) -> None:
    """Store one parcel with the whole order; replaces parcels not sent yet. Raises Incomplete or Conflict."""
    if not companies().exists():
        raise Incomplete({"": [_("Pull the express companies first.")]})
    if not waybill_id:
        raise Incomplete({"": [_("The waybill is missing.")]})
    with transaction.atomic():
        for parcel in order.parcels.filter(sent_at=None):
            if (parcel.delivery_id, parcel.waybill_id) != (delivery_id, waybill_id) and not parcels.drop(parcel):
                raise InFlight(_("WeChat is being told of another parcel. Wait for it, or resolve it first."))
        parcels.add(order, [{"delivery_id": delivery_id, "waybill_id": waybill_id, "product_infos": None}])


def open_aftersale_of(order: Order) -> Aftersale | None:
    """The order's after-sale that WeChat has and that is not final."""
    return order.aftersales.open().exclude(status=None).order_by("-id").first()


def make_aftersale(order: Order) -> Aftersale:
    """Store an after-sale to refund all that was paid for the goods; not opened yet. Raises Incomplete."""
    line = order.lines.all()[0]
    body = {
        "out_aftersale_id": f"{order.out_order_id}-R{order.aftersales.count() + 1}",
        "out_order_id": order.out_order_id,
        "out_product_id": line.out_product_id,
        "out_sku_id": line.out_sku_id,
        "product_cnt": line.product_cnt,
        "type": int(Kind.REFUND),
        "orderamt": line.sku_real_price,
        "refund_reason": _("Test of the interface"),
    }
    serializer = OpenedSerializer(data=body)
    if not serializer.is_valid():
        raise Incomplete(by_path(serializer.errors))
    aftersale = serializer.build(serializer.validated_data)
    aftersale.save()
    keep_version(aftersale)
    return aftersale
