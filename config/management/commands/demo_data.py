from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.models import PasswordTry
from console.roles import ROLES


class Command(BaseCommand):
    help = "Sign-ins for the demo: the owner, and one person for each role with the same password, which always works."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--password", required=True)

    def handle(self, *, username: str, password: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo sign-ins are made with DEBUG on only.")
        PasswordTry.objects.all().delete()  # nobody waits for what was mistyped before
        self._person(username, "owner", password)
        for role in ROLES:
            if role != "owner":
                self._person(role, role, password)
        if settings.WECHAT_SANDBOX:
            self._acquaint_sandbox()

    def _person(self, username: str, role: str, password: str) -> None:
        person, created = User.objects.get_or_create(username=username)
        if created:
            person.groups.add(Group.objects.get(name=role))
        if not (person.is_active and person.is_staff and person.check_password(password)):
            person.is_active = person.is_staff = True
            person.set_password(password)
            person.save()

    def _acquaint_sandbox(self) -> None:
        """The sandbox keeps the secrets with which it was first used; .demo.json may be a later one."""
        from sandbox.models import Account

        account = Account.only()
        account.secret, account.token = settings.WECHAT_SECRET, settings.WECHAT_TOKEN
        account.aes_key = settings.WECHAT_AES_KEY
        account.save(update_fields=["secret", "token", "aes_key"])
