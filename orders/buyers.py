from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import Buyer, looks_up, of_buyer

from .buyer_hashes import with_digest
from .models import Order


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


def _buyers(orders: QuerySet) -> list[Buyer]:
    """The buyers of the newest orders, and these orders' numbers."""
    found: dict[str, list[str]] = {}
    for openid, number in orders.exclude(openid="").order_by("-id").values_list("openid", "out_order_id")[:200]:
        found.setdefault(openid, []).append(number)
    return [Buyer(openid, numbers) for openid, numbers in found.items()]
