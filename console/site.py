from functools import partial, wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from wechat.clock import NowMicroseconds
from wechat.models import AccessToken, Callback, Pace

from . import buyers, drafts, error_guide, guides, health_page, leave_page, search, setup_page, sign_in, timeline
from .alerts import browser
from .models import Mention, Note
from .signing_in import entering, pages, sessions
from .today import NUMBERS, RECORDS, Urgent, chart_for, has_progress, progress_for, urgent_of, waiting_for

secret = sensitive_post_parameters("code")  # no report of an error shows it


def notes_for(user: Any) -> list[Note]:
    """The newest notes that mention this person, on records that they have not opened since."""
    notes = list(Note.objects.unseen_by(user).select_related("user").prefetch_related("record")[:5])
    gone = [note.pk for note in notes if note.record is None]
    if gone:
        Mention.objects.filter(note__in=gone, user=user.pk).update(seen_at=timezone.now())
    return [note for note in notes if note.record is not None]


class PickerView(AutocompleteJsonView):
    """A picker shows a record's `picker_label`, where it has one, instead of its name."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        text = getattr(obj, "picker_label", str(obj))
        return {**super().serialize_result(obj, to_field_name), "text": text}


class ConsoleSite(admin.AdminSite):
    """The admin, with the Today page as its front page."""

    site_header = _("Trading console")
    site_title = _("Trading console")
    index_title = pgettext_lazy("front page", "Today")
    index_template = "admin/today.html"
    enable_nav_sidebar = False  # the menu is in the header: admin/shell.html

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        waiting = waiting_for(request.user, fresh=True)
        some = [one for one in waiting if one.count]
        health = self.health(request.user)
        context = {
            "notes": notes_for(request.user) if health["mentioned"] else [],
            "numbers": some[:NUMBERS],
            "others": some[NUMBERS:],
            "quiet": [one for one in waiting if not one.count],
            "urgent": [(row, self._buttons(request, row)) for row in urgent_of(waiting)],
            "most_urgent": RECORDS,
            "chart": chart_for(request.user),
            "has_progress": has_progress(request.user),
            "lately": timeline.lately() if request.user.has_perm("wechat.view_step") else [],
            "health": health,
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """For an app's own page only: every other page has the menu, and would list all models for nothing."""
        return super().get_app_list(request, app_label) if app_label else []

    def get_urls(self) -> list[Any]:
        return [
            path("search/", self.admin_view(self.search), name="search"),
            path("guides/", self.admin_view(partial(guides.page, self)), name="guides"),
            path("guides/<slug:name>/", self.admin_view(partial(guides.page, self)), name="guide"),
            path("errors/", self.admin_view(partial(error_guide.page, self)), name="errors"),
            path("health/", self.admin_view(partial(health_page.page, self)), name="health"),
            path("set-up/", self.admin_view(partial(setup_page.page, self)), name="setup"),
            path("leave/", self.admin_view(partial(leave_page.page, self)), name="leave"),
            path("buyers/", self.admin_view(partial(buyers.search, self)), name="buyers"),
            path("buyer/<str:sealed>/", self.admin_view(partial(buyers.page, self)), name="buyer"),
            path("sign-ins/", self.admin_view(partial(pages.sign_ins, self)), name="sign_ins"),
            path("sign-ins/<int:pk>/", self.admin_view(partial(pages.sign_ins, self)), name="sign_ins_of"),
            path("second-factor/", secret(never_cache(partial(pages.at_sign_in, self))), name="second_factor"),
            path("second-factor/own/", self.admin_view(secret(partial(pages.own, self))), name="own_second_factor"),
            path(browser.PATH, self.admin_view(browser.news), name="alert_news"),
            path("progress/", self.admin_view(self.progress), name="progress"),
            path("draft/", require_POST(drafts.write), name="draft"),
            path("draft/<int:pk>/discard/", self.admin_view(require_POST(drafts.discard)), name="draft_discard"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """What is sent without a session is not lost: see `sign_in`."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            is_out = not request.user.is_authenticated and request.path != reverse("admin:logout")
            return (
                sign_in.ask_again(request) if request.method == "POST" and is_out else inner(request, *args, **kwargs)
            )

        return wrapper

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "reason": sign_in.reason(request),
            **(extra_context or {}),
        }
        page = entering.SignInView.as_view(extra_context=context, next_page="admin:index")
        return cast(HttpResponse, page(request))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        user, current = request.user, sessions.current(request)
        response = super().logout(request, extra_context)
        if request.method != "POST":
            return response
        sessions.note_out(current)
        return sign_in.signed_out(user)

    def progress(self, request: HttpRequest) -> HttpResponse:
        """The progress bars of the front page, which loads them after itself: they look at many records."""
        return render(request, "admin/progress.html", {"ways": progress_for(request.user)})

    def _buttons(self, request: HttpRequest, row: Urgent) -> list[dict[str, Any]]:
        """The operations on an urgent record that this person may run now."""
        opts = row.record._meta
        at = f"admin:{opts.app_label}_{opts.model_name}_do"
        return [
            {"label": op.label, "confirm": op.confirm, "url": reverse(at, args=[row.record.pk, op.name])}
            for op in row.operations
            if request.user.has_perm(op.permission) and op.is_allowed(row.record)
        ]

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return PickerView.as_view(admin_site=self)(request)

    def search(self, request: HttpRequest) -> HttpResponse:
        """Find records, pages and actions; `part=1` answers with the list alone, for the palette."""
        query = request.GET.get("q", "").strip()[:100]
        context = {"query": query, "may_find_buyers": buyers.may_search(request.user)}
        if query:
            context |= search.found(self, request, query)
        if request.GET.get("part"):
            return render(request, "admin/found.html", context)
        return render(request, "admin/search.html", {**self.each_context(request), "title": _("Search"), **context})

    @staticmethod
    def health(user: Any) -> dict[str, Any]:
        """Token, last message, waiting messages and rate limit, in one query."""
        heard = Callback.objects.exclude(state=Callback.State.REFUSED).order_by("-id")
        paused = Pace.objects.filter(paused_until__gt=NowMicroseconds()).order_by("-paused_until")
        token = AccessToken.objects.filter(appid=settings.WECHAT_APPID)
        due = Callback.objects.due().order_by().annotate(one=Value(1)).values("one").annotate(count=Count("pk"))
        row = (
            get_user_model()
            .objects.filter(pk=user.pk)
            .values_list(
                Subquery(token.values("expires_at")[:1]),
                Subquery(heard.values("received_at")[:1]),
                Subquery(due.values("count")),
                Subquery(paused.values("endpoint")[:1]),
                Exists(Mention.objects.filter(user=user.pk, seen_at=None)),
            )
            .first()
        )
        expires, last, queue, resting, mentioned = row or (None, None, None, None, False)
        left = max(0, int((expires - timezone.now()).total_seconds()) // 60) if expires else None
        return {
            "token": left,
            "last_event": last,
            "queue": queue or 0,
            "resting": resting or "",
            "mentioned": mentioned,
        }
