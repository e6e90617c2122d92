"""The health page, `/metrics`, the counting of calls and a round of alerts, with very many calls beside few.

    .venv/bin/python -m tests.benchmarks.health [calls]      (1,000,000)

The databases are made and thrown away: SQLite, or PostgreSQL by DATABASE_URL. Times are medians of one run.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from tests.benchmarks import report

ROUNDS, FEW, ENDPOINTS, DAYS = 7, 1_000, 90, 30
TOKEN = "benchmark"


def fill(calls: int) -> None:
    """Calls of 30 days to 90 endpoints, one in ten refused; a message for each twentieth of them."""
    from django.db import connection
    from django.utils import timezone

    from wechat.models import Call, Callback

    now, part = timezone.now(), min(calls, 10_000)
    codes = [0] * 18 + [None, 45009]
    rows = [
        Call(
            endpoint=f"/shop/section/{nth % ENDPOINTS}",
            errcode=codes[nth % len(codes)],
            duration=nth * 7919 % 3000,
            asked_by="benchmark",
            created_at=now - timedelta(days=DAYS) * (part - nth) / part,
        )
        for nth in range(part)
    ]
    Call.objects.bulk_create(rows, batch_size=1000)
    names = ", ".join(field.column for field in Call._meta.concrete_fields if not field.primary_key)
    with connection.cursor() as cursor:
        for _nth in range(calls // part - 1):
            first = f"SELECT {names} FROM {Call._meta.db_table} ORDER BY id LIMIT {part}"
            cursor.execute(f"INSERT INTO {Call._meta.db_table} ({names}) {first}")
    messages = [
        Callback(key=f"k-{nth}", event=f"event_{nth % 40}", state="handled", received_at=now - timedelta(minutes=nth))
        for nth in range(calls // 20)
    ]
    Callback.objects.bulk_create(messages, batch_size=1000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def median(work: Callable[[], object]) -> float:
    work()
    rounds = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - started)
    return statistics.median(rounds)


def measured(calls: int) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds of each, and the queries that each asks."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from console.alerts import comparing
    from tests.factories import make_user
    from wechat import call_counts

    fill(calls)
    started = time.perf_counter()
    call_counts.refresh()
    seconds = {"count 30 days, once": time.perf_counter() - started}
    client = Client()
    client.force_login(make_user("owner"))
    works: dict[str, Callable[[], object]] = {
        "health page": lambda: client.get("/admin/health/"),
        "/metrics": lambda: client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}),
        "error guide": lambda: client.get("/admin/errors/"),
        "count, each minute": call_counts.refresh,
        "a round of alerts": comparing.compare_all,
    }
    queries = {}
    for name, work in works.items():
        seconds[name] = median(work)
        with CaptureQueriesContext(connection) as asked:
            work()
        queries[name] = len(asked)
    return seconds, queries


def on_a_database_of_its_own(calls: int) -> tuple[dict[str, float], dict[str, int]]:
    from django.test.utils import (
        override_settings,
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment()
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        with override_settings(METRICS_TOKEN=TOKEN):
            return measured(calls)
    finally:
        teardown_databases(old, verbosity=0)
        teardown_test_environment()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    few, asked_of_few = on_a_database_of_its_own(FEW)
    many, asked_of_many = on_a_database_of_its_own(calls)
    print(f"{calls:,} calls, beside {FEW:,}")
    for name, seconds in many.items():
        report.ratio(f"{name}, {calls:,} calls / {FEW:,}", [seconds / few[name]])
        queries = f"{asked_of_few[name]} and {asked_of_many[name]} queries" if name in asked_of_many else ""
        print(f"    {seconds * 1000:.0f} ms {queries}")


if __name__ == "__main__":
    main()
