"""What the pages of webhooks and alert channels share: a form that knows its person, buttons that post to `act`."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from console.operation_admin import OperationAdmin
from wechat.steps.errors import Conflict

SHOWN = 50  # deliveries on the page


class ReceiverForm(forms.ModelForm):
    person: Any  # who fills it in; set by the admin, a class for each request


class ReceiverAdmin(OperationAdmin):
    sortable_by = ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return type("Form", (super().get_form(request, obj, change, **kwargs),), {"person": request.user})

    @property
    def _page(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[Any]:
        press = self.admin_site.admin_view(require_POST(self.act))
        return [path("<int:pk>/act/", press, name=f"{self._page}_act"), *super().get_urls()]

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A button of the page, by its name."""
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        try:
            shown = self.pressed(request, record, request.POST.get("what", ""))
        except (ValidationError, Conflict) as error:
            messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
            shown = None
        return shown or HttpResponseRedirect(reverse(f"admin:{self._page}_change", args=[pk]))

    def pressed(self, request: HttpRequest, record: Any, what: str) -> HttpResponse | None:
        """Do what the button says; returns a page of its own, else the record's is shown again."""
        raise NotImplementedError
