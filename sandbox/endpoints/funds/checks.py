"""Checks and paging shared by the calls of funds."""

from django.db.models import QuerySet

from ...platform import Refusal, Request, need
from ...values import MOST, whole

NO_DATA = 9710001


def need_text(given: dict, name: str) -> str:
    (value,) = need(given, name)
    if not isinstance(value, str):
        raise Refusal(40097, f"{name} is a string")
    return value


def need_code(given: dict, name: str) -> int:
    """A number, also as text, as in the platform's sample."""
    (value,) = need(given, name)
    if not whole(value) and not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10):
        raise Refusal(40097, f"{name} is a number")
    return min(int(value), MOST)


def page_of(request: Request, found: QuerySet, column: str, name: str) -> dict:
    number, size = need(request.data, "page_num", "page_size")
    if not whole(number) or not whole(size) or not number or not size:
        raise Refusal(40097, "page_num and page_size count from 1")
    if size > 100:
        raise Refusal(990005, "page_size is at most 100")
    total = found.count()
    rows = list(found.values_list(column, flat=True)[(number - 1) * size : number * size])
    if not rows:
        raise Refusal(NO_DATA, "no data")
    return {name: rows, "total_num": total}


def slice_of(request: Request) -> tuple[int, int]:
    offset, limit = request.data.get("offset") or 0, request.data.get("limit") or 20
    if not whole(offset) or not whole(limit):
        raise Refusal(40097, "offset and limit are whole numbers")
    return offset, offset + limit
