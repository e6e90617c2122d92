from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from console.today import RECORDS, Urgent, work

from .models import Period, Statement


def oldest_to_close() -> list[Urgent]:
    rows = Period.objects.to_close().order_by("first")[:RECORDS]
    return [Urgent(row, str(row), yuan(row.payable, "¥"), since=row.end) for row in rows]


@work(
    "payouts.close_period",
    group="money",
    title=_("Pay-out periods to close"),
    text=_("Their last day is over: look at the figures, then close them."),
    page="admin:payouts_period_changelist",
    query="state=open",
    order=44,
    urgent=oldest_to_close,
)
def periods_to_close() -> QuerySet:
    return Period.objects.to_close()


@work(
    "payouts.pay_statement",
    group="money",
    title=_("Pay-outs to pay"),
    text=_("Their period is closed: whoever did not close it pays them."),
    page="admin:payouts_statement_changelist",
    query="state=to-pay",
    order=45,
)
def to_pay() -> QuerySet:
    return Statement.objects.to_pay()
