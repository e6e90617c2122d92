"""Downloads of lists: what is shown is what is written, in the list's columns and order, of all filtered rows."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from wechat.chunks import in_chunks

from .sheets.columns import Column
from .sheets.write import csv_lines, write_xlsx, xlsx

MOST = 20_000  # rows that are written while the person waits
MOST_XLSX = 1_000_000  # rows of a sheet; the format has place for 1,048,576
TIME = re.compile(r"<time\b[^>]*\btitle=\"([^\"]*)\"[^>]*>.*?</time>", re.DOTALL)
BREAK = re.compile(r"<br\s*/?>|</li>|</p>|</small>|</code>")
TAG = re.compile(r"<[^>]*>")
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(model_admin: Any, request: HttpRequest, changelist: ChangeList) -> tuple[list[Column], Iterator[dict]]:
    """The columns of the list and its filtered rows, masked as they are on the page, every id a text."""
    names = [str(name) for name in changelist.list_display if name != "action_checkbox"]
    columns = [Column(name, capfirst(str(label_for_field(name, changelist.model, model_admin)))) for name in names]
    return columns, _rows(model_admin, changelist.get_queryset(request), names)


def file_name(model_label: str, kind: str) -> str:
    return f"{model_label.split('.')[-1]}-{timezone.localtime().strftime('%Y%m%d-%H%M')}.{kind}"


def write(file: IO[bytes], kind: str, columns: list[Column], rows: Iterable[dict[str, str]]) -> None:
    """Write CSV or XLSX to a file, with bounded memory."""
    if kind == "xlsx":
        write_xlsx(file, columns, rows)
    else:
        file.writelines(line.encode() for line in csv_lines(columns, rows))


def answer(name: str, columns: list[Column], rows: Iterable[dict[str, str]]) -> HttpResponseBase:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if name.endswith("xlsx"):
        return HttpResponse(xlsx(columns, rows), content_type=XLSX, headers=headers)
    return StreamingHttpResponse(csv_lines(columns, rows), content_type=CSV, headers=headers)


def _rows(model_admin: Any, queryset: Any, names: list[str]) -> Iterator[dict[str, str]]:
    for row in in_chunks(queryset):
        yield {name: cell(row, name, model_admin) for name in names}


def cell(row: Any, name: str, model_admin: Any) -> str:
    """The text of a column as the list shows it; a time in full instead of “3 hours ago”."""
    field, _attribute, value = lookup_field(name, row, model_admin)
    if field is not None and not isinstance(value, SafeString):
        shown = display_for_field(value, field, "")
    else:
        shown = display_for_value(value, "") if not isinstance(value, str) else value
    return plain(shown) if isinstance(shown, SafeString) else str(shown)


def plain(markup: str) -> str:
    """The words of a piece of HTML."""
    text = BREAK.sub(" ", TIME.sub(r"\1", markup))
    return " ".join(html.unescape(TAG.sub("", text)).split())
