"""Pages of a large shop beside the same pages of a small one: lists, filters, searches, Today. Ratios within one run.

    .venv/bin/python -m tests.benchmarks.lists [orders] [products]      (20,000 and 2,000)

The shops are databases of their own, made and thrown away: SQLite, or PostgreSQL by DATABASE_URL. Times are medians.
"""

import os
import statistics
import sys
import time
from datetime import timedelta

from tests.benchmarks import report

ROUNDS = 7
PAGES = {
    "Today": "/admin/",
    "orders": "/admin/orders/order/",
    "orders, to ship": "/admin/orders/order/?state=to-ship",
    "orders, a promoter's": "/admin/orders/order/?promoter_id=p7",
    "orders, a product's": "/admin/orders/order/?out_product_id=p-7",
    "orders, an amount": "/admin/orders/order/?amount_from=199.07&amount_to=199.08",
    "orders, many amounts": "/admin/orders/order/?amount_from=200",
    "orders, own number": "/admin/orders/order/?fund_type=0",
    "orders, this month": "/admin/orders/order/?since={month}&until={yesterday}",
    "orders, yesterday": "/admin/orders/order/?since={yesterday}&until={yesterday}",
    "orders, a year ago": "/admin/orders/order/?since=2020-01-01&until=2020-01-31",
    "products": "/admin/catalog/spu/",
    "products, on sale": "/admin/catalog/spu/?state=on-sale",
    "steps": "/admin/wechat/step/",
}
SEARCHES = {
    "whole number": "/admin/orders/order/?q=o-77",
    "part of a number": "/admin/orders/order/?q=-777",
    "two digits": "/admin/orders/order/?q=77",
    "nothing": "/admin/orders/order/?q=nirgends",
    "part of a waybill": "/admin/orders/order/?q=SF00077",
    "one character": "/admin/catalog/spu/?q=裙",
    "part of a title": "/admin/catalog/spu/?q=连衣",
    "palette": "/admin/search/?part=1&q=连衣",
}


def fill(orders: int, products: int) -> None:
    """Rows with different states, days, promoters and products, written in bulk."""
    from django.db import connection
    from django.utils import timezone

    from catalog.models import SKU, SPU, EditStatus, Status, Unsent
    from console import search_index
    from orders.models import Order, OrderLine, OrderStatus, Parcel

    now, kinds = timezone.now(), ["法式碎花连衣裙", "帆布包", "龙井茶", "羊绒衫"]
    on_sale = {"status": Status.LISTED, "edit_status": EditStatus.APPROVED, "unsent": Unsent.NOTHING, "draft": {}}
    spus = [SPU(out_product_id=f"p-{nth}", title=f"{kinds[nth % 4]} {nth}", **on_sale) for nth in range(products)]
    SPU.objects.bulk_create(spus, batch_size=2000)
    skus = [SKU(spu=spu, out_sku_id=f"{spu.out_product_id}-0", sale_price=19900, stock_num=9) for spu in spus]
    SKU.objects.bulk_create(skus, batch_size=2000)
    states = [OrderStatus.FINISHED] * 17 + [OrderStatus.TO_SHIP, OrderStatus.SHIPPED, OrderStatus.CANCELLED]
    for start in range(0, orders, 20_000):
        rows = [
            Order(
                out_order_id=f"o-{nth}",
                openid=f"oBuyer_{nth % 5000:021d}",
                scene=1177,
                path="pages/order",
                order_price=19900 + nth % 1000,
                status=states[nth % 20],
                placed_at=now - timedelta(minutes=20 * (orders - nth)),
                paid_at=now - timedelta(minutes=20 * (orders - nth)),
                promoter_id=f"p{nth % 40}" if nth % 3 else "",
                fund_type=nth % 50 > 0,
            )
            for nth in range(start, min(start + 20_000, orders))
        ]
        Order.objects.bulk_create(rows, batch_size=1000)
        lines = [
            OrderLine(
                order=order,
                position=0,
                out_product_id=f"p-{order.pk % products}",
                out_sku_id=f"p-{order.pk % products}-0",
                title=kinds[order.pk % 4],
                product_cnt=1,
                sale_price=19900,
                sku_real_price=19900,
            )
            for order in rows
        ]
        OrderLine.objects.bulk_create(lines, batch_size=1000)
        parcels = [Parcel(order=order, delivery_id="SF", waybill_id=f"SF{order.pk:09d}") for order in rows[::2]]
        Parcel.objects.bulk_create(parcels, batch_size=1000)
    SPU.objects.update(changed_at=now - timedelta(days=1))
    search_index.refresh()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def times(pages: dict[str, str]) -> dict[str, float]:
    """Seconds of each page, the median of ROUNDS, for the owner."""
    from django.test import Client
    from django.utils import timezone

    from tests.factories import make_user

    client = Client()
    client.force_login(make_user("owner"))
    yesterday = timezone.localdate() - timedelta(days=1)
    month = yesterday - timedelta(days=30)
    measured = {}
    for name, url in pages.items():
        url = url.format(yesterday=yesterday, month=month)
        client.get(url)
        rounds = []
        for _round in range(ROUNDS):
            started = time.perf_counter()
            answer = client.get(url)
            rounds.append(time.perf_counter() - started)
            if answer.status_code != 200:
                raise SystemExit(f"{url}: {answer.status_code}")
        measured[name] = statistics.median(rounds)
    return measured


def shop(orders: int, products: int) -> dict[str, float]:
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment()
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        fill(orders, products)
        return times({**PAGES, **SEARCHES})
    finally:
        teardown_databases(old, verbosity=0)
        teardown_test_environment()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("MENU_FRESH", "10")  # as in a shop
    import django

    django.setup()
    orders, products = [*(int(text) for text in sys.argv[1:3]), *(20_000, 2_000)[len(sys.argv) - 1 :]]
    small, large = shop(100, 100), shop(orders, products)
    page = large["orders"]
    # A small shop shows few rows of a filter: all pages of a list are compared with its list, which is full.
    lists = {name: small[name.split(",")[0]] for name in PAGES}
    print(f"{orders:,} orders, {products:,} products, beside 100 and 100")
    for name in PAGES:
        report.ratio(f"{name} / the small shop's list", [large[name] / lists[name]])
    for name in SEARCHES:
        report.ratio(f"search: {name} / the page of orders", [large[name] / page])


if __name__ == "__main__":
    main()
