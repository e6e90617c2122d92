"""All benchmarks, one after the other.

    .venv/bin/python -m tests.benchmarks [--small] [--record] [name …]

`--small` runs each at its smallest, as CI does: what they assert (statements, commits, calls, rows) holds at any size.
`--record` adds the ratios to `docs/performance.md`, with the day and the database (DATABASE_URL). A ratio is of two
things measured in turn in one run, so the machine hardly matters; it should do nothing else meanwhile.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.benchmarks.report import KEPT_IN

HISTORY = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
# Arguments at full size and at the smallest.
BENCHMARKS = {
    "memory": ("", ""),
    "lists": ("100000 50000", "2000 200"),
    "downloads": ("100000", "1000"),
    "sales": ("200000 2000", "400 200"),
    "order_cpu": ("", "--rounds 1 --orders 20"),
    "orders": ("--part api", "--part api --rounds 1 --rate 10 --seconds 2"),
    "callbacks": ("", "--rounds 1 --count 50"),
    "callbacks --core": ("", "--rounds 1 --count 50"),
    "health": ("1000000", "500"),
    "bulk": ("", "--rounds 1 --rows 500 --products 40"),
    "reconcile": ("", "--records 60 --hidden 3 --kills 1"),
    "webhooks": ("", "--orders 5 --rounds 2 --backlog 500 --seconds 2"),
}


def run(name: str, arguments: str) -> list[list]:
    """Run one and return its ratios: name, median, least, greatest."""
    print(f"== {name} {arguments}", flush=True)
    script, *flags = name.split()
    with tempfile.NamedTemporaryFile("r") as kept:
        command = [sys.executable, "-m", f"tests.benchmarks.{script}", *flags, *arguments.split()]
        subprocess.run(command, check=True, env=os.environ | {KEPT_IN: kept.name})
        return [json.loads(line) for line in kept]


def record(name: str, ratios: list[list]) -> None:
    database = os.environ.get("DATABASE_URL", "sqlite").partition(":")[0].replace("postgres", "PostgreSQL")
    with HISTORY.open("a") as file:
        for what, *figures in ratios:
            median, least, greatest = (f"{figure:.2f}" for figure in figures)
            file.write(f"| {date.today()} | {database} | {name} | {what} | {median} | {least} | {greatest} |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    for name in options.names or BENCHMARKS:
        ratios = run(name, BENCHMARKS[name][options.small])
        if options.record:
            record(name, ratios)


if __name__ == "__main__":
    main()
