"""The page of sales figures in a large shop beside a small one, and counting the days. Ratios within one run.

    .venv/bin/python -m tests.benchmarks.sales [orders] [small]      (200,000 and 2,000)

Both sell 500 products in 365 days, so a day of the large shop has as many times more orders. The shops are databases of
their own, made and thrown away: SQLite, or PostgreSQL by DATABASE_URL. At any size the page takes equally many
statements, and the figures add up to the orders.
"""

import os
import statistics
import sys
import time
from datetime import timedelta

from tests.benchmarks import report

ROUNDS, DAYS, PRODUCTS = 7, 365, 500
PAGES = {
    "30 days by day": "by=day&since={month}&until={today}",
    "30 days by product": "by=product&since={month}&until={today}",
    "30 days by promoter": "by=promoter&since={month}&until={today}",
    "a day by hour": "by=hour&since={today}&until={today}",
    "a year by product": "by=product&since={year}&until={today}",
}


def fill(orders: int) -> None:
    """Paid orders of one line, written in bulk, spread evenly over the days."""
    from django.db import connection
    from django.utils import timezone

    from catalog.models import SPU
    from orders.models import Order, OrderLine

    now = timezone.now()
    SPU.objects.bulk_create([SPU(out_product_id=f"p-{nth}", title=f"龙井茶 {nth}") for nth in range(PRODUCTS)])
    for start in range(0, orders, 20_000):
        rows = [
            Order(
                out_order_id=f"o-{nth}",
                openid=f"oBuyer_{nth * 7919 % (orders // 4):021d}",
                scene=1175 + nth % 4,
                path="pages/order",
                order_price=20_400,
                freight=500,
                status=200 if nth % 40 == 0 else 100,
                placed_at=now,
                paid_at=now - timedelta(days=DAYS) * (nth / orders),
                promoter_id=f"p{nth % 40}" if nth % 3 else "",
            )
            for nth in range(start, min(start + 20_000, orders))
        ]
        Order.objects.bulk_create(rows, batch_size=1000)
        lines = [
            OrderLine(
                order=order,
                out_product_id=f"p-{order.pk * order.pk % PRODUCTS}",
                out_sku_id="s",
                product_cnt=1,
                sale_price=19_900,
                sku_real_price=19_900,
                refunded_fen=9900 if order.pk % 20 == 0 else 0,
                title="龙井茶",
            )
            for order in rows
        ]
        OrderLine.objects.bulk_create(lines, batch_size=1000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def measure(orders: int) -> dict[str, tuple[float, int]]:
    """{what: (seconds, statements)}; the counting is by order."""
    from django.db.models import Sum
    from django.test import Client
    from django.utils import timezone

    from books.sales.changed import refresh, span
    from books.sales.figures import Period, total
    from books.sales.models import SoldOrder
    from orders.models import Order
    from tests.factories import make_user

    fill(orders)
    started = time.perf_counter()
    days = refresh(3600)
    found = {"counting an order, all days": ((time.perf_counter() - started) / orders, 0)}
    first, last = span() or sys.exit("nothing was counted")
    figures, prices = total(Period(first, last)), Order.objects.aggregate(paid=Sum("order_price"))["paid"]
    sold_on = SoldOrder.objects.values("day").distinct().count()
    if (days, figures.orders, figures.paid) != (sold_on, orders, prices):
        sys.exit(f"{days} days, {figures.orders} orders and {figures.paid} fen were counted of {orders} and {prices}")
    client, today = Client(), timezone.localdate()
    client.force_login(make_user("owner"))
    since = {"today": today, "month": today - timedelta(days=29), "year": today - timedelta(days=DAYS - 1)}
    for name, query in PAGES.items():
        found[name] = page(client, f"/admin/sales/figure/?{query.format(**since)}")
    found["the schedule, one order changed"] = (statistics.median(changed() for _round in range(ROUNDS)), 0)
    return found


def page(client, url: str) -> tuple[float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        if client.get(url).status_code != 200:
            sys.exit(f"{url} failed")
    rounds = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        client.get(url)
        rounds.append(time.perf_counter() - started)
    return statistics.median(rounds), len(asked)


def changed() -> float:
    """Seconds of a run of the schedule after one order of a day has changed."""
    from django.db.models import F

    from books.sales.changed import refresh
    from orders.models import Order

    Order.objects.filter(out_order_id="o-1").update(freight=F("freight") + 1, order_price=F("order_price") + 1)
    started = time.perf_counter()
    if refresh() != 1:
        sys.exit("one changed order is one day to count")
    return time.perf_counter() - started


def shop(orders: int) -> dict[str, tuple[float, int]]:
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment()
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        return measure(orders)
    finally:
        teardown_databases(old, verbosity=0)
        teardown_test_environment()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("MENU_FRESH", "10")  # as in a shop
    import django

    django.setup()
    orders, few = [*(int(text) for text in sys.argv[1:3]), *(200_000, 2_000)[len(sys.argv) - 1 :]]
    small, large = shop(few), shop(orders)
    print(f"{orders:,} orders beside {few:,}")
    for name, (seconds, statements) in large.items():
        if statements != small[name][1]:
            sys.exit(f"{name}: {statements} statements, and {small[name][1]} in the small shop")
        print(f"  {seconds:.4f} s", end="")
        report.ratio(f"{name} / small shop", [seconds / small[name][0]])


if __name__ == "__main__":
    main()
