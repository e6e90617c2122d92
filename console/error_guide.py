"""The error guide: every code of WeChat, what it means, who mends it, what happens by itself, how often it came here.

Codes that are not in our table are collected from the calls; what the team writes about one is shown wherever it is.
"""

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat import written_meanings
from wechat.errors import MEANINGS, Action, Meaning
from wechat.models import CallCount, ErrorCode

from .edits import save_traced

DAYS = 30
WHAT_HAPPENS = {
    Action.RETRY: gettext_lazy("It is looked up whether WeChat acted; if not, it is tried again."),
    Action.TOKEN: gettext_lazy("A new token is fetched, and the call repeated once."),
    Action.FIX: gettext_lazy("Not tried again: correct it, then send it again."),
    Action.STATE: gettext_lazy("Not tried again: the record is read from WeChat, and shows what is possible."),
    Action.QUOTA: gettext_lazy("It waits, and is tried again."),
    Action.PLATFORM: gettext_lazy("Not tried again: set it up at WeChat first, then send it again."),
    Action.NONE: gettext_lazy("Nothing has to be done."),
}


class Row(NamedTuple):
    errcode: int
    meaning: Meaning
    what_happens: Any
    seen: int


class MeaningForm(forms.ModelForm):
    class Meta:
        model = ErrorCode
        fields = ["meaning", "who"]


def page(site: Any, request: HttpRequest) -> HttpResponse:
    """Everybody may read it; who may change an ErrorCode writes."""
    may_write = request.user.has_perm("wechat.change_errorcode")
    if request.method == "POST":
        if not may_write:
            raise PermissionDenied
        return _write(request)
    seen = CallCount.objects.by_errcode(DAYS)
    rows = [
        Row(errcode, meaning, WHAT_HAPPENS[meaning.action], seen.get(errcode, 0))
        for errcode, meaning in sorted(MEANINGS.items())
    ]
    unknown = [
        (row, seen.get(row.errcode, 0))
        for row in ErrorCode.objects.order_by("-seen_at")
        if row.errcode not in MEANINGS  # a later version of ours may explain it
    ]
    context = {
        **site.each_context(request),
        "title": _("Error guide"),
        "rows": sorted(rows, key=lambda row: -row.seen),
        "unknown": unknown,
        "may_write": may_write,
        "what_happens": WHAT_HAPPENS[Action.FIX],
        "days": DAYS,
    }
    return render(request, "admin/errors.html", context)


def _write(request: HttpRequest) -> HttpResponse:
    given = request.POST.get("errcode", "")
    number = int(given) if given.removeprefix("-").isdecimal() and len(given) < 12 else 0
    row = get_object_or_404(ErrorCode, errcode=number)
    form = MeaningForm(request.POST)
    if form.is_valid():
        with transaction.atomic():
            save_traced(row, **form.cleaned_data)
            by = {"written_by": request.user.get_username(), "written_at": timezone.now()}
            ErrorCode.objects.filter(pk=row.pk).update(**by)
        written_meanings.forget()
        messages.success(request, _("Saved. It is shown wherever %(errcode)s is.") % {"errcode": row})
    else:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return HttpResponseRedirect(f"{reverse('admin:errors')}#e{row}")
