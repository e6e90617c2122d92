"""No edit is lost: a form carries the state with which it was opened, and compares it when it is saved.

What others saved meanwhile, and this person left alone, is kept. Where both changed the same field nothing is saved:
the page shows theirs at the field, and a second save keeps one's own. Only fields of the form count: what WeChat's
messages and reads change is no conflict.
"""

import json
import re
from collections.abc import Iterator
from copy import copy
from datetime import date, datetime
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms.widgets import CheckboxInput, MultiWidget
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _

from .lists import ListAdmin
from .models import Edit
from .pictures import ChosenFilesField

OPENED = "_opened"
MANY = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)


class Cell(NamedTuple):
    """A field of the form or of a row of its tables."""

    key: str  # the same however many rows there are: its name, or table, key of the row, and name
    form: forms.BaseForm
    name: str

    @property
    def field(self) -> forms.Field:
        return self.form.fields[self.name]

    @property
    def html_name(self) -> str:
        return self.form.add_prefix(self.name)

    @property
    def stored(self) -> Any:
        """The stored value, as the form shows it."""
        return self.field.prepare_value(self.form.get_initial_for_field(self.field, self.name))

    @property
    def label(self) -> str:
        row = f"{self.form.instance} · " if self.key != self.name else ""  # type: ignore[attr-defined]
        return f"{row}{self.field.label or self.name}"


def cells(form: forms.BaseForm, formsets: list[Any]) -> Iterator[Cell]:
    """All fields that a person may change, except new rows."""
    for name, field in form.fields.items():
        if not field.disabled and not isinstance(field, forms.FileField):
            yield Cell(name, form, name)
    for formset in formsets:
        hidden = {formset.model._meta.pk.name, formset.fk.name if hasattr(formset, "fk") else "", "DELETE"}
        for row in formset.initial_forms:
            for name, field in row.fields.items():
                if name not in hidden and not isinstance(field, forms.FileField):
                    yield Cell(f"{formset.prefix}/{row.instance.pk}/{name}", row, name)


def plain(field: forms.Field, value: Any) -> str:
    """A value as text, the same for what is stored and for what the browser sends back of it."""
    if isinstance(value, dict) and "keep" in value:
        value = value["keep"]
    if isinstance(value, QuerySet | list | tuple):
        parts = [str(getattr(item, "pk", item)) for item in value]
        ordered = not isinstance(field, MANY) or isinstance(field, ChosenFilesField)
        return ",".join(parts if ordered else sorted(parts))
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def mark(field: forms.Field, value: Any) -> str:
    """A keyed hash of a value: the page holds nothing that it does not show."""
    return salted_hmac("console.versions", plain(field, value)).hexdigest()[:12]


def opened(form: forms.BaseForm, formsets: list[Any]) -> str:
    """The state of a form that is shown, for its hidden field."""
    return json.dumps({cell.key: mark(cell.field, cell.stored) for cell in cells(form, formsets)})


