from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import Buyer, looks_up, of_buyer
from console.erasing.records import finds_by_phone, unfinished

from .buyer_hashes import with_digest
from .models import Order, OrderStatus
from .models.order import UNPAID, UNSHIPPED

MOVING = (*UNPAID, *UNSHIPPED, OrderStatus.SHIPPED)


@of_buyer("orders.view_order", _("Orders"))
def orders(openid: str) -> QuerySet:
    return Order.objects.filter(openid=openid).order_by("-id")


@looks_up("name", "orders.reveal_personal", _("Receiver's whole name"))
def by_name(value: str) -> list[Buyer]:
    return _buyers(with_digest("name", value))


@looks_up("phone", "orders.reveal_personal", _("Last four digits of the phone"))
def by_phone(value: str) -> list[Buyer]:
    return _buyers(with_digest("phone", value))


@looks_up("openid", "orders.reveal_personal", _("Whole openid"))
def by_openid(value: str) -> list[Buyer]:
    return _buyers(Order.objects.filter(openid=value.strip()))


@finds_by_phone
def of_whole_phone(phone: str) -> set[str]:
    return {
        order.openid
        for order in with_digest("phone", phone).filter(address__isnull=False)
        if _digits((order.address or {}).get("tel_number")) == _digits(phone)
    }


def _digits(phone: object) -> str:
    """The last eleven digits: with or without the country's code."""
    return "".join(filter(str.isdecimal, str(phone or "")))[-11:]


@unfinished
def unfinished_orders(openid: str) -> list[str]:
    """Orders that still have to be paid, sent, received, or looked at."""
    mine = Order.objects.filter(openid=openid)
    moving = mine.filter(Q(status__in=MOVING) | ~Q(payment_alert="")) | mine & Order.objects.unplaced()
    return [str(_("order %(number)s")) % {"number": order} for order in moving.order_by("-id")[:10]]


def _buyers(orders: QuerySet) -> list[Buyer]:
    """The buyers of the newest orders, and these orders' numbers."""
    found: dict[str, list[str]] = {}
    for openid, number in orders.exclude(openid="").order_by("-id").values_list("openid", "out_order_id")[:200]:
        found.setdefault(openid, []).append(number)
    return [Buyer(openid, numbers) for openid, numbers in found.items()]
