"""The steps of selling, 12 to 17: what happened since the scene first passed."""

from datetime import datetime

from django.utils.translation import gettext as _

from aftersales.models.aftersale import EC_FINAL

from .evidence import Facts
from .guide import GOODS
from .states import State, StepState
from .task_steps import ticked


def goods(facts: Facts) -> StepState:
    product = facts.on_sale
    evidence = (
        _("“%(title)s” is on sale and can be chosen.") % {"title": product} if product else _("Nothing is on sale.")
    )
    return ticked(facts, GOODS, evidence, facts.open_since if product else None)._replace(record=product)


def live_order(facts: Facts) -> StepState:
    if order := facts.live_order:
        evidence = _("Order %(number)s was placed in the scene.") % {"number": order}
        return StepState(State.COMPLETED, evidence, order, since=order.placed_at)
    return _not_yet(facts, _("No order from the scene yet."))


def live_paid(facts: Facts) -> StepState:
    if order := facts.live_paid:
        evidence = _("Order %(number)s was paid.") % {"number": order}
        return StepState(State.COMPLETED, evidence, order, since=order.paid_at)
    placed = facts.live_order
    return _not_yet(facts, _("No order of the scene has been paid yet."), since=placed.placed_at if placed else None)


def live_synced(facts: Facts) -> StepState:
    if order := facts.live_synced:
        evidence = _("Order %(number)s is paid at WeChat and here.") % {"number": order}
        return StepState(State.COMPLETED, evidence, order, since=order.paid_at)
    paid = facts.live_paid
    return _not_yet(facts, _("No paid order is known yet."), since=paid.paid_at if paid else None)


def live_logistics(facts: Facts) -> StepState:
    if order := facts.live_finished:
        return StepState(State.COMPLETED, _("Order %(number)s has reached the buyer.") % {"number": order}, order)
    if order := facts.live_shipped:
        evidence = _("Order %(number)s is on its way.") % {"number": order}
        return StepState(State.WAITING, evidence, order, whose=_("The buyer"), since=facts.live_sent_at)
    if order := facts.live_unshipped:
        evidence = _("Order %(number)s is to be shipped.") % {"number": order}
        return StepState(State.READY, evidence, order, since=order.paid_at)
    return _not_yet(facts, _("Nothing of the scene has been shipped yet."))


def live_aftersale(facts: Facts) -> StepState:
    aftersale = facts.live_aftersale
    if aftersale is None:
        return _not_yet(facts, _("No after-sale of such an order yet."))
    if aftersale.status not in EC_FINAL:
        evidence = _("An after-sale of order %(number)s is open.") % {"number": aftersale.order}
        return StepState(State.READY, evidence, aftersale, since=aftersale.created_at)
    evidence = _("An after-sale of order %(number)s came to its end.") % {"number": aftersale.order}
    return StepState(State.COMPLETED, evidence, aftersale, since=aftersale.moved_at or aftersale.created_at)


def _not_yet(facts: Facts, evidence: str, since: datetime | None = None) -> StepState:
    """The state of a step that has not happened; since: when the step before it did, else when the scene passed."""
    passed = facts.open_since
    return StepState(State.READY, evidence, since=since or passed) if passed else StepState(evidence=evidence)
