from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from console.edits import trace_edit
from console.signing_in import second_factor, sessions
from wechat.steps import actors


class Command(BaseCommand):
    help = "Forget a person's second factor that is lost: their sessions end, and the next sign-in sets up another one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="Why; it is kept among the edits of this person.")

    def handle(self, *, username: str, reason: str, **options: Any) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody called {username}.", returncode=2)
        with actors.acting("command"), transaction.atomic():
            if not second_factor.reset(person):
                raise CommandError(f"{username} has no second factor.", returncode=2)
            sessions.end_all(person)
            trace_edit(person, {"second_factor": ["****", f"reset: {reason}"]})
        self.stdout.write(f"{username} sets up another one at the next sign-in.")
