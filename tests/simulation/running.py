"""Runs many seeds one after the other, keeps count, and shrinks what fails to a story."""

import argparse
import json
import logging
import sys
from collections import Counter
from pathlib import Path

from wechat.callbacks import handlers, repliers
from wechat.steps.operations import registry

from . import plan, story
from .acts import ACTS
from .faults import KINDS
from .planted import PLANTED
from .playing import Month, play
from .world import prepare

KINDS_OF_COUNTS = ("acts", "operations", "events", "faults")
ENOUGH = 100


def main(given: list[str]) -> int:
    options = _options(given)
    logging.disable(logging.CRITICAL)
    world = prepare()
    if options.plant:
        PLANTED[options.plant]()
    kept = _load(options.resume)
    counts = {kind: Counter(kept["counts"].get(kind, {})) for kind in KINDS_OF_COUNTS}
    first, last = options.seeds
    failed = kept.get("failed", [])
    for seed in range(max(first, kept["next"]), last + 1):
        drawn = plan.draw(seed, options.acts)
        month = play(world, drawn)
        for kind in KINDS_OF_COUNTS:
            counts[kind].update(month.counts[kind])
        if options.verbose or not month.is_whole:
            print(_line(month))
        if options.lines:
            print(*month.lines, sep="\n")
        kept = {"next": seed + 1, "seeds": kept["seeds"] + 1, "cpu": kept["cpu"] + month.seconds, "counts": counts}
        kept["failed"] = failed = [*failed, seed] if month.faults else failed
        if options.resume:
            options.resume.write_text(json.dumps(kept))
        if month.faults:
            print(f"seed {seed} fails:", *month.faults[:8], sep="\n  ")
            if options.story:
                print(story.tell(world, drawn, month), flush=True)
            if len(failed) >= options.most:
                break
        sys.stdout.flush()
    print(_table(counts))
    print(f"{kept['seeds']} seeds, {kept['cpu'] / max(1, kept['seeds']):.2f} s of CPU each, failed: {failed or 'none'}")
    return 1 if failed else 0


def _options(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Plays merchant months from seeds.")
    parser.add_argument("--seeds", type=_span, default=(1, 20), help="1-200, or one number")
    parser.add_argument("--resume", type=Path, help="a file that keeps count, so that a run goes on where it ended")
    parser.add_argument("--story", action="store_true", help="shrink what fails, and tell it")
    parser.add_argument("--lines", action="store_true", help="everything that happened")
    parser.add_argument("--verbose", action="store_true", help="a line for each seed")
    parser.add_argument("--most", type=int, default=10**9, help="stop after so many seeds that fail")
    parser.add_argument("--acts", type=int, default=plan.ACTS_A_MONTH, help="acts that are drawn for a month")
    parser.add_argument("--plant", choices=PLANTED, help="plant a fault first, to see it found")
    return parser.parse_args(given)


def _span(text: str) -> tuple[int, int]:
    first, _dash, last = text.partition("-")
    return int(first), int(last or first)


def _load(path: Path | None) -> dict:
    if path and path.exists():
        return json.loads(path.read_text())
    return {"next": 0, "seeds": 0, "cpu": 0.0, "counts": {}}


def _line(month: Month) -> str:
    struck = sum(month.counts["faults"].values())
    return (
        f"seed {month.seed}: {month.days:.1f} days, {month.acts} acts, {struck} faults, "
        f"{month.seconds:.2f} s, {month.hash} {'FAILS' if month.faults else ''}"
    )


def _table(counts: dict[str, Counter]) -> str:
    known = {"acts": set(ACTS), "faults": set(KINDS), "operations": set(registry), "events": {*handlers, *repliers}}
    lines = []
    for kind in KINDS_OF_COUNTS:
        rows = sorted((counts[kind][name], name) for name in known[kind] | set(counts[kind]))
        few = [f"{name} {count}" for count, name in rows if 0 < count < ENOUGH]
        never = [name for count, name in rows if not count]
        lines.append(f"{kind}: {sum(count for count, _name in rows)} in all, of {len(rows) - len(never)} kinds")
        lines += [f"  fewer than {ENOUGH}: {', '.join(few)}"] if few else []
        lines += [f"  never: {', '.join(never)}"] if never else []
    return "\n".join(lines)
