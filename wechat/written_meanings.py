"""What the team wrote about error codes that are not in our table (`ErrorCode`), read at most every few seconds."""

import time
from typing import Any, NamedTuple

from django.apps import apps
from django.utils.functional import lazy

FRESH = 5.0  # seconds for which a process goes by what it has read: a page may explain a hundred codes


class Written(NamedTuple):
    meaning: str
    who: str


_held: tuple[float, dict[int, Written]] | None = None


def written(errcode: int) -> Written | None:
    global _held
    if _held is None or time.monotonic() - _held[0] > FRESH:
        # By its name: the models import `wechat.errors`, which asks here.
        rows = apps.get_model("wechat", "ErrorCode").objects.exclude(meaning="")
        kept = {code: Written(*rest) for code, *rest in rows.values_list("errcode", "meaning", "who")}
        _held = (time.monotonic(), kept)
    return _held[1].get(errcode)


def _text(errcode: int, unknown: Any) -> str:
    found = written(errcode)
    return found.meaning if found else str(unknown)


def _who(errcode: int, unknown: Any) -> str:
    found = written(errcode)
    return (found and found.who) or str(unknown)


# Read only where a person reads them; `unknown` is said of a code of which nothing is written.
text_of, who_of = lazy(_text, str), lazy(_who, str)


def forget() -> None:
    """Read again before the next one is explained."""
    global _held
    _held = None
