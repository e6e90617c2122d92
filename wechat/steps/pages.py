"""Reads a whole list page by page, also where WeChat returns shorter pages than we ask for."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from wechat.errors import Unreachable
from wechat.steps.operations import renew_lease

Row = TypeVar("Row")
MOST = 1000  # pages; a longer list is an error of the platform


def pages(read: Callable[[int, int], tuple[list[Row], int]]) -> Iterator[list[Row]]:
    """Yield pages until all the rows that WeChat counts have come, or a page is empty.

    A short page is not the last one: WeChat may limit the size of a page. `read` takes the page's number, from 1, and
    the number of rows read so far; it returns the rows and WeChat's count of all rows, 0 where WeChat gives no count.
    Raises Unreachable where fewer rows came than WeChat counts.
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
