from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.commands import add_yes, ask
from console.models import Job
from console.working import WorkingCommand
from scenes.live_days import presses
from scenes.models import LiveDay
from scenes.operations import send_live_terms
from wechat.steps import actors
from wechat.steps.errors import Conflict

PRESSES = {"begin": presses.begin, "end": presses.end}


class Command(WorkingCommand):
    help = "Begin or end a live evening: set its prices and stock, or put them back; run again it does what is left."
    operations = (send_live_terms,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=PRESSES)
        parser.add_argument("day", type=int, metavar="LIVE_DAY", help="Its number, as in its page's address.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and do nothing.")
        parser.add_argument("--threads", type=int, default=4, help="So many calls at once (4).")
        add_yes(parser)

    def handle(self, *, what: str, day: int, dry_run: bool, threads: int, yes: bool, **options: Any) -> None:
        live_day = LiveDay.objects.filter(pk=day).first()
        if live_day is None:
            raise CommandError(f"There is no live day {day}.", returncode=2)
        if dry_run:
            rows = presses.to_set(live_day) if what == "begin" else presses.to_put_back(live_day)
            done = "set" if what == "begin" else "put back"
            for row in rows:
                self.stdout.write(f"{row.spu.out_product_id}: would be {done}")
            return
        if not yes:
            ask(f"{what} {live_day}")
        try:
            with actors.acting("command"):
                pressed = PRESSES[what](live_day, None)
        except Conflict as conflict:
            raise CommandError(str(conflict), returncode=1) from None
        for name in pressed.elsewhere:
            self.stderr.write(f"{name}: another evening has it")
        if pressed.job is None:
            self.stdout.write("Nothing to do.")
            return
        standing = Job.objects.standing().filter(operation=send_live_terms.full_name)  # also of presses before this one
        self.end(lambda: self.work_on(list(standing), threads))
