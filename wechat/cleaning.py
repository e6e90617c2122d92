"""Text as both databases and every spreadsheet can hold it.

`cleaned` is for texts that people read. `compact` is for ids, headers and search words, where a character that nobody
sees makes two things of one. What is signed, hashed or kept as it came is never cleaned.
"""

import re
from typing import Any

_ILLEGAL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
_CONTROL = re.compile(f"[{_ILLEGAL}]")
_ASCII_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Joiners hold emoji and some scripts together, so these are taken out of ids only.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
# What JSON looks like where it may hold any of these: most bodies do not, and are not walked through.
_SUSPICIOUS = re.compile(rf"[{_ILLEGAL}\ud800-\udfff]|\\u(?:00[01789]|d[89a-f]|f[df])|\\[bf]", re.IGNORECASE)
MOST_PATHS = 20  # changed texts that are named


def cleaned(text: str) -> str:
    """Without control characters (tabs and line breaks stay); half of a character becomes U+FFFD."""
    if text.isprintable():  # nothing of all this is
        return text
    if text.isascii():  # ten times as quick: most texts, and bodies of WeChat's messages
        return text.encode().translate(None, _ASCII_CONTROLS).decode()
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", text)


def compact(text: str) -> str:
    """Cleaned, without zero-width characters, and without blanks at its ends."""
    return _INVISIBLE.sub("", cleaned(text)).strip()


def is_suspicious(written: str) -> bool:
    """Whether JSON, as it is written, may hold anything that `cleaned` changes."""
    return _SUSPICIOUS.search(written) is not None


def clean_in_place(value: Any) -> tuple[Any, list[str]]:
    """A parsed JSON value with all its texts cleaned, and the paths of the first of those that were changed."""
    changed: list[str] = []
    return _clean(value, "", changed), changed


def _clean(value: Any, path: str, changed: list[str]) -> Any:
    if isinstance(value, str):
        text = cleaned(value)
        if text != value and len(changed) < MOST_PATHS:
            changed.append(path)
        return text
    if isinstance(value, dict):
        for key in list(value):
            name = cleaned(key)
            item = _clean(value.pop(key) if name != key else value[key], f"{path}.{name}" if path else name, changed)
            value[name] = item
    elif isinstance(value, list):
        for nth, item in enumerate(value):
            value[nth] = _clean(item, f"{path}[{nth}]", changed)
    return value
