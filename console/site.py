import time
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wechat import tokens
from wechat.models import Callback, Pace

from . import timeline
from .links import record_link
from .today import cards_for, progress_for


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
    login_form = AuthenticationForm
    enable_nav_sidebar = True

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        lately = timeline.lately(request.user) if request.user.has_perm("wechat.view_step") else []
        context = {
            "cards": cards_for(request.user),
            "ways": progress_for(request.user),
            "lately": lately,
            "health": self.health(),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Apps in the order of the merchant's work; technical lists last."""
        order = [
            "scenes",
            "qualifications",
            "catalog",
            "coupons",
            "orders",
            "aftersales",
            "funds",
            "wechat",
            "console",
            "auth",
        ]
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: order.index(app["app_label"]) if app["app_label"] in order else 99)

    def get_urls(self) -> list[Any]:
        return [path("search/", self.admin_view(self.search), name="search"), *super().get_urls()]

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return PickerView.as_view(admin_site=self)(request)

    def search(self, request: HttpRequest) -> HttpResponse:
        """Search the lists that have `in_global_search`, each by its own search fields."""
        query = request.GET.get("q", "").strip()
        groups = []
        for model, model_admin in self._registry.items():
            searchable = getattr(model_admin, "in_global_search", False) and model_admin.search_fields
            if query and searchable and model_admin.has_view_permission(request):
                rows, _distinct = model_admin.get_search_results(request, model_admin.get_queryset(request), query)
                links = [record_link(record) for record in rows[:20]]
                if links:
                    groups.append({"name": model._meta.verbose_name_plural, "links": links})
        context = {**self.each_context(request), "title": _("Search"), "global_query": query, "groups": groups}
        return render(request, "admin/search.html", context)

    @staticmethod
    def health() -> dict:
        seconds = tokens.seconds_left()
        busiest = Pace.objects.order_by("-paused_until").first()
        return {
            "token": None if seconds is None else seconds // 60,
            "last_event": Callback.objects.exclude(state=Callback.State.REFUSED)
            .order_by("-id")
            .values_list("received_at", flat=True)
            .first(),
            "queue": Callback.objects.due().count(),
            "resting": busiest.endpoint if busiest and busiest.paused_until > time.time_ns() // 1000 else "",
        }
