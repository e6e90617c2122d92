"""A sheet of counts: read and looked at first, then taken row by row; whoever dies in between, another one goes on."""

from datetime import datetime
from typing import IO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SKU
from console.sheets import read
from console.sheets.columns import Cell, Column, identifier, names_by_header, text
from wechat.steps import actors, waking
from wechat.values import MOST

from . import stock
from .models import MoveKind, StockCount, StockCountRow
from .stock_setting import locked_product, send, sold_since

COLUMNS = [
    Column("out_product_id", gettext_lazy("product id"), also=("商品编号", "商家商品ID", "商品id")),
    Column("out_sku_id", gettext_lazy("SKU id"), also=("SKU编号", "规格编号", "SKU编码")),
    Column("counted", gettext_lazy("counted"), also=("盘点数量", "盘点数", "实盘数量")),
]
MOST_ROWS = 20_000
MOST_ERRORS = 200
State = StockCount.State


def bring(sheet: IO[bytes], name: str, counted_at: datetime | None = None) -> StockCount:
    """Store what the sheet says, to be looked at. Raises ValidationError for what is no such sheet."""
    table = read.table(sheet, names_by_header(COLUMNS), {"out_sku_id", "counted"})
    count = StockCount(name=name[:200], user=actors.current().user, unknown=table.unknown[:50], counted_at=counted_at)
    wanted: dict[int, tuple[str, str, int]] = {}
    for number, cells in table.rows:
        if len(wanted) >= MOST_ROWS:
            raise ValidationError(_("The sheet has more than %(count)d rows. Split it.") % {"count": MOST_ROWS})
        try:
            if (row := _row(cells)) is not None:
                wanted[number] = row
        except ValidationError as error:
            count.errors.append([number, "cell", " ".join(error.messages)])
    rows = _looked_up(count, wanted)
    count.errors = sorted(count.errors)[:MOST_ERRORS]
    with transaction.atomic():
        count.save()
        StockCountRow.objects.bulk_create(rows, batch_size=1000)
    return count


def _row(cells: dict[str, Cell]) -> tuple[str, str, int] | None:
    """Product id, SKU id, pieces; None where nothing was counted."""
    pieces = text(cells.get("counted"))
    if not pieces:
        return None
    if not pieces.isdecimal() or len(pieces) > 10 or int(pieces) > MOST:
        raise ValidationError(_("“%(text)s” is not a number of pieces.") % {"text": pieces[:40]})
    return identifier(cells.get("out_product_id")), identifier(cells.get("out_sku_id")), int(pieces)


def _looked_up(count: StockCount, wanted: dict[int, tuple[str, str, int]]) -> list[StockCountRow]:
    """The rows with their SKU; those without one, or with one that is there twice, are errors."""
    named = [sku for _product, sku, _pieces in wanted.values()]
    known: dict[str, list[SKU]] = {}
    for nth in range(0, len(named), 500):
        skus = SKU.objects.filter(out_sku_id__in=named[nth : nth + 500], spu__removed_at=None)
        for sku in skus.select_related("spu").only("stock_num", "kept_back", "out_sku_id", "spu__out_product_id"):
            known.setdefault(sku.out_sku_id, []).append(sku)
    rows, seen = [], dict[int, int]()
    for number, (product, out_sku_id, pieces) in wanted.items():
        fits = {sku.pk: sku for sku in known.get(out_sku_id, []) if product in ("", sku.spu.out_product_id)}
        if len(fits) != 1:
            count.errors.append([number, "several" if fits else "unknown", out_sku_id])
            continue
        (sku,) = fits.values()
        if first := seen.get(sku.pk):
            count.errors.append([number, "twice", first])
            continue
        seen[sku.pk] = number
        made = StockCountRow(count=count, number=number, sku=sku, out_sku_id=out_sku_id, counted=pieces)
        made.ours = stock.total(sku)
        rows.append(made)
    return rows


def faults_of(count: StockCount) -> list[tuple[int, str]]:
    """Why rows were left out, in the reader's language."""
    words = {
        "several": _("Several products have a SKU “%(value)s”: name the product."),
        "unknown": _("No SKU “%(value)s”."),
        "twice": _("Row %(value)s has the same SKU."),
    }
    return [(number, words.get(code, "%(value)s") % {"value": value}) for number, code, value in count.errors]


def press(count: StockCount, before: str, after: str) -> bool:
    """Begin to take it, or to undo it, by a worker; False where somebody did already."""
    if not StockCount.objects.filter(pk=count.pk, state=before).update(state=after, user=actors.current().user):
        return False
    waking.wake("orders.tasks.work_count", count.pk)
    return True


def work(key: int) -> None:
    """Take, or undo, the rows that are left, a product at a time, and tell WeChat."""
    count = StockCount.objects.filter(pk=key, state__in=[State.TAKING, State.UNDOING]).select_related("user").first()
    if count is None:
        return
    undo = count.state == State.UNDOING
    left = count.rows.filter(taken_at__isnull=not undo, undone_at=None).exclude(sku=None)
    with actors.acting("schedule", count.user):
        products = list(left.order_by().values_list("sku__spu", flat=True).distinct())
        for spu in sorted(products):
            _work_product(count, spu, undo)
        send(count.rows.exclude(sku=None).order_by().values_list("sku__spu", flat=True).distinct())
    done = State.UNDONE if undo else State.TAKEN
    StockCount.objects.filter(pk=key, state=count.state).update(state=done)


def _work_product(count: StockCount, spu: int, undo: bool) -> None:
    rows = {row.sku_id or 0: row for row in count.rows.filter(sku__spu=spu).order_by("sku_id")}
    with locked_product(spu, rows) as held:
        sold = sold_since(count.counted_at, held)
        for key, sku in held.items():
            row = rows[key]
            mine = StockCountRow.objects.filter(pk=row.pk, undone_at=None)
            if undo and mine.filter(taken_at__isnull=False).update(undone_at=timezone.now()):
                # What was sold since stays sold: only the count's own difference is taken back.
                before = stock.total(sku) + (row.was or 0) - (row.set_to or 0)
                stock.set_total(sku, max(before, 0), MoveKind.UNDO, str(count))
            elif not undo:
                was, now = stock.total(sku), max(row.counted - sold.get(key, 0), 0)
                if mine.filter(taken_at=None).update(taken_at=timezone.now(), was=was, set_to=now):
                    stock.set_total(sku, now, MoveKind.COUNT, str(count))


def differing(count: StockCount) -> int:
    return count.rows.exclude(ours=F("counted")).count()
