"""The export of everything: time, peak memory at two sizes, and whether every row of every table is in the files.

    .venv/bin/python -m tests.benchmarks.leaving [orders]      (100,000, beside a tenth of them; DATABASE_URL chooses)

Memory may not grow with the rows.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.downloads import _peak


def written(folder: str) -> None:
    """In a process of its own: write it all, and print by how many MB its peak grew, and the seconds; Linux only."""
    from console.leaving.writing import Everything

    Path("/proc/self/clear_refs").write_text("5")  # the peak is what is held now
    before, began = _peak(), time.monotonic()
    Everything(Path(folder), clear=True).write()
    print(_peak() - before, time.monotonic() - began)


def count_again(folder: Path) -> int:
    """Compare the lines of each file with its table; returns how many rows there are."""
    from console.leaving.columns import exported

    total = 0
    for model in exported():
        with (folder / f"{model._meta.label_lower}.jsonl").open() as lines:
            rows = sum(bool(json.loads(line)) for line in lines)
        if rows != model._base_manager.count():
            raise SystemExit(f"{model._meta.label}: {rows} lines, {model._base_manager.count()} rows")
        total += rows
    return total


def measure(orders: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from tests.benchmarks.lists import fill

    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    folder = settings.VAR / "leaving-benchmark"
    try:
        fill(orders, 100)
        env = {**os.environ, "VAR_DIR": str(settings.VAR), "DATABASE_URL": _url(connection)}
        command = [sys.executable, "-m", "tests.benchmarks.leaving", "--write", str(folder)]
        out = subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, text=True).stdout
        peak, seconds = (float(figure) for figure in out.split())
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        rows = count_again(folder)
        print(f"  {orders:>9,} orders, {rows:>9,} rows: {seconds:6.1f} s, peak {peak:6.1f} MB, {size:7.1f} MB of files")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        teardown_databases(old, verbosity=0)


def _url(connection) -> str:
    """The address of the test database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    if sys.argv[1:2] == ["--write"]:
        written(sys.argv[2])
    else:
        orders = int(sys.argv[1]) if sys.argv[1:] else 100_000
        for count in (orders // 10, orders):
            measure(count)


if __name__ == "__main__":
    main()
