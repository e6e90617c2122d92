"""For which scene groups products were reviewed: by what the approved round sent, as WeChat never returns it."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from catalog.models import SPU, EditStatus, SPURound
from wechat.chunks import in_chunks


class Reviewed(NamedTuple):
    """Counts of approved products by whether they were reviewed for one group; `first`: some of those that were not."""

    with_it: int
    without: int
    unknown: int
    first: list[int]


def groups_of(products: Iterable[SPU]) -> dict[int, list[int]]:
    """{product: groups of its last approved round}; without products approved outside this console."""
    rounds = SPURound.objects.filter(spu__in=products, status=EditStatus.APPROVED).order_by("id")
    return {spu: groups or [] for spu, groups in rounds.values_list("spu", "sent__scene_group_list")}


def reviewed_for(group_id: int, most: int) -> Reviewed:
    with_it = without = unknown = 0
    for groups, has_round, count in _approved().values_list("groups", "has_round").annotate(count=Count("pk")):
        if not has_round:
            unknown += count
        elif group_id in (groups or []):
            with_it += count
        else:
            without += count
    return Reviewed(with_it, without, unknown, _first_without(group_id, min(most, without)))


def _first_without(group_id: int, most: int) -> list[int]:
    found: list[int] = []
    if most:
        for spu in in_chunks(_approved().filter(has_round=True).order_by("-id").only("pk")):
            found += [] if group_id in (spu.groups or []) else [spu.pk]
            if len(found) == most:
                break
    return found


def _approved() -> QuerySet:
    rounds = SPURound.objects.filter(spu=OuterRef("pk"), status=EditStatus.APPROVED).order_by("-id")
    shelf = SPU.objects.current().filter(online__isnull=False).order_by()
    return shelf.annotate(has_round=Exists(rounds), groups=Subquery(rounds.values("sent__scene_group_list")[:1]))
