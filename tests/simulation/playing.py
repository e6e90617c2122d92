"""Plays a drawn month, or a part of it: acts with their faults, the rules in between, rest, and the comparison."""

import time
import traceback
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Count

from sandbox.models import Account
from wechat.models import Callback, Step

from . import books_rules, comparing, difference_rules, holding, records, rest, rules, stock_rules
from .acts import merchant
from .faults import faults
from .seams import begin_anew, clock
from .world import Broken, World

# They fill the rules.
__all__ = ["books_rules", "comparing", "difference_rules", "holding", "records", "stock_rules"]
EVERY = 50  # acts between two looks at the rules


class Month(NamedTuple):
    """What became of a seed."""

    seed: int
    faults: list[str]  # rules that do not hold; empty where all do
    hash: str
    days: float
    acts: int
    counts: dict[str, dict[str, int]]  # acts, operations, events, faults
    lines: list[str]
    seconds: float  # of CPU

    @property
    def is_whole(self) -> bool:
        return self.days >= 30 and self.acts >= 300 and sum(self.counts["faults"].values()) >= 5


def play(world: World, plan: dict, numbers: set[str] | None = None) -> Month:
    """Play the acts with these numbers, or all of them."""
    started = time.process_time()
    world.restore()
    world.begin(plan["seed"])
    clock.seconds = world.began = plan["begin"]
    begin_anew(f"{plan['seed']}/begin")
    Account.objects.update(**plan["account"])
    world.run_task("orders.funds.tasks.pull_recent_flows")  # a shop looks at its money from its first day on
    if plan["without_merchant"]:
        merchant.begin_without()
    found: list[str] = []
    try:
        for nth, act in enumerate(plan["acts"]):
            if numbers is None or act["number"] in numbers:
                _play_act(world, act)
                if nth % EVERY == 0 and (found := rules.check(world, rules.ALWAYS)):
                    break
        if not found:
            world.note("— everything comes to rest")
            rest.come_to_rest(world)
            found = rules.check(world, rules.ALWAYS + rules.AT_REST)
    except Broken as error:
        found = [str(error)]
    except Exception as error:
        found = [f"{type(error).__name__}: {error} {_where(error)}"]
        world.note("".join(traceback.format_exception(error)[-6:]))
    days = (clock.seconds - world.began) / 86400
    hash_ = world.trace.hexdigest()[:16]
    spent = time.process_time() - started
    return Month(plan["seed"], found, hash_, days, sum(world.played.values()), _counts(world), world.lines, spent)


def _play_act(world: World, act: dict) -> None:
    world.work_until(world.began + act["at"])
    world.focus, world.burst = None, act["burst"]
    faults.arm(act["faults"])
    before = Counter(faults.hit)
    outcome = world.perform(act, act["number"])
    world.work_until(clock.seconds + 5)
    faults.disarm()
    hit = faults.hit - before
    if outcome or hit:
        struck = f" [{', '.join(sorted(hit))}]" if hit else ""
        from .acts import ACTS

        world.note(f"#{act['number']} {ACTS[act['name']].words}: {outcome}{struck}")
    world.trace.update(f"{act['number']} {act['name']} {outcome} {sorted(hit)} {clock.seconds:.3f}".encode())


def _counts(world: World) -> dict[str, dict[str, int]]:
    def by(model: Any, name: str, made: str) -> dict[str, int]:
        since = model.objects.filter(**{f"{made}__gte": datetime.fromtimestamp(world.began, UTC)})
        return dict(since.order_by().values_list(name).annotate(Count("pk")))

    operations, events = by(Step, "operation", "created_at"), by(Callback, "event", "received_at")
    return {"acts": dict(world.played), "operations": operations, "events": events, "faults": dict(faults.hit)}


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"({last.filename.rsplit('/', 3)[-1]}:{last.lineno})"
