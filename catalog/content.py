"""Writes our own copy of a product: its columns, SKUs and pictures, also from WeChat's copy."""

from typing import Any

from django.db import transaction

from wechat.models import Image, Step
from wechat.values import number, text, texts

from . import copies, payloads
from .models import SKU, SPU, Brand, Category, Difference, SPUPicture

PICTURES = SPUPicture.Kind.values
TEXTS = ("title", "path", "direct_path", "desc", "info_version")


def import_product(out_product_id: str, copy: dict) -> SPU:
    """Create a record, from WeChat's copy, of a product that was created outside this console."""
    spu = SPU.objects.create(out_product_id=out_product_id, title=text(SPU, "title", copy.get("title")))
    fields = copies.flat(copy)
    for field, value in fields.items():
        if copies.sku_of(field) is None:
            _set(spu, field, value)
    for nth, sku in enumerate(copy.get("skus") or []):
        _add_sku(spu, sku, nth)
    spu.save()
    return spu


def take_theirs(difference: Difference) -> None:
    """Resolve a difference by replacing our value with WeChat's."""
    with transaction.atomic():
        spu = difference.spu
        take_field(spu, difference.field, difference.theirs)
        difference.delete()
        update_unsent(spu)


def take_field(spu: SPU, field: str, theirs: Any) -> None:
    """Replace our value of a field by WeChat's; a SKU that only one of the two has is added or taken out."""
    out_sku_id = copies.sku_of(field)
    if out_sku_id is None:
        _set(spu, field, theirs)
    else:
        _set_sku(spu, out_sku_id, field)


def is_being_sent(spu: SPU) -> bool:
    """Whether a step on it is open: it is being sent to WeChat, or may have been sent."""
    return Step.objects.of(spu).open().filter(reads=False).exists()


def update_unsent(spu: SPU) -> None:
    """After our copy was changed: set `unsent`, and delete the differences that no longer exist."""
    spu.load_content()
    ours = payloads.product(spu)
    spu.unsent = copies.unsent(ours, spu.draft, spu.online)
    spu.save()
    if spu.draft is not None:
        differing = copies.changed(ours, spu.draft)
        Difference.objects.filter(spu=spu).exclude(field__in=differing).delete()


def _set(spu: SPU, field: str, value: Any) -> None:
    if field in TEXTS:
        setattr(spu, field, text(SPU, field, value))
    elif field in PICTURES:
        set_pictures(spu, field, [_image(link) for link in value or []])
    elif field == "third_cat_id":
        spu.category = Category.objects.filter(third_cat_id=value).first()
    elif field == "brand_id":
        spu.brand = Brand.objects.filter(brand_id=value).first()
    elif field == "scene_group_list":
        spu.scene_group_list = value or []


def _set_sku(spu: SPU, out_sku_id: str, field: str) -> None:
    theirs = next(
        (sku for sku in (spu.draft or {}).get("skus") or [] if str(sku.get("out_sku_id")) == out_sku_id), None
    )
    sku = spu.skus.filter(out_sku_id=out_sku_id).first()
    if theirs is None:
        spu.skus.filter(out_sku_id=out_sku_id).delete()
    elif sku is None:
        _add_sku(spu, theirs, spu.skus.count())
    else:
        name = field.rsplit("].", 1)[-1]
        setattr(sku, name, _sku_fields(theirs)[name])
        sku.save(update_fields=[name])


def _add_sku(spu: SPU, copy: dict, position: int) -> None:
    SKU.objects.create(
        spu=spu, out_sku_id=text(SKU, "out_sku_id", copy.get("out_sku_id")), position=position, **_sku_fields(copy)
    )


def _sku_fields(copy: dict) -> dict:
    thumb = copy.get("thumb_img")
    return {
        **{name: number(copy.get(name)) or 0 for name in ("sale_price", "market_price", "stock_num")},
        **texts(SKU, sku_code=copy.get("sku_code"), barcode=copy.get("barcode")),
        "sku_attrs": copy.get("sku_attrs") or [],
        "thumb_img": _image(thumb) if thumb else None,
    }


def set_pictures(spu: SPU, kind: str, images: list[Image]) -> None:
    """Replace the pictures of this kind by these, in this order."""
    spu.pictures.filter(kind=kind).delete()
    rows = [SPUPicture(spu=spu, kind=kind, position=nth, image=image) for nth, image in enumerate(images)]
    SPUPicture.objects.bulk_create(rows)


def set_skus(spu: SPU, skus: list[dict]) -> None:
    """Replace all SKUs by these; a SKU that exists already keeps its row."""
    spu.skus.exclude(out_sku_id__in=[sku["out_sku_id"] for sku in skus]).delete()
    for nth, sku in enumerate(skus):
        SKU.objects.update_or_create(spu=spu, out_sku_id=sku["out_sku_id"], defaults={**sku, "position": nth})


def _image(link: str) -> Image:
    existing = Image.objects.filter(link=link).order_by("id").first()
    return existing or Image.objects.create(link=text(Image, "link", link), name=link.rsplit("/", 1)[-1][-100:])
