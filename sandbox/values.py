"""Checks and formats of values (BEHAVIOUR 0), shared by endpoints: numbers, lists and times."""

from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.utils import timezone

from .platform import Refusal

MOST = 2**31 - 1
LARGEST = 2**63 - 1


def moment(value: Any, name: str, errcode: int) -> datetime:
    try:
        return timezone.make_aware(datetime.strptime(value, "%Y-%m-%d %H:%M:%S"))
    except (TypeError, ValueError):
        raise Refusal(errcode, f"{name} is yyyy-MM-dd HH:mm:ss") from None


def whole(value: Any, most: int = MOST) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def objects(value: Any, name: str) -> list[dict]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refusal(47001, f"{name} is a list of objects")
    return value


def stamp(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def span_of(given: dict, what: str) -> list[datetime] | None:
    ends = [given.get(f"start_{what}_time"), given.get(f"end_{what}_time")]
    if not any(ends):
        return None
    try:
        start, end = (timezone.make_aware(datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S")) for text in ends)
    except ValueError:
        raise Refusal(40097, f"start_{what}_time and end_{what}_time are yyyy-MM-dd HH:mm:ss, both") from None
    if start > end:
        raise Refusal(990009, "the start lies after the end")
    return [start, end + timedelta(seconds=1)]


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())
