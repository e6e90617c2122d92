"""Values as WeChat writes them, and as our columns take them: numbers, times, texts, ids."""

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
    """A whole number that may have come as text; None for what is none."""
    try:
        return None if value in (None, "") else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def moment(text: Any) -> datetime | None:
    """A time as `yyyy-MM-dd HH:mm:ss` in Shanghai; None for what is none."""
    try:
        return timezone.make_aware(datetime.strptime(str(text), TIME)) if text else None
    except ValueError:
        return None


def moment_of_unix(stamp: Any) -> datetime | None:
    """A Unix time in seconds or milliseconds, told apart by its digits; None for what is none."""
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
    """Texts of WeChat's for columns of a model, each cut to its column's length; "" for what is none."""
    return {name: text(model, name, value) for name, value in values.items()}


def text(model: type[models.Model], column: str, value: Any) -> str:
    """A text of WeChat's, cut to the column's length; "" for what is none."""
    length = getattr(model._meta.get_field(column), "max_length", None)
    return str(value or "")[:length]
