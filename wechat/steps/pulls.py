"""Lists that are read whole from WeChat ("pulled"): each app registers those it keeps.

    @pull("orders", _("Orders"), name="pull_orders", label=_("Pull orders"))
    def pull_orders(pulled, sent):
        rows = shop.get_list(...)
        return lambda: store(rows) and pulled.mark(len(rows))

A pull is an operation on the list's own record (`PulledList`), which knows how old our copy is.
"""

from collections.abc import Callable
from typing import Any

from wechat.models import PulledList, pulled
from wechat.steps.operations import Body, Missing, Operation, Text, operation

pulls: dict[str, Operation] = {}  # by the list's name


def pull(
    list_name: str, title: Text, *, name: str, label: Text, check: Callable[..., Missing] | None = None
) -> Callable[[Body], Operation]:
    """Register a list, and make a function of (pulled, sent) the operation that reads it whole.

    list_name: the key of its row, never changed; title: what the list is called; the rest is as for `@operation`.
    """

    def is_this(record: Any) -> bool:
        return record.name == list_name

    def decorate(body: Body) -> Operation:
        pulled.TITLES[list_name] = title
        decorated = operation(on=PulledList, name=name, label=label, allowed=is_this, check=check, reads=True)(body)
        pulls[list_name] = decorated
        return decorated

    return decorate


def listed(name: str) -> PulledList:
    """The record of a list."""
    return PulledList.objects.get(name=name)
