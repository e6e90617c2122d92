"""Messages that are not yet under keys of their buyers, and what earlier versions logged in the clear of calls."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import BinaryField, Func, QuerySet, Value

from wechat.chunks import chunks_of
from wechat.masking import masked
from wechat.messages import Malformed
from wechat.models import BuyerKey, Call, Callback
from wechat.models.buyers import MARK
from wechat.sealed import Unreadable


def seal_old(report: Callable[[int], None] = lambda count: None) -> int:
    """Returns how many were sealed anew; those that name nobody, or cannot be read, stay as they are."""
    count = _seal_messages(Callback.objects.exclude(state=Callback.State.REFUSED), report)
    _mask_calls()
    return count


def seal_messages() -> None:
    """What waits gets its buyer's key only when it is handled, and a worker of an earlier version gives it none."""
    _seal_messages(Callback.objects.exclude(state=Callback.State.REFUSED), lambda count: None)


def seal_waiting() -> None:
    """What has come since `seal_messages`, which takes longer than a transaction may."""
    _seal_messages(Callback.objects.due(), lambda count: None)


def begins(length: int) -> Func:
    """The first bytes of a message's body, which say under which key it is."""
    return Func("body", Value(1), Value(length), function="SUBSTR", output_field=BinaryField())


def _seal_messages(callbacks: QuerySet[Callback], report: Callable[[int], None]) -> int:
    count = 0
    unsealed = callbacks.alias(mark=begins(len(MARK))).exclude(mark__in=[b"", MARK])
    for chunk in chunks_of(unsealed):
        with transaction.atomic():
            sealed = sum(_seal(callback) for callback in chunk)
        count += sealed
        report(len(chunk))
    return count


def _mask_calls() -> None:
    for calls in chunks_of(Call.objects.all()):
        changed = [call.pk for call in calls if _mask(call)]
        with transaction.atomic():
            # Read again and held: they may have been erased meanwhile.
            held = list(Call.objects.select_for_update().filter(pk__in=changed))
            Call.objects.bulk_update([call for call in held if _mask(call)], ["request", "answer"])


def _mask(call: Call) -> bool:
    before = call.request, call.answer
    call.request, call.answer = masked(call.request), masked(call.answer)
    return before != (call.request, call.answer)


def _seal(callback: Callback) -> int:
    """Seal the message, unless it is another one by now than was read; returns how many were."""
    try:
        raw, buyer = callback.raw, callback.message.buyer
    except (Unreadable, Malformed):
        return 0
    if not buyer:
        return 0
    as_read = Callback.objects.filter(pk=callback.pk, body=callback.body)
    return as_read.update(body=BuyerKey.objects.seal(buyer, raw))
