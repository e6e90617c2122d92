"""Sizes above which a file, a class or a table of its own layout has a second thing in it."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE, CLASS, FORMATTER = 350, 200, 20
GENERATED = ("clients/python/trading_console/resources.py", "clients/python/trading_console/schemas.py")


def _files(*, tests: bool) -> list[Path]:
    """The Python files of the repository, without migrations and what `make client` writes."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    written = [name for name in listed if "migrations" not in name and name not in GENERATED]
    paths = [ROOT / name for name in written if tests or not name.startswith("tests/")]
    return [path for path in paths if path.exists()]


def test_no_source_file_is_longer_than_350_lines():
    sizes = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in _files(tests=False)}
    assert {name: size for name, size in sizes.items() if size > FILE} == {}


def test_no_class_is_longer_than_200_lines():
    long = {
        f"{path.relative_to(ROOT)}: {node.name}": node.end_lineno - node.lineno + 1
        for path in _files(tests=False)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.end_lineno - node.lineno + 1 > CLASS
    }
    assert long == {}


def test_the_formatter_is_switched_off_for_few_tables_only():
    places = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _files(tests=True)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.rstrip().endswith(("# fmt: " + "skip", "# fmt: " + "off"))
    ]
    assert len(places) <= FORMATTER, places
