"""Lists that are pulled whole from WeChat: their own page, and the header of pages that show rows of such a list."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from console.lists import ReadOnlyAdmin
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago
from wechat.models import PulledList
from wechat.steps.operations import Operation
from wechat.steps.pulls import pulls


@admin.register(PulledList)
class PulledListAdmin(OperationAdmin):
    """Each list with its age; its button is the operation registered for it with `@pull`."""

    empty_text = gettext_lazy("Lists that are pulled from WeChat, and when each was pulled last.")
    list_display = ["__str__", "count", "age", "note"]
    list_display_links = ["__str__"]
    fields = ["name", "count", "pulled_at", "note"]
    readonly_fields = ["name", "count", "pulled_at", "note"]

    @property
    def operations(self) -> list[Operation]:  # type: ignore[override]  # the registry grows as apps are loaded
        return list(pulls.values())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("pulled"), ordering="pulled_at")
    def age(self, pulled: PulledList) -> str:
        return ago(pulled.pulled_at)


def pulled_lists(request: HttpRequest, names: list[str]) -> list[dict[str, Any]]:
    """Each list's age and its button, for the header of a page."""
    records = {pulled.name: pulled for pulled in PulledList.objects.filter(name__in=names)}
    return [
        {
            "record": records[name],
            "name": pulls[name].name,
            "label": pulls[name].label,
            "may": request.user.has_perm(pulls[name].permission),
        }
        for name in names
    ]


class PulledReadOnlyAdmin(ReadOnlyAdmin):
    """Rows of a list that is pulled whole; the header shows how old they are."""

    pulled_lists: list[str] = []
    change_list_template = "admin/pulled.html"
    list_per_page = 100

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        lists = pulled_lists(request, self.pulled_lists)
        return super().changelist_view(request, {"pulled_lists": lists, **(extra_context or {})})
