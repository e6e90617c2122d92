"""The rules: `always` hold at any moment of a month, `at_rest` once everything has come to rest. One function a rule.

A rule yields what is wrong, in words.
"""

from collections.abc import Callable, Iterator
from typing import Any

Rule = Callable[[Any], Iterator[str]]
ALWAYS: list[Rule] = []
AT_REST: list[Rule] = []


def always(rule: Rule) -> Rule:
    ALWAYS.append(rule)
    return rule


def at_rest(rule: Rule) -> Rule:
    AT_REST.append(rule)
    return rule


def check(world, rules: list[Rule]) -> list[str]:
    return [f"{rule.__name__}: {fault}" for rule in rules for fault in rule(world)]
