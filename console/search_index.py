"""An index of parts of texts: a record is found by any part of a number or title, in Chinese from one character on.

    searchable("order", Order.objects.all, lambda rows: rows.values_list("pk", "pk", "out_order_id"))

`SearchText` keeps a row of text for each record. Which rows may contain a part is told by an index over their grams
(`grams`): an FTS5 table on SQLite, a GIN index on PostgreSQL. The schedule adds what is new every minute; rows that it
has not reached are searched directly, and what is found is compared with the record itself. So a record is found as
soon as it is stored, and nothing is found by a text that it no longer has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from wechat.chunks import chunks_of

from .models import SearchMark, SearchText

BATCH = 500  # rows that are written in one transaction
LATE = 500  # keys before the mark that are looked at again: a transaction may commit after a later key was seen
LATE_FOR = timedelta(minutes=10)  # the same for texts that change
NEWEST = 20_000  # rows searched without the index: those it has not reached, and for a part of one or two letters
MOST = 1_000  # records that a search by part finds, the newest ones

Row = tuple[int, int, str]  # key of the row, key of the record that is found by it, text


@dataclass(frozen=True)
class Kind:
    name: str  # with a letter after f: on SQLite it stands among the grams, which are hexadecimal
    rows: Callable[[], QuerySet]
    texts: Callable[[QuerySet], Iterable[Row]]
    changed: str  # the column with the time of the last change; "" where a text never changes
    record: str  # the column with the key of the record that is found

    def unseen(self, mark: SearchMark | None) -> QuerySet:
        """The rows that may have been stored or changed since the mark."""
        rows = self.rows().order_by()
        if mark and not self.changed:
            return rows.filter(pk__gt=mark.last - LATE)
        return rows.filter(**{f"{self.changed}__gte": mark.at - LATE_FOR}) if mark and mark.at else rows


kinds: dict[str, Kind] = {}


def searchable(
    name: str,
    rows: Callable[[], QuerySet],
    texts: Callable[[QuerySet], Iterable[Row]],
    changed: str = "",
    record: str = "pk",
) -> None:
    """Register rows; `texts` gives (key, key of the record, text) of each, and reads only what the text needs."""
    kinds[name] = Kind(name, rows, texts, changed, record)


def grams(text: str) -> set[str]:
    """Each character and pair that is not ASCII, and each three ASCII characters; in PostgreSQL: console_grams."""
    parts = (text[start : start + length] for start in range(len(text)) for length in (1, 2, 3))
    return {part for part in parts if part.isascii() == (len(part) == 3)}


def find(name: str, query: str) -> list[int]:
    """Keys of the records whose text has each word of the query as a part: of the newest MOST rows."""
    words = query.casefold().replace("\x00", " ").split()
    kind = kinds[name]
    if not words:
        return []
    mark = SearchMark.objects.filter(kind=name).first()
    unseen = kind.unseen(mark).order_by(f"-{kind.changed or 'pk'}")[:NEWEST]
    found = [record for _key, record, text in kind.texts(unseen) if _has(text, words)]
    return list(dict.fromkeys([*found, *_records(kind, words)]))[:MOST]


def _records(kind: Kind, words: list[str]) -> Iterable[int]:
    """The records that the index finds, without those that have another text by now."""
    keys = _indexed(kind.name, words)
    if kind.changed:
        rows = kind.texts(kind.rows().filter(pk__in=keys))
        return (record for _key, record, text in rows if _has(text, words))
    if kind.record == "pk":
        return keys
    return kind.rows().filter(pk__in=keys).order_by("-pk").values_list(kind.record, flat=True)


def _has(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _indexed(name: str, words: list[str]) -> list[int]:
    """The newest rows that the index finds."""
    wanted = sorted(set().union(*map(grams, words)))
    rows = _with_grams(name, wanted).order_by("-pk") if wanted else _newest(name)
    for word in words:
        rows = rows.filter(text__contains=word)
    return list(rows.values_list("source", flat=True)[:MOST])


def _newest(name: str) -> QuerySet:
    """The newest rows: for parts too short for a gram."""
    rows = SearchText.objects.filter(kind=name).order_by("-source")
    return SearchText.objects.filter(pk__in=rows.values("pk")[:NEWEST]).order_by("-source")


def _with_grams(name: str, wanted: list[str]) -> QuerySet:
    if connection.vendor == "postgresql":
        return SearchText.objects.filter(
            RawSQL("console_grams(text) @> %s", [wanted], models.BooleanField()), kind=name
        )
    sql = "SELECT rowid FROM console_searchgrams WHERE console_searchgrams MATCH %s ORDER BY rowid DESC LIMIT %s"
    match = " AND ".join([name, *map(_word, wanted)])
    found = RawSQL(sql, [match, NEWEST], models.BigIntegerField())  # noqa: S611  both are parameters
    return SearchText.objects.filter(pk__in=found)  # the kind is among the grams: its index would be read whole


def _word(gram: str) -> str:
    return f'"{gram.encode().hex()}"'


def refresh() -> int:
    """Add what was stored or changed since the last run; returns how many texts were written."""
    return sum(_refresh(kind) for kind in kinds.values())


def _refresh(kind: Kind) -> int:
    mark, _new = SearchMark.objects.get_or_create(kind=kind.name)
    began, written = timezone.now(), 0
    for rows in chunks_of(kind.unseen(mark).only("pk"), BATCH):
        written += write(kind.name, [row.pk for row in rows])
        mark.last = max(mark.last, rows[-1].pk)
        mark.save()
    mark.at = began
    mark.save()
    return written


def write(name: str, keys: list[int]) -> int:
    """Bring the texts of these rows up to date; returns how many were written."""
    kind = kinds[name]
    with transaction.atomic():
        SearchMark.objects.select_for_update().filter(kind=name).first()  # one writer of a kind at a time
        stored = dict(SearchText.objects.filter(kind=name, source__in=keys).values_list("source", "text"))
        texts = {key: text.casefold() for key, _record, text in kind.texts(kind.rows().filter(pk__in=keys))}
        fresh = {key: text for key, text in texts.items() if stored.get(key) != text}
        SearchText.objects.filter(kind=name, source__in=[*fresh, *(stored.keys() - texts.keys())]).delete()
        made = SearchText.objects.bulk_create(
            SearchText(kind=name, source=key, text=text) for key, text in fresh.items()
        )
        if connection.vendor == "sqlite":
            # The grams of a replaced text stay, under a key that no row has, until the index is made anew.
            with connection.cursor() as cursor:
                sql = "INSERT INTO console_searchgrams (rowid, grams) VALUES (%s, %s)"
                cursor.executemany(sql, [(row.pk, " ".join([name, *map(_word, grams(row.text))])) for row in made])
    return len(fresh)


def compare() -> int:
    """Compare every row with its text, and forget those that are gone; returns how many texts were written."""
    written = 0
    for kind in kinds.values():
        still = kind.rows().order_by().filter(pk=OuterRef("source"))
        SearchText.objects.filter(~Exists(still), kind=kind.name).delete()
        for rows in chunks_of(kind.rows().order_by().only("pk"), BATCH):
            written += write(kind.name, [row.pk for row in rows])
    return written


def rebuild() -> int:
    """Make the whole index anew; until it is complete, only the newest rows are found by a part."""
    with transaction.atomic():
        SearchMark.objects.filter(kind__in=kinds).delete()
        SearchText.objects.all().delete()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO console_searchgrams (console_searchgrams) VALUES ('delete-all')")
    return refresh()
