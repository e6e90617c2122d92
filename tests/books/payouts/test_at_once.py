"""Many at the same moment, on both databases: one opens, one rate is kept, one closes, one pays, once."""

from itertools import count

import pytest
from django.db import DatabaseError

from books.payouts import closing, making
from books.payouts.models import Commission, Period, Rate, Role, Statement
from tests.books.payouts.shop import FIRST, closed, days, reckoned, sell
from tests.factories import make_user
from tests.threads import at_once
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
LAST = days(9)


def test_one_period_is_opened():
    outcomes = at_once(5, lambda: making.open_period(FIRST, LAST, wake=False))
    assert [type(one) for one in outcomes if not isinstance(one, Conflict)] == [Period]
    assert Period.objects.count() == 1


def test_one_rate_of_a_reach_is_kept():
    starts = count()
    outcomes = at_once(
        5, lambda: Rate.objects.create(role=Role.PROMOTER, bps=next(starts), valid_from=days(next(starts)))
    )
    assert len([one for one in outcomes if isinstance(one, DatabaseError)]) == 4
    assert Rate.objects.count() == 1


def test_one_worker_of_many_reckons_a_period():
    Rate.objects.create(role=Role.PROMOTER, bps=1000, valid_from=FIRST)
    for _nth in range(3):
        sell(1000, promoter_id="p-1")
    period = making.open_period(FIRST, LAST, wake=False)
    assert at_once(5, lambda: making.work(period.pk)) == [None] * 5
    assert (period.statements.get().earned, Commission.objects.count()) == (300, 3)


def test_one_closes_with_what_was_seen():
    Rate.objects.create(role=Role.PROMOTER, bps=1000, valid_from=FIRST)
    sell(1000, promoter_id="p-1")
    period, people = reckoned(FIRST, LAST), iter([make_user("finance") for _nth in range(5)])
    outcomes = at_once(5, lambda: closing.close(period, next(people), period.run))
    assert outcomes.count(None) == 1
    assert Statement.objects.get().closed_by == Period.objects.get().closed_by


def test_one_pays_and_one_number_pays_one():
    Rate.objects.create(role=Role.PROMOTER, bps=1000, valid_from=FIRST)
    sell(1000, promoter_id="p-1")
    sell(1000, promoter_id="p-2")
    one, other = closed(FIRST, LAST).statements.order_by("id")
    payer, numbers = make_user(), count(1000)
    assert at_once(5, lambda: closing.pay(one, payer, f"n-{next(numbers)}")).count(None) == 1
    both = iter([other, Statement.objects.get(pk=one.pk)] * 2)
    taken = Statement.objects.get(pk=one.pk).bank_no
    assert at_once(3, lambda: closing.pay(next(both), payer, taken)).count(None) == 0
    assert Statement.objects.exclude(paid_at=None).count() == 1
