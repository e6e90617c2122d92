from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.operation_admin import OperationAdmin
from wechat import operations
from wechat.models import AccountInfo


@admin.register(AccountInfo)
class AccountInfoAdmin(OperationAdmin):
    menu = ("settings", 20)
    operations = [operations.send_account_info, operations.refresh_account_info]
    fieldsets = [
        (
            gettext_lazy("Customer service"),
            {"fields": ["official_service", "service_agent_path", "service_agent_phone"]},
        ),
        (
            gettext_lazy("Return address"),
            {
                "fields": [
                    "receiver_name",
                    "tel_number",
                    ("country", "province", "city", "town"),
                    "detailed_address",
                ]
            },
        ),
        (gettext_lazy("What WeChat has"), {"fields": ["at_wechat", "read_at"]}),
    ]
    readonly_fields = ["at_wechat", "read_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is exactly one record: the list redirects to it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:wechat_accountinfo_change", AccountInfo.load().pk)

    @admin.display(description=gettext_lazy("customer service at WeChat"))
    def at_wechat(self, info: AccountInfo) -> str:
        kinds = {0: _("official"), 1: _("own page"), 2: _("phone")}
        agent_type = info.platform.get("service_agent_type")
        if agent_type is None:
            return _("Not read yet.")
        return ", ".join(kinds.get(kind, str(kind)) for kind in agent_type)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        # The address has a person's name and phone: shown only to those who may change it.
        if obj and not self.has_change_permission(request, obj):
            return [self.fieldsets[0], self.fieldsets[2]]
        return self.fieldsets
