from pathlib import Path
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.exports import may_see
from console.leaving import asking
from console.lists import PageAdmin
from console.models import Export
from console.templatetags.console import ago, badge


@admin.register(Export)
class ExportAdmin(PageAdmin):
    """Downloads of lists: one's own, or everybody's for those who look after reveals; only the own ones have a file."""

    menu = ("settings", 85)
    day_column = "created_at"
    empty_text = gettext_lazy("Whatever is downloaded from a list as CSV or XLSX is noted here.")
    page_related = ("user",)
    list_display = ["what", "rows", "kind", "state_badge", "user", "asked"]
    list_filter = ["user"]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Export.objects.seen_by(request.user)

    @admin.display(description=gettext_lazy("list"))
    def what(self, export: Export) -> str:
        return _name(export)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, export: Export) -> str:
        if export.fault:
            return badge(_("not written"), "red")
        return badge(_("done"), "green") if export.done_at else badge(_("being written"), "blue")

    @admin.display(description=gettext_lazy("asked at"), ordering="created_at")
    def asked(self, export: Export) -> str:
        return ago(export.created_at)

    def get_urls(self) -> list[Any]:
        return [
            path("<int:pk>/file/", self.admin_site.admin_view(self.file), name="console_export_file"),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, export: Export) -> HttpResponse:
        """How far it is, and the file; the worker goes on when the page is closed."""
        opts = export.model._meta if export.model else None
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") if opts else ""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _name(export),
            "export": export,
            "state": self.state_badge(export),
            "fault": _(export.fault) if export.fault else "",
            "list": f"{page}?{export.query}" if page else "",
            "may_take": export.file and export.user_id == request.user.pk and self._may_see(request, export),
        }
        response = render(request, "admin/export.html", context)
        if export.done_at is None:
            response.headers["Refresh"] = "3"
        return response

    def _may_see(self, request: HttpRequest, export: Export) -> bool:
        """Whether the list is still one that this person may open."""
        if export.is_everything:
            return asking.may(request.user, clear=export.personal)
        model_admin = self.admin_site._registry.get(export.model) if export.model else None
        return model_admin is not None and may_see(model_admin, request, export)

    def file(self, request: HttpRequest, pk: int) -> FileResponse:
        export = get_object_or_404(Export, pk=pk, user=request.user.pk)
        if not self._may_see(request, export):
            raise PermissionDenied
        try:
            return FileResponse(export.file.open("rb"), as_attachment=True, filename=Path(str(export.file.name)).name)
        except (ValueError, FileNotFoundError):
            raise Http404 from None  # it was downloaded at once, or is no longer kept


def _name(export: Export) -> str:
    if export.is_everything:
        return _("Everything in the console")
    return str(capfirst(export.model._meta.verbose_name_plural)) if export.model else export.list
