"""Parses a SKU's attributes from text as a person writes it: `颜色: 红; 尺码: M`."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def parse(text: str) -> list[dict[str, str]]:
    """[{attr_key, attr_value}]; raises ValidationError."""
    attrs: list[dict[str, str]] = []
    for part in re.split(r"[;；\n]", text):
        if not part.strip():
            continue
        key, *rest = re.split(r"[:：]", part, maxsplit=1)
        key, value = key.strip(), rest[0].strip() if rest else ""
        if not (key and value):
            raise ValidationError(_("Write attributes as “colour: red; size: M”."), "attributes")
        if any(attr["attr_key"] == key for attr in attrs):
            raise ValidationError(_("“%(key)s” is named twice."), "attributes", {"key": key})
        attrs.append({"attr_key": key, "attr_value": value})
    return attrs


def shown(attrs: list[dict]) -> str:
    return "; ".join(f"{attr.get('attr_key', '')}: {attr.get('attr_value', '')}" for attr in attrs or [])
