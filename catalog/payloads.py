"""Request bodies for products; pictures by WeChat's addresses, prices in fen."""

from wechat.models import Image

from .copies import FREE
from .models import NO_BRAND, SKU, SPU, SPUPicture

Kind = SPUPicture.Kind


def product(spu: SPU) -> dict:
    """The body of spu/add and spu/update."""
    details = {"desc": spu.desc, "imgs": _links(spu, Kind.DETAIL)}
    optional = {
        "direct_path": spu.direct_path,
        "qualification_pics": _links(spu, Kind.QUALIFICATION),
        "desc_info": details if any(details.values()) else None,
        "info_version": spu.info_version,
        "scene_group_list": spu.scene_group_list,
    }
    heads = spu.links(Kind.HEAD)
    return {
        "out_product_id": spu.out_product_id,
        "title": spu.title,
        "path": spu.path,
        "head_img": [_link(image) for image in heads],
        "third_cat_id": spu.category_id,
        "brand_id": spu.brand_id or NO_BRAND,
        **{name: value for name, value in optional.items() if value},
        "skus": [_sku(spu, sku, heads) for sku in spu.skus.all()],
    }


def without_audit(spu: SPU) -> dict:
    """The body of spu/update_without_audit: the fields that need no review, of the SKUs that are online."""
    online = {sku.get("out_sku_id") for sku in (spu.online or {}).get("skus") or []}
    skus = [_free(sku) for sku in spu.skus.all() if sku.out_sku_id in online]
    return {"out_product_id": spu.out_product_id, "skus": skus}


def stock_alone(spu: SPU) -> dict:
    """The body of spu/update_without_audit with our stock and everything else as it is online."""
    return as_online(spu, {sku.out_sku_id: {"stock_num": sku.stock_num} for sku in spu.skus.all()})


def as_online(spu: SPU, but: dict[str, dict]) -> dict:
    """The body of spu/update_without_audit as everything is online, `but` these values of SKUs, by out_sku_id."""
    stock = {sku.out_sku_id: sku.stock_num for sku in spu.skus.all()}
    skus = [
        {
            **{name: sku.get(name) for name in ("out_sku_id", *FREE) if name in sku},
            "stock_num": stock[sku["out_sku_id"]],
            **but.get(sku["out_sku_id"], {}),
        }
        for sku in (spu.online or {}).get("skus") or []
        if sku.get("out_sku_id") in stock
    ]
    return {"out_product_id": spu.out_product_id, "skus": skus}


def _sku(spu: SPU, sku: SKU, heads: list[Image]) -> dict:
    # A SKU without a picture uses the product's first one.
    picture = sku.thumb_img or (heads[0] if heads else None)
    return {
        "out_product_id": spu.out_product_id,
        "thumb_img": _link(picture) if picture else "",
        **_free(sku),
        **({"sku_attrs": sku.sku_attrs} if sku.sku_attrs else {}),
    }


def _free(sku: SKU) -> dict:
    market_price = sku.sale_price if sku.market_price is None else sku.market_price
    values = (sku.sale_price, market_price, sku.stock_num, sku.barcode, sku.sku_code)
    return {"out_sku_id": sku.out_sku_id, **dict(zip(FREE, values, strict=True))}


def _links(spu: SPU, kind: str) -> list[str]:
    return [_link(image) for image in spu.links(kind)]


def _link(image: Image) -> str:
    # Before its upload a picture has no address: use a text that differs from all of WeChat's addresses.
    return image.link or f"picture {image.pk}"
