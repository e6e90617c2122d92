"""The page “Check my set-up”: a GET shows what would be tried, a press tries it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from .setup_checks import running
from .setup_checks.findings import State

TONES = {State.OK: "green", State.WARN: "amber", State.FAULT: "red"}


def page(site: Any, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("console.check_setup"):
        raise PermissionDenied
    found = running.run() if request.method == "POST" else []
    context = {
        **site.each_context(request),
        "title": _("Check my set-up"),
        "checks": running.CHECKS,
        "found": [(one.check, one.finding, TONES[one.finding.state]) for one in found],
        "faults": sum(one.finding.state == State.FAULT for one in found),
        "warnings": sum(one.finding.state == State.WARN for one in found),
    }
    return render(request, "admin/setup.html", context)
