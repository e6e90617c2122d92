"""Compares what was recorded with what is answered now, and learns the platform's new ids on the way."""

import re
from typing import Any, NamedTuple

from .made_up import MARK, STARS, is_personal

ID = re.compile(r"(?!out_)(.*_)?(id|ids|no|ticket|token|url|link|buf)|nonceStr|package|expires_in")
RID = re.compile(r" rid: .*")
LONG = 12  # from so many characters on, an id is also replaced within other texts
NOTHING = "(nothing)"


class Difference(NamedTuple):
    place: str  # such as `order.status`
    recorded: Any
    replayed: Any


class Ids:
    """The ids that the platform gave in the recording, and those that it gives now."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}

    def replaced(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self.replaced(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item, name) for item in value]
        if isinstance(value, bool) or not isinstance(value, str | int):
            return value
        # A short one, such as 10001, is an id only under an id's name: elsewhere it is an amount or a count.
        text = str(value)
        if text in self.now and (ID.fullmatch(name) or len(text) >= LONG):
            text = self.now[text]
        elif isinstance(value, str):
            for was, now in self.now.items():
                text = text.replace(was, now) if len(was) >= LONG else text
        return type(value)(text)

    def learn(self, was: Any, now: Any) -> None:
        self.now[str(was)] = str(now)


def difference(was: Any, now: Any, ids: Ids, place: str = "") -> Difference | None:
    """The first difference but for ids, times and people, which only have to be of the same type."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in [*was, *(name for name in now if name not in was)]:
            inner = f"{place}.{name}".lstrip(".")
            if name not in was or name not in now:
                return Difference(inner, was.get(name, NOTHING), now.get(name, NOTHING))
            if found := difference(was[name], now[name], ids, inner):
                return found
        return None
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = enumerate(zip(was, now, strict=True))
        return next((one for nth, pair in pairs if (one := difference(*pair, ids, f"{place}[{nth}]"))), None)
    return None if _fits(was, now, ids, place) else Difference(place, was, now)


def _fits(was: Any, now: Any, ids: Ids, place: str) -> bool:
    if type(was) is not type(now) or isinstance(was, list):
        return False
    name = re.sub(r"\[\d+\]", "", place).rpartition(".")[2]
    if was in (now, STARS) or ids.replaced(was, name) == now:
        return True
    if ID.fullmatch(name):
        ids.learn(was, now)
        return True
    if name == "errmsg":
        return RID.sub("", was) == RID.sub("", now)
    times = [MARK.fullmatch(str(value)) for value in (was, now)]
    return is_personal(name) or (all(times) and times[0][1] == times[1][1])  # type: ignore[index]
