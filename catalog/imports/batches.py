"""Runs an import: checks the sheet, imports it, undoes it.

Each chunk of rows is one commit, so an import whose worker died goes on after the last chunk.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from console.sheets import read
from wechat.steps import actors, waking
from wechat.steps.leases import free, lease
from wechat.steps.unread import said

from .. import content
from ..models import SPU, Batch, BatchChange, BatchRow
from . import drafts, writing
from .columns import KEY, headers
from .drafts import Draft, NoShelves, Shelves
from .pictures import Pictures

State, Kind, Outcome = Batch.State, Batch.Kind, BatchChange.Outcome
CHUNK = 500  # products, or rows of prices, in one commit
NO_SHELVES = NoShelves()
log = logging.getLogger(__name__)
Progress = Callable[[Batch], None]  # called after each chunk


def create(sheet: File, pictures: File | None = None, *, wake: bool = True) -> Batch:
    """Keep a sheet in the current actor's name and have it checked. Raises ValidationError."""
    name = (sheet.name or "sheet").rsplit("/", 1)[-1]
    if not name.lower().endswith((".xlsx", ".xlsm", ".csv")):
        raise ValidationError(_("A sheet is an XLSX or a CSV file."))
    if sheet.size > read.MAX_SHEET:
        raise ValidationError(_("The sheet is larger than %(size)d MB. Split it.") % {"size": read.MAX_SHEET >> 20})
    actor = actors.current()
    batch = Batch(name=name[-200:], user=actor.user, door=actor.door)
    batch.sheet.save(name[-80:], sheet, save=False)
    if pictures:
        batch.pictures.save((pictures.name or "pictures")[-80:], pictures, save=False)
    batch.save()
    if wake:
        _wake(batch)
    return batch


def start(batch: Batch) -> bool:
    """Import the good rows; all rows are checked again on the way."""
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
    """Wake workers for open imports: a wake-up may have been lost, or a worker have died."""
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
            _undo(batch, progress) if batch.state == State.UNDOING else _go_through(batch, progress)
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
            Batch.objects.filter(pk=batch.pk).update(position=0, good=0, bad=0)
            batch.rows.all().delete()
        if begun:
            transaction.on_commit(lambda: _wake(batch))
    return bool(begun)


def _wake(batch: Batch) -> None:
    waking.wake("catalog.tasks.work_batch", batch.pk)


def _go_through(batch: Batch, progress: Progress) -> None:
    if not batch.kind:
        _measure(batch)
    writes = batch.state == State.IMPORTING
    with batch.sheet.open("rb") as sheet:
        pictures = Pictures(batch.pictures.open("rb") if batch.pictures else None)
        seen: dict[str, int] = {}
        rows = _after(batch.position, _rows(sheet, batch), seen)
        chunks = _of_prices(rows) if batch.kind == Kind.PRICES else _of_products(rows, seen)
        for chunk in chunks:
            existing = _existing(chunk)
            for draft in chunk:
                _compare(draft, existing, batch)
            sound = [draft for draft in chunk if not draft.faults]
            _find_pictures(sound if writes else chunk, pictures, writes)
            if not _commit(batch, chunk, existing, writes):
                return
            progress(batch)
    batch.close(State.IMPORTED if writes else State.CHECKED)


def _measure(batch: Batch) -> None:
    """What kind of sheet it is, and how many rows it has."""
    with batch.sheet.open("rb") as sheet:
        names = read.header_names(sheet, str(batch.sheet.name), headers(), KEY)
    kind = Kind.PRICES if "title" not in names and "out_sku_id" in names else Kind.PRODUCTS
    with batch.sheet.open("rb") as sheet:
        total = sum(1 for _row in _rows(sheet, batch))
    if not total:
        raise ValidationError(_("The sheet has headers, but no rows."))
    batch.kind, batch.total = kind, total
    batch.mine().update(kind=kind, total=total)


def _rows(sheet: File, batch: Batch) -> Iterator[read.Row]:
    return read.rows(sheet, str(batch.sheet.name), headers(), KEY)


def _after(position: int, rows: Iterator[read.Row], seen: dict[str, int]) -> Iterator[read.Row]:
    """The rows that are not done yet; of those that are, the products go into `seen`."""
    for row in rows:
        if row[0] > position:
            yield row
        else:
            seen.setdefault(str(row[1].get("out_product_id") or ""), row[0])


def _of_products(rows: Iterator[read.Row], seen: dict[str, int]) -> Iterator[list[Draft]]:
    shelves = Shelves()
    groups = drafts.grouped(rows)
    while chunk := list(islice(groups, CHUNK)):
        parsed = []
        for out_product_id, lines, errors in chunk:
            draft = drafts.parsed(out_product_id, lines, errors, shelves)
            if out_product_id and (first := seen.get(out_product_id)):
                text = _("The rows of one product must be next to each other; this one is also on row %(row)d.")
                draft.fault(draft.first, "out_product_id", text % {"row": first})
            seen.setdefault(out_product_id, draft.first)
            parsed.append(draft)
        yield parsed


