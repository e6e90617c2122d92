"""The stock beside orders: connected shops push it by version, the warehouse counts it by sheet."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.utils import timezone

from catalog.content import update_unsent
from catalog.models import SKU, SPU
from orders import stock, stock_counts
from orders.models import Oversold, StockCount

from ..seams import chance, clock
from ..shop import all_skus
from .registry import act

State = StockCount.State


def stored(row: Any, column: str) -> Any:
    """What the database has, also where the process that wrote it is dead."""
    sql = f"SELECT {column} FROM {row._meta.db_table} WHERE id = ?"
    return connections["default"].connection.execute(sql, [row.pk]).fetchone()[0]


def edit(world, sku: SKU, column: str, value: int) -> None:
    """Somebody changes a SKU on its product's page; what was committed is remembered, whatever ended the process."""
    at = timezone.now()
    try:
        with transaction.atomic():
            SKU.objects.filter(pk=sku.pk).update(**{column: value})
            update_unsent(SPU.objects.get(pk=sku.spu_id))
            at = timezone.now()
    finally:
        if stored(sku, column) == value:
            world.memory.setdefault("edits", []).append((at, sku.out_sku_id, column, value))


@act(2.5, "a connected shop pushes its stock", "product")
def push_stock(world):
    rows, as_of = [], None
    if chance.random() < 0.3:
        as_of = timezone.now() - timedelta(minutes=chance.choice((1, 60, 1440)))
    for sku in chance.sample(all_skus(), chance.choice((1, 1, 2, 4))):
        there = stock.total(sku)
        row = {
            "out_product_id": sku.spu.out_product_id,
            "out_sku_id": sku.out_sku_id,
            "stock": chance.choice((0, 30, there, there + 5, max(0, there - 2))),
            "version": int(clock.seconds * 1000),
        }
        rows.append(row | ({"as_of": as_of.isoformat()} if as_of else {}))
        world.memory.setdefault("pushed", {})[f"{sku.out_sku_id} v{row['version']}"] = (row["stock"], as_of)
    world.memory.setdefault("pushes", {})[world.salt] = rows
    return f"{_told(rows)} {world.ask('post', 'stock/push/', {'rows': rows}).status_code}"


@act(1, "a connected shop pushes an older stock once more", "product")
def repeat_push(world):
    rows = world.memory.get("pushes", {})[world.pick(sorted(world.memory.get("pushes", {})))]
    return f"{_told(rows)} {world.ask('post', 'stock/push/', {'rows': rows}).status_code}"


def _told(rows: list[dict]) -> str:
    return ", ".join(f"{row['out_sku_id']}: {row['stock']}" for row in rows)


@act(1, "the warehouse brings a sheet of counts", "product")
def bring_counts(world):
    skus = chance.sample(all_skus(), chance.choice((1, 3, 8)))
    lines = [f"{sku.out_sku_id},{chance.choice((0, stock.total(sku), stock.total(sku) + 3, 45))}" for sku in skus]
    counted_at = timezone.now() - timedelta(hours=chance.choice((1, 12))) if chance.random() < 0.5 else None
    sheet = SimpleUploadedFile("counts.csv", "\n".join(["SKU编号,盘点数量", *lines]).encode())
    with world.as_person("max"):
        count = stock_counts.bring(sheet, f"counts {world.salt}", counted_at)
    return f"{count.name}: {'; '.join(lines)}"


@act(1.5, "the warehouse takes a sheet of counts", "product")
def take_counts(world):
    return _press(world, State.PREVIEW, State.TAKING)


@act(0.7, "the warehouse undoes a sheet of counts", "product")
def undo_counts(world):
    return _press(world, State.TAKEN, State.UNDOING)


def _press(world, before: str, after: str) -> str:
    count = world.pick(StockCount.objects.filter(state=before), lambda row: row.name)
    with world.as_person("max"):
        return f"{count.name} {stock_counts.press(count, before, after)}"


@act(0.5, "somebody has seen to oversold goods", "product")
def settle_oversold(world):
    row = world.pick(Oversold.objects.open().select_related("order"))
    Oversold.objects.open().filter(pk=row.pk).update(settled_at=timezone.now(), settled_by=world.people["max"])
    return str(row)
