import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.feed import positions
from console.feed.kinds import kinds
from console.feed.reading import after, position_of
from console.models.webhooks import new_secret
from console.webhooks import addresses
from console.webhooks.making import chosen
from console.webhooks.sending import Message, bodies, message_id, send_all
from wechat.steps.errors import Conflict

PAUSE = 1.0  # seconds
MOST = 100


class Command(BaseCommand):
    help = "Print the events of the feed as webhooks tell them, and forward them, signed, to an address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("events", nargs="*", help="Types such as order.paid, or kinds such as order; else all.")
        parser.add_argument("--after", default="now", help="A position, a time or 0; by default from now on.")
        parser.add_argument("--forward", metavar="URL", help="Also send them to this address, signed.")
        parser.add_argument("--secret", help="To sign with; one is made and printed where it is left out.")
        parser.add_argument("--once", action="store_true", help="Stop where there are no more events.")

    def handle(self, **options: Any) -> None:
        try:
            names = chosen(options["events"] or kinds, lambda permission: True)
            position = position_of("after", options["after"])
            if options["forward"]:
                addresses.check(options["forward"])
        except (ValidationError, Conflict) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)])), returncode=2) from error
        self.secret = options["secret"] or new_secret()
        if options["forward"] and not options["secret"]:
            self.stdout.write(f"Signed with {self.secret}")
        try:
            self._listen(names, position, options["forward"], options["once"])
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _listen(self, names: list[str], position: int, forward: str | None, once: bool) -> None:
        while True:
            positions.give()
            events, position, more = after(position, names, MOST)
            messages = [
                Message(message_id(event.position or 0), body)
                for event, body in zip(events, bodies(events), strict=True)
            ]
            for message in messages:
                self.stdout.write(message.body)
            if forward and messages:
                self._forward(forward, messages)
            if not more:
                if once:
                    return
                time.sleep(PAUSE)

    def _forward(self, url: str, messages: list[Message]) -> None:
        with addresses.session(1) as session:
            for message in messages:
                (outcome,) = send_all(session, url, [self.secret], [message])
                self.stdout.write(f"  {message.id} → {outcome.status or '–'} {outcome.answer}")
