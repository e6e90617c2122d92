"""Compares a product's copies, ours and WeChat's, field by field.

`flat` returns {field: value} with fields such as `title`, `imgs`, `skus[1024].sale_price`; a field that a copy does not
have is not in it.
"""

import re
from typing import Any

from wechat.values import number

from .models import Unsent

# What spu/update_without_audit may change (BEHAVIOUR 3.3).
NUMBERS = ("sale_price", "market_price", "stock_num")
FREE = (*NUMBERS, "barcode", "sku_code")
PLAIN = ("title", "direct_path", "head_img", "qualification_pics", "info_version")
_PRIVATE = re.compile(r"^plugin-private://[^/]+/")
Flat = dict[str, Any]


def flat(copy: dict) -> Flat:
    fields = {name: copy[name] for name in PLAIN if copy.get(name) is not None}
    fields |= {name: number(copy[name]) for name in ("third_cat_id", "brand_id") if copy.get(name)}
    if copy.get("scene_group_list"):
        fields["scene_group_list"] = sorted(copy["scene_group_list"])
    if copy.get("path") is not None:
        # In a copy that was read, WeChat may have put its plugin in front of the path.
        fields["path"] = _PRIVATE.sub("", str(copy["path"]))
    details = copy.get("desc_info") or {}
    fields |= {"desc": details.get("desc") or "", "imgs": details.get("imgs") or []}
    for name in ("direct_path", "info_version"):
        fields.setdefault(name, "")
    fields.setdefault("qualification_pics", [])
    for sku in copy.get("skus") or []:
        fields |= _flat_sku(sku)
    return fields


def changed(ours: dict, theirs: dict) -> list[str]:
    """The fields in which two copies differ."""
    our_fields, their_fields = flat(ours), flat(theirs)
    # WeChat never returns the scene groups, so this field is compared only where both copies have it.
    names = (our_fields.keys() | their_fields.keys()) - (
        {"scene_group_list"} - (our_fields.keys() & their_fields.keys())
    )
    return sorted(name for name in names if our_fields.get(name) != their_fields.get(name))


def unsent(ours: dict, draft: dict | None, online: dict | None) -> Unsent:
    """Which changes of ours WeChat does not have: none, only changes that need no review, or others."""
    if draft is None:
        return Unsent.REVIEW
    fields = changed(ours, draft)
    if not fields:
        return Unsent.NOTHING
    online_ids = {sku.get("out_sku_id") for sku in (online or {}).get("skus") or []}
    free = online is not None and all(is_free(field) and sku_of(field) in online_ids for field in fields)
    return Unsent.FREE if free else Unsent.REVIEW


def is_free(field: str) -> bool:
    """Whether a change of this field needs no review, in a SKU that is online."""
    return field.rsplit("].", 1)[-1] in FREE and sku_of(field) is not None


def sku_of(field: str) -> str | None:
    """The out_sku_id in a field's name."""
    match = re.match(r"skus\[(.*)\]", field, re.S)
    return match.group(1) if match else None


def completed(read: dict, stored: dict | None) -> dict:
    """A copy as it was read; fields that reading never returns are taken from the stored copy."""
    return {**{name: value for name, value in (stored or {}).items() if name not in read}, **read}


def with_free(copy: dict | None, sent: dict) -> dict | None:
    """A copy after spu/update_without_audit applied what was sent."""
    if copy is None:
        return None
    by_id = {sku["out_sku_id"]: sku for sku in sent["skus"]}
    return {**copy, "skus": [{**sku, **by_id.get(sku.get("out_sku_id"), {})} for sku in copy.get("skus") or []]}


def _flat_sku(sku: dict) -> Flat:
    head = f"skus[{sku.get('out_sku_id')}]"
    fields: Flat = {f"{head}.{name}": number(sku[name]) for name in NUMBERS if sku.get(name) is not None}
    fields |= {
        f"{head}.{name}": sku[name] for name in ("thumb_img", "barcode", "sku_code") if sku.get(name) is not None
    }
    for name in ("barcode", "sku_code"):
        fields.setdefault(f"{head}.{name}", "")
    attrs = sku.get("sku_attrs") or []
    return fields | {f"{head}.sku_attrs": [[attr.get("attr_key"), attr.get("attr_value")] for attr in attrs]}
