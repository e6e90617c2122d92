"""The page “Leave with everything”: who may asks for the file, which a worker writes."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from . import exports
from .leaving import asking
from .models import Export

SHOWN = 10  # earlier ones


class LeaveForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        min_length=4,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 50}),
        help_text=gettext_lazy("Kept with your name, such as: we move to 微信小店 in May."),
    )
    clear = forms.BooleanField(
        label=gettext_lazy("personal data in the clear"),
        required=False,
        help_text=gettext_lazy("Openids, names, phones, addresses, buyers' words, pictures of papers. Else masked."),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asking.may(user, clear=True):
            del self.fields["clear"]


def page(site: Any, request: HttpRequest) -> HttpResponse:
    if not asking.may(request.user, clear=False):
        raise PermissionDenied
    form = LeaveForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        clear = form.cleaned_data.get("clear", False)
        export = asking.note(request.user, form.cleaned_data["reason"], clear=clear, language=get_language() or "en")
        exports.ask(export)
        return HttpResponseRedirect(reverse("admin:console_export_change", args=[export.pk]))
    earlier = Export.objects.filter(list=Export.EVERYTHING).select_related("user").order_by("-id")[:SHOWN]
    context = {**site.each_context(request), "title": _("Leave with everything"), "form": form, "earlier": earlier}
    return render(request, "admin/leave.html", context)
