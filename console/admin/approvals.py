from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from console import approvals, jobs
from console.links import record_link
from console.lists import PageAdmin, state_filter
from console.models import Approval
from console.money import yuan
from console.outcomes import progress, run_one
from console.templatetags.console import ago, badge
from wechat.steps import operations
from wechat.steps.errors import Conflict

SHOWN = 500  # of many records, on the page
WAITING = Q(Exists(Approval.objects.waiting().filter(pk=OuterRef("pk"))))
STATES = {
    "waiting": (gettext_lazy("Wait for a second person"), WAITING),
    "approved": (gettext_lazy("Approved"), Q(approved_by__isnull=False)),
    "refused": (gettext_lazy("Not approved"), Q(refused_by__isnull=False)),
}


@admin.register(Approval)
class ApprovalAdmin(PageAdmin):
    """What one person asked for and another has to approve: refunds, releases, price cuts, acts on many records."""

    menu = ("settings", 62)
    page_related = ("asked_by", "approved_by", "refused_by")
    guide = "approvals"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "asked_at"
    empty_text = gettext_lazy(
        "Large refunds, price cuts and acts on many records take two people: what one asks for waits here for another."
    )
    list_display = ["what", "about", "shown_amount", "asked_by", "state_badge", "asked"]
    list_filter = [state_filter(STATES), "asked_by"]
    list_select_related = ["asked_by", "approved_by"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).prefetch_related("record")
        return rows if approvals.sees_all(request.user) else rows.filter(asked_by=request.user)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/answer/", wrap(require_POST(self.answer)), name="console_approval_answer"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("operation"))
    def what(self, asked: Approval) -> str:
        return operations.label_of(asked.operation)

    @admin.display(description=pgettext_lazy("request for a second person", "of"))
    def about(self, asked: Approval) -> str | SafeString:
        """The record, or the page that shows it, or how many records."""
        if asked.keys:
            return _("%(count)d records") % {"count": len(asked.keys)}
        return record_link(getattr(asked.record, "shown_on", asked.record), str(asked.record))

    @admin.display(description=gettext_lazy("amount"))
    def shown_amount(self, asked: Approval) -> str:
        return "–" if asked.amount is None else yuan(asked.amount, "¥")

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, asked: Approval) -> SafeString:
        tone = "green" if asked.is_approved else "red" if asked.refused_by_id else "amber" if asked.waits else "grey"
        return badge(asked.state_label, tone)

    @admin.display(description=gettext_lazy("asked at"))
    def asked(self, asked: Approval) -> SafeString:
        return ago(asked.asked_at)

    def page(self, request: HttpRequest, asked: Approval) -> HttpResponse:
        """Who asked for what exactly, and the answer."""
        op = operations.find(asked.operation)
        many = op.on._default_manager.filter(pk__in=asked.keys[:SHOWN]).order_by("pk") if op and asked.keys else []
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.what(asked),
            "asked": asked,
            "about": self.about(asked),
            "state": self.state_badge(asked),
            "many": [record_link(row) for row in many],
            "may_answer": approvals.may_answer(asked, request.user),
            "question": (op.confirm if op else "") or _("Approve exactly what stands here?"),
            "asks": op.asks(asked.record) if op and op.asks and asked.record else "",
            "answer_url": reverse("admin:console_approval_answer", args=[asked.pk]),
        }
        return render(request, "admin/approval.html", context)

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve it, which does it at once, or refuse it with a reason."""
        asked = get_object_or_404(Approval.objects.all(), pk=pk)
        if not approvals.may_answer(asked, request.user):
            raise PermissionDenied
        page = HttpResponseRedirect(reverse("admin:console_approval_change", args=[pk]))
        if "refuse" in request.POST:
            if approvals.refuse(asked, request.user, request.POST.get("reason", "").strip()[:300]):
                messages.success(request, _("Not approved. Nothing was sent."))
            return page
        try:
            return self._approve(request, asked)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return page

    def _approve(self, request: HttpRequest, asked: Approval) -> HttpResponse:
        op = operations.find(asked.operation)
        if op is None:
            raise Conflict(
                _("This version of the console has no operation “%(name)s” any more.") % {"name": asked.operation}
            )
        if not request.user.has_perm(op.permission):
            raise PermissionDenied
        if asked.keys:
            approvals.approve(asked, request.user)
            job = jobs.run(op, op.on._default_manager.filter(pk__in=asked.keys))
            Approval.objects.filter(pk=asked.pk).update(job=job)
            return progress(job)
        record: Any = asked.record
        if record is None or op.second is None or request.POST.get("mark") != op.second.mark(record):
            raise Conflict(_("It has changed since the page was shown. Look at it again, then approve."))
        op.refuse_unless_allowed(record)
        approvals.approve(asked, request.user)
        return run_one(request, op, record, reverse("admin:console_approval_change", args=[asked.pk]))
