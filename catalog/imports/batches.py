"""Runs an import: checks the sheet, imports it, undoes it.

Each chunk of rows is one commit, so an import whose worker died continues after the last chunk.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from math import isfinite
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from console.sheets import read, workbook
from console.sheets.columns import shown
from wechat.steps import actors, waking
from wechat.steps.leases import free, lease
from wechat.steps.unread import said

from ..models import SPU, Batch, BatchRow
from . import columns, drafts, preview, sources, undoing, writing
from .archives import check_size
from .columns import KEY, headers
from .doubles import Doubles, Ids
from .drafts import Draft, NoShelves, Shelves

State, Kind = Batch.State, Batch.Kind
MOST_WARNINGS = 200  # that are kept
CHUNK = 500  # products, or rows of prices, in one commit
NO_SHELVES = NoShelves()
log = logging.getLogger(__name__)
Progress = Callable[[Batch], None]  # called after each chunk


def create(sheet: File, pictures: File | None = None, *, mends: Batch | None = None, wake: bool = True) -> Batch:
    """Store a sheet in the current actor's name and queue its check. Raises ValidationError.

    `mends`: the import whose rows are mended; its pictures are found too.
    """
    name = (sheet.name or "sheet").rsplit("/", 1)[-1]
    if not name.lower().endswith(read.ENDINGS):
        raise ValidationError(_("A sheet is an XLSX, XLS or CSV file."))
    if sheet.size > read.MAX_SHEET:
        raise ValidationError(_("The sheet is larger than %(size)d MB. Split it.") % {"size": read.MAX_SHEET >> 20})
    if pictures:
        check_size(pictures.size)
    actor = actors.current()
    batch = Batch(name=name[-200:], user=actor.user, door=actor.door, mends=mends)
    batch.sheet.save(name[-80:], sheet, save=False)
    if pictures:
        batch.pictures.save((pictures.name or "pictures")[-80:], pictures, save=False)
    batch.save()
    if wake:
        _wake(batch)
    return batch


def start(batch: Batch) -> bool:
    """Queue the import of the rows without errors; all rows are checked again during the import."""
    return _begin(batch, State.CHECKED, State.IMPORTING)


def undo(batch: Batch) -> bool:
    """Restore every product as it was before, except those changed or sent since; also of an import that failed."""
    if batch.state == State.FAILED and batch.may_undo:
        return _begin(batch, State.FAILED, State.UNDOING)
    return _begin(batch, State.IMPORTED, State.UNDOING)


def pause(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(paused=True)


def resume(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(paused=False, faults=0)
    _wake(batch)


def wake_for_open() -> None:
    """Wake workers for unfinished imports: a task may have been lost, or a worker may have died."""
    for batch in Batch.objects.standing().filter(free())[:20]:
        _wake(batch)


def work(batch_id: int, progress: Progress = lambda batch: None) -> None:
    """Work on an import until it is done or paused, unless another worker has it."""
    claimed = Batch.objects.standing().filter(free(), pk=batch_id)
    # A try is counted before it begins, so an import that kills its worker comes to an end too.
    if not claimed.update(lease_until=lease(), attempts=F("attempts") + 1, faults=F("faults") + 1):
        return
    batch = Batch.objects.select_related("user").get(pk=batch_id)
    if batch.faults > settings.IMPORT_TRIES:
        _set_aside(batch, batch.message or _("The worker stopped each time."))
        return
    with actors.acting(batch.door, batch.user):
        try:
            undoing.undo(batch, progress) if batch.state == State.UNDOING else _go_through(batch, progress)
        except ValidationError as error:
            batch.close(State.FAILED, " ".join(error.messages))
        except Exception as error:
            log.exception("import %s failed after row %s", batch.pk, batch.position)
            _try_later(batch, error)
        except BaseException:
            # Stopped from outside: not the import's fault, and the next worker need not wait for the lease's end.
            batch.mine().update(lease_until=None, faults=Greatest(F("faults"), 1) - 1)
            raise


def _try_later(batch: Batch, error: Exception) -> None:
    """Keep the reason, and free the lease at once; after so many tries without a row done it is set aside."""
    reason = _("The import failed after row %(row)d (%(error)s).") % {"row": batch.position, "error": said(error)}
    batch.refresh_from_db(fields=["faults"])
    if batch.faults >= settings.IMPORT_TRIES:
        _set_aside(batch, reason)
    else:
        batch.mine().update(lease_until=None, message=reason)


def _set_aside(batch: Batch, reason: str) -> None:
    message = _("%(reason)s Set aside after %(count)d tries. What was imported before is kept, and can be undone.")
    batch.close(State.FAILED, message % {"reason": reason, "count": settings.IMPORT_TRIES})


def _begin(batch: Batch, was: str, state: str) -> bool:
    with transaction.atomic():
        mine = Batch.objects.filter(pk=batch.pk, state=was)
        begun = mine.update(state=state, paused=False, finished_at=None, message="", lease_until=None, faults=0)
        if begun and state == State.IMPORTING:
            Batch.objects.filter(pk=batch.pk).update(
                position=0, good=0, bad=0, unchanged=0, warned=0, warnings=[], picture_notes=[]
            )
            batch.rows.all().delete()
        if begun:
            transaction.on_commit(lambda: _wake(batch))
    return bool(begun)


def _wake(batch: Batch) -> None:
    waking.wake("catalog.tasks.work_batch", batch.pk)


def _go_through(batch: Batch, progress: Progress) -> None:
    seen: workbook.Extents = {}
    doubles = _survey(batch, seen)
    writes = batch.state == State.IMPORTING
    with batch.sheet.open("rb") as sheet, ExitStack() as files:
        pictures = sources.pictures_of(batch, files)
        rows = (row for row in _table(sheet, seen).rows if row[0] > batch.position)
        for chunk in _of_prices(rows, doubles) if batch.kind == Kind.PRICES else _of_products(rows, doubles):
            existing = _existing(chunk)
            for draft in chunk:
                _compare(draft, existing, batch)
            sound = [draft for draft in chunk if not draft.faults]
            sources.find(sound if writes else chunk, pictures, writes)
            batch.picture_notes = [*batch.picture_notes, *pictures.notes][:MOST_WARNINGS]
            pictures.notes.clear()
            if not writes and batch.kind == Kind.PRODUCTS:
                _warn(batch, list(preview.warnings(chunk, existing)))
            if not _commit(batch, chunk, existing, writes):
                return
            progress(batch)
    batch.close(State.IMPORTED if writes else State.CHECKED)


def _survey(batch: Batch, seen: workbook.Extents) -> Doubles:
    """Go through the sheet once: what kind it is, how many rows it has, and which ids are in it twice."""
    total, mends = 0, None
    with batch.sheet.open("rb") as sheet:
        table = _table(sheet, seen)
        kind = Kind.PRICES if "title" not in table.columns and "out_sku_id" in table.columns else Kind.PRODUCTS
        if kind == Kind.PRICES and not table.columns & columns.VALUES:
            raise ValidationError(
                _("The sheet has no column of prices or stock. Columns that are not read: %(names)s")
                % {"names": ", ".join(table.unknown) or "–"}
            )
        ids = Ids(kind == Kind.PRODUCTS)
        for row in table.rows:
            total += 1
            mends = mends or row[1].get("mends")
            ids.add(row)
        doubles = ids.doubles(lambda: _table(sheet, seen).rows)
    if not total:
        raise ValidationError(_("The sheet has headers, but no rows."))
    if not batch.kind:
        batch.kind, batch.total = kind, total
        batch.mends = batch.mends or sources.named(mends, batch)
        batch.mine().update(kind=kind, total=total, unknown=table.unknown[:50], mends=batch.mends)
    return doubles


def _table(sheet: File, seen: workbook.Extents) -> read.Table:
    return read.table(sheet, headers(), {KEY}, seen)


def _warn(batch: Batch, warnings: list[dict]) -> None:
    batch.warned += len(warnings)
    batch.warnings = [*batch.warnings, *warnings][:MOST_WARNINGS]


def _name_doubles(draft: Draft, doubles: Doubles) -> None:
    """Name both rows that have the same id: which of them counts, nobody can say."""
    for number, _cells in draft.rows:
        for is_sku, other in doubles.get(number, {}).items():
            if is_sku:
                draft.fault(number, "out_sku_id", _("The same SKU is on row %(row)d too.") % {"row": other})
            else:
                text = _("The rows of one product must be next to each other; this one is also on row %(row)d.")
                draft.fault(number, "out_product_id", text % {"row": other})


def _of_products(rows: Iterator[read.Row], doubles: Doubles) -> Iterator[list[Draft]]:
    shelves = Shelves()
    groups = drafts.grouped(rows)
    while chunk := list(islice(groups, CHUNK)):
        parsed = []
        for out_product_id, lines, errors in chunk:
            draft = drafts.parsed(out_product_id, lines, errors, shelves)
            _name_doubles(draft, doubles)
            parsed.append(draft)
        yield parsed


def _of_prices(rows: Iterator[read.Row], doubles: Doubles) -> Iterator[list[Draft]]:
    """Each row names its product and SKU; rows of one product within a chunk are one draft."""
    while chunk := list(islice(rows, CHUNK)):
        by_product: dict[str, Draft] = {}
        for out_product_id, lines, errors in drafts.grouped(chunk):
            draft = drafts.parsed(out_product_id, lines, errors, NO_SHELVES)
            _name_doubles(draft, doubles)
            if first := by_product.get(out_product_id):
                first.rows += draft.rows
                first.skus += draft.skus
                first.faults |= draft.faults
            else:
                by_product[out_product_id] = draft
        yield list(by_product.values())


def _existing(chunk: list[Draft]) -> dict[str, SPU]:
    ids = [draft.out_product_id for draft in chunk]
    spus = SPU.objects.filter(out_product_id__in=ids).select_related("category", "brand").with_content()
    return {spu.out_product_id: spu for spu in spus}


def _compare(draft: Draft, existing: dict[str, SPU], batch: Batch) -> None:
    spu = existing.get(draft.out_product_id)
    if batch.kind == Kind.PRICES:
        drafts.compare_prices(draft, spu)
    else:
        drafts.compare(draft, spu)


def _commit(batch: Batch, chunk: list[Draft], existing: dict[str, SPU], writes: bool) -> bool:
    """Store one chunk and the position after it in one commit; False when paused or claimed by another worker."""
    good = [draft for draft in chunk if not draft.faults]
    bad = [draft for draft in chunk if draft.faults]
    changing = [draft for draft in good if not preview.changes_nothing(draft, existing.get(draft.out_product_id))]
    last = max(row[0] for draft in chunk for row in draft.rows)
    # Rows, position and lease are one commit, so a worker that dies leaves no half-written chunk. If another worker has
    # claimed the import meanwhile, the UPDATE below matches no row, and this chunk is rolled back.
    with transaction.atomic():
        created, updated = writing.write(batch, changing, existing) if writes else (0, 0)
        BatchRow.objects.bulk_create(
            [row for draft in bad for row in _kept_rows(batch, draft)], ignore_conflicts=True, batch_size=500
        )
        batch.position, batch.good = last, batch.good + _count(good)
        batch.bad += _count(bad)
        batch.unchanged += _count(good) - _count(changing)
        batch.created += created
        batch.updated += updated
        is_ours = (
            batch.mine()
            .filter(state=batch.state)
            .update(
                position=batch.position,
                good=batch.good,
                bad=batch.bad,
                unchanged=batch.unchanged,
                warned=batch.warned,
                warnings=batch.warnings,
                created=batch.created,
                updated=batch.updated,
                picture_notes=batch.picture_notes,
                lease_until=lease(),
                faults=1,  # this try
                message="",
            )
        )
        if not is_ours:
            transaction.set_rollback(True)
            return False
    if Batch.objects.filter(pk=batch.pk, paused=True).exists():
        batch.mine().update(lease_until=None)
        return False
    return True


def _count(chunk: list[Draft]) -> int:
    return sum(len(draft.rows) for draft in chunk)


def _kept_rows(batch: Batch, draft: Draft) -> Iterator[BatchRow]:
    faults = draft.faults_of_rows()
    for number, cells in draft.rows:
        stored = {name: _json(cell) for name, cell in cells.items()}
        yield BatchRow(batch=batch, number=number, cells=stored, errors=faults[number])


def _json(cell: Any) -> Any:
    if cell is None or isinstance(cell, int) or (isinstance(cell, float) and isfinite(cell)):
        return cell
    return shown(cell)  # also a number too large for a spreadsheet: it is Infinity, which is no JSON
