"""Writes a chunk of products in bulk and stores each product's previous content; restores a product from it."""

from django.utils import timezone

from console import search_index
from console.edits import trace_edits
from wechat.statements import insert_many, made

from .. import content, copies, payloads
from ..models import SKU, SPU, Batch, BatchChange, SPUPicture
from ..tracing import pairs
from . import drafts
from .drafts import Draft


def write(batch: Batch, good: list[Draft], existing: dict[str, SPU]) -> tuple[int, int]:
    """Store new and changed products with SKUs and pictures, and their previous content; returns (created, updated)."""
    now = timezone.now()
    before = {spu.pk: remembered(spu) for spu in existing.values()}
    old = {pk: payloads.product(spu) for spu in existing.values() if (pk := spu.pk)}
    new: list[SPU] = []
    changed: list[SPU] = []
    for draft in good:
        spu = existing.get(draft.out_product_id) or made(SPU, out_product_id=draft.out_product_id)
        for name, value in draft.fields.items():
            setattr(spu, name, value)
        spu.changed_at = spu.created_at = now
        (changed if spu.pk else new).append(spu)
        existing[draft.out_product_id] = spu
    insert_many(new)
    names = sorted({name for draft in good for name in draft.fields})
    if changed:
        SPU.objects.bulk_update(changed, [*names, "changed_at"], batch_size=200)
    _write_skus(good, existing)
    _write_pictures(good, existing)
    after = _update_unsent([spu.pk for spu in changed])
    insert_many(
        [
            made(
                BatchChange,
                batch_id=batch.pk,
                spu_id=spu.pk,
                out_product_id=spu.out_product_id,
                changed_at=spu.changed_at,
                before=before.get(spu.pk),
                changes=_changes(old[spu.pk], after[spu.pk]) if spu.pk in old else {},
            )
            for spu in [*new, *changed]
        ]
    )
    return len(new), len(changed)


def write_prices(good: list[Draft], existing: dict[str, SPU]) -> None:
    """Store prices and stock of SKUs that exist, each product's change traced as an edit."""
    spus = [existing[draft.out_product_id] for draft in good]
    before = {spu.pk: payloads.product(spu) for spu in spus}
    SPU.objects.filter(pk__in=before).update(changed_at=timezone.now())
    _write_skus(good, existing)
    changes = {pk: pairs(before[pk], after) for pk, after in _update_unsent(list(before)).items()}
    trace_edits(SPU, {pk: changed for pk, changed in changes.items() if changed})


def _write_skus(good: list[Draft], existing: dict[str, SPU]) -> None:
    rows = []
    for draft in good:
        spu = existing[draft.out_product_id]
        cached = getattr(spu, "_prefetched_objects_cache", {})
        existing_skus = {sku.out_sku_id: sku for sku in cached.get("skus", [])}
        for nth, sku in enumerate(draft.skus):
            row = drafts.filled(sku, spu, existing_skus.get(sku["out_sku_id"]), len(existing_skus) + nth)
            if sku.get("thumb_img"):
                row.thumb_img_id = sku["thumb_img"]
            elif sku.get("thumb_img") == "":
                row.thumb_img_id = None
            rows.append(row)
    new, changed = [row for row in rows if row.pk is None], [row for row in rows if row.pk]
    insert_many(new)
    if changed:
        SKU.objects.bulk_update(changed, [*drafts.SKU_FIELDS, "thumb_img"], batch_size=200)


def _write_pictures(good: list[Draft], existing: dict[str, SPU]) -> None:
    for kind in SPUPicture.Kind.values:
        drafts_of_kind = [draft for draft in good if kind in draft.images]
        if not drafts_of_kind:
            continue
        spus = {draft.out_product_id: existing[draft.out_product_id] for draft in drafts_of_kind}
        SPUPicture.objects.filter(spu__in=[spu.pk for spu in spus.values()], kind=kind).delete()
        SPUPicture.objects.bulk_create(
            [
                SPUPicture(spu=spus[draft.out_product_id], kind=kind, position=nth, image_id=pk)
                for draft in drafts_of_kind
                for nth, pk in enumerate(draft.images[kind])
            ],
            batch_size=500,
        )


def _update_unsent(pks: list[int]) -> dict[int, dict]:
    """After products were changed: set `unsent` of each; returns {key: the product as it would be sent now}."""
    if not pks:
        return {}
    spus = list(SPU.objects.filter(pk__in=pks).with_content())
    ours = {spu.pk: payloads.product(spu) for spu in spus}
    for spu in spus:
        spu.unsent = copies.unsent(ours[spu.pk], spu.draft, spu.online)
    SPU.objects.bulk_update(spus, ["unsent"], batch_size=200)
    return ours


def _changes(before: dict, after: dict) -> dict[str, list]:
    old, new = copies.flat(before), copies.flat(after)
    return {name: [old.get(name), new.get(name)] for name in copies.changed(before, after)}


FIELDS = ("title", "category_id", "brand_id", "path", "direct_path", "desc", "info_version", "scene_group_list")
SKU_STATE = ("out_sku_id", "position", *drafts.SKU_FIELDS, "thumb_img_id", "sku_id")


def remembered(spu: SPU) -> dict:
    """A product's content as JSON, from which it can be restored."""
    return {
        "changed_at": spu.changed_at.isoformat(),
        "fields": {name: getattr(spu, name) for name in FIELDS},
        "pictures": {kind: [image.pk for image in spu.links(kind)] for kind in SPUPicture.Kind.values},
        "skus": [{name: getattr(sku, name) for name in SKU_STATE} for sku in spu.skus.all()],
    }


def restore(spu: SPU, before: dict) -> None:
    for name, value in before["fields"].items():
        setattr(spu, name, value)
    for kind, keys in before["pictures"].items():
        spu.pictures.filter(kind=kind).delete()
        SPUPicture.objects.bulk_create(
            [SPUPicture(spu=spu, kind=kind, position=nth, image_id=pk) for nth, pk in enumerate(keys)]
        )
    spu.skus.all().delete()
    SKU.objects.bulk_create([SKU(spu=spu, **sku) for sku in before["skus"]])
    content.update_unsent(spu)
    SPU.objects.filter(pk=spu.pk).update(changed_at=before["changed_at"])
    search_index.write("product", [spu.pk])  # the schedule does not see a change of an old moment
