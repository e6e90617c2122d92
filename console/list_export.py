"""Downloads of lists: what is shown is what is written, in the list's columns and order, of all filtered rows."""

import html
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from wechat.chunks import in_chunks

from .sheets.columns import Column
from .sheets.write import csv_lines, xlsx

MOST_XLSX = 20_000  # rows; more are written as CSV, which streams
TIME = re.compile(r"<time\b[^>]*\btitle=\"([^\"]*)\"[^>]*>.*?</time>", re.DOTALL)
BREAK = re.compile(r"<br\s*/?>|</li>|</p>|</small>|</code>")
TAG = re.compile(r"<[^>]*>")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(model_admin: Any, request: HttpRequest, changelist: ChangeList, kind: str) -> HttpResponseBase:
    """The rows of the list as CSV, streamed, or XLSX; masked as they are on the page, every id a text."""
    names = [str(name) for name in changelist.list_display if name != "action_checkbox"]
    columns = [Column(name, capfirst(str(label_for_field(name, changelist.model, model_admin)))) for name in names]
    rows = _rows(model_admin, changelist.get_queryset(request), names)
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
    headers = {"Content-Disposition": f'attachment; filename="{changelist.opts.model_name}-{stamp}.{kind}"'}
    if kind == "xlsx":
        return HttpResponse(xlsx(columns, rows), content_type=XLSX, headers=headers)
    return StreamingHttpResponse(csv_lines(columns, rows), content_type="text/csv; charset=utf-8", headers=headers)


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
