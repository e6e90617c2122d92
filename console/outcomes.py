"""The page after an action: the page the person came from, with the outcome, or the job's progress page."""

from collections.abc import Iterable

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from wechat.errors import meaning_of
from wechat.models import Step
from wechat.steps.operations import Operation

from . import approvals, jobs
from .links import error_link
from .models import Job
from .words import retold


def run_one(
    request: HttpRequest, op: Operation, record: models.Model, back: str, seen: str = ""
) -> HttpResponseRedirect:
    """Run an operation on one record and wait a moment; then show its outcome, or the job's progress.

    Raises Conflict, and starts nothing, where the record's state does not allow it, a question is to be confirmed, or
    a second person is needed; `seen` is the mark of what the person was shown, who may be that second one.
    """
    record.refresh_from_db()
    op.refuse_unless_allowed(record)
    op.refuse_unless_confirmed(record, request.POST.get("confirmed") == "1")
    op.ask_second(record, request.user, seen)
    approvals.refuse_many(op, [record.pk], request.user)
    job = jobs.run(op, [record])
    if job.finished_at is None:
        return progress(job)
    say_outcome(request, op, job.steps.get())
    return HttpResponseRedirect(back)


def run_many(op: Operation, records: Iterable[models.Model]) -> HttpResponseRedirect:
    """Run an operation on many records and wait a moment; redirects to the job's page, which shows the progress."""
    return progress(jobs.run(op, records))


def progress(job: Job) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:console_job_change", args=[job.pk]))


def say_outcome(request: HttpRequest, op: Operation, step: Step) -> None:
    """Show the step's outcome as a message on the next page."""
    if step.state == Step.State.DONE:
        messages.success(request, _("%(operation)s: done.") % {"operation": op.label})
    elif step.state == Step.State.REFUSED:
        meaning = meaning_of(step.errcode or 0)
        code = error_link(step.errcode or 0)
        messages.error(
            request,
            format_html("{} {} <small>({} {})</small>", _("WeChat refused:"), meaning.text, code, step.message),
        )
    elif step.state == Step.State.UNKNOWN:
        messages.warning(
            request, _("WeChat gave no clear answer. It is not sent again until it is known what happened.")
        )
    else:
        messages.warning(request, retold(step.message) or step.get_state_display())
