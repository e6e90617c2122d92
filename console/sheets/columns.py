"""The headers of a sheet's columns, and the conversion of a cell to text."""

import datetime
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wechat.cleaning import cleaned, compact

LANGUAGES = ("zh-hans", "en")
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
# What people write behind a header without changing what it means; a unit such as （分） is no such note.
_NOTE = re.compile(r"\((?:必填|必填项|非必填|选填|可选|文本|文本格式|元|rmb|yuan|required|optional|text)\)")
_SHORTENED = re.compile(r"[-+]?\d(\.\d+)?[eE]\+?\d+")  # 7.73E+17
_PLAIN_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]{1,30}", re.ASCII)
_QUOTED = re.compile(r'="([^"]*)"')  # ="0012", by which programs keep a spreadsheet from reading a number
CUT = 10**15  # from here on a spreadsheet keeps no longer all digits of a number


class Broken(NamedTuple):
    """A cell without a value of its own: a failed formula (`#N/A`), or one that was never calculated."""

    shown: str


class Merged(NamedTuple):
    """A cell that is merged with the one in row `first`, whose value it shows."""

    value: Any
    first: int


Cell = Any  # what calamine and csv give: None, text, numbers, dates; or Broken, or Merged


class Column(NamedTuple):
    name: str
    title: str | Promise
    help: str | Promise = ""
    example: str = ""
    width: int = 14
    also: tuple[str, ...] = ()  # what other systems call it


def names_by_header(columns: Iterable[Column]) -> dict[str, str]:
    """{header as it may be written: column name}, in both languages, by the column's own name and its synonyms."""
    names: dict[str, str] = {}
    for column in columns:
        titles = [column.name, *column.also]
        for language in LANGUAGES:
            with translation.override(language):
                titles.append(str(column.title))
        names |= dict.fromkeys(map(_plain, titles), column.name)
    return names


def column_names(cells: list[Cell], headers: dict[str, str]) -> list[str | None]:
    """The column of each header; None for an unknown header."""
    return [headers.get(_plain(str(cell or ""))) for cell in cells]


def _plain(header: str) -> str:
    plain = re.sub(r"[\s*＊_:：]", "", compact(header).replace("（", "(").replace("）", ")")).casefold()
    return _NOTE.sub("", plain) or plain


def text(cell: Cell) -> str:
    """A cell as it is shown, without control characters. Raises ValidationError for one that has no value.

    An apostrophe before a formula's sign is the escape it is.
    """
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, Broken):
        raise ValidationError(_broken(cell.shown))
    if cell is None:
        return ""
    if isinstance(cell, float):
        return _number(cell)
    if not isinstance(cell, str):
        return str(cell)
    cell = cleaned(cell).strip()
    if cell[:1] not in ("#", "=", "'"):
        return cell
    if cell in ERRORS:
        raise ValidationError(_broken(cell))
    if match := _QUOTED.fullmatch(cell):
        return match[1]
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r" else cell


def identifier(cell: Cell) -> str:
    """A cell as an id: text or a number whose digits are all there. Raises ValidationError for what a spreadsheet made
    of one: a date, TRUE, a shortened number.
    """
    value = cell.value if isinstance(cell, Merged) else cell
    if isinstance(value, bool):
        raise ValidationError(_("The spreadsheet has made TRUE or FALSE of this id. Format the column as text."))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        raise ValidationError(_("The spreadsheet has made a date of this id. Format the column as text."))
    shown = text(value)
    if _PLAIN_ID.fullmatch(shown) and shown == value:
        return shown
    if _SHORTENED.fullmatch(shown):
        raise ValidationError(_("The spreadsheet has shortened this number. Format the column as text."))
    if shown != compact(shown) or (isinstance(value, str) and cleaned(value) != value):
        raise ValidationError(_("There are control or zero-width characters in it, which an id must not have."))
    return shown


def shown(cell: Cell) -> str:
    """A cell for people to find it by, also one that is no value."""
    cell = cell.value if isinstance(cell, Merged) else cell
    cell = cell.shown if isinstance(cell, Broken) else cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
    return "" if cell is None else cleaned(str(cell)).strip()


def _number(cell: float) -> str:
    if abs(cell) >= CUT:
        raise ValidationError(_("The spreadsheet has cut this number's digits. Format the column as text."))
    # Fifteen digits are what a spreadsheet shows: 199.79999999999998 is its 199.8.
    return str(int(cell)) if cell.is_integer() else format(cell, ".15g")


def _broken(shown: str) -> str:
    if shown in ERRORS:
        return _("The spreadsheet shows %(error)s here: its formula found no value.") % {"error": shown}
    return _("This formula was never calculated. Open the file, save it, and upload it again.")
