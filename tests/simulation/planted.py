"""Faults of the console that the simulator has to find, planted while it runs: `--plant NAME`, for its own test."""

from unittest import mock


def stock_twice() -> None:
    """A paid order lowers the stock each time that it is read as paid."""
    from orders import snapshots, stock
    from orders.models import Order

    take = stock.take

    def again(order):
        take(order)
        Order.objects.filter(pk=order.pk).update(stock_taken_at=None)
        take(order)

    mock.patch.object(snapshots.stock, "take", again).start()


def shops_part_lost() -> None:
    """At the end of an evening only what is left of its hold is there."""
    from django.db.models import F

    from catalog.models import SKU
    from scenes.live_days import evening

    put_back = evening._put_back

    def lose(row, prices):
        kept = SKU.objects.filter(live_terms__product=row, kept_back__gt=0).values_list("pk", "kept_back")
        parts = dict(kept)
        put_back(row, prices)
        for pk, part in parts.items():
            SKU.objects.filter(pk=pk).update(stock_num=F("stock_num") - part)

    mock.patch.object(evening, "_put_back", lose).start()


def returns_forgotten() -> None:
    """What comes back after a period was closed is taken off nobody's commission."""
    from books.payouts.making import Making

    mock.patch.object(Making, "_add_returns", lambda making: None).start()


PLANTED = {one.__name__: one for one in (stock_twice, shops_part_lost, returns_forgotten)}
