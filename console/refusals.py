"""WeChat's rejection of a record in review, as the record's page shows it."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class Refusal(NamedTuple):
    """changes: since what was rejected, {field: [then, now]}, None where that is not known; words: see `with_links`."""

    reason: str
    audit_id: str
    changes: dict[str, list[str]] | None
    words: Mapping[str, str]


def with_links(refusal: Refusal, form: Any, tables: list[Any]) -> SafeString:
    """The reason, with WeChat's words for a field as links to it.

    `words` is {WeChat's word: name of the field, or of a table of the form}; a longer word goes before one in it, so
    that a word with "" for its field keeps a shorter one from being taken for another field.
    """
    places = {name: form[name].auto_id for name in form.fields} | {one.prefix: f"{one.prefix}-group" for one in tables}
    known = sorted(refusal.words, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, known))})", refusal.reason) if known else [refusal.reason]
    return format_html_join("", "{}", ((_linked(part, places.get(refusal.words.get(part, ""), "")),) for part in parts))


def _linked(word: str, place: str) -> str:
    return format_html('<a href="#{}">{}</a>', place, word) if place else word
