"""Everything by which the world outside reaches the console and the sandbox, in the hands of the simulator.

| seam | of the world | here |
|---|---|---|
| wall time | `timezone.now`, `time.time` | `Clock.now`, which goes on with every look at it |
| elapsed time | `time.monotonic`, `time.sleep`, waits of `wechat.pace` | the same clock |
| database time | `strftime`, `julianday`, `CURRENT_TIMESTAMP` | functions of the SQLite connection: the same clock |
| randomness | `secrets`, `random`, `uuid.uuid4`, `os.urandom` | one generator, begun anew for each act |
| waking of workers | `waking.wake` | `World.wake`: the task is run later, or never |
| threads | `waking`'s, the live timers | none: nothing here starts one |
| WeChat's network | `client.mount` | `faults.Wire`, in front of the sandbox |
| pushes | `pushes.deliver_due` | `World.post`, into the callback's view |
| the end of a process | a `Killed` at a commit or a call | `faults`; what it held in memory is forgotten |
"""

import os
import random
import secrets
import sqlite3
import time
import uuid
from datetime import UTC, datetime

from django.utils import timezone

TICK = 0.00005  # seconds that pass with every look at the clock
MOMENT = "%Y-%m-%d %H:%M:%f"


class Clock:
    """Unix seconds; it goes on by what is done, never by itself."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def advance(self, seconds: float) -> None:
        self.seconds += max(0.0, seconds)

    def now(self) -> datetime:
        self.seconds += TICK
        return datetime.fromtimestamp(self.seconds, UTC)


class Chance(random.Random):
    """In place of `secrets`: the same every time."""

    def hex(self, size: int = 16) -> str:
        return self.randbytes(size).hex()


clock = Clock()
chance = Chance(0)
_elsewhere = sqlite3.connect(":memory:")  # what SQLite's own functions say of a given time


def take_time() -> None:
    """Before anything of the console is imported: some columns hold `timezone.now` itself as their default."""
    timezone.now = clock.now
    time.time = time.monotonic = lambda: clock.seconds
    time.sleep = clock.advance


def take_rest(wake) -> None:
    """Take the other seams into our hands, for the rest of this process."""
    from django.db import connections

    from wechat.steps import stopping, waking

    stopping.asked.wait = clock.advance
    waking.wake = wake
    secrets.token_hex, secrets.token_bytes = chance.hex, chance.randbytes
    secrets.token_urlsafe = lambda size=16: chance.hex(size)[: -(-size * 4 // 3)]
    secrets.randbelow, secrets.choice = chance.randrange, chance.choice
    uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)
    os.urandom = chance.randbytes
    for alias in ("default", "sandbox"):
        connections[alias].ensure_connection()
        _set_time(connections[alias].connection)


def begin_anew(name: str) -> None:
    """What is random from here on depends on this name alone."""
    chance.seed(name)
    random.seed(name)


def _set_time(connection: sqlite3.Connection) -> None:
    def format_time(form, *when):
        if when and str(when[0]).lower() == "now" and form == MOMENT:
            return _text(clock.seconds)
        return _elsewhere.execute(f"SELECT strftime({', '.join('?' * (len(when) + 1))})", (form, *when)).fetchone()[0]

    def julian_day(*when):
        if when and str(when[0]).lower() != "now":
            return _elsewhere.execute("SELECT julianday(?)", when[:1]).fetchone()[0]
        return clock.seconds / 86400 + 2440587.5

    connection.create_function("strftime", -1, format_time)
    connection.create_function("julianday", -1, julian_day)
    connection.create_function("current_timestamp", 0, lambda: _text(clock.seconds)[:19])


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
