"""The access board: where each of the 17 steps stands, by what shows it. Reads the database only."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Meaning, meaning_of
from wechat.models import Step
from wechat.steps.operations import Operation

from .. import operations
from ..models import Access, GroupStatus, SceneGroup
from ..models.access import AFTERSALES, DELIVERY, ORDERS, PRODUCTS, RELEASED, TESTED
from .evidence import GOODS, OVER, Facts
from .guide import ADMINISTRATOR, PARTS, STEPS, WECHAT, GuideStep, Text

TASK_OF = {4: PRODUCTS, 5: ORDERS, 6: DELIVERY, 7: AFTERSALES, 8: TESTED, 9: RELEASED}
TICKED = (2, 3, GOODS)  # no interface shows them
WEEK = 7 / 5  # working days are told, days are counted


class State(models.TextChoices):
    NOT_STARTED = "not-started", gettext_lazy("Not begun")
    WAITING = "waiting", gettext_lazy("With WeChat")
    READY = "ready", gettext_lazy("Waits for us")
    COMPLETED = "completed", gettext_lazy("Completed")
    FAILED = "failed", gettext_lazy("Refused")


WITHOUT_BUTTON = (State.COMPLETED, State.WAITING)
TONES = {State.WAITING: "blue", State.READY: "amber", State.COMPLETED: "green", State.FAILED: "red"}


class Standing(NamedTuple):
    """Where one step stands."""

    state: State = State.NOT_STARTED
    evidence: str = ""
    record: Any = None  # what the evidence is about
    whose: Text = ""  # whose turn it is, where other than the guide says
    since: datetime | None = None  # when it came to this state
    reason: str = ""  # WeChat's own words, where it refused


class Row(NamedTuple):
    step: GuideStep
    standing: Standing
    whose: Text
    days: int | None  # that it has been waiting
    is_slow: bool  # longer than the guide says
    seen: bool | None  # WeChat has seen it happen; empty where it does not tell
    declared: bool | None  # we have declared it done
    operation: Operation | None
    target: Any  # what the operation is run on
    missing: list[str]  # why the button cannot be pressed now
    tickable: bool
    ticked_by: str
    ticked_at: datetime | None
    refused: Step | None  # the last asking, where WeChat said no
    meaning: Meaning | None

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def tone(self) -> str:
        return TONES.get(self.standing.state, "grey")

    @property
    def is_completed(self) -> bool:
        return self.standing.state == State.COMPLETED


class Board:
    def __init__(self, access: Access):
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
        standing = self._standing(step.number)
        op, target = self._operation(step.number)
        refused = self._refused(op) if op and standing.state != State.COMPLETED else None
        if refused and standing.state not in (State.WAITING, State.FAILED):
            standing = standing._replace(state=State.FAILED, reason=refused.message, since=refused.closed_at)
        underway = self.facts.open_step(op) if op and standing.state != State.COMPLETED else None
        asked = underway if underway and underway.operation == op.full_name else None
        if asked:
            standing = standing._replace(
                state=State.WAITING, evidence=_asked(asked), whose="", since=asked.sent_at or asked.created_at
            )
        missing = self._missing(op, target) if op else []
        if underway and not asked:
            missing = [_("Another step is open on this record. Wait for it, or resolve it first."), *missing]
        whose = standing.whose or (WECHAT if standing.state == State.WAITING else step.whose)
        waits = standing.since if standing.state in (State.WAITING, State.READY, State.FAILED) else None
        days = max(0, (self.facts.now - waits).days) if waits else None
        task = TASK_OF.get(step.number)
        tick = self.facts.ticks.get(step.number)
        return Row(
            step=step,
            standing=standing,
            whose=whose,
            days=days,
            is_slow=bool(days is not None and step.days and days > step.days * WEEK),
            seen=self.access.observed(task) if task and task not in (TESTED, RELEASED) else None,
            declared=self.access.declared(task) if task else None,
            operation=op if not asked and (standing.state not in WITHOUT_BUTTON or step.number == 1) else None,
            target=target,
            missing=missing,
            tickable=step.number in TICKED,
            ticked_by=tick.user.get_username() if tick and tick.user else "",
            ticked_at=tick.at if tick else None,
            refused=refused,
            meaning=meaning_of(refused.errcode) if refused and refused.errcode else None,
        )

    def _operation(self, number: int) -> tuple[Operation | None, Any]:
        if number == 1:
            return (operations.apply_access, self.access) if self.access.may_apply else (None, None)
        if task := TASK_OF.get(number):
            return operations.FINISHING[task], self.access
        if number == 10 and self.facts.group:
            return operations.apply_scene, self.facts.group
        return None, None

    def _refused(self, op: Operation) -> Step | None:
        """The last asking of this access, where WeChat said no and nothing has been asked since."""
        step, began = self.facts.last_steps.get(op.full_name), self.access.began_at
        if step is None or step.state != Step.State.REFUSED:
            return None
        return step if began is None or step.closed_at > began else None

    def _missing(self, op: Operation, target) -> list[str]:
        if not op.is_allowed(target):
            return [_("Not possible now: %(state)s") % {"state": target.state_label}]
        missing = op.check(target, self.facts) if op.check else {}
        return [str(line) for lines in missing.values() for line in lines]

    def _standing(self, number: int) -> Standing:
        ways = {
            1: self._request, 2: self._code, 3: self._material, 4: self._products, 5: self._orders,
            6: self._delivery, 7: self._aftersales, 8: self._tested, 9: self._released, 10: self._scene,
            11: self._promoters, 12: self._goods, 13: self._live_order, 14: self._live_paid, 15: self._live_synced,
            16: self._live_logistics, 17: self._live_claim,
        }  # fmt: skip
        return ways[number]()

    # --- part 1

    def _request(self) -> Standing:
        access = self.access
        if access.is_banned:
            said = _("WeChat has banned the component. Its own pages and messages say why.")
            return Standing(State.FAILED, said, whose=ADMINISTRATOR, since=access.banned_at)
        if access.is_open:
            return Standing(
                State.COMPLETED, _("WeChat says that the mini program has accessed."), since=access.opened_at
            )
        if access.is_unknown:
            return Standing(State.READY, _unknown(access), whose=ADMINISTRATOR)
        if access.read_at is None and access.applied_at is None:
            return Standing(evidence=_("WeChat has not been asked yet: press “Read from WeChat”."))
        if until := access.sign_until:
            if until > timezone.now():
                said = _("The agreement waits in the administrator's WeChat until %(until)s.")
                return Standing(
                    State.WAITING, said % {"until": _time(until)}, whose=ADMINISTRATOR, since=access.applied_at
                )
            said = _("The agreement was not signed within 24 hours: apply again.")
            return Standing(State.FAILED, said, whose=ADMINISTRATOR, since=until)
        if ended := access.ended_at:
            said = _("The access has ended: WeChat said so at %(time)s. Apply again.") % {"time": _time(ended)}
            return Standing(State.READY, said, since=ended)
        return Standing(State.READY, _("The mini program has not accessed the component yet."))

    # --- part 2

    def _code(self) -> Standing:
        heard = self.facts.last_message
        said = (
            _("The last message from WeChat came at %(time)s.") % {"time": _time(heard)}
            if heard
            else _("No message from WeChat has arrived yet: set up the message push.")
        )
        return self._ticked(2, said, self.access.opened_at)

    def _material(self) -> Standing:
        documents, categories, brands = self.facts.papers
        said = _("%(documents)d documents, %(categories)d granted categories, %(brands)d granted brands here.")
        said %= {"documents": documents, "categories": categories, "brands": brands}
        return self._ticked(3, said, self.access.opened_at)

    def _ticked(self, number: int, evidence: str, since: datetime | None) -> Standing:
        """Since: when it became possible; empty while it is not."""
        if tick := self.facts.ticks.get(number):
            return Standing(State.COMPLETED, evidence, since=tick.at)
        possible = since and self.access.is_open
        return Standing(State.READY if possible else State.NOT_STARTED, evidence, since=since)

    def _products(self) -> Standing:
        approved = self.facts.approved
        if approved and (self.access.is_since_opening(approved.approved_at) or not self.facts.in_review):
            said = _("“%(title)s” is approved.") % {"title": approved}
            return self._task(PRODUCTS, said, approved, done_at=approved.approved_at)
        if found := self.facts.in_review:
            # What is in review is with WeChat, whenever it was handed in.
            since = _last([found.submitted_at, self.access.opened_at])
            return self._task(PRODUCTS, _("“%(title)s” is in review.") % {"title": found}, found, done_at=since)
        return self._task(PRODUCTS, _("This console knows of no approved product."))

    def _orders(self) -> Standing:
        found, tried = self.facts.paid, self.access.test_order
        if found and (self.access.is_since_opening(found.paid_at) or not tried):
            said = _("Order %(number)s was paid at %(time)s in scene %(scene)d.")
            said %= {"number": found, "time": _time(found.paid_at), "scene": found.scene}
            if not self.access.observed(ORDERS):
                said += " " + _("It does not count if it was paid without its payment parameters: place another below.")
            return self._task(ORDERS, said, found, done_at=found.paid_at)
        if found := tried:
            said = (
                _("The test order %(number)s waits to be paid from a phone.")
                if found.is_unpaid
                else _("The test order %(number)s is “%(state)s”. Place another below.")
            )
            said %= {"number": found, "state": found.state_label}
        else:
            said = _("This console knows of no order from a Channels scene that was paid to the merchant account.")
        return self._task(ORDERS, said, found)

    def _delivery(self) -> Standing:
        if found := self.facts.parcel:
            said = _("Parcel %(parcel)s of order %(order)s was told to WeChat at %(time)s.")
            said %= {"parcel": found, "order": found.order, "time": _time(found.sent_at)}
            return self._task(DELIVERY, said, found.order, done_at=found.sent_at)
        return self._task(DELIVERY, _("This console has shipped nothing."))

    def _aftersales(self) -> Standing:
        if found := self.facts.claim:
            said = _("A claim of order %(order)s was opened.") % {"order": found.order}
            return self._task(AFTERSALES, said, found, done_at=found.made_at)
        return self._task(AFTERSALES, _("This console knows of no claim."))

    def _tested(self) -> Standing:
        return self._task(TESTED, _("No interface shows it: whoever presses it confirms it."))

    def _released(self) -> Standing:
        at = self.access.released_at
        said = _("Released at %(time)s.") % {"time": _time(at)} if at else _("Nobody has written down a release.")
        if self.access.is_release_doubtful and not self.access.is_release_too_old:
            doubt = _(
                "This console first read the access as open at %(time)s, after the release. If the mini program had "
                "not accessed yet when it was released, release again: an older release does not count."
            )
            said += " " + doubt % {"time": _time(self.access.opened_at)}
        return self._task(RELEASED, said)

    def _task(self, item: int, evidence: str, record=None, done_at: datetime | None = None) -> Standing:
        """Seen by WeChat, then declared by us: two different things; what was done here, and when, is a third.

        What was done before the access opened is not waited for: WeChat will not see it.
        """
        access = self.access
        if access.observed(item):
            said = _("WeChat has seen it, as first read at %(time)s.") % {"time": _time(access.observed_at(item))}
            evidence = f"{said} {evidence}"
        if access.declared(item):
            return Standing(State.COMPLETED, evidence, record, since=access.declared_at(item))
        if not access.is_open:
            return Standing(evidence=evidence, record=record)
        if not self._missing(operations.FINISHING[item], access):
            return Standing(State.READY, evidence, record, since=self._possible_at(item))
        if access.is_since_opening(done_at) and not access.observed(item):
            unseen = _("WeChat has not seen it, as last read at %(time)s.") % {"time": _time(access.read_at)}
            return Standing(State.WAITING, f"{evidence} {unseen}", record, since=done_at)
        before = self._before(item)
        return Standing(State.READY if before else State.NOT_STARTED, evidence, record, since=before)

    def _before(self, item: int) -> datetime | None:
        """When what comes before was over, and this one became ours to do; None while it is not."""
        *interfaces, tested, released = TASK_OF.values()
        if item == interfaces[0]:
            return self.access.opened_at
        needed = {tested: interfaces, released: [tested]}.get(item) or [interfaces[interfaces.index(item) - 1]]
        if not all(self.access.declared(task) for task in needed):
            return None
        return _last([self.access.declared_at(task) for task in needed])

    def _possible_at(self, item: int) -> datetime | None:
        """When the last came of what a task needs before it may be declared done."""
        access = self.access
        needed = {
            TESTED: [access.declared_at(task) for task in (PRODUCTS, ORDERS, DELIVERY, AFTERSALES)],
            RELEASED: [access.declared_at(TESTED), access.released_at],
        }
        return _last(needed.get(item, [access.observed_at(item)]))

    # --- part 3

    def _scene(self) -> Standing:
        group = self.facts.group
        if group is None:
            return Standing(evidence=_("Nobody has applied yet."))
        if group.has_passed:
            return Standing(State.COMPLETED, group.reason or _("WeChat has passed it."), group, since=group.passed_at)
        if group.is_in_review:
            return Standing(State.WAITING, _("The scene is in review."), group, since=group.applied_at)
        if group.is_refused:
            failed = ", ".join(str(item) for item in group.failed_items)
            said = _("WeChat's review refused: %(checks)s.") % {"checks": failed or group}
            return Standing(State.FAILED, said, group, since=self.facts.judged_at, reason=group.reason)
        if group.status == GroupStatus.DONE:
            said = _(
                "WeChat says that the review is done, and not that its checks passed. Read it again, or apply again."
            )
            return Standing(State.READY, said, group, since=group.applied_at)
        if group.is_unknown:
            return Standing(State.READY, _unknown(group), group)
        if group.passed_at:
            said = _("WeChat does not list the scene now. It had passed at %(time)s: read it again.")
            return Standing(State.READY, said % {"time": _time(group.passed_at)}, group)
        ready = self.access.is_open and self.access.all_declared
        since = _last([self.access.declared_at(item) for item in TASK_OF.values()])
        return Standing(State.READY if ready else State.NOT_STARTED, _("Nobody has applied yet."), group, since=since)

    def _promoters(self) -> Standing:
        if count := self.facts.promoters:
            said = _("%(count)d promoters have bound the mini program.") % {"count": count}
            return Standing(State.COMPLETED, said) if self.facts.passed_at else Standing(evidence=said)
        said = _("No promoter has bound the mini program yet; pull the promoters after one did.")
        passed = self.facts.open_since
        return Standing(State.READY if passed else State.NOT_STARTED, said, since=passed)

    # --- part 4

    def _goods(self) -> Standing:
        found = self.facts.on_sale
        said = _("“%(title)s” is on sale and can be chosen.") % {"title": found} if found else _("Nothing is on sale.")
        return self._ticked(GOODS, said, self.facts.open_since if found else None)._replace(record=found)

    def _happened(self, found, said: str, nothing: str, at: datetime | None = None, before=None) -> Standing:
        """At: when it happened; before: when what comes before it did, which it waits for since."""
        if found:
            return Standing(State.COMPLETED, said % {"number": getattr(found, "order", found)}, found, since=at)
        if passed := self.facts.open_since:
            return Standing(State.READY, nothing, since=before or passed)
        return Standing(evidence=nothing)

    def _live_order(self) -> Standing:
        found = self.facts.live_order
        said, nothing = _("Order %(number)s was placed in the scene."), _("No order from the scene yet.")
        return self._happened(found, said, nothing, at=found and found.placed_at)

    def _live_paid(self) -> Standing:
        found, placed = self.facts.live_paid, self.facts.live_order
        said, nothing = _("Order %(number)s was paid."), _("No order of the scene has been paid yet.")
        return self._happened(found, said, nothing, at=found and found.paid_at, before=placed and placed.placed_at)

    def _live_synced(self) -> Standing:
        found, paid = self.facts.live_synced, self.facts.live_paid
        said, nothing = _("Order %(number)s is paid at WeChat and here."), _("No paid order is known yet.")
        return self._happened(found, said, nothing, at=found and found.paid_at, before=paid and paid.paid_at)

    def _live_logistics(self) -> Standing:
        if found := self.facts.live_finished:
            return self._happened(found, _("Order %(number)s has reached the buyer."), "")
        if found := self.facts.live_shipped:
            said = _("Order %(number)s is on its way.") % {"number": found}
            return Standing(State.WAITING, said, found, whose=_("The buyer"), since=self.facts.live_sent_at)
        if found := self.facts.live_unshipped:
            return Standing(
                State.READY, _("Order %(number)s is to be shipped.") % {"number": found}, found, since=found.paid_at
            )
        return self._happened(None, "", _("Nothing of the scene has been shipped yet."))

    def _live_claim(self) -> Standing:
        found = self.facts.live_claim
        if found and found.status not in OVER:
            said = _("A claim of order %(number)s is open.") % {"number": found.order}
            return Standing(State.READY, said, found, since=found.created_at)
        said = _("A claim of order %(number)s came to its end.")
        nothing = _("No claim of such an order yet.")
        return self._happened(found, said, nothing, at=found and (found.moved_at or found.created_at))


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


def _asked(step: Step) -> str:
    """What is known of an asking that has no answer, and what to do about it."""
    if step.state == Step.State.WANTED:
        return (_("It waits to be sent. Reload in a moment. %(message)s") % {"message": step.message}).strip()
    at = {"time": _time(step.sent_at)}
    if step.state == Step.State.SENT:
        return _("WeChat was asked at %(time)s and has not answered yet. Reload in a moment.") % at
    said = _(
        "WeChat was asked at %(time)s and gave no clear answer. The console reads by itself whether it happened, and "
        "asks again only if it did not. “Read from WeChat” looks now; who knows what happened can settle it."
    )
    return said % at


def _unknown(told: Access | SceneGroup) -> str:
    said = _("WeChat says “%(state)s”, which this console does not know. WeChat's own page says what it means.")
    return said % {"state": told.state_label}


def _last(times: list[datetime | None]) -> datetime | None:
    return max((at for at in times if at), default=None)


def review_time(rounds) -> timedelta | None:
    """How long the middle one of these reviews took; None where none was decided."""
    spans = sorted(decided - submitted for submitted, decided in rounds if decided)
    return spans[len(spans) // 2] if spans else None
