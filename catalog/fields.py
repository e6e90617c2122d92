"""Label and value, as text for people, of a product's field as named by `copies.flat`."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.money import yuan

from . import attributes, copies
from .models import SKU, SPU, Brand, Category, SPUPicture

LABELS: dict[str, str | Promise] = {
    "third_cat_id": _("category"),
    "brand_id": _("brand"),
    "scene_group_list": _("scene groups"),
    "imgs": _("detail pictures"),
    "head_img": _("pictures"),
    "qualification_pics": _("product papers"),
    "thumb_img": _("picture"),
}
MONEY = ("sale_price", "market_price")


def verbose_name(model: type[Model], column: str) -> str:
    """A column's name, as on the label of its form field; the column itself where this version has no such one."""
    try:
        return str(getattr(model._meta.get_field(column), "verbose_name", column))
    except FieldDoesNotExist:
        return column


def label(field: str) -> str:
    """A field's name as the form shows it; a SKU's with the SKU's id."""
    out_sku_id, name = copies.sku_of(field), field.rsplit("].", 1)[-1]
    model = SPU if out_sku_id is None else SKU
    text = str(LABELS[name]) if name in LABELS else verbose_name(model, name)
    return text if out_sku_id is None else f"{out_sku_id} · {text}"


def shown(field: str, value: Any) -> str:
    """A field's value as text for people."""
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
