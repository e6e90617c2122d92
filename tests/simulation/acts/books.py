"""Finance's books: days are checked, explained and closed; pay-outs are reckoned, closed by one and paid by another."""

from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from books.closing import deciding
from books.closing.checking import check, day_of, ensure_days
from books.closing.models import Close, CloseRow
from books.payouts import closing, making
from books.payouts.models import Period, Rate, Role, Statement
from orders.funds.operations import pull_flow_day
from orders.funds.operations.lists import day_of as flows_of
from wechat.steps.errors import Conflict

from ..seams import chance, clock
from ..world import Broken, Idle
from .finance import PEOPLE
from .registry import act

MOST_DAYS = 4  # closed at once
BOOKS_BEGIN = 18 * 86400  # seconds after the month does


# --- the daily close


@act(0.5, "finance looks at a day of the books", "book")
def check_day(world):
    day = world.pick([close.day for close in Close.objects.due().order_by("day")])
    return f"{day}: {check(day_of(day)).open_count} open"


@act(0.7, "finance explains a row of the books", "book")
def explain_row(world):
    row = world.pick(CloseRow.objects.unexplained().active().select_related("close"), lambda row: row.cause)
    with world.as_person("ann"):
        explain(row, world.people["ann"])
    return f"{row.close}: {row.problem} {row.amount / 100:.2f}"


def explain(row: CloseRow, user) -> None:
    """As somebody does who has looked: it may still come, it belongs to its likely partner, or it is right so."""
    if row.may_come and chance.random() < 0.7:
        deciding.expect_later(row, user)
    else:
        deciding.explain(row, user, "核对过", linked=row.partner_id is not None)


@act(0.3, "finance takes an explanation back", "book")
def take_back_explanation(world):
    explained = CloseRow.objects.active().filter(state__in=("later", "accepted")).select_related("close")
    row = world.pick(explained, lambda row: row.cause)
    with world.as_person("bob"):
        deciding.take_back(row, world.people["bob"])
    return f"{row.close}: {row.problem}"


@act(0.4, "finance closes the days that are over", "book")
def close_days(world):
    who = chance.choice(PEOPLE)
    if not Close.objects.exists():
        if not world.began + BOOKS_BEGIN < clock.seconds:
            raise Idle
        day_of(timezone.localdate() - timedelta(days=1))
    ensure_days()
    closed, why = 0, ""
    with world.as_person(who):
        try:
            while closed < MOST_DAYS and (close := Close.objects.due().order_by("day").first()):
                _close_day(close, world.people[who])
                closed += 1
        except Conflict as conflict:
            why = str(conflict)
    return f"{closed} by {who} {why}"


def _close_day(close: Close, user) -> None:
    if not close.is_pulled:
        pull_flow_day(flows_of(close.day))
    for row in check(close).rows.unexplained().active():
        explain(row, user)
    deciding.close_day(close, user)


@act(0.3, "finance opens a closed day again", "book")
def reopen_day(world):
    close = world.pick(Close.objects.filter(state=Close.State.CLOSED).order_by("-day")[:3])
    with world.as_person("owner"):
        deciding.reopen(close, world.people["owner"], "补单")
    return str(close)


# --- pay-outs


@act(0.7, "finance sets a commission rate", "payout")
def set_rate(world):
    rate = Rate(
        role=chance.choice(Role.values),
        bps=chance.choice((0, 333, 777, 1250, 1999, 2345, 5001, 10_000)),
        out_product_id=chance.choice(("", "", "goods-1", "goods-3")),
        valid_from=timezone.localdate() - timedelta(days=chance.choice((0, 3, 40))),
        valid_until=timezone.localdate() + timedelta(days=5) if chance.random() < 0.3 else None,
    )
    with world.as_person("ann"):
        try:
            rate.clean()
        except ValidationError:
            return "the same has one"
        rate.save()
    return f"{rate.role} {rate.out_product_id} {rate.bps} from {rate.valid_from}"


@act(0.4, "finance opens a pay-out period", "payout")
def open_period(world):
    last = Period.objects.order_by("-last").first()
    first = making.next_first(last) or timezone.localdate(datetime.fromtimestamp(world.began, UTC))
    if (last and last.is_open) or first > timezone.localdate():
        raise Idle
    with world.as_person("ann"):
        period = making.open_period(first, first + timedelta(days=chance.choice((4, 8, 12))), world.people["ann"])
    return str(period)


@act(0.4, "finance gives a pay-out period another last day", "payout")
def change_period(world):
    period = world.pick(Period.objects.filter(is_open=True))
    with world.as_person("bob"):
        making.change_last(period, period.last + timedelta(days=chance.choice((-2, -1, 1, 2))))
    return str(period)


@act(0.6, "finance has a period reckoned again, or closes it", "payout")
def close_period(world):
    period, who = world.pick(Period.objects.to_close()), chance.choice(PEOPLE)
    with world.as_person(who):
        if not period.is_reckoned_whole:
            making.ask(period)
            return f"{period} is reckoned again"
        closing.close(period, world.people[who], period.run)
    return f"{period} ¥{period.payable / 100:.2f} by {who}"


def _statement(row: Statement) -> str:
    return f"{row.period.first} {row.role} {row.person}"


@act(1, "finance marks a pay-out as paid", "payout")
def pay_statement(world):
    row, who = world.pick(Statement.objects.to_pay().select_related("period"), _statement), chance.choice(PEOPLE)
    with world.as_person(who):
        closing.pay(row, world.people[who], f"B-{world.salt.replace('.', '-')}-1")
    return f"{_statement(row)} ¥{row.payable / 100:.2f} by {who}"


@act(0.5, "finance marks pay-outs as paid from a list", "payout")
def pay_list(world):
    period, who = world.pick(Period.objects.filter(is_open=False)), chance.choice(PEOPLE)
    rows = [row for row in period.statements.order_by("role", "person") if row.payable]
    lines = [f"{row.number} L-{world.salt.replace('.', '-')}-{nth}" for nth, row in enumerate(rows)]
    with world.as_person(who):
        paid = closing.pay_many(period, "\n".join([*lines, "P1-99999 nothing"]), world.people[who])
    return f"{period} by {who}: {sum(not one.fault for one in paid)} of {len(rows)}"


@act(0.5, "finance marks a paid pay-out as paid once more", "payout")
def pay_again(world):
    row = world.pick(Statement.objects.exclude(paid_at=None).select_related("period"), _statement)
    who = next(name for name in PEOPLE if world.people[name] != row.closed_by)
    try:
        with world.as_person(who):
            closing.pay(row, world.people[who], f"T-{world.salt.replace('.', '-')}-1")
    except Conflict:
        return f"{_statement(row)}: refused"
    raise Broken(f"the pay-out {_statement(row)} was paid twice")
