"""A large download as a worker writes it: peak memory at two sizes, and whether every row of the list is in the file.

    .venv/bin/python -m tests.benchmarks.downloads [orders]      (100,000, beside a tenth of them; SQLite)

Memory may grow by the keys of the rows, which are held; it may not grow with what the rows show.
"""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import report


def written(pk: int) -> None:
    """In a process of its own: write the file, and print by how many MB its peak grew meanwhile; Linux only."""
    from console import exports
    from console.models import Export

    exports.write(0)  # what every download loads first
    Export.objects.exists()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what is held now
    before = report.peak()
    exports.write(pk)
    print(report.peak() - before)


def rows_of(content: bytes, kind: str) -> list[str]:
    """The first column, without its header."""
    if kind == "csv":
        return [row[0] for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))][1:]
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return [row[0] for row in book.active.iter_rows(values_only=True)][1:]


def measure(orders: int) -> None:
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from console.models import Export
    from orders.models import Order
    from tests.benchmarks.lists import fill
    from tests.factories import make_user

    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        fill(orders, 100)
        expected, user = list(Order.objects.values_list("out_order_id", flat=True)), make_user("owner")
        for kind in ("csv", "xlsx"):
            export = Export.objects.create(user=user, list="orders.order", kind=kind, language="en")
            peak = float(_run("--write", str(export.pk), database=connection.settings_dict["NAME"]))
            export.refresh_from_db()
            if rows_of(export.file.read(), kind) != expected:
                raise SystemExit(f"{kind}: the file does not hold the list's {orders:,} rows")
            print(f"  {kind:5} {orders:>9,} rows: peak {peak:6.1f} MB")
            export.file.delete(save=False)
    finally:
        teardown_databases(old, verbosity=0)


def _run(*args: str, database: str) -> str:
    from django.conf import settings

    env = {
        **os.environ,
        "VAR_DIR": str(settings.VAR),
        **({"DATABASE_URL": f"sqlite:///{database}"} if database else {}),
    }
    command = [sys.executable, "-m", "tests.benchmarks.downloads", *args]
    return subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    if sys.argv[1:2] == ["--write"]:
        written(int(sys.argv[2]))
    else:
        orders = int(sys.argv[1]) if sys.argv[1:] else 100_000
        for count in (orders // 10, orders):
            measure(count)


if __name__ == "__main__":
    main()
