"""The timeline beside a record: a page of it, filtered by kind; its notes; and the whole of it to print."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from . import sentences
from .beside import found
from .links import number_of
from .lists import ListAdmin
from .models import Mention, Note
from .models.notes import LONGEST
from .timeline import KINDS, Entry, Extra, Span, moment, page_of, rows_of, whole


class TimelineAdmin(ListAdmin):
    """Records with a timeline; their app adds its own entries to it."""

    def timeline(self, obj: Any, span: Span) -> list[Entry]:
        """Entries that the record's own app adds; rows of which there may be many are cut by the span."""
        return []

    def title_of(self, obj: Any) -> str:
        """What the record is, in words, above its number; "" where its name says it."""
        return ""

    def get_urls(self) -> list[Any]:
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("<int:pk>/timeline/", wrap(self.print_timeline), name=f"{name}_timeline"),
            path("<int:pk>/note/", wrap(require_POST(self.write_note)), name=f"{name}_note"),
            *super().get_urls(),
        ]

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, QuerySet]:
        """What may be beside a record, by name: its page asks only for what is there, which its context has."""
        return rows_of(obj)

    def beside_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What is shown beside a record: of its timeline the entries of one kind or all, of one page."""
        there = found(obj, self.beside(request, obj))
        kind = request.GET.get("kind", "")
        kinds = (kind,) if kind in KINDS else tuple(KINDS)
        span = Span(kinds, end=moment(request.GET.get("before", "")), there=there)
        page = page_of(obj, span, self.entries(obj))
        if any(entry.kind == "note" for entry in page.entries):
            Mention.see(request.user, obj)
        context: dict[str, Any] = {
            "there": there,
            "timeline": page.entries,
            "timeline_kinds": KINDS,
            "timeline_kind": kind if kind in KINDS else "",
            "is_older": "before" in request.GET,
            "print_url": self._url("timeline", obj),
        }
        if page.end:
            context["older"] = urlencode({"kind": context["timeline_kind"], "before": page.end.isoformat()})
        if request.user.has_perm("console.add_note"):
            context["note_url"] = self._url("note", obj)
        return context

    def entries(self, obj: Any) -> Extra:
        return lambda span: self.timeline(obj, span)

    def _url(self, name: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[obj.pk])

    def write_note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep a note beside the record; the people it mentions find it on their front page."""
        if not self.has_view_permission(request) or not request.user.has_perm("console.add_note"):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        text = request.POST.get("text", "").strip()
        if not text or len(text) > LONGEST:
            messages.error(request, _("A note has 1 to %(most)d characters.") % {"most": LONGEST})
        else:
            note = Note.objects.write(record, text)
            told = [str(mention.user) for mention in note.mentions.select_related("user")]
            messages.success(request, _("Noted.") + (" → " + ", ".join(told) if told else ""))
        return HttpResponseRedirect(self._url("change", record))

    def print_timeline(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The whole timeline from the beginning, to print or to save as PDF; sent page by page as it is read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        notes = "notes" in request.GET
        now = timezone.localtime()
        context = {
            "kind": capfirst(self.opts.verbose_name),
            "number": number_of(record),
            "title": self.title_of(record) or str(record),
            "printed_by": sentences.actor("admin", request.user),
            "printed_at": now,
            "zone": f"{settings.TIME_ZONE} (UTC{now:%z})",
            "notes": notes,
            "back": self._url("change", record),
        }
        return StreamingHttpResponse(self._printed(record, context, translation.get_language() or ""))

    def _printed(self, record: Any, context: dict[str, Any], language: str) -> Iterator[str]:
        kinds = tuple(kind for kind in KINDS if kind != "note" or context["notes"])
        with translation.override(language):
            yield render_to_string("admin/timeline_print.html", context)
        pages = whole(record, kinds, self.entries(record))
        while True:
            with translation.override(language):  # sentences are made while the page is read
                entries = next(pages, None)
                if entries is None:
                    break
                yield render_to_string("admin/timeline_printed.html", {"entries": entries})
        yield "</ol></body></html>\n"
