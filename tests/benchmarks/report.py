"""A ratio as it is printed, and kept for `docs/performance.md` where the run asks for it."""

import json
import os
import statistics
from pathlib import Path

KEPT_IN = "BENCHMARK_RATIOS"  # the file that takes one JSON line a ratio


def ratio(name: str, ratios: list[float]) -> None:
    """Median, least and greatest of the rounds of one run."""
    figures = [round(figure, 2) for figure in (statistics.median(ratios), min(ratios), max(ratios))]
    print("  {:40} {:8.2f} ({:.2f} to {:.2f})".format(name, *figures))
    if path := os.environ.get(KEPT_IN):
        with Path(path).open("a") as file:
            file.write(json.dumps([name, *figures]) + "\n")
