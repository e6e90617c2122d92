"""Movements beside WeChat's: what the schedule has not pulled yet is no difference."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import Difference, ReconciliationRun
from console.reconciling import runs, schedule
from orders.funds.models import Flow, FlowDay
from sandbox.models import Entry
from tests import seeding
from tests.reconciling import compare


@pytest.fixture
def unknown(platform):
    """A movement of WeChat's that is not here, of a shop that has others."""
    seeding.fill(3)
    flow = Flow.objects.order_by("booked_at").last()
    flow.delete()
    return flow


def test_a_movement_that_was_booked_after_the_last_pull_is_no_difference(unknown):
    FlowDay.objects.filter(day=unknown.day).update(pulled_at=unknown.booked_at - timedelta(seconds=1))
    compare("movements", day=unknown.day)
    assert not Difference.objects.filter(kind="movements").exists()
    FlowDay.objects.filter(day=unknown.day).update(pulled_at=timezone.now())
    compare("movements", day=unknown.day)
    assert [row.key for row in Difference.objects.filter(kind="movements")] == [unknown.funds_flow_id]


def test_the_comparison_of_the_last_hours_reads_no_movement(unknown):
    before = Entry.objects.filter(endpoint__endswith="/getorderflow").count()
    schedule.recent()
    for run in ReconciliationRun.objects.unfinished():
        while not runs.work(run.pk):
            pass
    assert Entry.objects.filter(endpoint__endswith="/getorderflow").count() == before
    assert not Difference.objects.filter(kind="movements").exists()
