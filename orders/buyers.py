from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import of_buyer

from .models import Order


@of_buyer("orders.view_order", _("Orders"))
def orders(openid: str) -> QuerySet:
    return Order.objects.filter(openid=openid).order_by("-id")
