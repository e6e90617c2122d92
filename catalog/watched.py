from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from console.alerts.kinds import MOST, WITH_REASON, Cause, alert, each, page_of
from console.approvals import MANY
from console.models import Approval

from .cards import PRODUCTS
from .models import SPU, Difference, Status
from .price_cuts import PRICE_CUT


@alert(
    "product_rejected",
    title=_("Product rejected"),
    text=WITH_REASON,
    permission="catalog.submit_spu",
    page=PRODUCTS,
    query="state=refused",
)
def rejected() -> list[Cause]:
    rows = SPU.objects.rejected().order_by("pk")[:MOST]
    return [
        Cause(f"spu-{row.pk}", {"record": str(row), "reason": row.reject_reason[:200]}, page_of(row)) for row in rows
    ]


@alert(
    "product_off_sale",
    title=_("Taken off sale by WeChat"),
    text=_("%(record)s: WeChat found a violation."),
    permission="catalog.submit_spu",
    page=PRODUCTS,
    query="state=violation",
    is_urgent=True,
)
def off_sale() -> list[Cause]:
    return each(SPU.objects.current().filter(status=Status.VIOLATION))


@alert(
    "drift",
    title=_("Different at WeChat"),
    text=_("%(record)s was changed outside this console."),
    permission="catalog.view_difference",
    page="admin:catalog_difference_changelist",
)
def drift() -> list[Cause]:
    return each(SPU.objects.filter(Exists(Difference.objects.filter(spu=OuterRef("pk")))))


@alert(
    "acts_to_approve",
    title=_("Price cut or act on many needs a second person"),
    text=_("%(record)s: somebody asked for it, another person has to approve it."),
    permission="console.approve_acts",
    page="admin:console_approval_changelist",
    query="state=waiting",
)
def acts_to_approve() -> list[Cause]:
    return each(Approval.objects.waiting(PRICE_CUT.kind, MANY))
