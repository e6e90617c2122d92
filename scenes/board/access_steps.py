"""The steps of access and scenes: 1 (request access), 10 (apply for a scene) and 11 (promoters)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import GroupStatus
from ..models.access import TASKS
from .evidence import Facts
from .guide import ADMINISTRATOR
from .states import State, StepState, last_of, time_text, unknown_state


def request(facts: Facts) -> StepState:
    access = facts.access
    if access.is_banned:
        evidence = _("WeChat has banned the component. Its own pages and messages say why.")
        return StepState(State.FAILED, evidence, whose=ADMINISTRATOR, since=access.banned_at)
    if access.is_open:
        return StepState(State.COMPLETED, _("WeChat says that the mini program has accessed."), since=access.opened_at)
    if access.is_unknown:
        return StepState(State.READY, unknown_state(access), whose=ADMINISTRATOR)
    if access.read_at is None and access.applied_at is None:
        return StepState(evidence=_("WeChat has not been asked yet: press “Read from WeChat”."))
    if until := access.sign_until:
        if until > timezone.now():
            evidence = _("The agreement waits in the administrator's WeChat until %(until)s.")
            return StepState(
                State.WAITING, evidence % {"until": time_text(until)}, whose=ADMINISTRATOR, since=access.applied_at
            )
        evidence = _("The agreement was not signed within 24 hours: apply again.")
        return StepState(State.FAILED, evidence, whose=ADMINISTRATOR, since=until)
    if ended := access.ended_at:
        evidence = _("The access has ended: WeChat said so at %(time)s. Apply again.") % {"time": time_text(ended)}
        return StepState(State.READY, evidence, since=ended)
    return StepState(State.READY, _("The mini program has not accessed the component yet."))


def scene(facts: Facts) -> StepState:
    group = facts.group
    if group is None:
        return StepState(evidence=_("Nobody has applied yet."))
    if group.has_passed:
        return StepState(State.COMPLETED, group.reason or _("WeChat has passed it."), group, since=group.passed_at)
    if group.is_in_review:
        return StepState(State.WAITING, _("The scene is in review."), group, since=group.applied_at)
    if group.is_refused:
        failed = ", ".join(str(item) for item in group.failed_items)
        evidence = _("WeChat's review rejected: %(checks)s.") % {"checks": failed or group}
        return StepState(State.FAILED, evidence, group, since=facts.judged_at, reason=group.reason)
    if group.status == GroupStatus.DONE:
        evidence = _(
            "WeChat says that the review is done, and not that its checks passed. Read it again, or apply again."
        )
        return StepState(State.READY, evidence, group, since=group.applied_at)
    if group.is_unknown:
        return StepState(State.READY, unknown_state(group), group)
    if group.passed_at:
        evidence = _("WeChat does not list the scene now. It had passed at %(time)s: read it again.")
        return StepState(State.READY, evidence % {"time": time_text(group.passed_at)}, group)
    ready = facts.access.is_open and facts.access.all_declared
    since = last_of([facts.access.declared_at(task) for task in TASKS])
    return StepState(State.READY if ready else State.NOT_STARTED, _("Nobody has applied yet."), group, since=since)


def promoters(facts: Facts) -> StepState:
    if count := facts.promoters:
        evidence = _("%(count)d promoters have bound the mini program.") % {"count": count}
        return StepState(State.COMPLETED, evidence) if facts.passed_at else StepState(evidence=evidence)
    evidence = _("No promoter has bound the mini program yet; pull the promoters after one did.")
    passed = facts.open_since
    return StepState(State.READY if passed else State.NOT_STARTED, evidence, since=passed)
