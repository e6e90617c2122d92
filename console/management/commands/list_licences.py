import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

LOCK = "requirements/base.txt"
PAGE = "docs/licences.md"
HEAD = """# Licences

What the console needs to run, as `requirements/base.txt` pins it, with the licence that each package declares. Written
by `./manage.py list_licences`; a test compares it. The console itself is under MIT ([LICENSE](../LICENSE)).

| package | version | licence |
|---|---|---|
"""


class Command(BaseCommand):
    help = f"Write the licences of what the console needs into {PAGE}; --check only compares it, exit code 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether the page is as it should be.")

    def handle(self, *, check: bool = False, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / PAGE
        text = HEAD + "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in pinned())
        if not check:
            page.write_text(text, encoding="utf-8")
        elif page.read_text(encoding="utf-8") != text:
            raise CommandError(f"{PAGE} is not as the lock is. Run ./manage.py list_licences.")


def pinned() -> list[tuple[str, str]]:
    """Name and version of each package of the lock that is needed on this system."""
    lock = (Path(settings.BASE_DIR) / LOCK).read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^ \\;]+)", lock, re.M)


def licence(name: str) -> str:
    """As the package declares it: by the expression, the classifiers, or the first line of its text."""
    try:
        declared = distribution(name).metadata
    except PackageNotFoundError:
        return "not installed on this system"
    if expression := declared.get_all("License-Expression"):
        return expression[0]
    names = [line.rpartition(" :: ")[2] for line in declared.get_all("Classifier", []) if line.startswith("License ::")]
    first = "".join(declared.get_all("License", [])).strip().partition("\n")[0]
    return ", ".join(names) or first or "not declared"
