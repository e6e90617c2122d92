"""What people press on a day's page: look again, explain rows, close, reopen."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from console.operation_admin import OperationAdmin
from wechat.steps.errors import Conflict

from . import deciding
from .checking import check
from .models import Close, CloseRow

MOST = 1000  # rows in one press


class DecidingPages(OperationAdmin):
    def get_urls(self) -> list[Any]:
        acts = {"check": self.look_again, "decide": self.decide, "close": self.close_day, "reopen": self.reopen}
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(require_POST(act)), name=f"closing_close_{name}")
                for name, act in acts.items()
            ),
            *super().get_urls(),
        ]

    def may_close(self, request: HttpRequest) -> bool:
        return request.user.has_perm("closing.close_day")

    def _found(self, request: HttpRequest, pk: int) -> Close:
        if not self.may_close(request):
            raise PermissionDenied
        return get_object_or_404(Close, pk=pk)

    def _tried(self, request: HttpRequest, pk: int, act: Callable[[], object], done: str) -> HttpResponseRedirect:
        try:
            act()
            messages.success(request, done)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(reverse("admin:closing_close_change", args=[pk]))

    def look_again(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Look at the day again."""
        close = self._found(request, pk)
        return self._tried(request, pk, lambda: check(close), _("Looked at again."))

    def close_day(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Close the day."""
        close = self._found(request, pk)
        done = _("The day is closed, and its figures are kept.")
        return self._tried(request, pk, lambda: deciding.close_day(close, request.user), done)

    def reopen(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Open a closed day again, with a reason."""
        close, reason = self._found(request, pk), request.POST.get("reason", "")
        done = _("The day is open again; the figures of its close are kept below.")
        return self._tried(request, pk, lambda: deciding.reopen(close, request.user, reason), done)

    def decide(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Explain the chosen rows, all in the same way; those for which it is not possible are named."""
        close, user = self._found(request, pk), request.user
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
        keys = [int(key) for key in request.POST.getlist("row") if key.isdecimal() and len(key) < 19][:MOST]
        acts: dict[str, Callable[[CloseRow], None]] = {
            "explain": lambda row: deciding.explain(row, user, reason),
            "link": lambda row: deciding.explain(row, user, reason, linked=True),
            "later": lambda row: deciding.expect_later(row, user),
            "take_back": lambda row: deciding.take_back(row, user),
        }
        done, faults = 0, {}
        for row in close.rows.filter(pk__in=keys).select_related("close") if act in acts else []:
            try:
                acts[act](row)
                done += 1
            except Conflict as conflict:
                faults[str(conflict)] = str(row)
        if done:
            messages.success(
                request, ngettext("%(count)d row is noted.", "%(count)d rows are noted.", done) % {"count": done}
            )
        for fault, row_name in faults.items():
            messages.error(request, f"{row_name}: {fault}")
        if not done and not faults:
            messages.error(request, _("Choose the rows first."))
        return HttpResponseRedirect(reverse("admin:closing_close_change", args=[pk]))
