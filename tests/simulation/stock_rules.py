"""The stock and the evenings: what must hold at any moment, and what each SKU's history says once all is at rest."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from catalog.models import SKU, SPU, Unsent
from console.models import Difference
from orders.models import MoveKind, OrderLine, Oversold, StockCountRow, StockMove, StockPush
from sandbox import models as theirs
from scenes.models import LiveProduct, LiveState, LiveTerm, Wanted

from .rules import always, at_rest
from .shop import EXTRA, PRICES, STOCK

APPROVED = 4  # by a reviewer, of a product
FIELD = re.compile(r"skus\[(.*)\]\.(\w+)")
Event = tuple[datetime, str, Any]  # when, what, and what of it


@always
def an_evening_holds_at_most_the_stock(world) -> Iterator[str]:
    """A SKU has a part that is kept back exactly while one evening holds the rest."""
    held = LiveTerm.objects.filter(product__state=LiveState.RUNNING, hold__isnull=False, merged=None)
    evenings = Counter(held.values_list("out_sku_id", flat=True))
    for sku in SKU.objects.filter(kept_back__isnull=False):
        if evenings.pop(sku.out_sku_id, 0) != 1:
            yield f"{sku.out_sku_id} keeps {sku.kept_back} back, and not for one evening"
    for name in evenings:
        yield f"an evening holds a part of {name}, and nothing is kept back"
    for move in StockMove.objects.filter(for_sale__gt=F("now")).select_related("sku"):
        yield f"{move.sku.out_sku_id}: {move.for_sale} for sale of {move.now} ({move.kind})"


@always
def pushed_versions_rise(world) -> Iterator[str]:
    seen = world.memory.setdefault("versions", {})
    for name, version in StockPush.objects.values_list("sku__out_sku_id", "version"):
        if version < seen.get(name, 0):
            yield f"{name} went from version {seen[name]} back to {version}"
        seen[name] = version


@at_rest
def evenings_are_over(world) -> Iterator[str]:
    for row in LiveProduct.objects.exclude(state=LiveState.PLANNED, wanted=Wanted.NOTHING).select_related("day", "spu"):
        if row.wanted != Wanted.NOTHING or row.state != LiveState.ENDED:
            yield f"{row.spu.out_product_id} of {row.day.title} is {row.state}, wanted {row.wanted!r}: {row.refusal}"
    for name in LiveTerm.objects.filter(price_open=True).values_list("out_sku_id", flat=True):
        yield f"nobody settled the price of {name}"


@at_rest
def stock_is_what_its_history_says(world) -> Iterator[str]:
    """Of what was there in the beginning: orders, counts, pushes, evenings and changes by hand, one after the other."""
    for sku in SKU.objects.select_related("spu").order_by("out_sku_id"):
        yield from (f"{sku.out_sku_id}: {fault}" for fault in _replay(world, sku))
    for line in OrderLine.objects.filter(order__paid_at__isnull=False, order__stock_taken_at=None):
        yield f"{line.order}: it is paid, and did not lower the stock of {line.out_sku_id}"


def _replay(world, sku: SKU) -> Iterator[str]:
    for_sale: int = STOCK
    kept: int | None = None
    missing = 0
    for at, what, of_it in sorted(_events(world, sku), key=lambda event: event[:2]):
        total = for_sale + (kept or 0)
        if what == "sold":
            short = max(of_it - for_sale, 0)
            from_shop = min(short, kept or 0)
            missing += short - from_shop
            for_sale, kept = max(for_sale - of_it, 0), None if kept is None else kept - from_shop
        elif what == "by hand":
            for_sale = of_it
        else:
            if of_it.was != total:
                yield f"{of_it.kind} at {at:%m-%d %H:%M:%S} found {of_it.was}, {total} were there"
            yield from _faults_of_move(world, of_it, for_sale, total)
            ends = of_it.kind == MoveKind.EVENING_END
            holds = not ends and (kept is not None or of_it.kind == MoveKind.EVENING)
            for_sale, kept = of_it.for_sale, of_it.now - of_it.for_sale if holds else None
    if (for_sale, kept) != (sku.stock_num, sku.kept_back):
        yield f"{sku.stock_num} and {sku.kept_back} kept back, by its history {for_sale} and {kept}"
    told = Oversold.objects.filter(sku=sku).aggregate(sum=Sum("missing"))["sum"] or 0
    if told != missing:
        yield f"{told} pieces are said to be oversold, by its history {missing}"


def _events(world, sku: SKU) -> Iterator[Event]:
    taken = OrderLine.objects.filter(sku=sku, order__stock_taken_at__isnull=False)
    for at, count in taken.values_list("order__stock_taken_at", "product_cnt"):
        yield at, "sold", count
    for move in StockMove.objects.filter(sku=sku):
        yield move.at, "moved", move
    for at, value in edits(world, sku.out_sku_id, "stock_num"):
        yield at, "by hand", value


def edits(world, out_sku_id: str, column: str) -> Iterator[tuple[datetime, int]]:
    """When somebody changed it on the product's page, or took WeChat's, and to what."""
    for at, name, changed, value in world.memory.get("edits", ()):
        if (name, changed) == (out_sku_id, column):
            yield at, value
    taken = Difference.objects.filter(source="products", state=Difference.State.TAKEN, by_read=False)
    for row in taken:
        found = FIELD.fullmatch(row.field)
        if found and found.groups() == (out_sku_id, column):
            yield row.resolved_at, row.theirs


def _faults_of_move(world, move: StockMove, for_sale: int, total: int) -> Iterator[str]:
    if move.kind in (MoveKind.EVENING, MoveKind.EVENING_END, MoveKind.MOVED) and move.now != move.was:
        yield f"{move.kind} made {move.now} of {move.was}"
    if move.kind == MoveKind.EVENING_END:
        terms = LiveTerm.objects.filter(sku=move.sku_id, product__day__title=move.reference.split(" ", 1)[1])
        one = terms.values_list("left", "merged").first()
        if one != (for_sale, total):
            yield f"at the end of {move.reference} {one} were left and there, by its history {(for_sale, total)}"
    if move.kind == MoveKind.PUSH:
        pushed, as_of = world.memory["pushed"][f"{move.sku.out_sku_id} {move.reference}"]
        wanted = max(pushed - _sold(move.sku_id, as_of, move.at), 0)
        if move.now != wanted:
            yield f"the push {move.reference} of {pushed} made {move.now}, {wanted} were right"


def _sold(sku: int, since: datetime | None, until: datetime) -> int:
    if since is None:
        return 0
    lines = OrderLine.objects.filter(sku=sku, order__stock_taken_at__gt=since, order__stock_taken_at__lte=until)
    return lines.aggregate(sum=Sum("product_cnt"))["sum"] or 0


@at_rest
def counts_leave_out_what_was_sold_since(world) -> Iterator[str]:
    for row in StockCountRow.objects.filter(taken_at__isnull=False).select_related("count", "sku"):
        wanted = max(row.counted - _sold(row.sku_id, row.count.counted_at, row.taken_at), 0)
        if row.set_to != wanted:
            yield f"{row.count}: {row.out_sku_id} was set to {row.set_to}, {wanted} were right"
    for row in StockCountRow.objects.exclude(count__state__in=("preview", "taken", "undone")):
        yield f"{row.count} is {row.count.state}"


@at_rest
def a_price_is_back_where_it_still_was_the_evenings(world) -> Iterator[str]:
    """By the last evening of each SKU; where another price came in, a person has decided."""
    ended = LiveTerm.objects.filter(product__state=LiveState.ENDED, was_price__isnull=False)
    last = {term.out_sku_id: term for term in ended.select_related("product__day", "sku").order_by("product__ended_at")}
    for name, term in last.items():
        key = (term.product.day.title, name)
        changes = [at for at, _price in edits(world, name, "sale_price") if at > term.product.began_at]
        during = [price for at, price in edits(world, name, "sale_price") if at in changes]
        if any(at > term.product.ended_at for at in changes) or name in world.memory.get("at WeChat", ()):
            continue
        if not during and term.sku.sale_price != term.was_price:
            yield f"{name} costs {term.sku.sale_price} after {key[0]}, {term.was_price} before"
        repriced = key in world.memory.get("repriced", ())
        settled = key in world.memory.get("settled", ())
        if during and not (repriced or settled or during[-1] in (term.set_price, term.was_price)):
            yield f"{name} was {during[-1]} before the end of {key[0]}, and nobody was asked"


@at_rest
def an_evening_knows_the_price_before_it(world) -> Iterator[str]:
    """Of goods that had one evening only: the last price that somebody gave them before it, or their first."""
    terms = LiveTerm.objects.filter(was_price__isnull=False, product__began_at__isnull=False)
    evenings = Counter(LiveTerm.objects.filter(set_price__isnull=False).values_list("out_sku_id", flat=True))
    for term in terms.select_related("product__day", "sku"):
        name = term.out_sku_id
        changes = [(at, price) for at, price in edits(world, name, "sale_price") if at < term.product.began_at]
        first = PRICES[int(name.split("-")[1])] if name.startswith("goods-") else EXTRA
        before = max(changes)[1] if changes else first
        if evenings[name] == 1 and term.was_price != before:
            yield f"{name} cost {before} before {term.product.day}, which remembers {term.was_price}"


@at_rest
def prices_are_equal(world) -> Iterator[str]:
    for spu in SPU.objects.current().filter(unsent=Unsent.NOTHING, edit_status=APPROVED).prefetch_related("skus"):
        their = theirs.Product.objects.get(out_product_id=spu.out_product_id)
        online = {sku["out_sku_id"]: sku["sale_price"] for sku in (their.online or {}).get("skus", [])}
        for sku in spu.skus.all():
            if online.get(sku.out_sku_id) != sku.sale_price:
                yield f"{sku.out_sku_id}: ¥{sku.sale_price} here, {online.get(sku.out_sku_id)} at WeChat"
