from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.links import record_link
from console.lists import ReadOnlyAdmin
from console.templatetags.console import ago
from wechat.models import UnreadRecord
from wechat.steps import operations


@admin.register(UnreadRecord)
class UnreadRecordAdmin(ReadOnlyAdmin):
    """Records whose last read failed on what WeChat answered; each leads to its page, where it can be read again."""

    empty_text = gettext_lazy(
        "Records that could not be read from WeChat stand here until a read succeeds. None waits."
    )
    day_column = "tried_at"
    list_display = ["where", "name", "error", "times", "first", "last"]
    list_display_links = None
    list_select_related = ["content_type"]
    list_filter = ["content_type"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("record")

    @admin.display(description=gettext_lazy("record"))
    def where(self, row: UnreadRecord) -> str:
        return record_link(row.record)

    @admin.display(description=gettext_lazy("operation"), ordering="operation")
    def name(self, row: UnreadRecord) -> str:
        return operations.label_of(row.operation)

    @admin.display(description=gettext_lazy("since"), ordering="since")
    def first(self, row: UnreadRecord) -> str:
        return ago(row.since)

    @admin.display(description=gettext_lazy("last tried"), ordering="tried_at")
    def last(self, row: UnreadRecord) -> str:
        return ago(row.tried_at)
