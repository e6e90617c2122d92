"""The admin's base for records that are sent to WeChat: operation buttons, timeline, traced edits."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wechat.models import Step
from wechat.steps.errors import Asked, Conflict, Incomplete, Unconfirmed
from wechat.steps.operations import Operation

from . import approvals, cautions, drafts
from .confirming import LOOKED_AT, Confirmation, for_operation
from .missing import MissingAdmin
from .models import Approval
from .outcomes import run_many, run_one
from .pictures import load_chosen, notes
from .refusals import with_links
from .timeline_admin import TimelineAdmin


class SavedToRun(HttpResponse):
    """An operation's button saved the form: marks the response, so that the operation runs after the save's commit."""

    def __init__(self, operation: Operation, record: models.Model) -> None:
        super().__init__()
        self.operation, self.record = operation, record


class OperationAdmin(TimelineAdmin, MissingAdmin):
    """Each of `operations` becomes a list action and a button on the record, for users with its permission."""

    operations: list[Operation] = []
    decisions: list[Operation] = []  # what the page is there to decide: its main button, though it asks first
    technical: list[str] = []  # WeChat's ids, paths and moments, folded below the form
    change_form_template = "admin/record.html"
    change_list_template = "admin/list.html"
    in_global_search = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        for op in self.operations:
            if self.may(request, op):
                actions[op.name] = (partial(_act, op), op.name, op.label)  # type: ignore[assignment]  # labels are lazy
        return actions

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<slug:operation>/", wrap(self.press), name=f"{name}_do"),
            path("<int:pk>/settle/<int:step>/", wrap(self.settle), name=f"{name}_settle"),
            *super().get_urls(),
        ]

    def press(self, request: HttpRequest, pk: int, operation: str) -> HttpResponse:
        """Run one operation on one record, by POST."""
        op = next((op for op in self.operations if op.name == operation), None)
        if request.method != "POST" or op is None:
            raise Http404
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        seen = request.POST.get("mark", "")
        if op.second and seen and seen != op.second.mark(record):
            messages.error(request, _("It has changed since the page was shown. Look at it again; nothing was done."))
            return HttpResponseRedirect(self._back(request, record))
        return self.run(request, op, record, seen=seen)

    def run(
        self, request: HttpRequest, op: Operation, record: Any, saved: bool = False, seen: str = ""
    ) -> HttpResponse:
        """Run it and show its outcome, or what is missing; `saved`: its button also saved the form."""
        if not self.may(request, op):
            raise PermissionDenied
        back = self._back(request, record)
        try:
            return run_one(request, op, record, back, seen)
        except Incomplete as missing:
            self._say_missing(request, record, missing, saved)
        except Asked as asked:
            messages.warning(request, str(asked))
        except Unconfirmed:
            return self._ask(request, op, record, back)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(back)

    def _ask(self, request: HttpRequest, op: Operation, record: models.Model, back: str) -> HttpResponse:
        """The page between for one record, which posts to the operation's button."""
        chosen = self.get_queryset(request).filter(pk=record.pk)
        return for_operation(op, self, request, chosen, sends_to=self._press_url(op, record), back=back).page()

    def _press_url(self, op: Operation, record: models.Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_do", args=[record.pk, op.name])

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save the form in a transaction; after its commit, run the operation whose button was pressed."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, SavedToRun):
            return self.run(request, response.operation, response.record, saved=True)
        return response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for line in notes([form, *(row for formset in formsets for row in formset.forms)]):
            messages.info(request, line)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._after_save(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._after_save(request, obj) or super().response_change(request, obj)

    def _after_save(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        """The response where an operation's button saved the form; None for the plain save buttons."""
        button = request.POST.get("_operation")
        if not button:
            return None
        op = self.operation_of_button(request, button, obj)
        return SavedToRun(op, obj) if op else HttpResponseRedirect(self._back(request, obj))

    def operation_of_button(self, request: HttpRequest, button: str, obj: Any) -> Operation | None:
        """The operation of a button that saves; None, with a message to the user, where there is nothing to run."""
        return next((op for op in self.operations if op.name == button), None)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        forms = [form, *(row for table in context["inline_admin_formsets"] for row in table.formset.forms)]
        for one in forms:
            name_inputs(one.fields)
        for table in context["inline_admin_formsets"]:
            name_inputs(table.formset.form.base_fields)
        load_chosen(forms)
        if form.is_bound:  # something else is wrong on it; its pictures are kept
            for line in notes(forms):
                messages.info(request, line)
        buttons = [self._button(request, op, obj) for op in self.operations if self.may(request, op)]
        context["save_buttons"] = [button for button in buttons if not button["reads"]]
        context["read_buttons"] = [button for button in buttons if button["reads"]] if obj else []
        possible = [one for one in context["save_buttons"] if one["url"] and one["allowed"] and not one["saves"]]
        decisions = {op.name for op in self.decisions}
        context["main_button"] = [one for one in possible if not one["careful"] or one["name"] in decisions][:1]
        rest = [button for button in possible if button not in context["main_button"]]
        context["more_buttons"] = [button for button in rest if not button["careful"]]
        context["apart_buttons"] = [button for button in rest if button["careful"]]
        context["impossible"] = [
            button for button in context["save_buttons"] if obj and not button["saves"] and not button["allowed"]
        ]
        if obj is not None:
            context |= self.beside_context(request, obj)
            context["state_badge"] = self.state_badge(obj)
            context["record_title"] = self.title_of(obj)
            context["technical"] = [(name, value) for name in self.technical if (value := getattr(obj, name, None))]
            if context.get("refusal"):
                tables = [table.formset for table in context["inline_admin_formsets"]]
                context["refusal_reason"] = with_links(context["refusal"], form, tables)
            context["missing"] = self._mark_missing(request, context, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, QuerySet]:
        waits = Approval.objects.waiting().of_record(obj)
        rows = {"draft": drafts.offered(request), "open": _open_steps(obj), "waits": waits}
        return {**super().beside(request, obj), **rows, **cautions.rows_of(obj)}

    def beside_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().beside_context(request, obj)
        there = context["there"]
        step = _open_steps(obj).select_related("user").first() if "open" in there else None
        waits = Approval.objects.waiting().about(obj) if "waits" in there else None
        return context | {
            "open_step": step,
            "settle": self._settling(request, obj, step),
            "waits": waits,
            "may_second": waits is not None and approvals.may_answer(waits, request.user),
            "cautions": cautions.cautions_of([obj], there).get(obj.pk, []),
        }

    def state_badge(self, obj: Any) -> str:
        return ""

    def _button(self, request: HttpRequest, op: Operation, obj: Any) -> dict:
        allowed = obj is None or op.is_allowed(obj)
        why = "" if allowed else _("Not possible now: %(state)s") % {"state": obj.state_label}
        second = op.second.needs(obj) if obj and allowed and op.second else ""
        return {
            "name": op.name,
            "label": op.label,
            "help": (op.__doc__ or "").split("\n")[0],
            "allowed": allowed,
            "why": why,
            "reads": op.reads,
            "confirm": " ".join(str(text) for text in (op.confirm, second) if text),
            "mark": op.second.mark(obj) if op.second and obj else "",
            "careful": bool(op.confirm) or op.typed_above is not None,
            "saves": self.has_change_permission(request, obj) if obj else True,
            "url": self._press_url(op, obj) if obj else "",
        }


def name_inputs(fields: dict[str, Any]) -> None:
    """Give each input its field's name to read out: cells of tables and the parts of a moment have no label."""
    for name, field in fields.items():
        for widget in getattr(field.widget, "widgets", [field.widget]):
            widget.attrs.setdefault("aria-label", field.label or name)


def _open_steps(record: Any) -> QuerySet:
    return Step.objects.of(record).open().filter(reads=False)


def _act(op: Operation, modeladmin: OperationAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
    """A list action: one job for all chosen rows; what writes at WeChat is confirmed first."""
    if not modeladmin.may(request, op):
        raise PermissionDenied
    if op.reads:
        return run_many(op, queryset)
    asked = for_operation(op, modeladmin, request, queryset)
    return run_chosen(op, asked, request) if asked.is_given else asked.page()


def run_chosen(op: Operation, asked: Confirmation, request: HttpRequest) -> HttpResponse:
    """Do what was confirmed, as a job; or put it before a second person: all of it, or the rows that need one."""
    if asked.why_second:
        try:
            approvals.refuse_many(op, list(asked.rows.values_list("pk", flat=True)), request.user)
        except Asked as wait:
            messages.warning(request, str(wait))
            return redirect(f"{reverse('admin:console_approval_changelist')}?state=waiting")
    asked.keep_answers()
    if not op.second or asked.count > LOOKED_AT:  # the workers ask for each row, too
        return run_many(op, asked.rows)
    ready = _without_asked(op, request, asked.rows)
    return run_many(op, ready) if ready else HttpResponseRedirect(asked.back)


def _without_asked(op: Operation, request: HttpRequest, rows: QuerySet) -> list[models.Model]:
    """The rows that may be done now; the others are put before a second person."""
    ready, count = [], 0
    for record in rows:
        try:
            op.ask_second(record, request.user)
            with transaction.atomic():
                op.pass_second(record)  # the rows after it count it
            ready.append(record)
        except Conflict:
            count += 1
    if count:
        text = ngettext(
            "%(count)d row needs a second person, and has been put before those who may approve.",
            "%(count)d rows need a second person, and have been put before those who may approve.",
            count,
        )
        messages.warning(request, text % {"count": count})
    return ready


class SingleAdmin(OperationAdmin):
    """A model with one record (`wechat.models.Single`): the list redirects to it, nothing is added or deleted."""

    in_global_search = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", self.model.load().pk)
