"""Base of pages for records that one person requests and another approves, and the administrator's QR codes."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console import sentences, timeline
from console.edits import trace_edit
from console.models import TwoPeople
from console.operation_admin import OperationAdmin
from wechat.errors import OperationError
from wechat.models import Step
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

APPROVE = "funds.approve_withdrawal"


def asking(record: TwoPeople, about: str = "") -> timeline.Entry:
    """That somebody asked for a second person, for the timeline."""
    said = {"who": sentences.actor("admin", record.asked_by), "what": about}
    title = str(sentences.SECOND["asked_second"][bool(about)]) % said
    values = {"what": about}
    return timeline.Entry(record.asked_at, "approval", title, code="asked_second", values=values, actor=said["who"])


def take_back(record: TwoPeople, unsent: QuerySet) -> None:
    """Mark the record as dropped, where it is in `unsent`. Raises Conflict where it was sent or is being sent.

    A step reads the record after it is opened, and this looks for open steps after the UPDATE. So of the two, whichever
    comes later sees the other.
    """
    dropped = unsent.filter(pk=record.pk, dropped_at=None).update(dropped_at=timezone.now())
    if dropped and Step.objects.of(record).open().filter(reads=False).exists():
        type(record)._default_manager.filter(pk=record.pk).update(dropped_at=None)
        dropped = 0
    if not dropped:
        raise Conflict(_("It has been sent, or is being sent."))


class TwoPeopleAdmin(OperationAdmin):
    """`after_approval`: the operation that runs after the approval; `sent_mark`: a field that is empty until it ran."""

    change_form_template = "admin/two_people.html"
    after_approval: Operation
    sent_mark: str

    def get_urls(self) -> list[URLPattern]:
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("<int:pk>/approve/", wrap(require_POST(self.approve)), name=f"{name}_approve"),
            path("<int:pk>/qrcode.png", wrap(self.qrcode), name=f"{name}_qrcode"),
            path("<int:pk>/drop/", wrap(require_POST(self.drop)), name=f"{name}_drop"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A request is never edited: what was approved must be what is sent.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def timeline(self, obj: Any, span: timeline.Span) -> list[timeline.Entry]:
        return [asking(obj)] if obj.asked_by_id else []

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.asked_by = request.user
        super().save_model(request, obj, form, change)

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A second person approves it; it is sent to WeChat at once."""
        if not request.user.has_perm(APPROVE):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        if (fault := self._changed_figures(request, record)) or (fault := self._impossible(record)):
            messages.error(request, fault)
            return HttpResponseRedirect(self._back(request, record))
        try:
            record.approve(request.user)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return HttpResponseRedirect(self._back(request, record))
        trace_edit(record, {"approved_by": ["", request.user.get_username()]})
        return self.run(request, self.after_approval, record)

    def figures(self, obj: Any) -> Any:
        """What the page shows beside the request, with a `mark`; None where that is nothing."""
        return None

    def read_figures(self) -> None:
        """Read them from WeChat."""

    def _changed_figures(self, request: HttpRequest, record: Any) -> str:
        """Read the figures again: a sentence where they are not those that the approver saw."""
        seen = request.POST.get("figures")
        if seen is None or self.figures(record) is None:
            return ""
        try:
            self.read_figures()
        except OperationError as error:
            return _("WeChat could not be asked, so nothing was approved: %(error)s") % {"error": error}
        if self.figures(record).mark != seen:
            return _("The figures have changed since the page was shown. Look at them again, then approve.")
        return ""

    def _impossible(self, record: Any) -> str:
        """Why it could not be sent even when approved; "" where it can."""
        return ""

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop a request that was not sent."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            take_back(record, self.model.objects.filter(**{self.sent_mark: None}))
            trace_edit(record, {"dropped_at": ["", ""]})
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return HttpResponseRedirect(self._back(request, record))

    def qrcode(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The QR code that the administrator scans, from the database: WeChat is not called."""
        if not self.may(request, self.after_approval):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            picture = base64.b64decode(record.qrcode or "", validate=True)
        except (binascii.Error, ValueError):
            picture = b""
        if not picture.startswith(b"\x89PNG"):
            raise Http404
        return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "no-store"})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            mine = obj.asked_by_id == request.user.pk
            waits = obj.is_standing and obj.asked_by_id is not None and not obj.is_approved
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            context |= {
                "approve_url": reverse(f"{name}_approve", args=[obj.pk]),
                "qrcode_url": reverse(f"{name}_qrcode", args=[obj.pk]),
                "drop_url": reverse(f"{name}_drop", args=[obj.pk]),
                "may_drop": obj.may_drop and self.has_add_permission(request),
                "may_approve": request.user.has_perm(APPROVE) and waits and not mine,
                "is_mine": mine and waits,
                "shows_qrcode": bool(obj.qrcode) and obj.waits_for_scan and self.may(request, self.after_approval),
                "by_stranger": obj.scanned_by_stranger,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _button(self, request: HttpRequest, op: Operation, obj: Any) -> dict[str, Any]:
        # A new record cannot run an operation from its form: it is not even approved.
        button = super()._button(request, op, obj)
        return button if obj else button | {"allowed": False}

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.info(request, _("Saved. A second person has to approve it before anything is sent."))
        return HttpResponseRedirect(self._back(request, obj))
