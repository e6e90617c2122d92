from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from console.approvals import MANY
from console.models import Approval
from console.today import RECORDS, Chart, Urgent, chart, work
from console.today_charts import by_day

from .grants import waited
from .models import SPU, Difference, EditStatus, SPURound, Status
from .price_cuts import PRICE_CUT

PRODUCTS = "admin:catalog_spu_changelist"


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Products to submit"),
    text=_("Their changes need a review."),
    page=PRODUCTS,
    query="state=to-submit",
    order=20,
)
def to_submit() -> QuerySet:
    return SPU.objects.to_submit()


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Products that waited for a grant"),
    text=_("Their category or brand has been granted: submit them."),
    page=PRODUCTS,
    query="state=granted",
    order=19,
)
def granted_meanwhile() -> QuerySet:
    return waited()


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Prices and stock to send"),
    text=_("Their changes need no review."),
    page=PRODUCTS,
    query="state=to-update",
    order=21,
)
def to_update() -> QuerySet:
    return SPU.objects.to_update()


def newest_rejected() -> list[Urgent]:
    rows = SPU.objects.rejected().order_by("-read_at")[:RECORDS]
    return [Urgent(row, row.title, row.reject_reason[:80], since=row.read_at) for row in rows]


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Rejected products"),
    text=_("Read WeChat's reason, correct it, submit again."),
    page=PRODUCTS,
    query="state=refused",
    tone="red",
    order=31,
    urgent=newest_rejected,
)
def rejected() -> QuerySet:
    return SPU.objects.rejected()


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Taken off sale by WeChat"),
    text=_("WeChat found a violation."),
    page=PRODUCTS,
    query="state=violation",
    tone="red",
    order=30,
)
def violations() -> QuerySet:
    return SPU.objects.current().filter(status=Status.VIOLATION)


@work(
    "catalog.submit_spu",
    group="products",
    title=_("Products in review"),
    text=_("WeChat reviews them."),
    page=PRODUCTS,
    query="state=review",
    tone="blue",
    order=36,
)
def in_review() -> QuerySet:
    return SPU.objects.current().filter(edit_status=EditStatus.IN_REVIEW)


@work(
    "catalog.view_difference",
    group="products",
    title=_("Different at WeChat"),
    text=_("Fields were changed outside this console."),
    page="admin:catalog_difference_changelist",
    order=45,
)
def different() -> QuerySet:
    return Difference.objects.all()


@work(
    "console.approve_acts",
    group="products",
    title=_("Price cuts and acts on many to approve"),
    text=_("Somebody asked for a large price cut, or to take many products off sale or delete them."),
    page="admin:console_approval_changelist",
    query="state=waiting",
    order=19,
)
def to_approve() -> QuerySet:
    return Approval.objects.waiting(PRICE_CUT.kind, MANY)


@chart("catalog.submit_spu", order=40)
def reviews_by_day() -> Chart:
    return Chart(_("Submitted for review, 14 days"), by_day(SPURound.objects.all(), "submitted_at"), reverse(PRODUCTS))
