"""A ratio as it is printed, and kept for `docs/performance.md` where the run asks for it."""

import json
import os
import statistics
from pathlib import Path

KEPT_IN = "BENCHMARK_RATIOS"  # the file that takes one JSON line a ratio


def peak() -> float:
    """The most megabytes that this process has held; `ru_maxrss` would count what its parent held, too."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def ratio(name: str, ratios: list[float]) -> None:
    """Median, least and greatest of the rounds of one run."""
    figures = [round(figure, 2) for figure in (statistics.median(ratios), min(ratios), max(ratios))]
    print("  {:40} {:8.2f} ({:.2f} to {:.2f})".format(name, *figures))
    if path := os.environ.get(KEPT_IN):
        with Path(path).open("a") as file:
            file.write(json.dumps([name, *figures]) + "\n")
