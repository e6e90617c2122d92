"""Places an order once, however often its request is repeated: it is stored, then pushed; repeats get the same answer.

The buyer waits, so SQL statements are few (a test allows 8, on PostgreSQL 7, in 2 commits). One commit before the call
stores the order, its lines, its place in the rate limit and its step; one after the call updates step and order and
stores the call.
"""

import json
import time
from hashlib import sha256
from typing import Any, cast

from django.db import IntegrityError
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat import bulkhead, pace
from wechat.errors import Unreachable, error_for
from wechat.models import Step
from wechat.statements import insert_with
from wechat.steps import recovery
from wechat.steps.errors import Conflict, InFlight

from .models import Order, OrderLine
from .operations import place_order

PATH = "/shop/order/add"
REPEAT_WAITS = 5.0  # seconds a repeat waits for the first request
BEING_PLACED = gettext_lazy("This order is being placed at this moment. Ask again for its outcome.")


def digest(body: Any) -> str:
    """A hash that identifies a request's body."""
    return sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def repeated(body: Any) -> Order | None:
    """The order that the same body has placed already, with its outcome; None where there is none."""
    number = body.get("out_order_id") if isinstance(body, dict) else None
    order = Order.objects.filter(out_order_id=number, request_digest=digest(body)).first() if number else None
    return _ended(order) if order else None


def place(order: Order, lines: list[OrderLine]) -> Order:
    """Store an order and push it; a repeat returns the outcome of the first request.

    Raises Conflict (other content under the same number or key, or still in flight), Refused or Unreachable.
    """

    try:
        step = place_order.open(
            order, create=lambda: insert_with(order, lines, "order"), first=lambda order: pace.reserve(PATH)
        )
    except IntegrityError:
        return _again(order)
    _attach(order, lines)
    place_order.run(step, order)
    return order


def _attach(order: Order, lines: list[OrderLine]) -> None:
    """Put the lines into the prefetch cache, which saves a query."""
    queryset: Any = order.lines.all()
    queryset._result_cache, queryset._prefetch_done = lines, True
    cast(Any, order)._prefetched_objects_cache = {"lines": queryset}


def _again(order: Order) -> Order:
    """The order that is stored already under this number or key, with its outcome."""
    return _ended(_existing(order))


def _ended(existing: Order) -> Order:
    """Wait for a first request that is still running, or finish one that was interrupted."""
    if existing.order_id is None or existing.refusal:
        with bulkhead.place():  # who waits for the first request waits for WeChat
            _await_first(existing)
            if existing.order_id is None or existing.refusal:
                _finish(existing)
    return existing


def _await_first(existing: Order) -> None:
    deadline = time.monotonic() + REPEAT_WAITS
    while existing.order_id is None and not existing.refusal:
        in_flight = _in_flight(existing)
        existing.refresh_from_db()  # after the query of the step: the step may close between the two
        if not in_flight:
            break
        if time.monotonic() > deadline:
            raise InFlight(BEING_PLACED)
        time.sleep(0.05)


def _existing(order: Order) -> Order:
    existing = Order.objects.filter(out_order_id=order.out_order_id).first()
    if existing is None and order.idempotency_key:
        existing = Order.objects.filter(placed_by=order.placed_by, idempotency_key=order.idempotency_key).first()
    if existing is None:
        raise InFlight(BEING_PLACED)
    if existing.request_digest != order.request_digest or existing.out_order_id != order.out_order_id:
        raise Conflict(
            _("There is an order “%(number)s” with other content under this number or Idempotency-Key.")
            % {"number": existing.out_order_id}
        )
    return existing


def _in_flight(order: Order) -> bool:
    return Step.objects.of(order).filter(state=Step.State.SENT, lease_until__gt=Now()).exists()


def _finish(order: Order) -> None:
    """An interrupted first request: check whether WeChat has the order, else push it now."""
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
            if _in_flight(order):  # another repeat pushes it
                raise InFlight(BEING_PLACED) from None
            order.refresh_from_db()
            if order.order_id is None:
                raise
        order.refresh_from_db()


def _refused(order: Order) -> Exception:
    return error_for(PATH, order.refusal["errcode"], order.refusal["errmsg"])
