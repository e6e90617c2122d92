from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console import edit_chain, interrupts
from console.commands import add_yes, ask
from wechat import field_keys
from wechat.sealed import key_names
from wechat.sealed_columns import Column, columns

TRIES = 5


class Command(BaseCommand):
    help = (
        "Seal every encrypted value anew with the first of FIELD_KEYS, and sign the chain of edits with it; then the "
        "others can be dropped. May run beside everything else, be stopped, and be run again. Exit code 1 where "
        "something is left under another key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many there are and do nothing.")
        parser.add_argument(
            "--give-up-lost",
            action="store_true",
            help="Empty the values whose key is lost for ever, and go on from the edits that it signed; asks first.",
        )
        add_yes(parser)

    def handle(self, *, dry_run: bool = False, give_up_lost: bool = False, yes: bool = False, **options: Any) -> None:
        first = key_names()[0]
        if dry_run:
            self._tell("to seal anew", lambda column: [column.under_others(first).count()])
            return
        with interrupts.ending_at_once("Stopped. Run it again: it goes on with what is left."):
            self._reseal()
            lost = {column: count for column in columns() if (count := column.under_others(*key_names()).count())}
            if lost and give_up_lost:
                self._give_up(lost, yes)
            elif lost:
                raise CommandError(f"No key of FIELD_KEYS opens {_named(lost)}. Put the key back into FIELD_KEYS.")
            try:
                self._sign_edits(give_up_lost, yes)
            except edit_chain.NotOurs as error:
                raise CommandError(str(error)) from None
        field_keys.forget_others()
        self.stdout.write("All is sealed with the first key: the others may be taken out of FIELD_KEYS.")

    def _reseal(self) -> None:
        """Until nothing is left under our other keys: a process of before may write while we look."""
        _first, *others = key_names()
        for _try in range(TRIES):
            self._tell("sealed anew", field_keys.reseal)
            left = {column: count for column in columns() if (count := column.under(*others).count())}
            if not left:
                return
        raise CommandError(
            f"Left under other keys than the first: {_named(left)}. Another process still seals with one of them: "
            "restart all that run with other FIELD_KEYS, then run this again."
        )

    def _sign_edits(self, give_up_lost: bool, yes: bool) -> None:
        try:
            edit_chain.link_all()
            edit_chain.sign_anew()
        except edit_chain.NotOurs:
            if not give_up_lost:
                raise
            if not yes:
                ask("Go on from the edits whose signature cannot be checked")
            edit_chain.sign_anew(lost=True)
            edit_chain.link_all()

    def _tell(self, what: str, counts: Callable[[Column], Iterator[int] | list[int]]) -> None:
        for column in columns():
            if count := sum(counts(column)):
                self.stdout.write(f"{_label(column)}: {count} {what}")

    def _give_up(self, lost: dict[Column, int], yes: bool) -> None:
        if not yes:
            ask(f"Empty {_named(lost)}, which cannot be brought back")
        self._tell("emptied", field_keys.give_up)


def _label(column: Column) -> str:
    return f"{column.model._meta.label}.{column.name}"


def _named(counts: dict[Column, int]) -> str:
    return ", ".join(f"{count} of {_label(column)}" for column, count in counts.items())
