from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SPU
from console.cautions import cautions

from .models import LiveDay


@cautions(SPU)
def of_coming_live_days(keys: list[int]) -> dict[int, list[str]]:
    """About products of a live day that has not passed: the next one of each."""
    goods = LiveDay.products.through.objects.filter(spu__in=keys, liveday__date__gte=timezone.localdate())
    said: dict[int, list[str]] = {}
    for row in goods.select_related("liveday").order_by("liveday__date", "liveday"):
        text = _("It is on the live day “%(day)s”: what is sent for review now may not be decided by then.")
        said.setdefault(row.spu_id, [text % {"day": row.liveday}])
    return said
