import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from wechat import callbacks
from wechat.models import Callback


class Command(BaseCommand):
    help = "Handle the messages from WeChat that are due. Exit code 1 when some failed for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what is due and do nothing.")
        parser.add_argument("--again", action="store_true", help="Also those that failed for good.")
        parser.add_argument("--unhandled", action="store_true", help="Also those nothing listened to.")

    def handle(self, *, dry_run: bool = False, again: bool = False, unhandled: bool = False, **options: Any) -> None:
        states = [
            *([Callback.State.FAILED] if again else []),
            *([Callback.State.UNHANDLED] if unhandled else []),
        ]
        once_more = Callback.objects.filter(state__in=states)
        if dry_run:
            for callback in (Callback.objects.due() | once_more).defer("body").order_by("id"):
                self.stdout.write(f"{callback.pk}\t{callback.event}\t{callback.get_state_display()}\t{callback.error}")
            return
        callbacks.replay(once_more)
        handled = 0
        with tqdm(total=Callback.objects.due().count(), disable=not sys.stderr.isatty()) as bar:
            while taken := callbacks.handle_due(50):
                handled += taken
                bar.update(taken)
        failed = Callback.objects.set_aside().count()
        self.stdout.write(f"{handled} handled, {failed} failed")
        if failed:
            raise SystemExit(1)
