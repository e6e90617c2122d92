"""Parses and checks a list of people to be invited."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.sheets import read
from console.sheets.columns import Column, identifier, names_by_header
from console.sheets.columns import text as cell_text
from wechat.cleaning import compact
from wechat.errors import meaning_of
from wechat.values import text

from ..models import Sharer
from ..models.people import MOST_SHARERS, is_openid
from .bindings import of_year, warning
from .rules import fault_of, invited_lately

RESULTS = {0: gettext_lazy("sent"), 1: gettext_lazy("failed: may be tried again"), 2: gettext_lazy("refused")}


COLUMNS = [Column("openid", "openid"), Column("name", gettext_lazy("name"), also=("姓名", "昵称", "备注"))]


class Row(NamedTuple):
    openid: str
    name: str
    sharer: Sharer | None
    fault: str
    warning: str = ""


def people(pasted: str) -> Iterator[tuple[str, str]]:
    """(openid, name) of each person: one person per line, the openid first, an optional name after it."""
    for line in pasted.replace(",", " ").replace("\t", " ").splitlines():
        openid, _blank, name = compact(line).partition(" ")
        if openid:
            yield openid, text(Sharer, "name", name.strip())


def people_of_sheet(file: IO[bytes]) -> list[tuple[str, str]]:
    """(openid, name) of each row of a sheet with these columns. Raises ValidationError, naming the row."""
    people = []
    for number, cells in read.table(file, names_by_header(COLUMNS), {"openid"}).rows:
        try:
            openid, name = identifier(cells.get("openid")), cell_text(cells.get("name"))
        except ValidationError as error:
            reason = {"row": number, "reason": " ".join(error.messages)}
            raise ValidationError(_("Row %(row)d: %(reason)s") % reason) from None
        if openid:
            people.append((openid, text(Sharer, "name", name)))
    return people


def checked(pairs: Iterable[tuple[str, str]]) -> list[Row]:
    """Each openid and name, with the reason why it cannot be invited; a repeated openid counts once."""
    names: dict[str, str] = {}
    for openid, name in pairs:
        names.setdefault(openid, name)
    sharers = Sharer.objects.in_bulk(list(names), field_name="openid")
    sent = invited_lately([sharer.pk for sharer in sharers.values()])
    often = of_year(list(sharers.values()))
    free = MOST_SHARERS - Sharer.objects.bound()[:MOST_SHARERS].count()
    rows = []
    for openid, name in names.items():
        fault = _fault(openid, sharers.get(openid), sent)
        if not fault:
            free -= 1
            fault = str(meaning_of(200).text) if free < 0 else ""
        sharer = sharers.get(openid)
        rows.append(Row(openid, name, sharer, fault, warning(often.get(sharer.pk)) if sharer else ""))
    return rows


def _fault(openid: str, sharer: Sharer | None, sent: dict[int, list[datetime]]) -> str:
    if not is_openid(openid):
        return _("An openid of your mini program begins with o.")
    return fault_of(sharer, sent[sharer.pk]) if sharer else ""


def keep(rows: list[Row]) -> list[Sharer]:
    """Create a record of each person who can be invited; a name is stored where there was none."""
    sound = [row for row in rows if not row.fault]
    new = [Sharer(openid=row.openid, name=row.name) for row in sound if row.sharer is None]
    Sharer.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    named = {row.openid: row.name for row in sound if row.name and row.sharer and not row.sharer.name}
    nameless = list(Sharer.objects.filter(openid__in=list(named), name=""))
    for sharer in nameless:
        sharer.name = named[sharer.openid]
    Sharer.objects.bulk_update(nameless, ["name"], batch_size=500)
    return list(Sharer.objects.filter(openid__in=[row.openid for row in sound]).order_by("pk"))
