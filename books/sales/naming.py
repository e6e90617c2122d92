"""What the rows of a dimension are called: a query or two, whatever their number."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.coupons.models import Coupon
from catalog.models import SKU, SPU, Category
from scenes.models import Promoter, Sharer
from wechat.entry_scenes import scene_label
from wechat.masking import mask

from .counting import UNKNOWN
from .figures import Row
from .models import Dimension

D = Dimension
RECORDS: dict[str, tuple[type[Model], str]] = {
    D.PRODUCT: (SPU, "out_product_id"),
    D.SKU: (SPU, "out_product_id"),
    D.CATEGORY: (Category, "third_cat_id"),
    D.PROMOTER: (Promoter, "promoter_id"),
    D.SHARER: (Sharer, "openid"),
    D.COUPON: (Coupon, "out_coupon_id"),
}


def records(by: str, rows: Iterable[Row]) -> dict[str, Any]:
    """{key: its record}, of those that are stored here."""
    if by not in RECORDS:
        return {}
    model, column = RECORDS[by]
    keys = {row.key for row in rows if row.key and (by != D.CATEGORY or row.key != UNKNOWN)}
    return {str(getattr(record, column)): record for record in model._default_manager.filter(**{f"{column}__in": keys})}


def names(by: str, rows: list[Row]) -> list[str]:
    """What the rows are called, in their order."""
    found = records(by, rows)
    attributes = _attributes(rows) if by == D.SKU else {}
    return [_name(by, row, found.get(row.key), attributes.get((row.key, row.part), "")) for row in rows]


def _name(by: str, row: Row, record: Any, attributes: str) -> str:
    if row.day is not None:
        return f"{row.day:%Y-%m-%d}"
    if by == D.HOUR:
        return f"{int(row.key):02d}:00"
    if by == D.SCENE:
        return scene_label(int(row.key))
    if by == D.CATEGORY and row.key == UNKNOWN:
        return _("Goods that are no product here")
    if not row.key:
        return _nothing(by)
    if by == D.ROOM:
        return " · ".join(part for part in (row.key, _moment(row.part)) if part)
    if by == D.SKU:
        return " · ".join(part for part in (str(record or row.key), attributes or row.part) if part)
    return str(record) if record is not None else mask(row.key) if by == D.SHARER else row.key


def _nothing(by: str) -> str:
    texts = {
        D.ROOM: _("Not from a live room"),
        D.PROMOTER: _("Without a promoter"),
        D.SHARER: _("Without a sharer"),
        D.COUPON: _("Without a coupon"),
    }
    return texts.get(Dimension(by), "") or _("Freight, extra charges, rounding")


def _attributes(rows: list[Row]) -> dict[tuple[str, str], str]:
    wanted = SKU.objects.filter(out_sku_id__in={row.part for row in rows}).select_related("spu")
    return {(sku.spu.out_product_id, sku.out_sku_id): str(sku) for sku in wanted}


def _moment(text: str) -> str:
    try:
        return f"{timezone.localtime(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}" if text else ""
    except ValueError:
        return text


def day_of(at: date | int, days: int) -> str:
    """The label of a chart's point."""
    if isinstance(at, int):
        return f"{at:02d}"
    return f"{at:%Y-%m}" if days > 92 else f"{at:%m-%d}"
