"""Lets everything come to rest: no faults, time goes on, the schedule runs, people answer what asks for a person."""

from sandbox import clock as platform
from sandbox.models import Account, Dispute, Flow, Push
from scenes.models import Access
from scenes.operations import refresh_access
from wechat import callbacks
from wechat.models import Callback, Step
from wechat.steps import actors, recovery

from . import settling
from .acts import access, merchant, papers
from .acts.rounds import tasks
from .faults import faults
from .seams import begin_anew, clock

ROUNDS, SETTLINGS = 12, 4
HOUR = 3600


def come_to_rest(world) -> None:
    begin_anew(f"{world.seed}/rest")
    faults.disarm()
    Account.objects.update(failing_refunds=0)
    world.work_until(clock.seconds + 2 * HOUR)  # pauses of quotas, leases and late pushes end
    access.reopen(world)
    merchant.open_again(world)
    _run(world, "night")
    for _nth in range(ROUNDS):
        _run(world, "minute")
        world.work_until(clock.seconds + 700)
        _answer(world)
        if _is_calm():
            break
    world.work_until(clock.seconds + 86_400)  # everything was read more than a day ago, and no quota is used up
    merchant.open_again(world)
    _run(world, "night")
    _read_everything(world)
    for _nth in range(SETTLINGS):
        known = Flow.objects.count()
        settling.settle_books(world)
        _read_everything(world)  # terms may have run out while the books were settled
        if Flow.objects.count() == known:  # and no order was settled
            break
    with world.as_person("owner"):  # what was told to WeChat last may have ended one of its tasks
        refresh_access(Access.load())


def _read_everything(world) -> None:
    for _nth in range(ROUNDS):
        platform.expire_due(Account.only())
        world.work_until(clock.seconds + 700)
        known = Flow.objects.count()
        for kind in ("minute", "hour"):
            _run(world, kind)
        _answer(world)
        if _is_calm() and Flow.objects.count() == known:
            break


def _run(world, kind: str) -> None:
    for name in sorted(set(tasks()[kind]) - settling.COMPARISONS):
        world.run_task(name)
        world.work_until(clock.seconds + 5)


def _is_calm() -> bool:
    waiting = Callback.objects.due().exists() or Push.objects.filter(state=Push.QUEUED).exists()
    return not waiting and not Step.objects.open().exists() and settling.is_evening_over()


def _answer(world) -> None:
    """People look at WeChat's pages and say what became of what only they can find there; evenings end."""
    settling.end_evenings(world)
    with actors.acting("admin", world.people["owner"]):
        for step in Step.objects.unknown().filter(next_attempt_at=None):
            ASKED.get(step.operation, recovery.try_again)(step)
        failed = Callback.objects.set_aside()
        if failed.exists():
            callbacks.replay(failed)


def _say_of_evidence(step: Step) -> None:
    said = (step.payload or {}).get("content", "")
    dispute = Dispute.objects.filter(complaint_order_id=step.record.complaint_order_id).first()
    if dispute and any(said in str(entry) for entry in dispute.flow):
        recovery.resolve_as_done(step, "-")
    else:
        recovery.resolve_as_lost(step)


# What only a person can find out, by operation.
ASKED = {"aftersales.hand_in_evidence": _say_of_evidence, **dict.fromkeys(papers.SUBMITS, papers.say_of_papers)}
