"""The steps of development and preparation, 2 to 9: two that people tick, and six tasks that are declared to WeChat.

A task has three separate states: whether it was done here, whether WeChat has seen it, and whether we have declared it
done.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from .. import operations
from ..models.access import AFTERSALES, DELIVERY, ORDERS, PRODUCTS, RELEASED, TESTED
from .evidence import Facts
from .states import State, StepState, last_of, missing_for, time_text

INTERFACES = (PRODUCTS, ORDERS, DELIVERY, AFTERSALES)  # in the order in which they must be declared
TASK_OF = {4: PRODUCTS, 5: ORDERS, 6: DELIVERY, 7: AFTERSALES, 8: TESTED, 9: RELEASED}


def code(facts: Facts) -> StepState:
    received_at = facts.last_message
    evidence = (
        _("The last message from WeChat came at %(time)s.") % {"time": time_text(received_at)}
        if received_at
        else _("No message from WeChat has arrived yet: set up the message push.")
    )
    return ticked(facts, 2, evidence, facts.access.opened_at)


def material(facts: Facts) -> StepState:
    documents, categories, brands = facts.papers
    evidence = _("%(documents)d documents, %(categories)d granted categories, %(brands)d granted brands here.")
    evidence %= {"documents": documents, "categories": categories, "brands": brands}
    return ticked(facts, 3, evidence, facts.access.opened_at)


def products(facts: Facts) -> StepState:
    approved, in_review = facts.approved, facts.in_review
    if approved and (facts.access.is_since_opening(approved.approved_at) or not in_review):
        evidence = _("“%(title)s” is approved.") % {"title": approved}
        return _task(facts, PRODUCTS, evidence, approved, done_at=approved.approved_at)
    if in_review:
        # A product in review waits for WeChat, even if it was submitted before the access opened.
        since = last_of([in_review.submitted_at, facts.access.opened_at])
        evidence = _("“%(title)s” is in review.") % {"title": in_review}
        return _task(facts, PRODUCTS, evidence, in_review, done_at=since)
    return _task(facts, PRODUCTS, _("This console knows of no approved product."))


def orders(facts: Facts) -> StepState:
    paid, test_order = facts.paid, facts.access.test_order
    if paid and (facts.access.is_since_opening(paid.paid_at) or not test_order):
        evidence = _("Order %(number)s was paid at %(time)s in scene %(scene)d.")
        evidence %= {"number": paid, "time": time_text(paid.paid_at), "scene": paid.scene}
        if not facts.access.observed(ORDERS):
            evidence += " " + _("It does not count if it was paid without its payment parameters: place another below.")
        return _task(facts, ORDERS, evidence, paid, done_at=paid.paid_at)
    if test_order is None:
        evidence = _("This console knows of no order from a Channels scene that was paid to the merchant account.")
        return _task(facts, ORDERS, evidence)
    evidence = (
        _("The test order %(number)s waits to be paid from a phone.")
        if test_order.is_unpaid
        else _("The test order %(number)s is “%(state)s”. Place another below.")
    )
    evidence %= {"number": test_order, "state": test_order.state_label}
    return _task(facts, ORDERS, evidence, test_order)


def delivery(facts: Facts) -> StepState:
    if parcel := facts.parcel:
        evidence = _("Parcel %(parcel)s of order %(order)s was sent to WeChat at %(time)s.")
        evidence %= {"parcel": parcel, "order": parcel.order, "time": time_text(parcel.sent_at)}
        return _task(facts, DELIVERY, evidence, parcel.order, done_at=parcel.sent_at)
    return _task(facts, DELIVERY, _("This console has shipped nothing."))


def aftersales(facts: Facts) -> StepState:
    if aftersale := facts.aftersale:
        evidence = _("An after-sale of order %(order)s was opened.") % {"order": aftersale.order}
        return _task(facts, AFTERSALES, evidence, aftersale, done_at=aftersale.made_at)
    return _task(facts, AFTERSALES, _("This console knows of no after-sale."))


def tested(facts: Facts) -> StepState:
    return _task(facts, TESTED, _("No interface shows it: whoever presses it confirms it."))


def released(facts: Facts) -> StepState:
    at = facts.access.released_at
    evidence = _("Released at %(time)s.") % {"time": time_text(at)} if at else _("Nobody has written down a release.")
    if facts.access.is_release_doubtful and not facts.access.is_release_too_old:
        doubt = _(
            "This console first read the access as open at %(time)s, after the release. If the mini program had "
            "not accessed yet when it was released, release again: an older release does not count."
        )
        evidence += " " + doubt % {"time": time_text(facts.access.opened_at)}
    return _task(facts, RELEASED, evidence)


def ticked(facts: Facts, number: int, evidence: str, since: datetime | None) -> StepState:
    """The state of a step that people tick; since: when it became possible, None while it is not."""
    if tick := facts.ticks.get(number):
        return StepState(State.COMPLETED, evidence, since=tick.at)
    possible = since and facts.access.is_open
    return StepState(State.READY if possible else State.NOT_STARTED, evidence, since=since)


def _task(facts: Facts, item: int, evidence: str, record: Any = None, done_at: datetime | None = None) -> StepState:
    """The state of a task; done_at: when it was done here.

    A task done before the access opened does not wait for WeChat, which will not see it.
    """
    access = facts.access
    if access.observed(item):
        seen = _("WeChat has seen it, as first read at %(time)s.") % {"time": time_text(access.observed_at(item))}
        evidence = f"{seen} {evidence}"
    if access.declared(item):
        return StepState(State.COMPLETED, evidence, record, since=access.declared_at(item))
    if not access.is_open:
        return StepState(evidence=evidence, record=record)
    if not missing_for(operations.FINISHING[item], access, facts):
        return StepState(State.READY, evidence, record, since=_possible_at(facts, item))
    if access.is_since_opening(done_at) and not access.observed(item):
        unseen = _("WeChat has not seen it, as last read at %(time)s.") % {"time": time_text(access.read_at)}
        return StepState(State.WAITING, f"{evidence} {unseen}", record, since=done_at)
    before = _before(facts, item)
    return StepState(State.READY if before else State.NOT_STARTED, evidence, record, since=before)


def _before(facts: Facts, item: int) -> datetime | None:
    """When the tasks that this one requires were declared done, so that it became our turn; None while they are not."""
    if item == PRODUCTS:
        return facts.access.opened_at
    if item == TESTED:
        needed = list(INTERFACES)
    elif item == RELEASED:
        needed = [TESTED]
    else:
        needed = [INTERFACES[INTERFACES.index(item) - 1]]
    if not all(facts.access.declared(task) for task in needed):
        return None
    return last_of([facts.access.declared_at(task) for task in needed])


def _possible_at(facts: Facts, item: int) -> datetime | None:
    """When the task's requirements were complete, so that it could be declared done."""
    access = facts.access
    if item == TESTED:
        return last_of([access.declared_at(task) for task in INTERFACES])
    if item == RELEASED:
        return last_of([access.declared_at(TESTED), access.released_at])
    return access.observed_at(item)
