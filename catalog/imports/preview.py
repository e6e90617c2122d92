"""What an import would make of each product, before anything is written: the rules that a submission runs over it."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from wechat.models import Image

from .. import rules
from ..models import SKU, SPU, Brand, Category, SPUPicture
from . import drafts
from .drafts import Draft

# The account's own settings are no fault of a row, and pictures are stored with the import.
LEFT_OUT = ("customer_service", "picture_host")
RULES = [rule for rule in rules.RULES if rule.name not in LEFT_OUT]


def warnings(chunk: list[Draft], existing: dict[str, SPU]) -> Iterator[dict[str, Any]]:
    """{row, product, text} of each rule that a sound product would break when it is submitted."""
    sound = [draft for draft in chunk if not draft.faults]
    products = {draft.out_product_id: _as_imported(draft, existing.get(draft.out_product_id)) for draft in sound}
    categories = Category.objects.in_bulk({spu.category_id for spu in products.values()}, field_name="third_cat_id")
    brands = Brand.objects.in_bulk({spu.brand_id for spu in products.values()}, field_name="brand_id")
    for draft in sound:
        spu = products[draft.out_product_id]
        spu.category, spu.brand = categories.get(spu.category_id), brands.get(spu.brand_id)
        for sentences in rules.broken_as_loaded(spu, RULES).values():
            for sentence in sentences:
                yield {"row": draft.first, "product": draft.out_product_id, "text": str(sentence)}


def changes_nothing(draft: Draft, spu: SPU | None) -> bool:
    """Whether the product has all of the sheet's values already."""
    if spu is None or any(getattr(spu, name) != value for name, value in draft.fields.items()):
        return False
    if any(draft.images.get(kind) != [image.pk for image in spu.links(kind)] for kind in draft.pictures):
        return False
    skus = {sku.out_sku_id: sku for sku in spu.skus.all()}
    return all(_same(row, skus.get(row.get("out_sku_id", "")), spu) for row in draft.skus)


def _same(row: dict[str, Any], sku: SKU | None, spu: SPU) -> bool:
    if sku is None or ("thumb_img" in row and row["thumb_img"] != (sku.thumb_img_id or "")):
        return False
    filled = drafts.filled(row, spu, copy(sku), sku.position)
    return all(getattr(filled, name) == getattr(sku, name) for name in drafts.SKU_FIELDS)


def _as_imported(draft: Draft, spu: SPU | None) -> SPU:
    """The product as it would be, not stored; its pictures only count."""
    product = copy(spu) if spu else SPU(pk=0, out_product_id=draft.out_product_id)
    product._state = copy(product._state)
    product._state.fields_cache = {}
    for name, value in draft.fields.items():
        setattr(product, name, value)
    skus = {sku.out_sku_id: copy(sku) for sku in spu.skus.all()} if spu else {}
    for row in draft.skus:
        skus[row["out_sku_id"]] = drafts.filled(row, product, skus.get(row["out_sku_id"]), len(skus))
    pictures = [row for row in spu.pictures.all() if row.kind not in draft.pictures] if spu else []
    for kind, names in draft.pictures.items():
        pictures += [SPUPicture(kind=kind, position=nth, image=Image(name=name)) for nth, name in enumerate(names)]
    cache: Any = {"skus": list(skus.values()), "pictures": pictures}
    product._prefetched_objects_cache = cache
    return product
