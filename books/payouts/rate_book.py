"""Which rate an order line gets: of those valid on the day it was paid, the one that names the most.

A rate may name a person, a live room and a product. More names win over fewer; of as many, the person wins over the
room, and the room over the product. So no two are equal: of the same names only one is valid on a day. Where no rate
names the person and something else, the person's own rate (on their page) is the one that names the person alone and
has no days; the usual rate of the selling settings stands behind all.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from scenes.models import Promoter, SellingSettings, Sharer

from .models import Rate, Role

# What the rates that are tried name, in this order: (person, room, product).
ORDER = [
    (True, True, True),
    (True, True, False),
    (True, False, True),
    (False, True, True),
    (True, False, False),
    (False, True, False),
    (False, False, True),
    (False, False, False),
]
Names = tuple[str, str, str, str]  # role, person, room, product; "" names nothing


class Found(NamedTuple):
    bps: int
    rate: int | None = None  # the Rate's key; None for a person's own or the usual rate


class RateBook:
    """The rates that hold on some days, read once: a line is looked up without a query."""

    def __init__(self, first: date, last: date) -> None:
        self._dated: dict[Names, list[Rate]] = defaultdict(list)
        holding = Rate.objects.filter(Q(valid_until=None) | Q(valid_until__gte=first), valid_from__lte=last)
        for rate in holding.select_related("promoter", "sharer"):
            person = rate.promoter.promoter_id if rate.promoter else rate.sharer.openid if rate.sharer else ""
            self._dated[rate.role, person, rate.room, rate.out_product_id].append(rate)
        usual = SellingSettings.load()
        self._usual = {Role.PROMOTER.value: bps(usual.promoter_rate), Role.SHARER.value: bps(usual.sharer_rate)}
        self._own: dict[tuple[str, str], int] = {
            **_own(Role.PROMOTER, Promoter.objects.exclude(rate=None).values_list("promoter_id", "rate")),
            **_own(Role.SHARER, Sharer.objects.exclude(rate=None).values_list("openid", "rate")),
        }

    def find(self, role: str, person: str, room: str, product: str, day: date) -> Found:
        for by_person, by_room, by_product in ORDER:
            if not room and by_room:
                continue
            names = (role, person if by_person else "", room if by_room else "", product if by_product else "")
            for rate in self._dated.get(names, ()):
                if rate.valid_from <= day and (rate.valid_until is None or day <= rate.valid_until):
                    return Found(rate.bps, rate.pk)
            if (by_person, by_room, by_product) == (True, False, False) and (role, person) in self._own:
                return Found(self._own[role, person])
        return Found(self._usual[role])


def bps(rate: Decimal) -> int:
    """Percent with two decimals as basis points, exactly."""
    return int(rate * 100)


def _own(role: Role, rates: Iterable[tuple[str, Decimal]]) -> dict[tuple[str, str], int]:
    return {(role.value, person): bps(rate) for person, rate in rates}
