"""Shows sentences that were stored in one language in the reader's.

A worker stores a sentence of our catalogue with its values filled in, in the language it runs in. The entry of the
catalogue is the sentence's code: it is found again by its text in either language, together with its values.
"""

import re
from collections import defaultdict
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext

PLACE = re.compile(r"%\((\w+)\)([sd])|%%")
PREFIX = 2  # characters by which the entries that may match are looked up
SENTENCES = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")


class Entry(NamedTuple):
    msgid: str
    pattern: re.Pattern
    literal: int  # how many characters are the catalogue's own: the entry with the most is meant


def retold(text: str) -> str:
    """A stored text in the active language; what is no sentence of ours stays as it is."""
    return _retold(text, get_language() or "") if text else ""


@lru_cache(maxsize=4096)
def _retold(text: str, _language: str) -> str:
    if (whole := _translated(text)) is not None:
        return whole
    parts = [part for part in SENTENCES.split(text) if part]
    told = [_translated(part) for part in parts] if len(parts) > 1 else []
    return " ".join(new or old for new, old in zip(told, parts, strict=True)) if any(told) else text


def _translated(text: str) -> str | None:
    exact, entries = _catalogue()
    if text in exact:
        return gettext(exact[text])
    for entry in [*entries[text[:PREFIX]], *entries[""]]:
        if match := entry.pattern.fullmatch(text):
            values = {name: _value(value) for name, value in match.groupdict().items()}
            try:
                return gettext(entry.msgid) % values
            except (KeyError, TypeError, ValueError):
                return None
    return None


def _value(text: str) -> str | int:
    """A value of a sentence: itself a word of ours, such as a state, or a number."""
    exact = _catalogue()[0]
    return gettext(exact[text]) if text in exact else int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text


@lru_cache(maxsize=1)
def _catalogue() -> tuple[dict[str, str], dict[str, list[Entry]]]:
    """({text: msgid} of sentences without values, {first characters: entries with values})."""
    exact: dict[str, str] = {}
    entries: dict[str, list[Entry]] = defaultdict(list)
    for msgid, texts in _pairs():
        for text in texts:
            if PLACE.search(msgid):
                literal = PLACE.split(text)[0]
                entries[text[:PREFIX] if len(literal) >= PREFIX else ""].append(_entry(msgid, text))
            else:
                exact.setdefault(text, msgid)
    for found in entries.values():
        found.sort(key=lambda entry: -entry.literal)
    return exact, entries


def _pairs() -> list[tuple[str, set[str]]]:
    with Path(settings.LOCALE_PATHS[0], "zh_Hans", "LC_MESSAGES", "django.mo").open("rb") as file:
        # The class has no other way to list what it holds; words with a context are no sentences.
        catalogue: dict = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return [(key, {key, text}) for key, text in catalogue.items() if isinstance(key, str) and "\x04" not in key and key]


def _entry(msgid: str, text: str) -> Entry:
    pattern, literal, end, seen = "", 0, 0, set()
    for place in PLACE.finditer(text):
        part = text[end : place.start()]
        pattern += re.escape(part)
        literal, end, name = literal + len(part), place.end(), place[1]
        pattern += "%" if name is None else f"(?P={name})" if name in seen else f"(?P<{name}>{_any(place[2])})"
        seen.add(name)
    return Entry(msgid, re.compile(pattern + re.escape(text[end:]), re.DOTALL), literal + len(text[end:]))


def _any(kind: str) -> str:
    return "-?[0-9]+" if kind == "d" else ".+?"
