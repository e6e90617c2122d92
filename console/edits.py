"""Edits by staff: each is stored with the values before and after, personal data masked."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from wechat.sealed import SealedField
from wechat.steps import actors

from . import edit_chain, sealed_edits
from .drafts import DraftedAdmin
from .masking import shown
from .models import Edit


def trace_edit(record: models.Model, changes: dict) -> None:
    trace_edits(type(record), {record.pk: changes})


def trace_edits(model: type[models.Model], changes: dict[int, dict]) -> None:
    """Store an edit of each record, by its key; what is personal in it sealed under the key of its buyer."""
    actor, kind = actors.current(), ContentType.objects.get_for_model(model)
    edits = [
        Edit(user=actor.user, door=actor.door, content_type=kind, object_id=pk, changes=changed)
        for pk, changed in sealed_edits.seal(model, changes).items()
    ]
    Edit.objects.bulk_create(edits, batch_size=500)
    edit_chain.link_on_commit()


def save_traced(record: models.Model, **values: Any) -> None:
    """Store these columns, traced as an edit where they differ."""
    before = {name: getattr(record, name) for name in values}
    changes = {
        name: [shown(name, before[name] or ""), shown(name, value)]
        for name, value in values.items()
        if before[name] != value
    }
    if changes:
        with transaction.atomic():
            type(record)._default_manager.filter(pk=record.pk).update(**values)
            trace_edit(record, changes)


class TracedAdmin(DraftedAdmin):
    """Stores who changed what, with the values before and after; replaces the log of Django's admin."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        for record in queryset:
            trace_edit(record, {"–": [str(record), _("deleted")]})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        names = [name for name in form.changed_data if "password" not in name]
        before = {name: _words(form.initial.get(name)) for name in names}
        super().save_related(request, form, formsets, change)
        after = {name: _words(form.cleaned_data.get(name)) for name in names}
        changes = {
            name: [_told(form, name, before[name]) if change else "", _told(form, name, after[name])]
            for name in names
            if before[name] != after[name]
        }
        for formset in formsets:
            changes |= _changes_in(formset)
        if changes:
            trace_edit(form.instance, changes)


def _told(form: Any, name: str, text: str) -> str:
    """A field's value as the trace shows it; of what is stored encrypted only that there is one."""
    sealed = any(field.name == name and isinstance(field, SealedField) for field in form.instance._meta.concrete_fields)
    return "****" if sealed and text else shown(name, text)


def _changes_in(formset: Any) -> dict[str, list[str]]:
    """What was added, changed and removed in a table (formset) of the form."""
    changes: dict[str, list[str]] = {}
    for record, names in formset.changed_objects:
        form = next(form for form in formset.forms if form.instance is record)
        for name in names:
            pair = [_words(form[name].initial), _words(form.cleaned_data.get(name))]
            if pair[0] != pair[1]:
                changes[f"{record} · {name}"] = [shown(name, text) for text in pair]
    changes |= {str(record): ["", _("added")] for record in formset.new_objects}
    return changes | {str(record): [str(record), _("deleted")] for record in formset.deleted_objects}


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, models.QuerySet | list | tuple):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)
