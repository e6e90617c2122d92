"""Orders with promoters and sharers as they stand in the database, made without the platform."""

from datetime import date, datetime, time, timedelta
from itertools import count

from django.db.models import F
from django.utils import timezone

from books.payouts import closing, making
from books.payouts.models import Period
from orders.models import Order, OrderLine, OrderStatus
from tests.factories import make_user

numbers = count(1)
FIRST = date(2026, 9, 1)
ANNE, BEN = "oSHARER0000000000000000A", "oSHARER0000000000000000B"


def moment(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def sell(*prices: int, day: date = FIRST, product: str = "dress", **fields) -> list[OrderLine]:
    """A paid order with a line of each price; returns the lines."""
    paid_at = moment(day)
    order = Order.objects.create(
        **{
            "out_order_id": f"pay-{next(numbers)}",
            "openid": "oBUYER",
            "scene": 1177,
            "path": "p",
            "order_price": sum(prices),
            "placed_at": paid_at,
            "paid_at": paid_at,
            "status": OrderStatus.FINISHED,
            "order_id": next(numbers) + 10**9,
            **fields,
        }
    )
    lines = [
        OrderLine(
            order=order,
            position=nth,
            out_product_id=product,
            out_sku_id=f"{product}-{nth}",
            product_cnt=1,
            sale_price=price,
            sku_real_price=price,
            title=f"裙 {nth}",
        )
        for nth, price in enumerate(prices)
    ]
    return OrderLine.objects.bulk_create(lines)


def refund(line: OrderLine, amount: int) -> None:
    """As an after-sale writes it (`orders.refunds`)."""
    OrderLine.objects.filter(pk=line.pk).update(refunded_fen=F("refunded_fen") + amount)


def reckoned(first: date, last: date) -> Period:
    """A period of these days with its statements made."""
    return again(making.open_period(first, last))


def again(period: Period) -> Period:
    making.ask(period)
    making.work(period.pk)
    return Period.objects.get(pk=period.pk)


def closed(first: date, last: date, user=None) -> Period:
    period = reckoned(first, last)
    closing.close(period, user or make_user("finance"), period.run)
    return Period.objects.get(pk=period.pk)


def days(number: int) -> date:
    return FIRST + timedelta(days=number)
