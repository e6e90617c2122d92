from django.contrib import admin
from django.utils.translation import gettext_lazy

from console.list_filters import choice_filter
from console.operation_admin import OperationAdmin

from ..models import SavedReply


@admin.register(SavedReply)
class SavedReplyAdmin(OperationAdmin):
    empty_text = gettext_lazy(
        "Texts that customer service writes often; they are offered beside the boxes for replies."
    )
    menu = ("settings", 40)
    guide = "aftersales"
    list_display = ["title", "used_for", "text"]
    list_filter = [choice_filter("used_for", gettext_lazy("offered for"), dict(SavedReply.Use.choices))]
    search_fields = ["title", "text"]
    sortable_by = ()
    fields = ["title", "used_for", "text"]
