"""Makes the statements of an open period, in short transactions; a killed try leaves nothing that counts.

Every try has a number (`Period.run`): only the last one writes, and the period counts as reckoned when it has ended.
An order line belongs to the period of the day on which it was paid (Asia/Shanghai). One that was attributed or read
after its period was closed belongs to the next one.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from console.edits import trace_edit
from orders.models import OrderLine
from orders.models.order import OVER, PAID
from wechat.steps import waking
from wechat.steps.errors import Conflict
from wechat.steps.leases import free, lease

from .models import Commission, Period, Role, Statement
from .models.statements import commission_of
from .rate_book import RateBook

CHUNK = 500  # rows in one transaction
LATE = timedelta(days=180)  # before its first day: orders of closed periods that nobody was credited with then
LONG_AGO, AHEAD = timedelta(days=3660), timedelta(days=400)  # a period's days, from today
COLUMNS = {Role.PROMOTER.value: "promoter_id", Role.SHARER.value: "sharer_openid"}  # of an order: who gets it
Key = tuple[str, str]  # role, person


class Superseded(Exception):
    """The period was closed, or another try has begun."""


def next_first(last: Period | None) -> date | None:
    """The day on which the period after this one begins; None before the first one."""
    return last.last + timedelta(days=1) if last else None


def _refuse_days(first: date, last: date) -> None:
    """Raises Conflict where nobody can mean these days: a slip of the pen would hold up everything behind it."""
    if last < first:
        raise Conflict(_("It ends before it begins."))
    today = timezone.localdate()
    earliest, latest = today - LONG_AGO, today + AHEAD
    if not earliest <= first <= last <= latest:
        raise Conflict(_("Its days have to be between %(from)s and %(to)s.") % {"from": earliest, "to": latest})


def open_period(first: date, last: date, user: Any = None, wake: bool = True) -> Period:
    """Open a period and have it reckoned. Raises Conflict where these cannot be its days."""
    _refuse_days(first, last)
    before = Period.objects.order_by("-last").first()
    if before and before.is_open:
        raise Conflict(_("Another period is open: close it first."))
    wanted = next_first(before)
    if wanted and first != wanted:
        raise Conflict(
            _("It has to begin on %(day)s, the day after the last one: no day is left out.") % {"day": wanted}
        )
    try:
        with transaction.atomic():
            period = Period.objects.create(first=first, last=last, opened_by=user)
            trace_edit(period, {"first": ["", str(first)], "last": ["", str(last)]})
    except IntegrityError:
        raise Conflict(_("Somebody else opened a period at this moment.")) from None
    ask(period, wake)
    return period


def change_last(period: Period, last: date) -> None:
    """Give an open period another last day, and have it reckoned. Raises Conflict where that cannot be."""
    _refuse_days(period.first, last)
    with transaction.atomic():
        ask(period)
        Period.objects.filter(pk=period.pk).update(last=last)
        trace_edit(period, {"last": [str(period.last), str(last)]})


def ask(period: Period, wake: bool = True) -> None:
    """Have the statements made anew, by a worker or by the caller. Raises Conflict where the period is closed."""
    again = Period.objects.filter(pk=period.pk, is_open=True)
    if not again.update(run=F("run") + 1, computed_at=None, lease_until=None):
        raise Conflict(_("The period is closed: its figures stay."))
    if wake:
        transaction.on_commit(partial(_wake, period.pk))


def _wake(period_id: int) -> None:
    waking.wake("books.payouts.tasks.make_statements", period_id)


def wake_waiting() -> None:
    """Wake workers for periods that nobody reckons: a task may have been lost, or a worker may have died."""
    for pk in Period.objects.waiting().filter(free()).values_list("pk", flat=True):
        _wake(pk)


def work(period_id: int) -> None:
    """Make the statements, unless another worker does or it is done."""
    waiting = Period.objects.waiting().filter(free(), pk=period_id)
    if waiting.update(lease_until=lease(), run=F("run") + 1):
        try:
            Making(Period.objects.get(pk=period_id)).make()
        except Superseded:
            pass


def returned_of(base: Any, refunded: Any, status: Any) -> int:
    """What came back of a line: all of an order that is over, else what after-sales refunded, its price at most."""
    return base if status in OVER else min(base, refunded)


class Making:
    """One try."""

    def __init__(self, period: Period) -> None:
        self.period, self.run, self.began = period, period.run, timezone.now()
        earliest = Period.objects.order_by("first").values_list("first", flat=True)[0]
        self.since = max(earliest, period.first - LATE)
        self.rates = RateBook(self.since, period.last)
        rows = period.statements.values_list("role", "person", "pk")
        self.statements: dict[Key, int] = {(role, person): pk for role, person, pk in rows}

    def make(self) -> None:
        self._clear()
        for role in COLUMNS:
            self._add_sales(role)
        self._add_returns()
        self._add_up()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that holds the period's row. Raises Superseded where this is not its last try any more."""
        with transaction.atomic():
            mine = Period.objects.filter(pk=self.period.pk, run=self.run, is_open=True, computed_at=None)
            if not mine.update(lease_until=lease()):
                raise Superseded
            yield

    def _clear(self) -> None:
        for pks in _chunks(Commission.objects.filter(statement__period=self.period)):
            with self._writing():
                Commission.objects.filter(pk__in=pks).delete()

    def _add_sales(self, role: str) -> None:
        """A row for each paid line of this period, and of earlier ones that nobody was credited with."""
        column = f"order__{COLUMNS[role]}"
        sold = Commission.objects.filter(line=OuterRef("pk"), role=role, is_sale=True)
        begin = self._moment(self.since)
        wanted = OrderLine.objects.filter(order__paid_at__gte=begin, order__paid_at__lt=self.period.end)
        wanted = wanted.filter(~Q(**{column: ""}), ~Exists(sold), order__status__in=PAID, order__payment_alert="")
        for pks in _chunks(wanted):
            with self._writing():
                lines = [
                    line for line in _lines(pks, column) if line[3] in PAID and line[4] and line[7] < self.period.end
                ]
                self._need({(role, line[4]) for line in lines})
                Commission.objects.bulk_create([self._sale(role, *line) for line in lines])

    def _sale(
        self, role: str, pk: int, base: int, refunded: int, status: int, person: str, room: str, product: str, paid: Any
    ) -> Commission:
        rate = self.rates.find(role, person, room, product, timezone.localdate(paid))
        returned = returned_of(base, refunded, status)
        return Commission(
            statement_id=self.statements[role, person],
            line_id=pk,
            role=role,
            is_sale=True,
            base=base,
            returned=returned,
            bps=rate.bps,
            rate_id=rate.rate,
            commission=commission_of(base, returned, rate.bps),
        )

    def _add_returns(self) -> None:
        """A row for each line of an earlier period of which more, or less, has come back than was taken off."""
        changed = _changed_since(self.period)
        for pks in _chunks(changed):
            with self._writing():
                sales = [sale for sale in _with_returns(self.period, pks) if sale.now != sale.counted]
                self._need({(sale.role, sale.statement.person) for sale in sales})
                Commission.objects.bulk_create([self._return(sale) for sale in sales])

    def _return(self, sale: Any) -> Commission:
        return Commission(
            statement_id=self.statements[sale.role, sale.statement.person],
            line_id=sale.line_id,
            role=sale.role,
            is_sale=False,
            base=sale.base,
            returned_before=sale.counted,
            returned=sale.now,
            bps=sale.bps,
            rate_id=sale.rate_id,
            commission=commission_of(sale.base, sale.now, sale.bps, sale.counted),
        )

    def _need(self, people: Iterable[Key]) -> None:
        """Statements of these people."""
        new = sorted(set(people) - self.statements.keys())
        made = Statement.objects.bulk_create(
            [Statement(period=self.period, role=role, person=person) for role, person in new]
        )
        self.statements |= {(one.role, one.person): one.pk for one in made}

    def _add_up(self) -> None:
        """The figures of each statement with what its person brings along; those without a row or a balance go."""
        carried = self._carried()
        everybody = sorted({*self.statements, *carried})
        people = earned = corrected = payable = 0
        for start in range(0, len(everybody), CHUNK):
            with self._writing():
                added = self._store(everybody[start : start + CHUNK], carried)
            people += len(added)
            earned += sum(one.earned for one in added)
            corrected += sum(one.corrected for one in added)
            payable += sum(one.payable for one in added)
        figures = {"people": people, "earned": earned, "corrected": corrected, "payable": payable}
        with self._writing():
            Period.objects.filter(pk=self.period.pk).update(computed_at=self.began, lease_until=None, **figures)

    def _store(self, people: list[Key], carried: dict[Key, int]) -> list[Statement]:
        """Write the figures of these people, a statement each; none where there is no row and nothing is carried."""
        sums = _sums({self.statements[key]: key for key in people if key in self.statements})
        added = [
            _added_up(self.period, key, sums.get(key, {}), carried.get(key, 0))
            for key in people
            if key in sums or key in carried
        ]
        Statement.objects.bulk_create(
            added, update_conflicts=True, unique_fields=["period", "role", "person"], update_fields=FIGURES
        )
        without = [self.statements[key] for key in people if key not in sums and key not in carried]
        Statement.objects.filter(pk__in=without).delete()
        return added

    def _carried(self) -> dict[Key, int]:
        """What each person brings along from the period before."""
        before = Period.objects.filter(last__lt=self.period.first).order_by("-last")[:1]
        rows = Statement.objects.filter(period__in=list(before), carried_out__lt=0)
        return {(role, person): amount for role, person, amount in rows.values_list("role", "person", "carried_out")}

    @staticmethod
    def _moment(day: date) -> datetime:
        return Period(first=day).begin


