"""The access board: the state of each of the 17 steps and the operation for it. Reads the database only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from wechat.errors import Meaning, meaning_of
from wechat.models import Step
from wechat.steps.operations import Operation

from .. import operations
from ..models import Access
from ..models.access import RELEASED, TESTED
from . import access_steps, selling_steps, task_steps
from .evidence import Facts
from .guide import PARTS, STEPS, TICKED, WECHAT, GuideStep, Text
from .states import TONES, State, StepState, missing_for, time_text
from .task_steps import TASK_OF

WEEK = 7 / 5  # the guide counts working days, the board counts days
STATE_OF: dict[int, Callable[[Facts], StepState]] = {
    1: access_steps.request,
    2: task_steps.code,
    3: task_steps.material,
    4: task_steps.products,
    5: task_steps.orders,
    6: task_steps.delivery,
    7: task_steps.aftersales,
    8: task_steps.tested,
    9: task_steps.released,
    10: access_steps.scene,
    11: access_steps.promoters,
    12: selling_steps.goods,
    13: selling_steps.live_order,
    14: selling_steps.live_paid,
    15: selling_steps.live_synced,
    16: selling_steps.live_logistics,
    17: selling_steps.live_aftersale,
}


class Row(NamedTuple):
    step: GuideStep
    step_state: StepState
    whose: Text
    days: int | None  # number of days it has been waiting
    is_slow: bool  # it waits longer than the guide says
    seen: bool | None  # WeChat has seen it done; None where WeChat does not report it
    declared: bool | None  # we have declared it done
    operation: Operation | None
    target: Any  # the record to run the operation on
    missing: list[str]  # why the operation cannot be run now
    tickable: bool
    ticked_by: str
    ticked_at: datetime | None
    refused: Step | None  # the last step, where WeChat refused it
    meaning: Meaning | None

    @property
    def state(self) -> State:
        return self.step_state.state

    @property
    def evidence(self) -> str:
        return self.step_state.evidence

    @property
    def record(self) -> Any:
        return self.step_state.record

    @property
    def since(self) -> datetime | None:
        return self.step_state.since

    @property
    def reason(self) -> str:
        return self.step_state.reason

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "grey")

    @property
    def is_completed(self) -> bool:
        return self.state == State.COMPLETED


class Board:
    def __init__(self, access: Access) -> None:
        self.facts = Facts(access)
        self.access = access

    @cached_property
    def rows(self) -> list[Row]:
        return [self._row(step) for step in STEPS]

    @property
    def parts(self) -> list[tuple[int, Text, list[Row]]]:
        return [(part, title, [row for row in self.rows if row.step.part == part]) for part, title in PARTS.items()]

    @property
    def completed(self) -> int:
        return sum(row.is_completed for row in self.rows)

    @property
    def next(self) -> Row | None:
        """The first step that is not completed."""
        return next((row for row in self.rows if not row.is_completed), None)

    def _row(self, step: GuideStep) -> Row:
        step_state = STATE_OF[step.number](self.facts)
        op, target = self._operation(step.number)
        is_open = op is not None and step_state.state != State.COMPLETED
        refused = self._refused(op) if op and is_open else None
        if refused and step_state.state not in (State.WAITING, State.FAILED):
            step_state = step_state._replace(state=State.FAILED, reason=refused.message, since=refused.closed_at)
        in_the_way = self.facts.open_step(op) if op and is_open else None
        running = in_the_way if op and in_the_way and in_the_way.operation == op.full_name else None
        if running:
            since = running.sent_at or running.created_at
            step_state = step_state._replace(
                state=State.WAITING, evidence=_without_answer(running), whose="", since=since
            )
        missing = missing_for(op, target, self.facts) if op else []
        if in_the_way and not running:
            missing = [_("Another step is open on this record. Wait for it, or resolve it first."), *missing]
        days = self._days(step_state)
        task, tick = TASK_OF.get(step.number), self.facts.ticks.get(step.number)
        has_button = not running and (step_state.state not in (State.COMPLETED, State.WAITING) or step.number == 1)
        return Row(
            step=step,
            step_state=step_state,
            whose=step_state.whose or (WECHAT if step_state.state == State.WAITING else step.whose),
            days=days,
            is_slow=bool(days is not None and step.days and days > step.days * WEEK),
            seen=self.access.observed(task) if task and task not in (TESTED, RELEASED) else None,
            declared=self.access.declared(task) if task else None,
            operation=op if has_button else None,
            target=target,
            missing=missing,
            tickable=step.number in TICKED,
            ticked_by=tick.user.get_username() if tick and tick.user else "",
            ticked_at=tick.at if tick else None,
            refused=refused,
            meaning=meaning_of(refused.errcode) if refused and refused.errcode else None,
        )

    def _days(self, step_state: StepState) -> int | None:
        """For how many days it has been waiting, for WeChat or for us."""
        waits = step_state.state in (State.WAITING, State.READY, State.FAILED)
        return max(0, (self.facts.now - step_state.since).days) if waits and step_state.since else None

    def _operation(self, number: int) -> tuple[Operation | None, Any]:
        """The operation that does the step, and the record to run it on."""
        if number == 1:
            return (operations.apply_access, self.access) if self.access.may_apply else (None, None)
        if task := TASK_OF.get(number):
            return operations.FINISHING[task], self.access
        if number == 10 and self.facts.group:
            return operations.apply_scene, self.facts.group
        return None, None

    def _refused(self, op: Operation) -> Step | None:
        """The operation's last step, if WeChat refused it; refusals from before this access opened do not count."""
        step, began = self.facts.last_steps.get(op.full_name), self.access.began_at
        if step is None or step.state != Step.State.REFUSED:
            return None
        return step if began is None or (step.closed_at and step.closed_at > began) else None


def _without_answer(step: Step) -> str:
    """The text for a step that has no answer yet: its state, and what to do."""
    if step.state == Step.State.WANTED:
        return (_("It waits to be sent. Reload in a moment. %(message)s") % {"message": step.message}).strip()
    at = {"time": time_text(step.sent_at)}
    if step.state == Step.State.SENT:
        return _("WeChat was asked at %(time)s and has not answered yet. Reload in a moment.") % at
    message = _(
        "WeChat was asked at %(time)s and gave no clear answer. The console reads by itself whether it happened, and "
        "asks again only if it did not. “Read from WeChat” looks now; who knows what happened can settle it."
    )
    return message % at
