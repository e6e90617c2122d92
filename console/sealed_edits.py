"""Personal values in the trace of edits, sealed under the key of the buyer whose record was edited.

The trace is never changed: a sealed pair is `{"sealed": …}` in place of `[before, after]`, and stays there unreadable
when its buyer was erased.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from wechat.models import BuyerKey
from wechat.sealed import Unreadable

from .keeping import of


def seal(model: type[models.Model], changes: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The changes of some records, by key, with the values of personal columns sealed."""
    kept = of(model)
    names = {name for changed in changes.values() for name in changed if kept.is_personal_name(name)}
    if not kept.buyer or not names:
        return changes
    rows = model._base_manager.filter(pk__in=list(changes)).values_list("pk", *kept.buyer)
    buyers = {pk: next((openid for openid in openids if openid), "") for pk, *openids in rows}
    return {
        pk: {name: _sealed(buyers.get(pk, ""), pair) if name in names else pair for name, pair in changed.items()}
        for pk, changed in changes.items()
    }


def _sealed(openid: str, pair: Any) -> Any:
    if not openid:
        return pair
    return {"sealed": b64encode(BuyerKey.objects.seal(openid, json.dumps(pair).encode())).decode()}


def keys_of(many: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The keys of the changes of many edits, in one query: for `opened`."""
    pairs = [pair for changes in many for pair in changes.values() if isinstance(pair, dict)]
    return BuyerKey.objects.named_in(b64decode(pair["sealed"]) for pair in pairs) if pairs else {}


def opened(changes: dict[str, Any], keys: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Changes as people read them; of an erased buyer only that there was a value."""
    return {name: _open(pair, keys) if isinstance(pair, dict) else pair for name, pair in changes.items()}


def _open(pair: dict[str, str], keys: Mapping[str, str] | None) -> list[str]:
    try:
        return json.loads(BuyerKey.objects.unseal(b64decode(pair["sealed"]), keys))
    except Unreadable:
        return [_("erased"), _("erased")]
