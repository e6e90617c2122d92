"""Pace: never more than the limit in any window, over all threads."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import F

from tests.threads import at_once
from wechat import pace
from wechat.errors import Paused
from wechat.models import Pace


def test_a_burst_passes_and_then_the_even_flow_holds(settings):
    settings.WECHAT_PACE = {"default": (20, 1000, 4)}
    for _time in range(5):
        pace.take("/x", patience=0)
    with pytest.raises(Paused) as caught:
        pace.take("/x", patience=0)
    assert 55 < caught.value.seconds < 63


def test_endpoints_do_not_share_a_pace(settings):
    settings.WECHAT_PACE = {"default": (2, 1000, 0)}
    pace.take("/x", patience=0)
    pace.take("/y", patience=0)
    with pytest.raises(Paused):
        pace.take("/x", patience=0)


def test_no_window_ever_holds_more_than_the_limit(settings):
    """Call whenever it is allowed and count every window. Time passes by the row, not by the database's clock."""
    settings.WECHAT_PACE = {"default": (50, 30, 10)}
    taken, passed = [], 0.0
    for _tick in range(700):
        try:
            pace.take("/x", patience=0)
            taken.append(time.monotonic() + passed)
        except Paused:
            Pace.objects.update(due=F("due") - 50_000)
            passed += 0.05
    busiest = max(sum(1 for other in taken if start <= other < start + 29.9) for start in taken)
    assert busiest <= 50
    assert len(taken) >= 0.75 * 50 * (taken[-1] - taken[0]) / 30


def test_a_host_whose_clock_is_ahead_gets_no_more_calls(settings):
    settings.WECHAT_PACE = {"default": (5, 1000, 4)}
    for _time in range(5):
        pace.take("/x", patience=0)
    for hours in (-2, 2):
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)), pytest.raises(Paused) as caught:
            pace.take("/x", patience=0)
        assert 900 < caught.value.seconds < 1000


def test_a_host_whose_clock_is_behind_or_ahead_rests_as_long(settings):
    pace.take("/x", patience=0)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=2)):
        pace.pause("/x", 45011)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)), pytest.raises(Paused) as caught:
        pace.take("/x", patience=0)
    assert 59 < caught.value.seconds < 79


def test_wechats_word_rests_the_endpoint(settings):
    pace.take("/x", patience=0)
    pace.pause("/x", 300000)
    with pytest.raises(Paused) as caught:
        pace.take("/x", patience=0)
    assert 9 < caught.value.seconds < 14


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_pace(settings):
    settings.WECHAT_PACE = {"default": (200, 10_000, 9)}
    Pace.objects.create(endpoint="/x")

    def five() -> list[str]:
        outcomes = []
        for _time in range(5):
            try:
                pace.take("/x", patience=0)
                outcomes.append("taken")
            except Paused:
                outcomes.append("paused")
        return outcomes

    outcomes = Counter(outcome for each in at_once(8, five) for outcome in each)
    assert outcomes == {"taken": 10, "paused": 30}
