"""What the console is built from: licences, and two sets of versions."""

import re
import sys

import pytest
from django.core.management import call_command

from tests.processes import ROOT


def packages(lock: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^ \\;]+)", text, re.M))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the page lists what the first lock installs")
def test_the_licences_are_listed_as_the_lock_is():
    call_command("list_licences", check=True)


def test_the_second_lock_differs_in_django_and_holds_the_same_packages():
    first, second = packages("base"), packages("base-3.13")
    assert (first["django"].split(".")[0], second["django"].split(".")[0]) == ("5", "6")
    assert second.keys() - first.keys() == set()


@pytest.mark.parametrize("lock", ["base", "base-3.13"])
def test_the_broker_can_be_redis_with_what_is_installed_in_production(lock):
    """kombu's transport imports it without naming it, and only what tests need brought it along."""
    assert "packaging" in packages(lock)
