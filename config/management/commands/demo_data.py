from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.roles import ROLES


class Command(BaseCommand):
    help = "Sign-ins for the demo: the owner, and one person for each role with the same password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--password", required=True)

    def handle(self, *, username: str, password: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo sign-ins are made with DEBUG on only.")
        self._person(username, "owner", password)
        for role in ROLES:
            if role != "owner":
                self._person(role, role, password)

    def _person(self, username: str, role: str, password: str) -> None:
        person, created = User.objects.get_or_create(username=username, defaults={"is_staff": True})
        if created:
            person.set_password(password)
            person.save()
            person.groups.add(Group.objects.get(name=role))
