"""A list read whole, page by page, whatever WeChat makes of the page's size that it is asked for."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from wechat.errors import Unreachable
from wechat.steps.operations import renew_lease

Row = TypeVar("Row")
MOST = 1000  # a list that never ends is a fault of the platform's


def pages(read: Callable[[int, int], tuple[list[Row], int]]) -> Iterator[list[Row]]:
    """Page by page, until there are as many rows as WeChat counts or a page is empty: a short one may be its own limit.

    `read` is given the page's number, from 1, and how many rows came before it; it returns the rows and WeChat's count,
    0 where it tells none. Raises Unreachable where fewer rows came than WeChat counts.
    """
    count = total = 0
    for page in range(1, MOST + 1):
        rows, counted = read(page, count)
        count, total = count + len(rows), counted or total
        if rows:
            yield rows
            renew_lease()
        if not rows or 0 < total <= count:
            break
    if count < total:
        raise Unreachable(f"WeChat's list ended after {count} of {total} rows")
