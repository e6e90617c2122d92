import csv
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console import jobs
from console.confirming import for_operation
from console.doors import DOORS
from console.links import record_link
from console.list_filters import choice_filter
from console.lists import PageAdmin
from console.models import Job, failed, records_to_retry
from console.operation_admin import run_chosen
from console.templatetags.console import ago, badge, tone
from wechat.errors import meaning_of
from wechat.models import Step
from wechat.steps import operations

from ..links import number_of
from ..words import retold


@admin.register(Job)
class JobAdmin(PageAdmin):
    menu = ("settings", 80)
    day_column = "created_at"
    empty_text = gettext_lazy("A job comes of each action on a record or on chosen rows.")
    page_related = ("user",)
    list_display = ["name", "state_badge", "user", "door", "asked"]
    list_filter = ["user", choice_filter("door", gettext_lazy("through"), DOORS)]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Job.objects.seen_by(request.user)

    @admin.display(description=gettext_lazy("job"))
    def name(self, job: Job) -> str:
        return str(job)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, job: Job) -> str:
        return badge(Job.State(job.state).label, tone(job.state))

    @admin.display(description=gettext_lazy("asked at"), ordering="created_at")
    def asked(self, job: Job) -> str:
        return ago(job.created_at)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/failed.csv", wrap(self.failed_rows), name="console_job_failed"),
            path("<int:pk>/pause/", wrap(require_POST(self.pause)), name="console_job_pause"),
            path("<int:pk>/resume/", wrap(require_POST(self.resume)), name="console_job_resume"),
            path("<int:pk>/retry/", wrap(require_POST(self.retry)), name="console_job_retry"),
            path("<int:pk>/cancel/", wrap(require_POST(self.cancel)), name="console_job_cancel"),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, job: Job) -> HttpResponse:
        """The progress page; the job continues when the page is closed."""
        state = request.GET.get("state", "")
        rows = job.steps.select_related("content_type").prefetch_related("record").order_by("id")
        if state in Step.State.values:
            rows = rows.filter(state=state)
        page = self.get_paginator(request, rows, 100).get_page(request.GET.get("p"))
        for row in page:
            row.link = record_link(row.record)
            row.meaning = meaning_of(row.errcode).text if row.errcode else ""
        counts = job.counts()
        seconds = (timezone.now() - job.created_at).total_seconds()
        rate = counts["closed"] / seconds if seconds and not job.paused else 0
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": job.label,
            "job": job,
            "job_state": Job.State(job.state).label,
            "counts": counts,
            "states": [(value, label, counts[value]) for value, label in Step.State.choices if counts[value]],
            "state": state,
            "page": page,
            "may_retry": self.may_retry(request, job, counts),
            "may_steer": self.may_steer(request, job),
            "rate": f"{rate:.1f}",
            "seconds_left": round(counts["to_go"] / rate) if rate and job.finished_at is None else None,
        }
        response = render(request, "admin/job.html", context)
        if job.finished_at is None:
            response.headers["Refresh"] = "3"
        return response

    def may_retry(self, request: HttpRequest, job: Job, counts: dict[str, int]) -> bool:
        op = operations.find(job.operation)
        again = counts["refused"] + counts["skipped"] + counts["failed"]
        return bool(job.finished_at and again and op and request.user.has_perm(op.permission))

    def may_steer(self, request: HttpRequest, job: Job) -> bool:
        return job.user_id == request.user.pk or request.user.has_perm("console.change_job")

    def pause(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._steer(request, pk, jobs.pause, _("Paused. What is with WeChat already comes to its end."))

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._steer(request, pk, jobs.resume, _("It goes on."))

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._steer(request, pk, jobs.cancel, _("Cancelled. What is with WeChat already comes to its end."))

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new job for the records whose steps failed, confirmed like any choice of many rows."""
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        op = operations.find(job.operation)
        if op is None or not request.user.has_perm(op.permission):
            raise PermissionDenied
        # Pictures have no list of their own: their job's list asks for them.
        model_admin = self.admin_site._registry.get(op.on, self)
        asked = for_operation(op, model_admin, request, records_to_retry(job, op.on))
        asked.back = reverse("admin:console_job_change", args=[pk])
        if not asked.is_given:
            return asked.page()
        return run_chosen(op, asked, request)

    def _steer(self, request: HttpRequest, pk: int, how: Callable[[Job], Any], said: str) -> HttpResponse:
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.may_steer(request, job):
            raise PermissionDenied
        how(job)
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:console_job_change", args=[pk]))

    def failed_rows(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rows that were refused, skipped, failed or are unknown, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = HttpResponse(
            "\ufeff",
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="job-{pk}.csv"'},
        )
        writer = csv.writer(response)
        writer.writerow(["record", "title", "state", "errcode", "message"])
        for step in (
            failed(get_object_or_404(self.get_queryset(request), pk=pk)).prefetch_related("record").order_by("id")
        ):
            cells = [
                number_of(step.record),
                step.record,
                step.get_state_display(),
                step.errcode or "",
                retold(step.message),
            ]
            writer.writerow([_unformula(cell) for cell in cells])
        return response


def _unformula(cell: Any) -> str:
    """The text of a cell, escaped so that no spreadsheet reads it as a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
