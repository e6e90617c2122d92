from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console.edits import trace_edit
from console.key_forms import KeyForm, LimitsForm
from console.keys import lost
from console.lists import ReadOnlyAdmin, is_list
from console.models import APIKey, RequestCount
from console.models.key_requests import first_day
from console.scopes import SCOPES, described
from console.templatetags.console import ago, badge
from console.timeline_admin import TimelineAdmin


class EndFilter(admin.SimpleListFilter):
    title = gettext_lazy("end")
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("soon", gettext_lazy("within 14 days"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.ending() if self.value() == "soon" else queryset


@admin.register(APIKey)
class APIKeyAdmin(TimelineAdmin, ReadOnlyAdmin):
    """One's own keys, or everybody's for who may see people. Their scopes never change and no key is deleted, so the
    trace of what was done with a key remains."""

    empty_text = gettext_lazy(
        "Another system that places or ships orders needs a key: add one, with no more scopes than it uses."
    )
    menu, guide = ("settings", 70), "keys"
    list_display = ["name", "beginning", "scope_names", "created_by", "used", "week", "ends", "state_badge"]
    list_filter = [EndFilter]
    list_select_related = ["created_by"]
    fields = readonly_fields = (
        "name",
        "beginning",
        "scope_labels",
        "per_minute",
        "ends",
        "networks",
        "account",
        "created_by",
        "created_at",
        "last_used_at",
    )
    change_form_template = "admin/key.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("console.add_apikey")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        keys = APIKey.objects.seen_by(request.user)
        if not is_list(request):
            return keys
        week = Q(counts__day__gte=first_day())
        sums = {name: Sum(f"counts__{name}", filter=week, default=0) for name in ("total", "refused", "failed")}
        return keys.annotate(**sums)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/revoke/", wrap(require_POST(self.revoke)), name="console_apikey_revoke"),
            path("<int:pk>/limits/", wrap(self.change_limits), name="console_apikey_limits"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("begins with"), ordering="prefix")
    def beginning(self, key: APIKey) -> str:
        return f"tc_{key.prefix}…"

    @admin.display(description=gettext_lazy("scopes"))
    def scope_names(self, key: APIKey) -> str:
        named = [(SCOPES[scope][0] if scope in SCOPES else "", scope) for scope in key.scopes]
        return format_html_join(", ", '<abbr title="{}">{}</abbr>', named)

    @admin.display(description=gettext_lazy("scopes"))
    def scope_labels(self, key: APIKey) -> str:
        return format_html_join(SafeString("<br>"), "{}", ((described(scope),) for scope in key.scopes))

    @admin.display(description=gettext_lazy("acts as"))
    def account(self, key: APIKey) -> str:
        return key.user.get_username()

    @admin.display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, key: APIKey) -> str:
        return ago(key.last_used_at)

    @admin.display(description=gettext_lazy("requests of 7 days"))
    def week(self, key: Any) -> str:
        wrong = key.refused + key.failed
        return (
            _("%(total)d, of them with errors: %(wrong)d") % {"total": key.total, "wrong": wrong}
            if wrong
            else key.total
        )

    @admin.display(description=gettext_lazy("ends"), ordering="expires_at")
    def ends(self, key: APIKey) -> str:
        return _end(key) or _("never")

    @admin.display(description=gettext_lazy("addresses"))
    def networks(self, key: APIKey) -> str:
        return ", ".join(key.addresses) or _("from anywhere")

    @admin.display(description=gettext_lazy("state"), ordering="revoked_at")
    def state_badge(self, key: APIKey) -> str:
        if key.revoked_at:
            return badge(_("Revoked"), "grey")
        if key.is_over:
            return badge(_("Ended"), "grey")
        if not key.created_by.is_active:
            return badge(_("Who made it is not active"), "red")
        return badge(_("Ends soon"), "amber") if key.ends_soon else badge(_("Works"), "green")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Create a key; only the page that answers the form shows its text."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, key, text = KeyForm(request.POST or None, maker=request.user), None, ""
        if request.method == "POST" and form.is_valid():
            key, text = APIKey.objects.make(**form.cleaned_data, created_by=request.user)
            chosen = {"name": key.name, "scopes": ", ".join(key.scopes), **_limits(key)}
            trace_edit(key, {field: ["", value] for field, value in chosen.items() if value})
        context = {"title": _("New API key"), "key": key, "text": text, "button": _("Make the key")}
        return self._form_page(request, form, context)

    def change_limits(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Until when, from where and how often it may be used; a key that has ended works again."""
        key = self._own_to_change(request, pk)
        if key.revoked_at:
            return self._back(key)
        before = _limits(key)
        form = LimitsForm(request.POST or None, instance=key)
        if request.method == "POST" and form.is_valid():
            after = _limits(key)
            with transaction.atomic():
                key.save(update_fields=form.Meta.fields)
                if changes := {
                    field: [before[field], after[field]] for field in after if after[field] != before[field]
                }:
                    trace_edit(key, changes)
            messages.success(request, _("Saved."))
            return self._back(key)
        return self._form_page(request, form, {"title": str(key), "button": _("Save")})

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = self._own_to_change(request, pk)
        if key.revoke():
            trace_edit(key, {"revoked": ["", _("revoked")]})
        messages.success(request, _("Revoked. Nobody comes in with it any more."))
        return self._back(key)

    def _own_to_change(self, request: HttpRequest, pk: int) -> APIKey:
        if not request.user.has_perm("console.change_apikey"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _back(self, key: APIKey) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:console_apikey_change", args=[key.pk]))

    def _form_page(self, request: HttpRequest, form: Any, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        return render(request, "admin/key_form.html", shared | context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context |= self.beside_context(request, obj) | {
            "state_badge": self.state_badge(obj),
            "lost": [] if obj.revoked_at else lost(obj),
            "days": RequestCount.objects.by_day(obj),
            "errors_kept": obj.errors.all(),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _end(key: APIKey) -> str:
    return timezone.localtime(key.expires_at).strftime("%Y-%m-%d %H:%M") if key.expires_at else ""


def _limits(key: APIKey) -> dict[str, str]:
    """What can be changed later, as the trace of an edit has it."""
    return {"per_minute": str(key.per_minute), "expires_at": _end(key), "addresses": ", ".join(key.addresses)}
