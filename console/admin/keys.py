from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console.edits import trace_edit
from console.lists import ReadOnlyAdmin
from console.models import APIKey
from console.scopes import SCOPES
from console.templatetags.console import ago, badge
from console.timeline_admin import TimelineAdmin


class KeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope, label) for scope, (label, _patterns) in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They cannot be changed later: revoke the key and make another."),
    )

    class Meta:
        model = APIKey
        fields = ["name", "scopes", "per_minute"]


@admin.register(APIKey)
class APIKeyAdmin(TimelineAdmin, ReadOnlyAdmin):
    """Keys are created and revoked, never changed or deleted, so the trace of what was done with a key remains."""

    empty_text = gettext_lazy(
        "Another system that places or ships orders needs a key: add one, with no more scopes than it uses."
    )
    menu = ("settings", 70)
    list_display = ["name", "beginning", "scope_names", "used", "state_badge"]
    fields = readonly_fields = (
        "name",
        "beginning",
        "scope_labels",
        "per_minute",
        "account",
        "created_by",
        "created_at",
        "last_used_at",
    )
    change_form_template = "admin/key.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("console.add_apikey")

    def get_urls(self) -> list[Any]:
        revoke = self.admin_site.admin_view(require_POST(self.revoke))
        return [path("<int:pk>/revoke/", revoke, name="console_apikey_revoke"), *super().get_urls()]

    @admin.display(description=gettext_lazy("begins with"), ordering="prefix")
    def beginning(self, key: APIKey) -> str:
        return f"tc_{key.prefix}…"

    @admin.display(description=gettext_lazy("scopes"))
    def scope_names(self, key: APIKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=gettext_lazy("scopes"))
    def scope_labels(self, key: APIKey) -> str:
        return "; ".join(str(SCOPES[scope][0]) if scope in SCOPES else scope for scope in key.scopes)

    @admin.display(description=gettext_lazy("acts as"))
    def account(self, key: APIKey) -> str:
        return key.user.get_username()

    @admin.display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, key: APIKey) -> str:
        return ago(key.last_used_at)

    @admin.display(description=gettext_lazy("state"), ordering="revoked_at")
    def state_badge(self, key: APIKey) -> str:
        return badge(_("Revoked"), "grey") if key.revoked_at else badge(_("Works"), "green")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Create a key; only the page that answers the form shows its text."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, key, text = KeyForm(request.POST or None), None, ""
        if request.method == "POST" and form.is_valid():
            key, text = APIKey.objects.make(**form.cleaned_data, created_by=request.user)
            trace_edit(key, _first(key))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New API key")}
        return render(request, "admin/new_key.html", {**context, "form": form, "key": key, "text": text})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context |= self.timeline_context(request, obj) | {"state_badge": self.state_badge(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("console.change_apikey"):
            raise PermissionDenied
        key = get_object_or_404(APIKey, pk=pk)
        if key.revoke():
            trace_edit(key, {"revoked": ["", _("revoked")]})
        messages.success(request, _("Revoked. Nobody comes in with it any more."))
        return HttpResponseRedirect(reverse("admin:console_apikey_change", args=[pk]))


def _first(key: APIKey) -> dict[str, list[str]]:
    """The choices made when the key was created, as its first edit."""
    chosen = {"name": key.name, "scopes": ", ".join(key.scopes), "per_minute": str(key.per_minute)}
    return {field: ["", value] for field, value in chosen.items()}
