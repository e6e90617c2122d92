"""The admin's base for records that are sent to WeChat: operation buttons, timeline, traced edits."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms.utils import ErrorDict, ErrorList
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.models import Step
from wechat.steps import actors, operations, recovery
from wechat.steps.errors import Conflict, Incomplete
from wechat.steps.operations import Operation

from . import jobs, timeline
from .counting import CappedPaginator, counted
from .masking import shown
from .models import Edit
from .outcomes import run_many, run_one


class ListAdmin(admin.ModelAdmin):
    """A list is called by what it holds; what is done to chosen rows stands below them."""

    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER  # their counts are unbounded
    show_full_result_count = False
    list_per_page = 50
    actions_on_top, actions_on_bottom = False, True
    chips: list[tuple[Any, str, models.Q]] = []  # (label, query string, condition)

    def changelist_view(self, request, extra_context=None):
        rows = self.model._default_manager.all()
        counts = counted([rows.filter(where) for _label, _query, where in self.chips])
        chips = [
            {"label": label, "query": query, "count": count, "on": query in request.GET.urlencode()}
            for (label, query, _where), count in zip(self.chips, counts, strict=True)
        ]
        context = {"title": capfirst(self.opts.verbose_name_plural), "chips": chips}
        return super().changelist_view(request, {**context, **(extra_context or {})})


def state_filter(states: dict[str, tuple[Any, models.Q]]) -> type[admin.SimpleListFilter]:
    """The states people work by, as a filter `?state=…`; the chips above the list are its links."""

    class StateFilter(admin.SimpleListFilter):
        title = gettext_lazy("state")
        parameter_name = "state"
        template = "admin/no_filter.html"

        def lookups(self, request, model_admin):
            return [(name, label) for name, (label, _where) in states.items()]

        def queryset(self, request, queryset):
            return queryset.filter(states[self.value()][1]) if self.value() in states else queryset

    return StateFilter


class TracedAdmin(ListAdmin):
    """Keeps who changed what, before and after; the admin's own log is not used beside it."""

    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def log_deletions(self, request, queryset):
        for record in queryset:
            trace_edit(record, {"–": [str(record), _("deleted")]})

    def save_related(self, request, form, formsets, change):
        names = [name for name in form.changed_data if "password" not in name]
        before = {name: _words(form.initial.get(name)) for name in names}
        super().save_related(request, form, formsets, change)
        after = {name: _words(form.cleaned_data.get(name)) for name in names}
        changes = {
            name: [shown(name, before[name]) if change else "", shown(name, after[name])]
            for name in names
            if before[name] != after[name]
        }
        for formset in formsets:
            changes |= _changes_in(formset)
        if changes:
            trace_edit(form.instance, changes)


class SavedToRun(HttpResponse):
    """The form was saved by an operation's button: the operation is to be run once the save has committed."""

    def __init__(self, operation: Operation, record: models.Model) -> None:
        super().__init__()
        self.operation, self.record = operation, record


