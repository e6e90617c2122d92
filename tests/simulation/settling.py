"""What people do at the end of a month, so that everything can be compared: evenings, differences, days, pay-outs."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from books.closing.models import Close
from books.payouts import closing, making
from books.payouts.models import Period, Statement
from console.models import Difference, ReconciliationRun
from console.reconciling import runs, schedule
from console.reconciling.sources import sources
from scenes.live_days import presses
from scenes.models import LiveDay, LiveProduct, LiveState, LiveTerm, Wanted

from . import difference_rules
from .acts import differences
from .plan import DAYS
from .seams import chance, clock

LISTED = ("orders", "aftersales", "products")  # compared whole, page by page
COMPARISONS = {
    "console.tasks.ring_comparisons",
    "console.tasks.compare_yesterday",
}  # once all is at rest, and not before
TRIES = 3


def end_evenings(world) -> None:
    """End what runs; what WeChat refuses to end is ended here, and every open price is put back."""
    user = world.people["pat"]
    with world.as_person("pat"):
        for day in LiveDay.objects.filter(started_at__isnull=False).order_by("pk"):
            if day.ended_at is None or day.goods.filter(state=LiveState.RUNNING).exists():
                presses.end(day, user)
        for row in LiveProduct.objects.filter(wanted=Wanted.END, state=LiveState.RUNNING).exclude(refusal={}):
            presses.end_one_here(row)
        for term in LiveTerm.objects.filter(price_open=True).select_related("product__day", "sku"):
            world.memory.setdefault("settled", set()).add((term.product.day.title, term.out_sku_id))
            presses.settle_price(term, back=True)


def is_evening_over() -> bool:
    return not LiveProduct.objects.exclude(wanted=Wanted.NOTHING).exists()


def settle_books(world) -> None:
    settle_differences(world)
    if Close.objects.exists():
        world.run_task("books.closing.tasks.check_days")
    close_pay_outs(world)
    world.run_task("books.sales.tasks.refresh_sales")


def settle_differences(world) -> None:
    """Compare the month, and all of one day; whatever is found is pushed, or taken, until nothing is."""
    began = datetime.fromtimestamp(world.began, UTC)
    day = timezone.localdate(began + timedelta(days=chance.randrange(DAYS)))
    for _nth in range(TRIES):
        _compare(world, began, day)
        left = list(Difference.objects.open().order_by("pk"))
        if not left:
            return
        world.memory.setdefault("untrue", []).extend(difference_rules.untrue())
        for row in left:
            differences.settle(world, row, ("push", "take"))
        _work(world)
    _compare(world, began, day)


def _compare(world, began: datetime, day) -> None:
    for name in LISTED:
        now = timezone.now()
        runs.wake(runs.begin(sources[name], ReconciliationRun.Scope.MONTH, began - timedelta(days=1), now))
    schedule.start_day(day)
    _work(world)


def _work(world) -> None:
    for name in ("console.tasks.ring_comparisons", "console.tasks.ring_comparisons"):
        world.work_until(clock.seconds + 900)
        world.run_task(name)
    world.work_until(clock.seconds + 900)


def close_pay_outs(world) -> None:
    """One more period, until yesterday, is closed by one and paid by another; both find nothing that was paid."""
    yesterday = timezone.localdate() - timedelta(days=1)
    period = Period.objects.order_by("-last").first()
    if period is None:
        return
    with world.as_person("ann"):
        if period.is_open and period.last > yesterday >= period.first:
            making.change_last(period, yesterday)
        elif not period.is_open and period.last < yesterday:
            period = making.open_period(period.last + timedelta(days=1), yesterday, world.people["ann"])
        period.refresh_from_db()
        if period.is_open and period.is_over:
            making.ask(period)
            making.work(period.pk)
            period.refresh_from_db()
            closing.close(period, world.people["ann"], period.run)
    for nth, row in enumerate(Statement.objects.to_pay().select_related("closed_by").order_by("pk")):
        who = next(name for name in ("bob", "owner") if world.people[name] != row.closed_by)
        with world.as_person(who):
            closing.pay(row, world.people[who], f"REST-{nth}")
