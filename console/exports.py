"""Downloads of lists, kept as a trace; large ones are written by a worker, and wait on a page for who asked.

A killed worker leaves an expired lease; the schedule writes the file again from the beginning.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db.models import F, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from wechat import retention
from wechat.steps import waking
from wechat.steps.leases import free, lease

from . import list_export
from .leaving import asking
from .models import Export

TRIES = 3
RENEW = 500  # rows after which the lease is renewed
RENEW_SECONDS = 5  # of everything, whose tables have rows of any size
GONE = gettext_noop("You may no longer see this list.")
FAILED = gettext_noop("The file could not be written. Try it again with fewer rows, or tell your administrator.")


def ask(export: Export) -> None:
    """Have a worker write the file."""
    waking.wake("console.tasks.write_export", export.pk)


def wake_waiting() -> None:
    """Wake workers for files that nobody writes."""
    for export in Export.objects.filter(done_at=None).filter(free())[:20]:
        ask(export)


def write(export_id: int) -> None:
    """Write the file of an export, unless another worker does, or it is done."""
    waiting = Export.objects.filter(pk=export_id, done_at=None).filter(free())
    if not waiting.update(lease_until=lease(), tries=F("tries") + 1):
        return
    export = Export.objects.select_related("user").get(pk=export_id)
    if export.tries > TRIES:
        asking.forget(export)
        _close(export, FAILED)
        return
    if export.is_everything:
        _write_everything(export)
        return
    with translation.override(export.language):
        model_admin = admin.site._registry.get(export.model) if export.model else None
        if model_admin is None or not may_see(model_admin, request := _request(export), export):
            _close(export, GONE)
            return
        export.rows = 0
        with tempfile.TemporaryFile() as file:
            if book := _book_of(model_admin, export):
                book(file, partial(_counted, export))
            else:
                changelist = model_admin.get_changelist_instance(request)
                columns, rows = list_export.table(model_admin, request, changelist)
                list_export.write(file, export.kind, columns, _counted(export, rows))
            if not _mine(export).update(lease_until=lease()):
                return  # it took so long that another worker writes it now
            export.file.save(list_export.file_name(export.list, export.kind), File(file), save=False)
    _done(export)


def may_see(model_admin: Any, request: HttpRequest, export: Export) -> bool:
    """Whether the list, or the book of several sheets, is still one that this person may open."""
    try:
        _book_of(model_admin, export)
    except PermissionDenied:
        return False
    return model_admin.has_view_permission(request)


def _book_of(model_admin: Any, export: Export) -> Callable[..., None] | None:
    """What writes a book of several sheets, where that was asked for: it is the list's own app that does."""
    return getattr(model_admin, "book_of", lambda _export: None)(export)


def _write_everything(export: Export) -> None:
    """Write the zip; the tables that a killed try has written are not written again."""
    if not asking.may(export.user, clear=export.personal):
        _close(export, GONE)
        return

    begun = time.monotonic()

    def claim() -> None:
        nonlocal begun
        if not _mine(export).update(lease_until=lease()):
            raise asking.TakenOver
        begun = time.monotonic()

    def renew() -> None:
        if time.monotonic() - begun >= RENEW_SECONDS:
            claim()

    try:
        asking.write(export, claim, renew)
    except asking.TakenOver:
        return  # it took so long that another worker writes it now
    _done(export)


def _done(export: Export) -> None:
    done = {"done_at": timezone.now(), "rows": export.rows, "file": export.file.name, "lease_until": None}
    if not _mine(export).update(**done):
        export.file.delete(save=False)


def _mine(export: Export) -> QuerySet:
    """The row, for as long as this try is the last one."""
    return Export.objects.filter(pk=export.pk, done_at=None, tries=export.tries)


def _request(export: Export) -> HttpRequest:
    """A request for the list as the person asked for it."""
    label, name = export.list.split(".")
    path = reverse(f"admin:{label}_{name}_download")
    request = HttpRequest()
    request.method, request.path = "GET", path
    request.GET, request.user, request.resolver_match = QueryDict(export.query), export.user, resolve(path)
    return request


def _counted(export: Export, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Count the rows, and keep the lease while they are written."""
    for row in rows:
        yield row
        export.rows = (export.rows or 0) + 1
        if export.rows % RENEW == 0:
            _mine(export).update(lease_until=lease(), rows=export.rows)


def _close(export: Export, fault: str) -> None:
    _mine(export).update(done_at=timezone.now(), fault=fault, lease_until=None)


def prune() -> int:
    """Delete the files whose days are over, their rows some years later; returns how many files."""
    retention.delete(retention.over("downloads", Export.objects.filter(file=""), "done_at"))
    old = list(retention.over("files", Export.objects.exclude(file=""), "done_at"))
    for export in old:
        export.file.delete(save=False)
    return Export.objects.filter(pk__in=[export.pk for export in old]).update(file="")
