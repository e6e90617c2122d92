"""The headers of a sheet's columns, and the conversion of a cell to text."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

LANGUAGES = ("zh-hans", "en")
Cell = Any  # as calamine and csv return it: None, text, numbers, dates


class Column(NamedTuple):
    name: str
    title: str | Promise
    help: str | Promise = ""
    example: str = ""
    width: int = 14


def names_by_header(columns: Iterable[Column]) -> dict[str, str]:
    """{accepted header: column name}: the header in both languages, and the column's own name."""
    names: dict[str, str] = {}
    for column in columns:
        names[_plain(column.name)] = column.name
        for language in LANGUAGES:
            with translation.override(language):
                names[_plain(str(column.title))] = column.name
    return names


def column_names(cells: list[Cell], headers: dict[str, str]) -> list[str | None]:
    """The column of each header; None for an unknown header."""
    return [headers.get(_plain(str(cell or ""))) for cell in cells]


def _plain(header: str) -> str:
    header = header.replace("（", "(").replace("）", ")")
    return re.sub(r"[\s*＊_]", "", header).casefold()


def text(cell: Cell) -> str:
    """A cell as text: ids keep their digits, and the apostrophe that escapes a formula's sign is removed."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        if abs(cell) >= 1e15:
            raise ValidationError(_("The spreadsheet has cut this number's digits. Format the column as text."))
        return str(int(cell))
    if isinstance(cell, str):
        cell = cell.strip()
        return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r" else cell
    return str(cell)
