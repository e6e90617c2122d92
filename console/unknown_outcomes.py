"""Steps of unknown outcome that only a person can resolve: the question on the record's page, and the answer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.steps import operations, recovery
from wechat.steps.errors import Conflict
from wechat.steps.operations import Operation

from . import jobs
from .edits import TracedAdmin


class ResolvingAdmin(TracedAdmin):
    """A record's page on which a person can resolve a step of unknown outcome."""

    def may(self, request: HttpRequest, op: Operation) -> bool:
        return request.user.has_perm(op.permission)

    def _back(self, request: HttpRequest, record: models.Model) -> str:
        """The address of the page the person came from, else of the record's page."""
        wanted = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            return wanted
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])

    def settle(self, request: HttpRequest, pk: int, step: int) -> HttpResponseRedirect:
        """Take a person's answer about a step of unknown outcome: it was received, or not."""
        if request.method != "POST":
            raise Http404
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        unknown = get_object_or_404(Step.objects.of(record).unknown(), pk=step)
        op = operations.find(unknown.operation)
        if op is None:
            raise Http404
        if not self.may_settle(request, op) or not self.has_view_permission(request, record):
            raise PermissionDenied
        key = self._key(request, op, record)
        try:
            if request.POST.get("again"):
                recovery.try_again(unknown)
                messages.info(request, _("WeChat is asked again. Reload in a moment."))
                return HttpResponseRedirect(self._back(request, record))
            if not request.POST.get("received"):
                recovery.resolve_as_lost(unknown)
            elif key:
                recovery.resolve_as_done(unknown, key)
                jobs.wait_until(lambda: not _is_looked_up(unknown))
            else:
                messages.error(request, _("Write down the number that WeChat has it under."))
        except Conflict as conflict:
            messages.error(request, str(conflict))
        _say_resolved(request, unknown, key)
        return HttpResponseRedirect(self._back(request, record))

    @staticmethod
    def _key(request: HttpRequest, op: Operation, record: models.Model) -> str:
        """The number under which the person found it at WeChat, "" where none is asked for."""
        if not op.adopt:
            return ""
        return request.POST.get("key", "").strip()[:100] if op.numbered else str(record)

    def may_settle(self, request: HttpRequest, op: Operation) -> bool:
        """Resolving may allow the operation to be sent again, so it needs the operation's permission as well."""
        return request.user.has_perm("wechat.settle_step") and self.may(request, op)

    def _settling(self, request: HttpRequest, obj: models.Model, step: Step | None) -> dict | None:
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
            "is_set_aside": is_set_aside(step, op),
            "numbered": op.numbered,
            "keys": self.found_keys(step),
        }

    def found_keys(self, step: Step) -> list[tuple[str, str]]:
        """Numbers known from WeChat that may be this step's: (key, text to show)."""
        return []


def is_set_aside(step: Step, op: Operation) -> bool:
    """Whether the sweep has given it up, though it could be looked up at WeChat."""
    return step.next_attempt_at is None and op.recover is not operations.ASK


def _is_looked_up(step: Step) -> bool:
    """Whether a worker has yet to read at WeChat by the number that the person entered."""
    return Step.objects.filter(pk=step.pk, state=Step.State.UNKNOWN).exclude(key="").exists()


def _say_resolved(request: HttpRequest, step: Step, key: str) -> None:
    step.refresh_from_db()
    if step.state != Step.State.UNKNOWN:
        messages.success(request, _("Done."))
    elif step.key:
        messages.info(request, _("WeChat is asked about this number. Reload in a moment."))
    elif key:
        messages.error(request, _("WeChat does not have it under this number: %(said)s") % {"said": step.message})
