"""Converts values between WeChat's format and our columns: numbers, times, texts, ids."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cleaning import compact

MOST = 2**31 - 1  # the platform's prices, stocks and counts are 32 bits wide
TIME = "%Y-%m-%d %H:%M:%S"
_WAYBILL = re.compile(r"[A-Za-z0-9-]{1,64}")
MILLISECONDS = 10**11  # a Unix time above this counts milliseconds


def out_id(value: str) -> None:
    """An id of ours: out_product_id, out_sku_id, out_aftersale_id … Raises ValidationError."""
    if not value or value != compact(value) or "\ufffd" in value:
        raise ValidationError(_("No blanks at its ends, no invisible characters, and not empty."), "invalid")


def out_number(value: str) -> None:
    """An id of ours that stands in addresses of the API: out_order_id, combine_trade_no … Raises ValidationError."""
    out_id(value)
    if "/" in value or value in (".", ".."):
        raise ValidationError(_("No slash: the number stands in addresses."), "invalid")


def waybill(value: str) -> str:
    """A waybill without blanks, in half-width characters. Raises ValidationError for what else is in it."""
    plain = re.sub(r"\s", "", compact(unicodedata.normalize("NFKC", value)))
    if not _WAYBILL.fullmatch(plain):
        raise ValidationError(_("A waybill has letters, digits and “-” only, at most 64."), "invalid")
    return plain


def number(value: Any) -> int | None:
    """A whole number that may have come as text; None for what is none. It may be larger than a column."""
    if isinstance(value, float) and not value.is_integer():
        return None
    try:
        return None if value in (None, "") else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def number64(value: Any) -> int | None:
    """The same for what is compared with a column or a clock; None also for more than 64 bits."""
    count = number(value)
    return count if count is not None and -(2**63) <= count < 2**63 else None


def moment(text: Any) -> datetime | None:
    """A datetime from `yyyy-MM-dd HH:mm:ss` in Shanghai's time; None where the value is not one."""
    try:
        return timezone.make_aware(datetime.strptime(str(text), TIME)) if text else None
    except ValueError:
        return None


def moment_of_unix(stamp: Any) -> datetime | None:
    """A datetime from a Unix time in seconds or milliseconds, distinguished by size; None where it is not one."""
    count = number(stamp)
    if not count or count < 0:
        return None
    try:
        return datetime.fromtimestamp(count / 1000 if count > MILLISECONDS else count, UTC)
    except (OverflowError, OSError, ValueError):  # beyond the year 9999
        return None


def time_text(moment: datetime) -> str:
    """A time as `yyyy-MM-dd HH:mm:ss` in Shanghai."""
    return timezone.localtime(moment).strftime(TIME)


def unix_seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def texts(model: type[models.Model], **values: Any) -> dict[str, str]:
    """WeChat's values as texts for columns of a model, each cut to its column's length; "" where a value is missing."""
    return {name: text(model, name, value) for name, value in values.items()}


def text(model: type[models.Model], column: str, value: Any) -> str:
    """WeChat's value as a text, cut to the column's length; "" where it is missing."""
    length = getattr(model._meta.get_field(column), "max_length", None)
    return str(value or "")[:length]