FIGURES = ["lines", "base", "earned", "corrected", "carried_in", "total", "payable", "carried_out"]


def _sums(statements: dict[int, Key]) -> dict[Key, dict[str, int]]:
    """What the rows of the statements add up to, by person."""
    rows = Commission.objects.filter(statement__in=statements).order_by().values("statement")
    sums: Any = rows.annotate(
        rows=Count("pk"),
        net=Sum(F("base") - F("returned"), filter=Q(is_sale=True)),
        earned=Sum("commission", filter=Q(is_sale=True)),
        corrected=Sum("commission", filter=Q(is_sale=False)),
    )
    return {statements[row.pop("statement")]: {name: sum_ or 0 for name, sum_ in row.items()} for row in sums}


def _added_up(period: Period, key: Key, sums: dict[str, int], carried: int) -> Statement:
    total = sums.get("earned", 0) + sums.get("corrected", 0) + carried
    return Statement(
        period=period,
        role=key[0],
        person=key[1],
        lines=sums.get("rows", 0),
        base=sums.get("net", 0),
        earned=sums.get("earned", 0),
        corrected=sums.get("corrected", 0),
        carried_in=carried,
        total=total,
        payable=max(0, total),
        carried_out=min(0, total),
    )


def _changed_since(period: Period) -> Any:
    """Sales of closed periods of whose line more, or less, came back than was taken off."""
    came_back = Q(line__refunded_fen__gt=0) | Q(line__order__status__in=OVER)
    sales = Commission.objects.filter(came_back, is_sale=True, statement__period__is_open=False)
    return _annotated(sales, period).exclude(now=F("counted"))


