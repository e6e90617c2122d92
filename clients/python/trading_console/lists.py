"""Lists, page by page, and what changed in them."""

import time
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any, Generic, NotRequired, TypedDict, TypeVar
from urllib.parse import parse_qs, urlsplit

Row = TypeVar("Row")
Answer = TypeVar("Answer", bound=Mapping[str, Any])
PLACES = ("cursor", "page", "updated_after")  # the parameters in which the next page differs


class Page(TypedDict, Generic[Row]):
    next: NotRequired[str | None]
    results: list[Row]


def pages(read: Callable[..., Page[Row]], *args: Any, **filters: Any) -> Iterator[Row]:
    """Every record of a list: `for order in pages(console.orders.list, status=20)`."""
    while True:
        page = read(*args, **filters)
        yield from page["results"]
        following = parse_qs(urlsplit(page.get("next") or "").query)
        places = {name: following[name][0] for name in PLACES if name in following}
        if not places:
            return
        filters |= places


def changes(
    read: Callable[..., Answer], after: str = "0", *, wait: float | None = None, **filters: Any
) -> Iterator[Answer]:
    """What changed after a position, answer by answer, of `console.events.list` or of a list with `updated_after`.

    Store `position` of each answer once you have dealt with its `results` and `deleted`, and go on from there next
    time; a change may come twice, never not. It ends when there is nothing more, or with `wait` looks again after so
    many seconds. `after` is a position, a time, `now`, or 0 for everything.
    """
    name = next((one for one in ("updated_after", "after") if one in signature(read).parameters), None)
    if name is None:
        raise TypeError("This list does not tell what changed in it.")
    while True:
        answer = read(**{name: after}, **filters)
        if answer["results"] or answer.get("deleted") or answer["position"] != after:
            yield answer
        after = answer["position"]
        if answer.get("more") or answer.get("next"):
            continue
        if wait is None:
            return
        time.sleep(wait)
