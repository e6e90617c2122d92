"""Takes secrets, people and moments out of what was recorded: stars, stable made-up values, and distances in time."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

SECRET = re.compile(r"(.*_)?(secret|token|aes_key|password)|paySign")
STARS = "***"
PEOPLE: list[tuple[re.Pattern, Callable[[int], str]]] = [
    (re.compile(r"(.*_)?openid"), "oScenario_{:019d}".format),
    (re.compile(r"tel_number|.*mobile.*|(.*_)?phone(_number)?"), "138{:08d}".format),
    (re.compile(r"(.*_)?(card|account|doc)_(number|no)"), "62220000{:011d}".format),
    (re.compile(r"(receiver|user|contact|account|legal_person|id_card)_name|.*nickname"), "某人{}".format),
    (re.compile(r"detailed_address|address|house_number"), "某路 {} 号".format),
    (re.compile(r"(.*_)?email"), "nobody{}@example.com".format),
]
OURS = "sandbox"  # people of the sandbox itself have it in their ids
TEXT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MARK = re.compile(r"<(time|(?:milli)?seconds(?: as text)?) ([+-]\d+)>")
UNIX = re.compile(r"[12]\d{9}(\d{3})?")
CLOCKS = re.compile(r".*(time|deadline|stamp)s?", re.IGNORECASE)
FORM = "%Y-%m-%d %H:%M:%S"


def is_personal(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern, _made in PEOPLE)


class MadeUp:
    """Cleans values, one after another; the same person is always the same made-up one."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def cleaned(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self.cleaned(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.cleaned(item, name) for item in value]
        if isinstance(value, str) and value:
            if SECRET.fullmatch(name):
                return STARS
            return self._person(value, name)
        return value

    def _person(self, value: str, name: str) -> str:
        made = next((made for pattern, made in PEOPLE if pattern.fullmatch(name)), None)
        if made and OURS not in value.lower() and value not in self.known.values():
            self.known.setdefault(value, made(len(self.known) + 1))
        return self.known.get(value, value)

    def everywhere(self, value: Any) -> Any:
        """Also within other texts, such as the address of a page."""
        if isinstance(value, dict):
            return {key: self.everywhere(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.everywhere(item) for item in value]
        if isinstance(value, str):
            for real, made in self.known.items():
                value = value.replace(real, made) if len(real) > 1 else value
        return value


def relative(value: Any, began: datetime, name: str = "") -> Any:
    """Moments as the seconds since the beginning."""
    if isinstance(value, dict):
        return {key: relative(item, began, key) for key, item in value.items()}
    if isinstance(value, list):
        return [relative(item, began, name) for item in value]
    if isinstance(value, str) and TEXT.fullmatch(value):
        try:
            moment = timezone.make_aware(datetime.strptime(value, FORM))
        except ValueError:
            return value
        return f"<time {moment.timestamp() - began.timestamp():+.0f}>"
    if CLOCKS.fullmatch(name) and UNIX.fullmatch(str(value)):
        unit, seconds = ("seconds", int(value)) if len(str(value)) == 10 else ("milliseconds", int(value) / 1000)
        kind = unit if isinstance(value, int) else f"{unit} as text"
        return f"<{kind} {seconds - began.timestamp():+.0f}>"
    return value


def absolute(value: Any, began: datetime) -> Any:
    """The opposite of `relative`."""
    if isinstance(value, dict):
        return {key: absolute(item, began) for key, item in value.items()}
    if isinstance(value, list):
        return [absolute(item, began) for item in value]
    if not isinstance(value, str) or not (mark := MARK.fullmatch(value)):
        return value
    moment = began + timedelta(seconds=int(mark[2]))
    if mark[1] == "time":
        return timezone.localtime(moment).strftime(FORM)
    number = int(moment.timestamp() * (1000 if mark[1].startswith("milli") else 1))
    return str(number) if mark[1].endswith("text") else number
