"""What was written in a form and not saved is kept for a day, and offered to its writer when they open the form again.

The form carries a signed mark: who opened it, where, and which of its fields are never kept. So what arrives after the
session has ended is kept too, for that person alone. Bringing it back fills the form and saves nothing.
"""

import re
from copy import copy
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from wechat.sealed import SealedField

from .masking import is_personal
from .models import Draft
from .pictures import ChosenFilesField
from .versions import OPENED, VersionedAdmin, cells, names_of_rows, put

MARK = "_draft"  # the form's signed mark
FILES = "_files"  # names of the inputs that hold a chosen file, where a script sends the form without files
BACK = "draft"  # in the address: fill the form with the draft
SALT = "console.drafts"
MARK_LIVES = timedelta(days=7)  # how long a page can stand open


def is_private(form: forms.BaseForm, name: str) -> bool:
    """Whether a field is never kept: files, passwords, personal data and what is stored encrypted."""
    field = form.fields[name]
    if isinstance(field, forms.FileField) or isinstance(field.widget, forms.PasswordInput):
        return True
    if is_personal(name):
        return True
    try:
        return isinstance(form._meta.model._meta.get_field(name), SealedField)  # type: ignore[attr-defined]
    except FieldDoesNotExist:
        return False


def mark(request: HttpRequest, form: forms.BaseForm, formsets: list[Any]) -> str:
    """The hidden field of a form that this person opens here."""
    labels = {}
    for one in (form, *(formset.empty_form for formset in formsets)):
        for name, field in one.fields.items():
            html_name = _column(one.add_prefix(name))
            if is_private(one, name):
                labels[html_name] = str(field.label or name)
            elif isinstance(field, ChosenFilesField):
                labels[f"{html_name}-files"] = str(field.label or name)
    return signing.dumps({"person": request.user.pk, "form": request.path, "left_out": labels}, salt=SALT)


def _column(html_name: str) -> str:
    """A field's name without the number of its row."""
    return re.sub(r"-(?:\d+|__prefix__)-", "-", html_name)


def _opener(request: HttpRequest) -> dict[str, Any] | None:
    """Who opened the form that was sent, and where; None where it was no form that is kept."""
    try:
        return signing.loads(request.POST.get(MARK, ""), salt=SALT, max_age=MARK_LIVES)
    except signing.BadSignature:
        return None


def keep(request: HttpRequest) -> Draft | None:
    """Keep what was sent, for who opened the form, whoever sends it; None where it is no form that is kept."""
    opener = _opener(request)
    if opener is None or not get_user_model()._default_manager.filter(pk=opener["person"], is_active=True).exists():
        return None
    values: dict[str, list[str]] = {}
    left_out = [_label(opener, name) for name in (*request.FILES, *request.POST.getlist(FILES))]
    for name, texts in request.POST.lists():
        if label := _label(opener, name):
            left_out += [label] if any(texts) else []
        elif name == OPENED or (not name.startswith("_") and name != "csrfmiddlewaretoken"):
            values[name] = [str(text) for text in texts]
    named = [label for label in dict.fromkeys(left_out) if label]
    return Draft.objects.keep(opener["person"], opener["form"], values, named)


def _label(opener: dict[str, Any], html_name: str) -> str:
    """The label of a field that is never kept; "" for the others. Parts of a moment are `name_0` and `name_1`."""
    column = _column(html_name)
    labels = opener["left_out"]
    return labels.get(column) or labels.get(re.sub(r"_\d$", "", column), "")


def write(request: HttpRequest) -> JsonResponse:
    """What the page's script sends while somebody writes; 403 once the session is over, or another person's."""
    opener = _opener(request)
    if not request.user.is_authenticated or opener is None or opener["person"] != request.user.pk:
        text = _("Your session has ended. Press Save: after signing in again, what you wrote is brought back.")
        return JsonResponse({"detail": text}, status=403)
    draft = keep(request)
    if draft is None:
        return JsonResponse({}, status=404)
    return JsonResponse({"kept": _("Kept as a draft at %(time)s.") % {"time": f"{timezone.localtime(draft.at):%H:%M}"}})


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(Draft, pk=pk, user_id=request.user.pk)
    draft.delete()
    messages.success(request, _("Discarded."))
    return HttpResponseRedirect(draft.form)


class DraftedAdmin(VersionedAdmin):
    """Forms that keep what was written in them until it is saved."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class: Any = super().get_form(request, obj, change=change, **kwargs)
        if not hasattr(request, "draft"):
            return form_class
        # What is brought back is shown like a form that has faults, so that it is never saved by itself.
        return type(form_class.__name__, (form_class,), {"is_valid": lambda form: False})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "GET" and BACK in request.GET:
            request = self._brought_back(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and not isinstance(response, TemplateResponse):  # it was saved
            Draft.objects.filter(user=request.user.pk, form=request.path).delete()
        return response

    def _brought_back(self, request: HttpRequest, object_id: str | None) -> Any:
        """The request as if the person had sent their draft just now; as it is where they have none."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        draft = offered(request).first()
        if draft is None:
            messages.info(request, _("Nothing that you wrote is kept for this form."))
        if draft is None or not self._may_write(request, obj) or bool(object_id) != bool(obj):
            return request
        post = self._filled(request, obj, draft)
        filled: Any = copy(request)
        filled.method, filled.POST, filled._files, filled.draft = "POST", post, MultiValueDict(), draft
        return filled

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def _filled(self, request: HttpRequest, obj: Any, draft: Draft) -> QueryDict:
        """The draft as a browser would send it; fields that it leaves out are as they are stored."""
        post = QueryDict(mutable=True)
        for name, texts in (draft.values or {}).items():
            post.setlist(name, texts)
        if obj is not None:
            form: Any = self.get_form(request, obj, change=True)(instance=obj)
            formsets, _inlines = self._create_formsets(request, obj, change=True)  # type: ignore[attr-defined]
            names = names_of_rows(post, formsets)
            for cell in cells(form, formsets):
                if is_private(cell.form, cell.name):
                    put(post, cell, names.get(cell.key, cell.html_name))
        return post

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if self._may_write(request, obj) and not _is_popup(request):
            form, formsets = context["adminform"].form, [one.formset for one in context["inline_admin_formsets"]]
            context["draft_mark"] = mark(request, form, formsets)
            context["brought_back"] = getattr(request, "draft", None)
            if request.method == "GET" and "draft" in context.get("there", ["draft"]):
                context["offered_draft"] = offered(request).first()
        return super().render_change_form(request, context, add, change, form_url, obj)


def offered(request: HttpRequest) -> QuerySet[Draft]:
    """What this person wrote in this form and did not save."""
    return Draft.objects.of(request.user, request.path)


def _is_popup(request: HttpRequest) -> bool:
    return IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST
