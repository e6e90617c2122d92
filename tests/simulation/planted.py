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


PLANTED = {"stock_twice": stock_twice}
