from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from console.setup_checks import running
from console.setup_checks.findings import State


class Command(BaseCommand):
    help = (
        "Check the set-up: push address, token, keys, time, broker, workers, disk, database; and say how to mend what "
        "is wrong. Exit code 1 where there is a fault. Calls leave for WeChat and for our own push address."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--language", choices=["en", "zh-hans"], help="Of the sentences; else LANGUAGE_CODE.")

    def handle(self, *, language: str | None = None, **options: Any) -> None:
        with translation.override(language or translation.get_language()):
            found = running.run()
            for check, finding in found:
                self.stdout.write(f"{finding.state:<5}  {check.title}: {finding.seen}")
                if finding.mend:
                    self.stdout.write(f"       → {finding.mend} ({finding.who})")
        if any(finding.state == State.FAULT for _check, finding in found):
            raise SystemExit(1)
