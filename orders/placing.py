"""An order comes in once, however often its request does: kept first, then pushed, and every repeat gets one answer.

Statements are counted here, for the buyer waits: the order, its lines, its turn and its step are one commit before the
call; the step, the call and the order are one after it.
"""

import json
import time
from hashlib import sha256
from typing import Any, cast

from django.db import IntegrityError
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat import pace
from wechat.errors import Unreachable, error_for
from wechat.models import Step
from wechat.steps import recovery
from wechat.steps.errors import Conflict, InFlight

from .models import Order, OrderLine
from .operations import place_order

PATH = "/shop/order/add"
PATIENCE = 5.0  # seconds a repeat waits for the first
BEING_PLACED = gettext_lazy("This order is being placed at this moment. Ask again for its outcome.")


def digest(body: Any) -> str:
    """Tells one request's body from another."""
    return sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def repeated(body: Any) -> Order | None:
    """The order that this very body has placed already, brought to its end; None where there is none."""
    number = body.get("out_order_id") if isinstance(body, dict) else None
    known = Order.objects.filter(out_order_id=number, request_digest=digest(body)).first() if number else None
    return _ended(known) if known else None


def place(order: Order, lines: list[OrderLine]) -> Order:
    """Keep an order and push it; a repeat gives the first one's outcome.

    Raises Conflict (other content under the same number or key, or still in flight), Refused or Unreachable.
    """

    def create() -> None:
        order.save(force_insert=True)
        OrderLine.objects.bulk_create(lines)

    try:
        step = place_order.open(order, create=create, first=lambda order: pace.reserve(PATH))
    except IntegrityError:
        return _again(order)
    _attach(order, lines)
    place_order.run(step, order)
    return order


def _attach(order: Order, lines: list[OrderLine]) -> None:
    """Have the lines at hand without reading them back."""
    queryset: Any = order.lines.all()
    queryset._result_cache, queryset._prefetch_done = lines, True
    cast(Any, order)._prefetched_objects_cache = {"lines": queryset}


def _again(order: Order) -> Order:
    """The order that is here already under this number or key, brought to its end."""
    return _ended(_known(order))


def _ended(known: Order) -> Order:
    """Wait for a first try that is under way, or bring one to its end that came to none."""
    deadline = time.monotonic() + PATIENCE
    while known.order_id is None and not known.refusal:
        in_flight = _in_flight(known)
        known.refresh_from_db()  # after the look at the step: it may have ended between the two
        if not in_flight:
            break
        if time.monotonic() > deadline:
            raise InFlight(BEING_PLACED)
        time.sleep(0.05)
    if known.order_id is None or known.refusal:
        _finish(known)
    return known


def _known(order: Order) -> Order:
    known = Order.objects.filter(out_order_id=order.out_order_id).first()
    if known is None and order.idempotency_key:
        known = Order.objects.filter(placed_by=order.placed_by, idempotency_key=order.idempotency_key).first()
    if known is None:
        raise InFlight(BEING_PLACED)
    if known.request_digest != order.request_digest or known.out_order_id != order.out_order_id:
        raise Conflict(
            _("There is an order “%(number)s” with other content under this number or Idempotency-Key.")
            % {"number": known.out_order_id}
        )
    return known


def _in_flight(order: Order) -> bool:
    return Step.objects.of(order).filter(state=Step.State.SENT, lease_until__gt=Now()).exists()


def _finish(order: Order) -> None:
    """A first try that came to no end: look whether WeChat has it, else push it now."""
    if step := Step.objects.of(order).unknown().select_related("content_type", "user").first():
        recovery.resolve(step)
        step.refresh_from_db()
        if step.state == Step.State.UNKNOWN:
            raise Unreachable(step.message)
        order.refresh_from_db()
    if order.refusal:
        raise _refused(order)
    if order.order_id is None:
        try:
            place_order(order)
        except Conflict:
            if _in_flight(order):  # another repeat was quicker
                raise InFlight(BEING_PLACED) from None
            order.refresh_from_db()
            if order.order_id is None:
                raise
        order.refresh_from_db()


def _refused(order: Order) -> Exception:
    return error_for(PATH, order.refusal["errcode"], order.refusal["errmsg"])
