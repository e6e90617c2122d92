from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SPU
from console.cautions import cautions

from .models import LiveDay


def _coming(keys: list[int]) -> QuerySet:
    return LiveDay.products.through.objects.filter(spu__in=keys, liveday__date__gte=timezone.localdate())


@cautions(SPU, _coming)
def of_coming_live_days(rows: QuerySet) -> dict[int, list[str]]:
    """About products of a live day that has not passed: the next one of each."""
    said: dict[int, list[str]] = {}
    for row in rows.select_related("liveday").order_by("liveday__date", "liveday"):
        text = _("It is on the live day “%(day)s”: what is sent for review now may not be decided by then.")
        said.setdefault(row.spu_id, [text % {"day": row.liveday}])
    return said
