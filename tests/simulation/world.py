"""The world of one seed: both databases, the clock, the workers' queue, the postman, and what was seen.

The databases are prepared once in a process (migrated, with a shop that sells four products) and copied for each seed.
"""

import gc
import heapq
import sqlite3
from collections import Counter
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zlib import crc32

from celery import current_app
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connections
from django.db.models.signals import post_save
from django.test import Client

from console import key_requests, keys
from sandbox import pushes
from sandbox.models import Account, Push
from sandbox.platform import Refusal
from wechat import belonging, bulkhead, circuit, client, deadline, tokens, written_meanings
from wechat.errors import OperationError
from wechat.steps import actors

from . import seams
from .faults import Faults, Killed, Wire, faults, stand_in_for_the_sandboxs_faults, watch_commits
from .seams import chance, clock

DATABASES = ("default", "sandbox")


class Idle(Exception):
    """The act cannot be played: there is nothing that it could be about."""


class Broken(AssertionError):
    """A rule does not hold."""


class World:
    """One month. Acts take what they need from it; `pick` chooses a record so that it stays the same in a part."""

    def __init__(self) -> None:
        self.prepared: dict[str, sqlite3.Connection] = {}
        self.people: dict[str, Any] = {}
        self.header: dict[str, str] = {}
        self.begin(0)

    def begin(self, seed: int) -> None:
        self.seed, self.salt, self.began = seed, "", 0.0
        self.played: Counter[str] = Counter()
        self.trace, self.lines = sha256(), []
        self.queue: list[tuple[float, int, str, tuple]] = []
        self.wakes, self.has_posts = 0, False
        self.focus: Any = None  # what the act is about
        self.burst = ""  # to which the act belongs
        self.followed: dict[str, set] = {}  # what each burst was about so far
        self.memory: dict[str, Any] = {}  # what rules remember from one look to the next
        faults.__init__()  # type: ignore[misc]
        faults.play = self.nested

    # --- databases and processes

    def keep_prepared(self) -> None:
        for alias in DATABASES:
            self.prepared[alias] = sqlite3.connect(":memory:")
            connections[alias].connection.backup(self.prepared[alias])

    def restore(self) -> None:
        for alias in DATABASES:
            self.prepared[alias].backup(connections[alias].connection)
        self.forget_process()

    def forget_process(self) -> None:
        """What a process holds in memory is gone with it."""
        tokens._held = written_meanings._held = None
        belonging.forget()
        ContentType.objects.clear_cache()
        for person in self.people.values():
            for name in [name for name in vars(person) if name.endswith("_perm_cache")]:
                delattr(person, name)
        circuit._doubted.clear()
        bulkhead._failed_at = deadline._silent_until = key_requests._written_at = -1e9
        key_requests._counts.clear()
        client.mount(Wire())
        cache.clear()
        faults.dead, faults.later = False, None

    # --- time and work

    def wake(self, task: str, *args: Any) -> None:
        """A worker is woken through the broker, which may lose or double the message."""
        if faults.dead or faults.take(("wake_lost",)):
            return
        for _time in range(2 if faults.take(("wake_twice",)) else 1):
            self.wakes += 1
            heapq.heappush(self.queue, (clock.seconds + chance.random() * 3, self.wakes, task, args))

    def run_task(self, task: str, *args: Any) -> None:
        """Run a task as a worker does: what it raises ends only itself."""
        self.guard(lambda: current_app.tasks[task](*args))

    def post(self) -> None:
        """The sandbox's postman: what is due goes to the callback's view, each message once or again."""
        pushes.deliver_due(self.through_the_door)

    def through_the_door(self, url: str, body: bytes, content_type: str) -> tuple[int, str]:
        answer: list[Any] = []

        def go() -> None:
            path = url.removeprefix("http://testserver")
            answer.append(Client().post(path, body, content_type=content_type, headers={"host": "localhost"}))

        self.guard(go)
        return (answer[0].status_code, answer[0].content.decode()) if answer else (502, "")

    def work_until(self, seconds: float) -> None:
        """Workers and the postman do what is due until then; afterwards it is that time."""
        while True:
            due = self.queue[0][0] if self.queue else None
            posts = self._next_post()
            times = [time for time in (due, posts) if time is not None]
            if not times or min(times) > seconds:
                break
            clock.seconds = max(clock.seconds, min(times)) + 0.001
            if posts is not None and (due is None or posts <= due):
                self.post()
            else:
                _due, _nth, task, args = heapq.heappop(self.queue)
                self.run_task(task, *args)
        clock.seconds = max(clock.seconds, seconds)

    def see_push(self, **_signal: Any) -> None:
        self.has_posts = True

    def _next_post(self) -> float | None:
        if not self.has_posts:
            return None
        queued = Push.objects.filter(state=Push.QUEUED).order_by("due_at").values_list("due_at", flat=True)
        first = next(iter(queued[:1]), None)
        self.has_posts = first is not None
        return first.timestamp() if first else None

    # --- acts

    def guard(self, do: Any) -> str:
        """Do something as a process of its own that may be killed; says how it ended."""
        try:
            return Context().run(do) or "done"  # what it sets for itself ends with it, also where it is killed
        except Killed:
            self.forget_process()
            return "killed"
        except Idle:
            return ""
        except (OperationError, Refusal) as error:
            return type(error).__name__

    def perform(self, act: Any, number: str) -> str:
        """Play one act, named by its number."""
        from .acts import ACTS

        salt, self.salt = self.salt, number
        seams.begin_anew(f"{self.seed}/{number}")
        try:
            outcome = self.guard(lambda: ACTS[act["name"]].play(self))
        finally:
            self.salt = salt
        if outcome:
            self.played[act["name"]] += 1
        return outcome

    def nested(self, act: dict) -> None:
        state, others = chance.getstate(), self.focus
        outcome = self.perform(act, f"{self.salt}m")
        self.note(f"  meanwhile: {act['name']} ({outcome or 'nothing to do'})")
        chance.setstate(state)
        self.focus = others

    def note(self, line: str) -> None:
        when = datetime.fromtimestamp(clock.seconds, UTC)
        self.lines.append(f"{when:%m-%d %H:%M} {line}")

    def pick(self, rows: Any, key: Any = str) -> Any:
        """One of these, by the act's number and its own name; raises Idle where there is none."""
        rows = list(rows)
        if not rows:
            raise Idle
        if self.focus is not None and self.salt.endswith("m"):
            for row in rows:
                if key(row) == self.focus:
                    return row
        else:
            rows = [row for row in rows if key(row) in self.followed.get(self.burst, ())] or rows
        found = min(rows, key=lambda row: crc32(f"{self.salt}/{key(row)}".encode()))
        if not self.salt.endswith("m"):
            self.focus = key(found)
            self.follow(self.focus)
        return found

    def follow(self, key: Any) -> None:
        """The acts of a burst that come later are about this record, too, where they can be."""
        if self.burst:
            self.followed.setdefault(self.burst, set()).add(key)

    def ask(self, method: str, path: str, body: dict | None = None) -> Any:
        """A request of the mini program's backend to our API."""
        browser = Client(headers={"host": "localhost", **self.header})
        answer = getattr(browser, method)(f"/api/v1/{path}", body or {}, content_type="application/json")
        if answer.status_code in (400, 401, 403, 405):
            self.note(f"    {answer.content.decode()[:200]}")
        if answer.status_code >= 500 and answer.status_code != 503:
            raise Broken(f"the API answered {answer.status_code} to {method} {path}: {answer.content[:300]!r}")
        return answer

    def as_person(self, name: str) -> Any:
        return actors.acting("admin", self.people[name])

    def press(self, op: Any, record: Any, who: str) -> str:
        """Somebody presses a button: a job, which a worker carries out."""
        from console import jobs

        with self.as_person(who):
            op.refuse_unless_allowed(record)
            op.ask_second(record, self.people[who])
            jobs.start(op, [record])
        return "done"


world = World()


def prepare() -> World:
    """Take the seams, migrate both databases, open the shop; once in a process."""
    from .acts.rounds import leave_lists_out
    from .shop import open_shop

    if world.prepared:
        return world
    keys.REMEMBERED, key_requests.WRITTEN = 0, 0
    current_app.loader.import_default_modules()
    seams.take_rest(world.wake)
    seams.begin_anew("prepared")
    world.forget_process()
    pushes.sender = world.through_the_door
    open_shop(world)
    watch_commits()
    stand_in_for_the_sandboxs_faults()
    leave_lists_out()
    post_save.connect(world.see_push, sender=Push)
    world.keep_prepared()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # a fifth of the time went into looking for cycles
    return world


__all__ = ["Account", "Broken", "Faults", "Idle", "World", "prepare", "suppress", "world"]
