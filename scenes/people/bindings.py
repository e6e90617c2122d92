"""How often people were bound and unbound within a year, as far as this console saw it (BEHAVIOUR section 6).

WeChat tells when a sharer was bound; that a promoter came or left, and that a sharer left, is seen at a read.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Binding, BindStatus, Promoter, Sharer
from ..models.people import BINDINGS_A_YEAR, YEAR


class OfYear(NamedTuple):
    """The bindings and unbindings of one person within the last year."""

    bound: int = 0
    unbound: int = 0

    @property
    def is_used_up(self) -> bool:
        return self.bound >= BINDINGS_A_YEAR

    def __str__(self) -> str:
        bound = ngettext("bound %(count)d time", "bound %(count)d times", self.bound) % {"count": self.bound}
        unbound = ngettext("unbound %(count)d time", "unbound %(count)d times", self.unbound) % {"count": self.unbound}
        return f"{bound}, {unbound}"


def of_year(people: Collection[Promoter | Sharer]) -> dict[int, OfYear]:
    """{key: bindings} of promoters, or of sharers, in one query; those without any are left out."""
    who = "promoter" if any(isinstance(person, Promoter) for person in people) else "sharer"
    rows = Binding.objects.filter(**{f"{who}__in": [person.pk for person in people]}, at__gt=timezone.now() - YEAR)
    bound = Count("pk", filter=Q(is_bound=True))
    counted = rows.order_by().values_list(who).annotate(bound=bound, unbound=Count("pk") - bound)
    return {pk: OfYear(*counts) for pk, *counts in counted}


def warning(of_person: OfYear | None) -> str:
    """What to know before a sharer is invited who was bound often; "" where there is nothing."""
    if of_person is None or not of_person.is_used_up:
        return ""
    text = _(
        "Within a year %(often)s, as seen here. Promoters may bind %(most)d times a year: WeChat may refuse this one."
    )
    return text % {"often": of_person, "most": BINDINGS_A_YEAR}


def saw_sharers(openids: Iterable[str]) -> None:
    """Keep when these sharers, as they are stored, were bound."""
    rows = Sharer.objects.bound().filter(openid__in=list(openids)).exclude(bound_at=None)
    _keep(Binding(sharer_id=pk, is_bound=True, at=at) for pk, at in rows.values_list("pk", "bound_at") if at)


def saw_sharer(sharer: Sharer, was: int | None, status: int | None, bound_at: datetime | None, now: datetime) -> None:
    """Keep what a read of one sharer shows: a binding by its time, an unbinding where the person was bound before."""
    if status == BindStatus.BOUND and bound_at:
        _keep([Binding(sharer=sharer, is_bound=True, at=bound_at)])
    elif status not in (None, BindStatus.BOUND) and was == BindStatus.BOUND:
        _keep([Binding(sharer=sharer, is_bound=False, at=now)])


def saw_promoters(promoter_ids: Iterable[str], *, is_bound: bool) -> None:
    """Keep that these promoters have come, or have left, since the list was read before."""
    now = timezone.now()
    keys = Promoter.objects.filter(promoter_id__in=list(promoter_ids)).values_list("pk", flat=True)
    _keep(Binding(promoter_id=pk, is_bound=is_bound, at=now) for pk in keys)


def _keep(rows: Iterable[Binding]) -> None:
    Binding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
