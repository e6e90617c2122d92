"""Comparisons with WeChat: somebody has a day compared, another tool changes what is at WeChat, people settle."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from console.models import Difference
from console.reconciling import resolving, schedule
from console.reconciling.sources import sources
from sandbox.models import Product

from ..seams import chance
from .registry import act


@act(0.5, "finance has a day compared with WeChat", "difference")
def compare_day(world):
    day = timezone.localdate() - timedelta(days=chance.choice((0, 1, 2, 9)))
    names = chance.sample(sorted(sources), 2)
    with world.as_person("ann"):
        schedule.start_day(day, [sources[name] for name in names], world.people["ann"])
    return f"{day}: {', '.join(names)}"


@act(0.5, "another tool changes stock or price at WeChat", "product")
def change_at_wechat(world):
    products = Product.objects.filter(deleted=False).exclude(online=None)
    product = world.pick(products, lambda row: row.out_product_id)
    nth, by = chance.randrange(len(product.online["skus"])), chance.choice((1, 7))
    name = chance.choice(("stock_num", "sale_price"))
    out_sku_id = product.online["skus"][nth]["out_sku_id"]
    for copy in (product.draft, product.online):
        for sku in copy["skus"]:
            if sku["out_sku_id"] == out_sku_id:
                sku[name] += by
    if name == "sale_price":
        world.memory.setdefault("at WeChat", set()).add(out_sku_id)
    product.updated_at = timezone.now()
    product.save()
    return f"{out_sku_id} {name} +{by}"


@act(2.5, "somebody settles a difference with WeChat", "difference")
def settle_difference(world):
    row = world.pick(Difference.objects.open(), lambda row: f"{row.source} {row.key} {row.field}")
    return settle(world, row, chance.sample(resolving.WAYS, 3))


def settle(world, row: Difference, ways: Sequence[str]) -> str:
    """The first of these ways that is possible."""
    may, said = world.people["owner"].has_perm, f"{row.source} {row.key} {row.field}"
    with world.as_person("owner"):
        for way in ways:
            if not resolving.why_not(row, way, may):
                return f"{said}: {way} {resolving.resolve([row], way, may, '核对过').done}"
    return f"{said}: no way"
