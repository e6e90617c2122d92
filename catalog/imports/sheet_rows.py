"""Products as rows of a sheet: exported ones, and rows of an import that were not imported."""

from collections.abc import Iterator
from typing import Any

from console.money import yuan
from console.words import retold
from wechat.chunks import in_chunks
from wechat.models import Image

from .. import attributes
from ..models import SKU, SPU, Batch
from ..models.spu import SPUQuerySet
from . import columns


def product_rows(products: SPUQuerySet) -> Iterator[dict[str, str]]:
    """One row per SKU; products are read 200 at a time."""
    for spu in in_chunks(products.select_related("category", "brand").with_content(), 200):
        skus = list(spu.skus.all()) or [None]
        for nth, sku in enumerate(skus):
            yield (_product_cells(spu) if nth == 0 else {"out_product_id": spu.out_product_id}) | _sku_cells(sku)


def _product_cells(spu: SPU) -> dict[str, str]:
    pictures = {kind: " | ".join(map(_name, spu.links(kind))) for kind in columns.PICTURES if kind != "thumb_img"}
    return {
        "out_product_id": spu.out_product_id,
        "title": spu.title,
        "third_cat_id": str(spu.category_id or ""),
        "brand_id": str(spu.brand or ""),
        "path": spu.path,
        "direct_path": spu.direct_path,
        "desc": spu.desc,
        "scene_group_list": ",".join(map(str, spu.scene_group_list)),
        "info_version": spu.info_version,
        **pictures,
    }


def _sku_cells(sku: SKU | None) -> dict[str, str]:
    if sku is None:
        return {}
    return {
        "out_sku_id": sku.out_sku_id,
        "sku_attrs": attributes.shown(sku.sku_attrs),
        "thumb_img": _name(sku.thumb_img) if sku.thumb_img else "",
        "sale_price": yuan(sku.sale_price),
        "market_price": yuan(sku.market_price),
        "stock_num": str(sku.stock_num),
        "sku_code": sku.sku_code,
        "barcode": sku.barcode,
    }


def _name(image: Image) -> str:
    """The name by which the picture is found when the sheet is imported again."""
    return image.link or str(image.file.name).rsplit("/", 1)[-1]


def faulty_rows(batch: Batch) -> Iterator[dict[str, str]]:
    """Rows that were not imported, each with its errors and the import whose pictures it needs."""
    titles = {column.name: str(column.title) for column in columns.PRODUCTS}
    for row in in_chunks(batch.rows.order_by("number")):
        sentences = [
            f"{titles.get(name, name)}: {' '.join(map(retold, lines))}" for name, lines in sorted(row.errors.items())
        ]
        cells = {name: _shown(cell) for name, cell in row.cells.items()}
        yield cells | {"mends": str(batch.pk), "faults": "\n".join(sentences)}


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
