from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.today import work

from .models import LATE_DAYS, Close


def long_open() -> QuerySet:
    return Close.objects.open().filter(day__lt=timezone.localdate() - timedelta(days=LATE_DAYS))


@work(
    "closing.close_day",
    group="money",
    title=_("Days to close"),
    text=_("Explain what does not add up, then close the day."),
    page="admin:closing_close_changelist",
    query="state=due",
    order=60,
    late=long_open,
    late_text=_("open for more than 3 days: %(count)d"),
)
def days_to_close() -> QuerySet:
    return Close.objects.due()
