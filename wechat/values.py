"""Converts values between WeChat's format and our columns: numbers, times, texts, ids."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST = 2**31 - 1  # the platform's prices, stocks and counts are 32 bits wide
TIME = "%Y-%m-%d %H:%M:%S"
MILLISECONDS = 10**11  # a Unix time above this counts milliseconds

# An id of ours: out_product_id, out_order_id, out_aftersale_id …
out_id = RegexValidator(r"^\S(.*\S)?$", _("No blanks at its ends, and not empty."))


def number(value: Any) -> int | None:
    """A whole number, also from text; None where the value is not one."""
    try:
        return None if value in (None, "") else int(value)
    except (TypeError, ValueError):
        return None


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
