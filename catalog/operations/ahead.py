"""Products that a worker loads together for the steps of a job."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, ExpressionWrapper, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from wechat.models import AccountInfo
from wechat.steps.ahead import loaded_ahead

from ..models import SKU, SPU
from ..models.spu import SPUQuerySet


class Account(NamedTuple):
    info: AccountInfo | None


SPREAD = (2039, 1009)  # a SKU's weight is the square of (key % first + second): below 2**24, so sums stay in 64 bits


def _seen(spu: SPU) -> dict[str, Any]:
    """Staff's edits set `changed_at`, reads `read_at`; orders, counts, pushes and evenings change SKUs alone."""
    same = {name: getattr(spu, name) for name in ("changed_at", "read_at", "removed_at", "unsent")}
    weights = [(sku, (sku.pk % SPREAD[0] + SPREAD[1]) ** 2) for sku in spu.skus.all()]
    stock = sum(sku.stock_num * weight for sku, weight in weights)
    return same | {"stock": stock, "prices": sum(sku.sale_price * weight for sku, weight in weights)}


def _rows() -> SPUQuerySet:
    return SPU.objects.annotate(stock=_sum("stock_num"), prices=_sum("sale_price"))


def _sum(column: str) -> Coalesce:
    """Of all its SKUs, each by its weight: another sum where pieces went from one SKU to another."""
    root = F("id") % SPREAD[0] + SPREAD[1]
    weighted = Sum(ExpressionWrapper(F(column) * root * root, output_field=BigIntegerField()))
    skus = SKU.objects.filter(spu=OuterRef("pk")).order_by().values("spu")
    return Coalesce(Subquery(skus.annotate(sum=weighted).values("sum")), 0, output_field=BigIntegerField())


@loaded_ahead(SPU, _seen, _rows)
def load(pks: list[int]) -> Iterator[SPU]:
    """With SKUs, pictures, category, brand and the account: all that the rules look at."""
    account = Account(AccountInfo.objects.first())
    for spu in SPU.objects.filter(pk__in=pks).select_related("category", "brand").with_content():
        spu.loaded_ahead, spu.account = True, account
        yield spu
