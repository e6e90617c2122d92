"""Differences of every kind, hidden in so many records, found by worker processes that are killed on the way.

    .venv/bin/python -m tests.benchmarks.reconcile [--records 10000] [--hidden 12] [--sources orders …] [--kills 3]

Asserted: all that is hidden is found, nothing else is, and what is found is taken in one press, or pushed where WeChat
has an interface. Printed: calls, records a second, and the peak memory of a worker.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="console-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("RECONCILE_PAUSE", "0")
os.environ.setdefault("WECHAT_PACE", "1000000,30,500000")
os.environ.setdefault("WECHAT_LEASE", "2")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test.utils import get_runner, setup_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from console import jobs  # noqa: E402
from console.models import Difference, ReconciliationRun  # noqa: E402
from console.reconciling import resolving, runs, schedule  # noqa: E402
from console.reconciling.sources import sources  # noqa: E402
from sandbox.adapter import SandboxAdapter  # noqa: E402
from tests import hiding, seeding  # noqa: E402
from tests.benchmarks import report  # noqa: E402
from tests.processes import ROOT, database_url  # noqa: E402
from wechat import client  # noqa: E402
from wechat.models import Call  # noqa: E402

WORKER = "tests.benchmarks.reconcile"


def work_all() -> None:
    """A worker process: goes on with every comparison until all are over; prints its peak memory."""
    client.mount(SandboxAdapter())
    while left := list(ReconciliationRun.objects.unfinished().values_list("pk", flat=True)):
        for pk in left:
            runs.work(pk)
        time.sleep(0.05)
    print(round(report.peak()), flush=True)


def compare(kills: int, names: list[str]) -> tuple[float, int]:
    """Compare all of today in worker processes, the first of which are killed; returns seconds and peak megabytes."""
    schedule.start_day(timezone.localdate(), [sources[name] for name in names] or None)
    env = {**os.environ, "DATABASE_URL": database_url("default"), "SANDBOX_DATABASE_URL": database_url("sandbox")}
    connections.close_all()
    started = time.monotonic()
    for nth in range(kills + 1):
        worker = subprocess.Popen(
            [sys.executable, "-m", WORKER, "--work"], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        if nth == kills:
            peak = int((worker.communicate()[0] or "0").split()[-1])
        else:
            try:
                worker.wait(timeout=random.uniform(3, 8))
            except subprocess.TimeoutExpired:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
    assert not ReconciliationRun.objects.unfinished().exists()
    assert not ReconciliationRun.objects.filter(phase="failed").exists()
    return time.monotonic() - started, peak


def found(kinds: list[str]) -> dict[str, set[str]]:
    rows = list(Difference.objects.open().values_list("kind", "key"))
    return {kind: {key for name, key in rows if name == kind} for kind in kinds}


def measure(records: int, hidden: int, kills: int, names: list[str]) -> None:
    began = time.monotonic()
    seeding.fill(records, names or seeding.FILLED)
    print(f"filled {records} records of each kind in {time.monotonic() - began:.0f} s", flush=True)
    left_out = set(seeding.FILLED) - set(names or seeding.FILLED)
    kinds = [kind for kind in hiding.HIDDEN if not any(kind in sources[name].kinds for name in left_out)]
    chance, used = random.Random(19), set()
    expected = {kind: hiding.hide(kind, hidden, chance, used) for kind in kinds}
    calls = Call.objects.count()
    seconds, peak = compare(kills, names)
    calls = Call.objects.count() - calls
    assert found(kinds) == expected, {kind: (found(kinds)[kind] ^ expected[kind]) for kind in expected}
    assert Difference.objects.count() == hidden * len(expected)
    compared = sum(ReconciliationRun.objects.values_list("compared", flat=True))
    print(f"{compared} compared in {seconds:.0f} s with {calls} calls, {kills} workers killed, peak {peak} MB")
    print(f"{hidden} of each of {len(expected)} kinds hidden: all found, 0 false", flush=True)
    rows = list(Difference.objects.open().prefetch_related("record"))
    pushed = [row for row in rows if not resolving.why_not(row, "push", lambda permission: True)]
    done = resolving.push(pushed[: len(pushed) // 2], lambda permission: True)
    for job in done.jobs:
        jobs.work(job.pk)
    assert resolving.close_pushed() == len(pushed) // 2
    taken = resolving.take(Difference.objects.open().prefetch_related("record"), lambda permission: True)
    assert taken.left == 0
    print(f"{done.done} pushed and {taken.done} taken, each in one press")
    compare(0, names)
    assert not Difference.objects.open().exists()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--hidden", type=int, default=12)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--sources", nargs="+", default=[], choices=seeding.FILLED, help="only these")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work_all()
        return
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    made = runner.setup_databases()
    client.mount(SandboxAdapter())
    try:
        measure(options.records, options.hidden, options.kills, options.sources)
    finally:
        runner.teardown_databases(made)


if __name__ == "__main__":
    main()
