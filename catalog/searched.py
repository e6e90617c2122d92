from collections.abc import Iterator

from django.db.models import QuerySet

from console.search_index import Row, searchable

from .models import SKU, SPU


def _texts(spus: QuerySet) -> Iterator[Row]:
    """Title, our id, and the ids of its SKUs."""
    rows = {spu: [title, own] for spu, title, own in spus.values_list("pk", "title", "out_product_id")}
    for spu, own in SKU.objects.filter(spu__in=list(rows)).order_by().values_list("spu", "out_sku_id"):
        rows[spu].append(own)
    return ((spu, spu, "\n".join(parts)) for spu, parts in rows.items())


searchable("product", SPU.objects.all, _texts, changed="changed_at")
