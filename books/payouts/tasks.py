"""Tasks of the pay-outs: they make the statements of the open period."""

from celery import shared_task

from . import making
from .models import Period


@shared_task
def make_statements(period_id: int) -> None:
    """Make the statements of one period."""
    making.work(period_id)


@shared_task
def ring_periods() -> None:
    """Wake workers for periods whose statements nobody makes."""
    making.wake_waiting()


@shared_task
def make_open_period() -> None:
    """Once a day: the figures of the open period follow the orders."""
    for period in Period.objects.filter(is_open=True):
        making.ask(period)
