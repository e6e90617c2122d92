from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import of_buyer

from .models import Aftersale, Complaint


@of_buyer("aftersales.view_aftersale", _("After-sales"))
def aftersales(openid: str) -> QuerySet:
    return Aftersale.objects.filter(order__openid=openid).select_related("order").order_by("-id")


@of_buyer("aftersales.view_complaint", _("complaints"))
def complaints(openid: str) -> QuerySet:
    return Complaint.objects.filter(openid=openid).order_by("-id")
