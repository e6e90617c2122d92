"""The schedule: its tasks are run as acts, in an order of chance; each may be cut off like any other work."""

from functools import cache

from config import celery_options
from console import schedule
from wechat.steps.pulls import listed, pulls

from ..seams import chance
from .registry import act

# Of other machines (mail, robots, webhooks), or of what no month here touches.
LEFT_OUT = (
    "orders.tasks.pull_companies",
    "wechat.tasks.count_calls",
    "console.tasks.",
    "catalog.tasks.forget",
    "catalog.tasks.ring",
)
STILL = ("banks", "cities", "categories")
PLAYED = (
    "console.tasks.ring_jobs",
    "console.tasks.link_edits",
    "console.tasks.prune_feed",
    "console.tasks.ring_comparisons",
    "console.tasks.compare_yesterday",
    "scenes.tasks.go_on_with_evenings",
)


def leave_lists_out() -> None:
    """Lists that never change here are not pulled each night."""
    pull = schedule.pull
    schedule.pull = lambda *names: pull(*[name for name in names if name not in STILL])


@cache
def tasks() -> dict[str, list[str]]:
    """The schedule's tasks by how often they run."""
    found: dict[str, list[str]] = {"minute": [], "hour": [], "night": []}
    for entry in celery_options.beat_schedule.values():
        name, every = entry["task"], entry["schedule"]
        if name.startswith(LEFT_OUT) and name not in PLAYED:
            continue
        kind = "night" if not isinstance(every, float) else "minute" if every <= 120 else "hour"
        found[kind].append(name)
    return found


def _run(world, kind: str, count: int = 0) -> str:
    names = sorted(tasks()[kind])
    chosen = chance.sample(names, count or len(names))
    for name in chosen:
        world.run_task(name)
    return ", ".join(name.split(".")[-1] for name in chosen)


@act(20, "some of the schedule's quick tasks run", "any")
def quick_tasks(world):
    return _run(world, "minute", 3)


@act(5, "some of the schedule's slower tasks run", "any")
def slower_tasks(world):
    return _run(world, "hour", 3)


@act(0, "the schedule's tasks of a night run", "any")
def night(world):
    for name in ("watch_merchant", "pull_recent_flows"):  # movements are only looked for a month back
        world.run_task(f"orders.funds.tasks.{name}")
    return _run(world, "night", 1)


@act(9, "the sweep runs", "any")
def sweep(world):
    world.run_task("wechat.tasks.sweep")
    return "done"


@act(3, "somebody pulls a list that is otherwise pulled once a day, or never", "any")
def pull_list(world):
    name = chance.choice(("banks", "cities", "categories", "express_companies"))
    return f"{name} {world.press(pulls[name], listed(name), 'owner')}"
