"""Differences of every kind, hidden among equal records by a script that does not know the comparison."""

import random

import pytest

from console.models import Difference, ReconciliationRun
from console.reconciling import resolving, runs, schedule
from tests import hiding, seeding
from tests.reconciling import anybody, compare

RECORDS, HIDDEN = 60, 3


@pytest.fixture
def hidden(platform) -> dict[str, set[str]]:
    """{kind: numbers of the records in which a difference is hidden}"""
    seeding.fill(RECORDS)
    compare()
    assert not Difference.objects.exists()
    chance, used = random.Random(19), set()
    return {kind: hiding.hide(kind, HIDDEN, chance, used) for kind in hiding.HIDDEN}


def found() -> dict[str, set[str]]:
    rows = Difference.objects.open().values_list("kind", "key")
    return {kind: {key for name, key in rows if name == kind} for kind in hiding.HIDDEN}


def test_all_that_is_hidden_is_found_and_nothing_else_and_taken_in_one_press(hidden):
    compare()
    assert found() == hidden
    assert Difference.objects.count() == HIDDEN * len(hiding.HIDDEN)
    resolved = resolving.take(Difference.objects.open(), anybody)
    assert (resolved.done, resolved.left) == (HIDDEN * len(hiding.HIDDEN), 0)
    compare()
    assert found() == {kind: set() for kind in hiding.HIDDEN}
    assert Difference.objects.count() == HIDDEN * len(hiding.HIDDEN)


def test_all_that_wechat_has_an_interface_for_is_pushed_in_one_press(hidden, drain):
    compare()
    rows = [row for row in Difference.objects.open() if not resolving.why_not(row, "push", anybody)]
    assert {row.kind for row in rows} == {"parcels", "products", "stock", "coupons"}
    resolved = resolving.push(rows, anybody)
    drain()
    resolving.close_pushed()
    assert resolved.done == len(rows)
    states = set(Difference.objects.filter(pk__in=[row.pk for row in rows]).values_list("state", flat=True))
    assert states == {Difference.State.PUSHED}


def test_an_answer_that_leaves_a_field_out_does_not_heal_it(hidden):
    """The last hours are compared without what costs a call each, and a coupon that is read alone shows no stock."""
    compare()
    before = found()
    schedule.recent()
    for run in ReconciliationRun.objects.unfinished():
        assert runs.work(run.pk)
    assert found() == before
