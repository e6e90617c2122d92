from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from console import jobs, unknown_outcomes
from console.commands import add_yes, ask, local
from console.links import number_of
from console.naming import named
from wechat.models import Step
from wechat.steps import actors, operations, recovery
from wechat.steps.closing import outcome_on_the_step
from wechat.steps.errors import Conflict


class Command(BaseCommand):
    help = (
        "List the steps of unknown outcome; with their numbers, say of them what happened: that WeChat has it, "
        "that it does not, or that it is to be asked again. Exit code 1 where one stays unknown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("steps", nargs="*", metavar="STEP", help="Their numbers, as the list has them.")
        answer = parser.add_mutually_exclusive_group()
        answer.add_argument("--done", action="store_true", help="WeChat has it: under --id, where it has a number.")
        answer.add_argument("--not-done", action="store_true", help="WeChat did not get it: it can be sent again.")
        answer.add_argument("--again", action="store_true", help="Look at WeChat again, where that was given up.")
        parser.add_argument("--id", default="", metavar="AUDIT_ID", help="The number that WeChat has it under.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and do nothing.")
        add_yes(parser)

    def handle(
        self,
        *,
        steps: Sequence[str] = (),
        done: bool = False,
        not_done: bool = False,
        again: bool = False,
        id: str = "",
        dry_run: bool = False,
        yes: bool = False,
        **options: Any,
    ) -> None:
        unknown = Step.objects.unknown().select_related("content_type").order_by("id")
        chosen = named(unknown, "step of unknown outcome", steps, "id") if steps else unknown
        if not (done or not_done or again):
            self.show(chosen)
            return
        if not steps:
            raise CommandError("Name the steps: their numbers are listed without an answer.", returncode=2)
        key = id.strip()[:100]
        if key and (not done or len(chosen) > 1):
            raise CommandError("--id goes with --done, and with one step.", returncode=2)
        answer = "done" if done else "not done" if not_done else "asked again"
        for step in chosen:
            self.refuse_unless_fitting(step, done, again, key)
        if dry_run:
            self.show(chosen, f"would be {answer}")
            return
        if not yes:
            ask(f"{answer}: {', '.join(map(str, chosen))}")
        with actors.acting("command"):
            settled = [self.settle(step, done, not_done, key) for step in chosen]
        if not all(settled):
            raise SystemExit(1)

    def show(self, steps: QuerySet[Step], verdict: str = "") -> None:
        for step in steps:
            cells = [step.pk, step.operation, number_of(step.record), local(step.sent_at), verdict or step.message]
            self.stdout.write("\t".join(map(str, cells)))
        if not steps:
            self.stdout.write("Nothing to do.")

    def refuse_unless_fitting(self, step: Step, done: bool, again: bool, key: str) -> None:
        """Raises CommandError, exit code 2, where the record's page does not offer this answer either."""
        op = operations.find(step.operation)
        adopts = bool(op and op.adopt)
        why = ""
        if done and not adopts:
            why = "the console looks at WeChat by itself"
        elif done and op and op.numbered != bool(key):
            why = "say --id, the number that WeChat has it under" if op.numbered else "WeChat has no number of it"
        elif again and not (op and unknown_outcomes.is_set_aside(step, op)):
            why = "it was not given up"
        if why:
            raise CommandError(f"{step}: {why}. Nothing was done.", returncode=2)

    def settle(self, step: Step, done: bool, not_done: bool, key: str) -> bool:
        """Store the answer, and look at WeChat where it says to; returns whether the outcome is known now."""
        try:
            if not_done:
                recovery.resolve_as_lost(step)
            elif done:
                recovery.resolve_as_done(step, key or str(step.record))
            else:
                recovery.try_again(step)
            self.look(step)
        except Conflict as conflict:
            self.stderr.write(f"{step}\t{conflict}")
        step.refresh_from_db()
        self.stdout.write(f"{step}\t{step.state}\t{step.message}")
        return step.state != Step.State.UNKNOWN

    def look(self, step: Step) -> None:
        """Look at WeChat now, unless a worker does."""
        unknown = Step.objects.filter(pk=step.pk, state=Step.State.UNKNOWN)
        if found := unknown.select_related("content_type", "user").first():
            with outcome_on_the_step(found):
                recovery.resolve(found)
            jobs.wait_until(lambda: not unknown.exclude(lease_until=None).exists())