def _of_prices(rows: Iterator[read.Row]) -> Iterator[list[Draft]]:
    """Each row names its product and SKU; rows of one product within a chunk are one draft."""
    while chunk := list(islice(rows, CHUNK)):
        by_product: dict[str, Draft] = {}
        for out_product_id, lines, errors in drafts.grouped(chunk):
            draft = drafts.parsed(out_product_id, lines, errors, NO_SHELVES)
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
        sku_ids = {sku.out_sku_id for sku in spu.skus.all()} if spu else set()
        if spu is None:
            draft.fault(draft.first, "out_product_id", _("There is no product with this id."))
            return
        for sku in draft.skus:
            if sku.get("out_sku_id") not in sku_ids:
                draft.fault(sku["row"], "out_sku_id", _("The product has no SKU with this id."))
    drafts.compare(draft, spu)


def _find_pictures(chunk: list[Draft], pictures: Pictures, fetch: bool) -> None:
    keys: dict[str, int] = {}
    faults: dict[str, str] = {}
    if names := {name for draft in chunk for name in draft.names()}:
        keys, faults = pictures.get(names) if fetch else ({}, pictures.look(names))
    for draft in chunk:
        for kind, named in draft.pictures.items():
            for name in named:
                if name in faults:
                    draft.fault(draft.first, kind, faults[name])
            draft.images[kind] = [keys.get(name, 0) for name in named]
        for sku in draft.skus:
            if thumb := sku.get("thumb_img"):
                if thumb in faults:
                    draft.fault(sku["row"], "thumb_img", faults[thumb])
                sku["thumb_img"] = keys.get(thumb)


def _commit(batch: Batch, chunk: list[Draft], existing: dict[str, SPU], writes: bool) -> bool:
    """Store one chunk and the position after it in one commit; False when paused or claimed by another worker."""
    good = [draft for draft in chunk if not draft.faults]
    bad = [draft for draft in chunk if draft.faults]
    last = max(row[0] for draft in chunk for row in draft.rows)
    # The rows, the position and the lease are one commit: a worker that dies leaves nothing half done, and the UPDATE
    # of a worker whose import was claimed by another one matches no row, so what it wrote is rolled back.
    with transaction.atomic():
        created, updated = writing.write(batch, good, existing) if writes else (0, 0)
        BatchRow.objects.bulk_create(
            [row for draft in bad for row in _kept_rows(batch, draft)], ignore_conflicts=True, batch_size=500
        )
        batch.position, batch.good = last, batch.good + sum(len(draft.rows) for draft in good)
        batch.bad += sum(len(draft.rows) for draft in bad)
        batch.created += created
        batch.updated += updated
        is_ours = (
            batch.mine()
            .filter(state=batch.state)
            .update(
                position=batch.position,
                good=batch.good,
                bad=batch.bad,
                created=batch.created,
                updated=batch.updated,
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


def _kept_rows(batch: Batch, draft: Draft) -> Iterator[BatchRow]:
    bad_row = min(draft.faults)
    held = {"out_product_id": [_("Not imported: row %(row)d of this product has errors.") % {"row": bad_row}]}
    for number, cells in draft.rows:
        stored = {name: _json(cell) for name, cell in cells.items()}
        yield BatchRow(batch=batch, number=number, cells=stored, errors=draft.faults.get(number) or held)


def _json(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float | bool) or cell is None else str(cell)


def _undo(batch: Batch, progress: Progress) -> None:
    while True:
        chunk = list(batch.changes.filter(outcome="").select_related("spu").order_by("-id")[:CHUNK])
        if not chunk:
            batch.close(State.UNDONE)
            return
        with transaction.atomic():
            for change in chunk:
                change.outcome = _undo_one(change)
            BatchChange.objects.bulk_update(chunk, ["outcome"])
            if not batch.mine().filter(state=State.UNDOING).update(lease_until=lease(), faults=1, message=""):
                transaction.set_rollback(True)
                return
        progress(batch)
        if Batch.objects.filter(pk=batch.pk, paused=True).exists():
            batch.mine().update(lease_until=None)
            return


def _undo_one(change: BatchChange) -> str:
    spu = change.spu
    if spu is None:
        return Outcome.DELETED
    # Two changes of one chunk may concern the same product.
    spu.refresh_from_db()
    if spu.changed_at != change.changed_at:
        return Outcome.EDITED
    if change.before is None:
        if spu.is_known or spu.removed_at or content.is_being_sent(spu):
            return Outcome.SENT
        spu.delete()
        change.spu = None
        return Outcome.DELETED
    writing.restore(spu, change.before)
    return Outcome.RESTORED