class VersionedAdmin(ListAdmin):
    """Forms that do not undo what somebody else saved meanwhile."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class: Any = super().get_form(request, obj, change=change, **kwargs)
        conflicts: list[tuple[Cell, str]] = getattr(request, "edit_conflicts", [])
        if not conflicts:
            return form_class

        def clean(form: Any) -> Any:
            cleaned = form_class.clean(form)
            for cell, text in conflicts:  # of the form, or of a row of its tables
                form.add_error(cell.name if cell.key == cell.name else None, text)
            return cleaned

        return type(form_class.__name__, (form_class,), {"clean": clean})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST" or object_id is None or OPENED not in request.POST:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            obj = self._locked(object_id)
            if obj is not None and self.has_change_permission(request, obj):
                self._merge(request, obj)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _locked(self, object_id: str) -> Any:
        """The record, locked until the form is saved; None where there is none."""
        try:
            pk = self.model._meta.pk.to_python(unquote(object_id))
        except ValidationError:
            return None
        return self.model._base_manager.select_for_update().filter(pk=pk).first()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None and self.has_change_permission(request, obj):
            form, formsets = context["adminform"].form, [one.formset for one in context["inline_admin_formsets"]]
            known = getattr(request, "edit_version", None) or request.POST.get(OPENED)
            context["opened"] = known or opened(form, formsets)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _merge(self, request: Any, obj: Any) -> None:
        """Put what others saved meanwhile into what was posted, and remember where both changed the same field."""
        before = _opened(request)
        if not before:
            return
        shown = copy(request)
        shown.method = "GET"
        form: Any = self.get_form(shown, obj, change=True)(instance=obj)
        formsets, _inlines = self._create_formsets(shown, obj, change=True)  # type: ignore[attr-defined]
        now = list(cells(form, formsets))
        theirs = [cell for cell in now if cell.key in before and mark(cell.field, cell.stored) != before[cell.key]]
        if not theirs:
            return
        post, kept, conflicts = request.POST.copy(), [], []
        names = names_of_rows(post, formsets)
        for cell in theirs:
            name = names.get(cell.key, cell.html_name)
            sent = cell.field.widget.value_from_datadict(post, request.FILES, name)
            cleaned = _cleaned(cell.field, sent)
            if mark(cell.field, cleaned) == before[cell.key]:
                put(post, cell, name)
                kept.append(cell)
            elif plain(cell.field, cleaned) != plain(cell.field, cell.stored):
                conflicts.append((cell, self._conflict(obj, cell, name)))
        if kept:
            text = _("%(who)s changed meanwhile: %(fields)s. It is kept.")
            fields = ", ".join(cell.label for cell in kept)
            messages.info(request, text % {"who": self._who(obj, kept[0]), "fields": fields})
        request.POST, request.edit_conflicts = post, conflicts
        request.edit_version = json.dumps(before | {cell.key: mark(cell.field, cell.stored) for cell in now})

    def _conflict(self, obj: Any, cell: Cell, name: str) -> str:
        text = _("%(who)s saved “%(value)s” here meanwhile. Save again to keep yours.")
        shown = str(cell.stored) if not isinstance(cell.field, ChosenFilesField) else _("other pictures")
        said = text % {"who": self._who(obj, cell), "value": shown}
        where = f"{cell.label}: " if cell.key != cell.name else ""
        if isinstance(cell.field, ChosenFilesField) or isinstance(cell.field.widget, MultiWidget | CheckboxInput):
            return f"{where}{said}"
        button = format_html(
            '<button type="button" class="link" data-take="{}" data-for="{}">{}</button>',
            plain(cell.field, cell.stored),
            name,
            _("Take theirs"),
        )
        return format_html("{}{} {}", where, said, button)

    @staticmethod
    def _who(obj: Any, cell: Cell) -> str:
        """Who changed the field last, where it is known."""
        edits = Edit.objects.filter(content_type=ContentType.objects.get_for_model(obj), object_id=obj.pk)
        name = cell.name if cell.key == cell.name else f"{cell.form.instance} · {cell.name}"  # type: ignore[attr-defined]
        for edit in edits.select_related("user").order_by("-id")[:5]:
            if name in edit.changes:
                return str(edit.user or _("Somebody"))
        return _("Somebody")


def _opened(request: HttpRequest) -> dict[str, str]:
    """The state that the form was opened with; {} where it is not readable."""
    try:
        before = json.loads(request.POST[OPENED])
    except ValueError:
        return {}
    return before if isinstance(before, dict) else {}


def _cleaned(field: forms.Field, sent: Any) -> Any:
    """What the browser sent, as the form would show it again."""
    if isinstance(field, ChosenFilesField):  # a new file is a change; it is stored when the form is
        return {"keep": [*sent["keep"], *(["new"] * len(sent["files"]))]}
    try:
        return field.prepare_value(field.clean(sent))
    except ValidationError:
        return sent


def names_of_rows(post: Any, formsets: list[Any]) -> dict[str, str]:
    """{key: name in the form as it was posted}: rows may have moved since the page was opened."""
    names = {}
    for formset in formsets:
        pk_name = formset.model._meta.pk.name
        count = str(post.get(f"{formset.prefix}-INITIAL_FORMS") or "")
        for nth in range(min(int(count), formset.absolute_max) if re.fullmatch("[0-9]{1,6}", count) else 0):
            pk = post.get(f"{formset.prefix}-{nth}-{pk_name}")
            for name in formset.form.base_fields:
                names[f"{formset.prefix}/{pk}/{name}"] = f"{formset.prefix}-{nth}-{name}"
    return names


def put(post: Any, cell: Cell, name: str) -> None:
    """Put the stored value into the posted form, as a browser would send it."""
    value, widget = cell.stored, cell.field.widget
    if isinstance(widget, MultiWidget):
        parts: Any = zip(widget.decompress(value) or [], widget.widgets_names, widget.widgets, strict=True)  # type: ignore[attr-defined]
        for part, suffix, one in parts:
            post[f"{name}{suffix}"] = one.format_value(part) or ""
    elif isinstance(widget, CheckboxInput):
        post.pop(name, None)
        if value:
            post[name] = "on"
    elif isinstance(value, list | tuple | QuerySet):
        post.setlist(name, [str(getattr(item, "pk", item)) for item in value])
    else:
        post[name] = "" if value is None else str(getattr(value, "pk", value))
