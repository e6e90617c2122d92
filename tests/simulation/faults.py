"""What goes wrong: at a call to WeChat, at a commit of the console, at a push. Each kind is counted when it is hit.

A fault stands at the nth call (or commit) of the act that carries it, and of the work that follows from the act.
"""

import json
from collections import Counter
from contextvars import Context
from io import BytesIO
from typing import Any

import requests
from django.db import connections

from sandbox import platform, pushes
from sandbox.adapter import SandboxAdapter
from sandbox.models import Fault

from .seams import clock

OF_CALLS = (
    "timeout_before",
    "timeout_after",
    "reset_after",
    "busy",
    "busy_after",
    "quota",
    "too_often",
    "token_lost",
    "unknown_code",
    "garbage",
    "slow",
    "empty_body",
    "bare_answer",
    "killed_before_call",
    "killed_after_call",
    "meanwhile_before",
    "meanwhile_after",
)
OF_COMMITS = ("killed_before_commit", "killed_after_commit", "meanwhile_at_commit")
OF_PUSHES = ("push_lost", "push_late", "push_twice", "push_swapped")
OF_WORKERS = ("wake_lost", "wake_twice")
KINDS = OF_CALLS + OF_COMMITS + OF_PUSHES + OF_WORKERS
# kind: as the sandbox names it, and the errcode
INJECTED = {
    "timeout_before": ("timeout_before", 0),
    "timeout_after": ("timeout_after", 0),
    "reset_after": ("reset_after", 0),
    "busy": ("error", -1),
    "busy_after": ("error_after", -1),
    "quota": ("error", 45009),
    "too_often": ("error", 300000),
    "token_lost": ("error", 40001),
    "unknown_code": ("error", 9_999_999),
    "garbage": ("garbage", 0),
    "slow": ("slow", 0),
}
LATE = (1, 40, 600, 7200, 90_000)  # seconds
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Killed(BaseException):
    """The process ends here, with all that it holds in memory."""


class Faults:
    """The faults of the act that is played, and what was hit of them."""

    def __init__(self) -> None:
        self.hit: Counter[str] = Counter()
        self.armed: list[dict] = []
        self.calls = self.commits = 0
        self.dead = self.inside = False
        self.later: Any = None  # an act that begins before the next statement
        self.of_call: Fault | None = None  # for the sandbox, of the call on its way
        self.play: Any = None  # plays another act, in the middle of this one

    def arm(self, faults: list[dict]) -> None:
        self.calls = self.commits = 0
        self.armed = list(faults)

    def disarm(self) -> None:
        self.armed, self.later, self.of_call = [], None, None

    def of_platform(self, _path: str) -> Fault | None:
        """In place of the sandbox's own look for a fault of a call: no query."""
        found, self.of_call = self.of_call, None
        return found

    def of_push(self, _event: str) -> Fault | None:
        found = None if self.inside else self.take(OF_PUSHES)
        return Fault(kind=found["kind"], seconds=LATE[found["nth"] % len(LATE)]) if found else None

    def take(self, kinds: tuple[str, ...], nth: int = 0) -> dict | None:
        """The fault of one of these kinds that stands here; nth is 0 where its place does not matter."""
        for fault in self.armed:
            if fault["kind"] in kinds and nth in (0, fault["nth"]):
                self.armed.remove(fault)
                self.hit[fault["kind"]] += 1
                return fault
        return None

    def die(self) -> None:
        self.dead = True
        raise Killed

    def meanwhile(self, act: Any) -> None:
        """Somebody else acts while the first one waits."""
        held, self.armed, self.inside = (self.armed, self.calls, self.commits), [], True
        try:
            Context().run(self.play, act)
        finally:
            self.inside = False
            self.armed, self.calls, self.commits = held


faults = Faults()


class Wire(SandboxAdapter):
    """The way to WeChat, on which answers get lost."""

    def send(self, request: requests.PreparedRequest, *more: Any, **how: Any) -> requests.Response:
        if faults.dead:
            raise Killed
        clock.advance(0.05)
        faults.calls += not faults.inside
        found = None if faults.inside else faults.take(OF_CALLS, faults.calls)
        kind = found["kind"] if found else ""
        if kind in INJECTED:
            named, errcode = INJECTED[kind]
            faults.of_call = Fault(kind=named, errcode=errcode, seconds=15)
        elif kind == "killed_before_call":
            faults.die()
        elif kind == "meanwhile_before":
            faults.meanwhile(found["act"])
        try:
            response = super().send(request, *more, **how)
        except requests.Timeout:
            clock.advance(10)
            raise
        if kind == "killed_after_call":
            faults.die()
        elif kind == "meanwhile_after":
            faults.meanwhile(found["act"])
        elif kind == "empty_body":
            response.raw = BytesIO()
        elif kind == "bare_answer" and not json.loads(response.raw.getvalue()).get("errcode"):  # a refusal stays one
            response.raw = BytesIO(b'{"errcode":0,"errmsg":"ok"}')
        return response


def stand_in_for_the_sandboxs_faults() -> None:
    """And for its ledger of calls, which nobody reads here."""
    platform._fault, pushes._fault = faults.of_platform, faults.of_push
    platform._write = lambda *_call: None


def watch_commits() -> None:
    """Every commit of the console passes here; the sandbox is another machine, which does not die."""
    connection = connections["default"]
    commit = type(connection)._commit

    def undo() -> None:
        connection._rollback()
        connection.run_on_commit = []

    def commit_or_die() -> None:
        _pass(lambda: commit(connection), undo)

    def statement(execute: Any, sql: str, params: Any, many: bool, context: dict) -> Any:
        word = sql.lstrip()[:8].split(" ")[0].upper()
        if faults.dead and word not in ("ROLLBACK", "RELEASE"):
            raise Killed
        if faults.later and not connection.in_atomic_block and connection.autocommit:
            act, faults.later = faults.later, None
            faults.meanwhile(act)
        if connection.in_atomic_block or word not in WRITES:
            return execute(sql, params, many, context)
        return _pass(lambda: execute(sql, params, many, context), lambda: None)

    connection._commit = commit_or_die
    connection.execute_wrappers.append(statement)


def _pass(do: Any, undo: Any) -> Any:
    if faults.inside or not faults.armed:
        return do()
    faults.commits += 1
    found = faults.take(OF_COMMITS, faults.commits)
    kind = found["kind"] if found else ""
    if kind == "killed_before_commit":
        undo()
        faults.die()
    done = do()
    if kind == "killed_after_commit":
        faults.die()
    elif kind == "meanwhile_at_commit":
        faults.later = found["act"]
    return done
