from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from console.buyers import of_buyer
from console.erasing.records import finds_by_phone, unfinished
from wechat.chunks import chunks_of

from .models import Aftersale, Complaint, Dispute


@of_buyer("aftersales.view_aftersale", _("After-sales"))
def aftersales(openid: str) -> QuerySet:
    return Aftersale.objects.filter(order__openid=openid).select_related("order").order_by("-id")


@of_buyer("aftersales.view_complaint", _("complaints"))
def complaints(openid: str) -> QuerySet:
    return Complaint.objects.filter(openid=openid).order_by("-id")


@finds_by_phone
def of_whole_phone(phone: str) -> set[str]:
    """By the phones of complaints and disputes, which are encrypted: all of them are looked at, as they are few."""
    found: set[str] = set()
    for complaints in chunks_of(Complaint.objects.exclude(phone_number=None)):
        found.update(row.openid for row in complaints if row.phone_number == phone)
    for disputes in chunks_of(Dispute.objects.exclude(phone_number=None).select_related("order")):
        found.update(row.order.openid for row in disputes if row.order and row.phone_number == phone)
    return found


@unfinished
def unfinished_aftersales(openid: str) -> list[str]:
    """After-sales, disputes and complaints that somebody has to decide or answer."""
    of_orders = Q(order__openid=openid)
    rows = [
        *Aftersale.objects.open().filter(of_orders)[:10],
        *Dispute.objects.running().filter(of_orders | Q(aftersale__order__openid=openid))[:10],
        *Complaint.objects.unanswered().filter(openid=openid)[:10],
    ]
    return [f"{row._meta.verbose_name} {row}" for row in rows]
