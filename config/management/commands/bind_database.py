import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localtime

from catalog.models import SPU
from console.commands import refuse_without_terminal
from orders.models import Order
from wechat import belonging
from wechat.models import Belonging, Step


class Command(BaseCommand):
    help = (
        "Bind this database to the mini program that the settings name. From then on what is stored here is sent to "
        "it. Says what that is, and wants the AppID typed; exit code 2 where nothing was done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--appid", help="The AppID that the settings name, typed.")
        parser.add_argument("--yes", action="store_true", help="Do it without asking; needs --appid.")

    def handle(self, *, appid: str | None = None, yes: bool = False, **options: Any) -> None:
        wanted, noted = belonging.configured(), belonging.in_force()
        if not wanted.appid:
            raise CommandError("The settings name no mini program: set WECHAT_APPID.", returncode=2)
        if yes and not appid:
            raise CommandError(f"--yes needs the AppID: --appid {wanted.appid}", returncode=2)
        if appid and appid != wanted.appid:
            raise CommandError(f"The settings name {wanted.appid}, not {appid}. Nothing was done.", returncode=2)
        if noted and (noted.appid, noted.platform) == wanted:
            self.stdout.write(f"The database belongs to {wanted} already.")
            for row in Belonging.objects.order_by("number"):
                self.stdout.write(_line(row))
            return
        self._tell(noted, wanted)
        if not yes:
            self._ask(wanted)
        belonging.bind(by=f"bind_database, {_who()}")
        self.stdout.write(f"The database belongs to {wanted}.")

    def _tell(self, noted: Belonging | None, wanted: belonging.MiniProgram) -> None:
        if noted:
            self.stdout.write(f"Until now:\n{_line(noted)}")
        sent = SPU.objects.exclude(product_id=None).count()
        placed = Order.objects.exclude(order_id=None).count()
        self.stdout.write(
            f"From now on everything here goes to {wanted}:\n"
            f"  {SPU.objects.count()} products, {sent} of which the mini program until now has\n"
            f"  {Order.objects.count()} orders, {placed} of which the mini program until now has\n"
            f"  {Step.objects.open().filter(reads=False).count()} steps that wait or whose outcome is unknown, at once"
        )

    def _ask(self, wanted: belonging.MiniProgram) -> None:
        refuse_without_terminal(f"The database would belong to {wanted}")
        try:
            answer = input("Type the AppID to go on: ")
        except EOFError:
            answer = ""
        if answer.strip() != wanted.appid:
            raise CommandError("Nothing was done.", returncode=2)


def _line(noted: Belonging) -> str:
    return f"  {localtime(noted.noted_at):%Y-%m-%d %H:%M}  {noted}  {noted.address}  ({noted.noted_by})"


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "?"
