from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SPU
from console import timeline
from console.operation_admin import OperationAdmin
from console.templatetags.console import ago, badge
from wechat.entry_scenes import KNOWN_SCENES

from .. import operations
from ..live_days.reviewed import reviewed_for
from ..models import ItemStatus, Scene, SceneGroup

TONES: dict[int | None, str] = {ItemStatus.IN_REVIEW: "blue", ItemStatus.PASSED: "green", ItemStatus.FAILED: "red"}
SHOWN = 50


def group_badge(group: SceneGroup) -> str:
    tone = "green" if group.has_passed else "blue" if group.is_in_review else "red" if group.is_refused else "grey"
    return badge(group.state_label, tone)


@admin.register(SceneGroup)
class SceneGroupAdmin(OperationAdmin):
    """Scene groups, with the products that were not reviewed for them."""

    empty_text = gettext_lazy(
        "Scene groups are where goods are shown; each is applied for and reviewed. Read them on the access board."
    )
    menu = ("selling", 40)
    operations = [operations.apply_scene, operations.refresh_scene]
    change_form_template = "admin/scene_group.html"
    list_display = ["__str__", "group_id", "state", "checks", "reason", "read"]
    fields = ["group_id", "state", "checks", "reason", "applied_at", "passed_at", "read_at"]
    readonly_fields = ["group_id", "state", "checks", "reason", "applied_at", "passed_at", "read_at"]
    in_global_search = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("items")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        reviewed = reviewed_for(obj.group_id, SHOWN)
        lacking = SPU.objects.filter(pk__in=reviewed.first).order_by("-id").defer("draft", "online", "desc")
        context |= {"reviewed": reviewed, "lacking": lacking}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj: Any, span: timeline.Span) -> list[timeline.Entry]:
        return [
            timeline.Entry(
                verdict.at,
                "review",
                _("WeChat let the scene group pass.") if verdict.passed else _("WeChat rejected the scene group."),
                text=verdict.reason,
                tone="green" if verdict.passed else "red",
                badge=", ".join(f"{item['name']} {item['status']}" for item in verdict.items),
                code="reviewed",
                values={"status": verdict.status, "passed": verdict.passed},
            )
            for verdict in span.cut(obj.verdicts.all())
        ]

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)

    @admin.display(description=gettext_lazy("review"))
    def state(self, group: SceneGroup) -> str:
        return group_badge(group)

    @admin.display(description=gettext_lazy("checks"))
    def checks(self, group: SceneGroup) -> str:
        rows = ((item, badge(item.status_label, TONES.get(item.status, "grey"))) for item in group.items.all())
        return format_html_join(mark_safe("<br>"), "{} {}", rows) or "–"

    @admin.display(description=gettext_lazy("last read"))
    def read(self, group: SceneGroup) -> str:
        return ago(group.read_at)


@admin.register(Scene)
class SceneAdmin(OperationAdmin):
    """Entry scenes, and whether orders from them have to be placed at WeChat first."""

    empty_text = gettext_lazy("The entry scenes that WeChat was asked about; one is added when it is checked.")
    operations = [operations.check_scene]
    list_display = ["__str__", "state", "read"]
    fields = ["scene", "name", "state", "read_at"]
    readonly_fields = ["name", "state", "read_at"]
    search_fields = ["=scene"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:scenes_scene_change", args=[obj.pk]))

    @admin.display(description=gettext_lazy("name"))
    def name(self, scene: Scene) -> str:
        return str(KNOWN_SCENES.get(scene.scene, "–"))

    @admin.display(description=gettext_lazy("cash register"))
    def state(self, scene: Scene) -> str:
        return badge(scene.state_label, "grey" if scene.is_matched is None else "green" if scene.is_matched else "blue")

    @admin.display(description=gettext_lazy("last read"))
    def read(self, scene: Scene) -> str:
        return ago(scene.read_at)

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)
