"""For which scene groups products were reviewed: by what the approved round sent, as WeChat never tells it back."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from catalog.models import SPU, EditStatus, SPURound


class Reviewed(NamedTuple):
    """Products on WeChat's shelves by whether they were reviewed for one group; `first` of those that were not."""

    with_it: int
    without: int
    unknown: int
    first: list[int]


def groups_of(products: Iterable[SPU]) -> dict[int, list[int]]:
    """The groups of each product's last approved round; who was approved past this console is not in it."""
    rounds = SPURound.objects.filter(spu__in=products, status=EditStatus.APPROVED).order_by("id")
    return {spu: groups or [] for spu, groups in rounds.values_list("spu", "sent__scene_group_list")}


def reviewed_for(group_id: int, most: int) -> Reviewed:
    with_it = without = unknown = 0
    first: list[int] = []
    for pk, last, groups in _approved().iterator():
        if last is None:
            unknown += 1
        elif group_id in (groups or []):
            with_it += 1
        else:
            without += 1
            first += [pk] if len(first) < most else []
    return Reviewed(with_it, without, unknown, first)


def _approved() -> QuerySet:
    rounds = SPURound.objects.filter(spu=OuterRef("pk"), status=EditStatus.APPROVED).order_by("-id")
    last, groups = Subquery(rounds.values("pk")[:1]), Subquery(rounds.values("sent__scene_group_list")[:1])
    shelf = SPU.objects.current().filter(online__isnull=False).order_by("-id")
    return shelf.annotate(last=last, groups=groups).values_list("pk", "last", "groups")