def _with_returns(period: Period, pks: list[int]) -> Iterable[Any]:
    return _annotated(Commission.objects.filter(pk__in=pks), period).select_related("statement").order_by("pk")


def _annotated(sales: QuerySet[Commission], period: Period) -> Any:
    """With `now`, what came back of the line until now, and `counted`, what of it was taken off before this period."""
    last = Commission.objects.filter(line=OuterRef("line"), role=OuterRef("role")).order_by("-id")
    return sales.annotate(
        counted=Subquery(last.exclude(statement__period=period).values("returned")[:1]),
        now=Case(
            When(line__order__status__in=OVER, then=F("base")),
            default=Least("line__refunded_fen", "base", output_field=BigIntegerField()),
        ),
    )


def _lines(pks: list[int], person: str) -> Iterable[tuple]:
    """What a sale is reckoned of: by key alone, so that no database looks for them by anything else."""
    columns = ("pk", "sku_real_price", "refunded_fen", "order__status", person)
    rows = OrderLine.objects.filter(pk__in=pks, order__payment_alert="").order_by("pk")
    return rows.values_list(*columns, "order__finder_nickname", "out_product_id", "order__paid_at")


def _chunks(rows: QuerySet) -> Iterator[list[int]]:
    """The keys of the rows, so many at a time; of all of them only the keys are held."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]
