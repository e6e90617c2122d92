"""Money is an integer in fen everywhere except on pages and in sheets, which show yuan; floats are never used."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST = 2**31 - 1
_PLAIN = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?", re.ASCII)  # as most amounts are written


def fen(yuan: object, most: int = MOST) -> int:
    """Convert yuan to fen exactly; raises ValidationError. A spreadsheet's float 19.99 counts as the decimal 19.99."""
    if type(yuan) is str and (plain := _PLAIN.fullmatch(yuan)):
        whole = int(plain[1]) * 100 + int((plain[2] or "").ljust(2, "0"))
        if whole <= most:
            return whole
    text = re.sub(r"[¥￥元,，\s]", "", repr(yuan) if isinstance(yuan, float) else str(yuan))
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValidationError(
            _("“%(text)s” is not an amount in yuan, such as 19.90."), "amount", {"text": yuan}
        ) from None
    if not amount.is_finite() or amount < 0:
        raise ValidationError(_("An amount is zero or more."), "amount")
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValidationError(_("“%(text)s” has parts of a fen: two decimals at most."), "amount", {"text": yuan})
    if cents > most:
        raise ValidationError(_("The amount is too large."), "amount")
    return int(cents)


def yuan(amount: int | None, sign: str = "") -> str:
    """Format 123450 fen as 1234.50; with a currency sign as ¥1,234.50, or -¥1,234.50 below zero."""
    if amount is None:
        return ""
    if amount < 0:
        return f"-{yuan(-amount, sign)}"
    return f"{sign}{amount // 100:{',' if sign else ''}}.{amount % 100:02d}"


def percent(amount: int, rate: Decimal) -> int:
    """`rate` percent of an amount, rounded half up to the fen."""
    return int((Decimal(amount) * rate / 100).quantize(Decimal(1), ROUND_HALF_UP))


class YuanField(forms.Field):
    """A field that shows and accepts yuan; its value is fen."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "amount", "size": 9})

    def prepare_value(self, value: Any) -> Any:
        return yuan(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        return None if value in self.empty_values else fen(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True
