"""A list of people to be invited, looked through before anybody is asked."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Sharer
from .models.people import MOST_SHARERS, openid_of
from .rules import faults_of_invitation

RESULTS = {0: gettext_lazy("sent"), 1: gettext_lazy("failed: may be tried again"), 2: gettext_lazy("refused")}


class Row(NamedTuple):
    openid: str
    name: str
    sharer: Sharer | None
    fault: str


def looked_through(text: str) -> list[Row]:
    """One person a line, the openid first, a name after it; what stands in the way is said with each."""
    wanted: dict[str, str] = {}
    for line in text.replace(",", " ").replace("\t", " ").splitlines():
        openid, _blank, name = line.strip().partition(" ")
        if openid:
            wanted.setdefault(openid, name.strip()[:50])
    known = Sharer.objects.in_bulk(list(wanted), field_name="openid")
    free = MOST_SHARERS - Sharer.objects.bound()[:MOST_SHARERS].count()
    rows = []
    for openid, name in wanted.items():
        fault = _fault(openid, known.get(openid))
        if not fault:
            free -= 1
            fault = _("A mini program has at most 10,000 sharers. Unbind some first.") if free < 0 else ""
        rows.append(Row(openid, name, known.get(openid), fault))
    return rows


def _fault(openid: str, sharer: Sharer | None) -> str:
    if not openid_of.regex.search(openid):
        return _("An openid of your mini program begins with o.")
    faults = faults_of_invitation(sharer) if sharer else {}
    return " ".join(str(line) for lines in faults.values() for line in lines)


def keep(rows: list[Row]) -> list[Sharer]:
    """The people who can be invited, each with a record from now on."""
    sound = [row for row in rows if not row.fault]
    new = [Sharer(openid=row.openid, name=row.name) for row in sound if row.sharer is None]
    Sharer.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return list(Sharer.objects.filter(openid__in=[row.openid for row in sound]).order_by("pk"))
