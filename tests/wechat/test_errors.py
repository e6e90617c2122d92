"""What each error code means: every code that the platform, as the sandbox plays it, answers is in the table."""

import ast
import importlib
from pathlib import Path

import pytest

from wechat.errors import MEANINGS, UNKNOWN, Action, meaning_of

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for path in sorted((ROOT / "sandbox").rglob("*.py")) if "migrations" not in path.parts]


def _numbers(value: ast.expr, module: str) -> set[int]:
    """The codes of an expression: written there, or a constant of the module."""
    found = {node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and type(node.value) is int}
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name) and node.id.isupper()}
    return found | {getattr(importlib.import_module(module), name) for name in names}


def _takes_errcode(trees: dict[str, ast.Module]) -> dict[str, int]:
    """{function: at which place it takes an errcode}, for those that raise what they are given."""
    return {
        node.name: [argument.arg for argument in node.args.args].index("errcode")
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "errcode" in [argument.arg for argument in node.args.args]
    }


def _codes() -> dict[int, str]:
    """{code: where the sandbox answers it}."""
    trees = {".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text()) for path in FILES}
    places = {**_takes_errcode(trees), "Refusal": 0}
    found: dict[int, str] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            codes: set[int] = set()
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                given = [word.value for word in node.keywords if word.arg == "errcode"]
                if name in places and len(node.args) > places[name]:
                    given.append(node.args[places[name]])
                codes = set().union(*(_numbers(value, module) for value in given))
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                given = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "errcode"]
                codes = set().union(*(_numbers(value, module) for value in given))
            found |= dict.fromkeys(codes, f"{module}:{getattr(node, 'lineno', 0)}")
    return found


def test_every_code_that_the_sandbox_answers_has_a_meaning():
    codes = _codes()
    assert {1040002, 1010004, 2747026, 60208, 1000000, 48001} <= set(codes)
    assert {code: where for code, where in codes.items() if code and code not in MEANINGS} == {}


@pytest.mark.parametrize("code", [1040002, 1040004])
def test_a_code_of_the_access_has_its_own_words(code):
    assert meaning_of(code) != UNKNOWN
    assert meaning_of(code).action in (Action.PLATFORM, Action.STATE)
