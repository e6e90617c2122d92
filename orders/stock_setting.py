"""Sets the stock by counts and pushes: a product at a time, its row locked before those of its SKUs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from catalog.models import SKU, SPU, Unsent
from catalog.operations import update_spu_stock
from console import jobs
from console.models import Job
from wechat.steps import actors

from . import stock
from .models import MoveKind, OrderLine, StockPush


@contextmanager
def locked_product(spu: int, skus: Iterable[int]) -> Iterator[dict[int, SKU]]:
    """Lock a product and these SKUs, by their key; afterwards what of it is not sent yet is computed anew."""
    with transaction.atomic():
        SPU.objects.select_for_update().get(pk=spu)
        yield {sku.pk: sku for sku in stock.locked(skus)}
        stock.refresh_unsent(spu)


def sold_since(moment: datetime | None, skus: Iterable[int]) -> dict[int, int]:
    """{SKU: pieces that paid orders took from the stock here since then}."""
    if moment is None:
        return {}
    lines = OrderLine.objects.order_by().filter(sku__in=list(skus), order__stock_taken_at__gt=moment)
    return dict(lines.values_list("sku").annotate(Sum("product_cnt")))


def send(products: Iterable[int]) -> Job | None:
    """Tell WeChat the stock of these products, where it has another one."""
    waiting = SPU.objects.filter(pk__in=list(products)).exclude(unsent=Unsent.NOTHING).exclude(online=None)
    return jobs.start(update_spu_stock, waiting.order_by("pk")) if waiting.exists() else None


class Pushed(NamedTuple):
    taken: int  # rows that hold now, also those that did before
    changed: int
    refused: list[dict[str, Any]]  # {index, out_sku_id, version, stock}: of those here
    job: Job | None


def push(rows: dict[int, dict[str, Any]], skus: dict[int, SKU]) -> Pushed:
    """Take the stock that a connected shop pushed: rows by their index, with their SKUs.

    A lower version than the last one is refused; the same one changes nothing, however often it is repeated.
    """
    by_product: dict[int, list[int]] = {}
    for index, sku in skus.items():
        by_product.setdefault(sku.spu_id, []).append(index)
    taken, changed, refused = 0, 0, list[dict[str, Any]]()
    for spu in sorted(by_product):
        indexes = by_product[spu]
        with locked_product(spu, (skus[index].pk for index in indexes)) as held:
            for index in indexes:
                if skus[index].pk not in held:
                    continue  # deleted meanwhile
                sku = held[skus[index].pk]
                newest = _take_push(sku, rows[index])
                if isinstance(newest, StockPush):
                    known = {"version": str(newest.version), "stock": newest.stock}
                    refused.append({"index": index, "out_sku_id": sku.out_sku_id, **known})
                else:
                    taken, changed = taken + 1, changed + newest
    return Pushed(taken, changed, sorted(refused, key=lambda row: row["index"]), send(by_product))


def _take_push(sku: SKU, row: dict[str, Any]) -> bool | StockPush:
    """Whether it changed something; the newest push where this one is older, or says otherwise under its version."""
    newest = StockPush.objects.filter(sku=sku).first()
    if newest and (row["version"] < newest.version or (row["version"], row["stock"]) == _said(newest)):
        return newest if row["version"] < newest.version else False
    if newest and row["version"] == newest.version:
        return newest
    StockPush.objects.update_or_create(
        sku=sku,
        defaults={
            "version": row["version"],
            "stock": row["stock"],
            "user": actors.current().user,
            "at": timezone.now(),
        },
    )
    sold = sold_since(row.get("as_of"), [sku.pk]).get(sku.pk, 0)
    return stock.set_total(sku, max(row["stock"] - sold, 0), MoveKind.PUSH, f"v{row['version']}")


def _said(push: StockPush) -> tuple[int, int]:
    return push.version, push.stock