class OperationAdmin(TracedAdmin):
    """List `operations`; each becomes a list action and a record button, for those who have its permission."""

    operations: list[Operation] = []
    change_form_template = "admin/record.html"
    change_list_template = "admin/list.html"
    in_global_search = True

    def may(self, request, op: Operation) -> bool:
        return request.user.has_perm(op.permission)

    def get_actions(self, request):
        actions = super().get_actions(request)
        for op in self.operations:
            if self.may(request, op):
                actions[op.name] = (partial(_act, op), op.name, op.label)
        return actions

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<slug:operation>/", wrap(self.press), name=f"{name}_do"),
            path("<int:pk>/settle/<int:step>/", wrap(self.settle), name=f"{name}_settle"),
            *super().get_urls(),
        ]

    def press(self, request, pk: int, operation: str):
        """One record, one operation, by POST."""
        op = next((op for op in self.operations if op.name == operation), None)
        if request.method != "POST" or op is None:
            raise Http404
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        return self.run(request, op, record)

    def run(self, request, op: Operation, record, saved: bool = False):
        """Run it and say how it went, or what is missing; `saved`: its button also saved the form."""
        if not self.may(request, op):
            raise PermissionDenied
        back = self._back(request, record)
        try:
            return run_one(request, op, record, back)
        except Incomplete as missing:
            self._say_missing(request, record, missing, saved)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(back)

    def _say_missing(self, request, record, missing: Incomplete, saved: bool) -> None:
        """Have each missing thing shown at its field, when the record's page is drawn again."""
        fields = {field: [str(line) for line in lines] for field, lines in missing.fields.items()}
        if request.POST.get("next"):  # the button was on another page, which has none of these fields
            messages.error(request, " ".join([_("Not sent:"), *(line for lines in fields.values() for line in lines)]))
        else:
            record_name = f"{self.opts.label_lower}/{record.pk}"
            request.session["missing"] = {"of": record_name, "saved": saved, "fields": fields}

    def settle(self, request, pk: int, step: int):
        """A person says what became of a step whose outcome is unknown."""
        if request.method != "POST":
            raise Http404
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        found = get_object_or_404(Step.objects.of(record).unknown(), pk=step)
        op, key = operations.find(found.operation), ""
        if op is None:
            raise Http404
        if not self.may_settle(request, op) or not self.has_view_permission(request, record):
            raise PermissionDenied
        if op.adopt:
            key = request.POST.get("key", "").strip()[:100] if op.numbered else str(record)
        try:
            if not request.POST.get("received"):
                recovery.resolve_as_lost(found)
            elif key:
                recovery.resolve_as_done(found, key)
                jobs.wait_until(
                    lambda: not Step.objects.filter(pk=found.pk, state=Step.State.UNKNOWN).exclude(key="").exists()
                )
            else:
                messages.error(request, _("Write down the number that WeChat has it under."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        found.refresh_from_db()
        if found.state != Step.State.UNKNOWN:
            messages.success(request, _("Settled."))
        elif found.key:
            messages.info(request, _("WeChat is asked about this number. Reload in a moment."))
        elif key:
            messages.error(request, _("WeChat does not have it under this number: %(said)s") % {"said": found.message})
        return HttpResponseRedirect(self._back(request, record))

    def _back(self, request, record) -> str:
        wanted = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            return wanted
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Saves, and only once that is committed runs the operation whose button was pressed."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, SavedToRun):
            return self.run(request, response.operation, response.record, saved=True)
        return response

    def response_add(self, request, obj, post_url_continue=None):
        return self._after_save(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._after_save(request, obj) or super().response_change(request, obj)

    def _after_save(self, request, obj) -> HttpResponse | None:
        """The answer where the form was saved by an operation's button; None for the plain save buttons."""
        button = request.POST.get("_operation")
        if not button:
            return None
        op = self.operation_of_button(request, button, obj)
        return SavedToRun(op, obj) if op else HttpResponseRedirect(self._back(request, obj))

    def operation_of_button(self, request, button: str, obj) -> Operation | None:
        """Which operation a saving button stands for; None, after saying why, where there is nothing to run."""
        return next((op for op in self.operations if op.name == button), None)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        buttons = [self._button(request, op, obj) for op in self.operations if self.may(request, op)]
        context["save_buttons"] = [button for button in buttons if not button["reads"]]
        context["read_buttons"] = [button for button in buttons if button["reads"]] if obj else []
        context["impossible"] = [
            button for button in context["save_buttons"] if obj and not button["saves"] and not button["allowed"]
        ]
        if obj is not None:
            context["timeline"] = timeline.of(obj, self.timeline(obj))
            context["open_step"] = Step.objects.of(obj).open().filter(reads=False).select_related("user").first()
            context["settle"] = self._settling(request, obj, context["open_step"])
            context["state_badge"] = self.state_badge(obj)
            context["missing"] = self._mark_missing(request, context, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj) -> list[timeline.Entry]:
        """What the record's own app adds to its timeline."""
        return []

    def state_badge(self, obj) -> str:
        return ""

    def _button(self, request, op: Operation, obj) -> dict:
        allowed = obj is None or op.is_allowed(obj)
        why = "" if allowed else _("Not possible now: %(state)s") % {"state": obj.state_label}
        return {
            "name": op.name,
            "label": op.label,
            "help": (op.__doc__ or "").split("\n")[0],
            "allowed": allowed,
            "why": why,
            "reads": op.reads,
            "confirm": op.confirm,
            "saves": self.has_change_permission(request, obj) if obj else True,
            "url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_do", args=[obj.pk, op.name])
            if obj
            else "",
        }

    def may_settle(self, request, op: Operation) -> bool:
        """Who says that WeChat did not get it lets it be sent again: that takes the operation's own permission too."""
        return request.user.has_perm("wechat.settle_step") and self.may(request, op)

    def _settling(self, request, obj, step: Step | None) -> dict | None:
        if step is None or step.state != Step.State.UNKNOWN:
            return None
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_settle", args=[obj.pk, step.pk])
        op = operations.find(step.operation)
        if op is None:  # closed by the sweep
            return None
        return {
            "step": step,
            "may": self.may_settle(request, op),
            "url": url,
            "adopts": bool(op.adopt),
            "numbered": op.numbered,
            "keys": self.found_keys(step),
        }

    def found_keys(self, step: Step) -> list[tuple[str, str]]:
        """Numbers that WeChat named and that may be this step's: (key, what to show)."""
        return []

    def mark_elsewhere(self, context: dict, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """For forms with tables: mark what stands in them, and give back the rest."""
        return fields

    def _mark_missing(self, request, context: dict, obj) -> dict | None:
        """After a press that could not be sent: each missing thing stands at its field, the rest in the note above."""
        form = context["adminform"].form
        kept = request.session.get("missing") or {}
        if kept.get("of") != f"{self.opts.label_lower}/{obj.pk}" or form.is_bound:
            return None
        del request.session["missing"]
        errors, lines, rest = ErrorDict(), [], self.mark_elsewhere(context, kept["fields"])
        for name, said in rest.items():
            if name in form.fields:
                errors.setdefault(name, ErrorList()).extend(said)
            else:
                lines += said
        form._errors = errors
        return {
            "saved": kept.get("saved"),
            "marked": bool(errors) or rest.keys() != kept["fields"].keys(),
            "lines": lines,
        }


def trace_edit(record: models.Model, changes: dict) -> None:
    actor = actors.current()
    Edit.objects.create(
        user=actor.user,
        door=actor.door,
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        changes=changes,
    )


def _act(op: Operation, modeladmin: OperationAdmin, request, queryset):
    """A list action: one job for all chosen rows."""
    if not modeladmin.may(request, op):
        raise PermissionDenied
    return run_many(op, queryset)


def _changes_in(formset) -> dict[str, list[str]]:
    """What was added, changed and taken away in a table on the form."""
    changes: dict[str, list[str]] = {}
    for record, names in formset.changed_objects:
        form = next(form for form in formset.forms if form.instance is record)
        for name in names:
            pair = [_words(form[name].initial), _words(form.cleaned_data.get(name))]
            if pair[0] != pair[1]:
                changes[f"{record} · {name}"] = [shown(name, text) for text in pair]
    changes |= {str(record): ["", _("added")] for record in formset.new_objects}
    return changes | {str(record): [str(record), _("deleted")] for record in formset.deleted_objects}


def _words(value) -> str:
    if value is None:
        return ""
    if isinstance(value, models.QuerySet | list | tuple):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)


class ReadOnlyAdmin(ListAdmin):
    """Rows that only the console itself writes."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SingleAdmin(OperationAdmin):
    """A record of which there is one (`wechat.models.Single`): the list leads to it, nothing is added or deleted."""

    in_global_search = False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", self.model.load().pk)
