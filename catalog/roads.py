"""Which way what staff changed goes to WeChat, and what it looks like before it goes."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from wechat.steps.operations import Operation

from . import attributes, copies, operations, payloads
from .models import SKU, SPU, Brand, Category, SPUPicture, Unsent


class Change(NamedTuple):
    label: str
    theirs: str
    ours: str
    free: bool  # needs no review


def road(spu: SPU) -> Operation | None:
    """The operation that sends what is not sent yet; None when WeChat has it all."""
    if spu.unsent == Unsent.FREE:
        return operations.update_spu_without_audit
    if spu.may_submit:
        return operations.submit_spu
    return operations.resubmit_spu if spu.unsent == Unsent.REVIEW and spu.may_resubmit else None


def changes(spu: SPU) -> list[Change]:
    """What WeChat does not have yet, field by field."""
    if not spu.is_known:
        return []
    ours, theirs = payloads.product(spu), spu.draft or {}
    online = {sku.get("out_sku_id") for sku in (spu.online or {}).get("skus") or []}
    one, other = copies.flat(ours), copies.flat(theirs)
    return [
        Change(
            label(field),
            words(field, other.get(field)),
            words(field, one.get(field)),
            copies.is_free(field) and copies.sku_of(field) in online,
        )
        for field in copies.changed(ours, theirs)
    ]


NAMES: dict[str, str | Promise] = {
    "third_cat_id": _("category"),
    "brand_id": _("brand"),
    "scene_group_list": _("scene groups"),
    "imgs": _("detail pictures"),
    "head_img": _("pictures"),
    "qualification_pics": _("product papers"),
    "thumb_img": _("picture"),
}
MONEY = ("sale_price", "market_price")


def label(field: str) -> str:
    """A field's name as the form has it; a SKU's with its id."""
    out_sku_id, name = copies.sku_of(field), field.rsplit("].", 1)[-1]
    model = SPU if out_sku_id is None else SKU
    text = str(NAMES.get(name) or model._meta.get_field(name).verbose_name)
    return text if out_sku_id is None else f"{out_sku_id} · {text}"


def words(field: str, value) -> str:
    """A field's value for a person to read."""
    name = field.rsplit("].", 1)[-1]
    if value in (None, "", []):
        return "–"
    if name in MONEY and isinstance(value, int):
        return yuan(value, "¥")
    if name == "third_cat_id":
        return str(Category.objects.filter(third_cat_id=value).first() or value)
    if name == "brand_id":
        return str(Brand.objects.filter(brand_id=value).first() or value)
    if name == "sku_attrs":
        return attributes.shown([{"attr_key": key, "attr_value": text} for key, text in value])
    if name in SPUPicture.Kind.values:
        return str(_("%(count)d pictures") % {"count": len(value)})
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
