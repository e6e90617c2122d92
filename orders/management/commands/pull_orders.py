from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console import interrupts
from console.commands import local
from orders.models import Order
from orders.operations import pull_orders, pull_orders_of_promoter, pull_orders_of_sharer
from orders.operations.lists import pull_span
from wechat.errors import OperationError
from wechat.models import PulledList
from wechat.steps import actors

LOOK_BACK = timedelta(days=30)  # where no first day is given


class Command(BaseCommand):
    help = "Read orders from WeChat: those of the last days, of a span, of a promoter or of a sharer."

    operations = (pull_orders,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="From this day on (yyyy-mm-dd, Shanghai); 30 days ago for persons.")
        parser.add_argument("--until", help="Up to and with this day; today.")
        parser.add_argument("--promoter", metavar="PROMOTER_ID", help="Orders this promoter sold, by day of payment.")
        parser.add_argument("--sharer", metavar="OPENID", help="Orders this sharer sold, by day of payment.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be read and do nothing.")

    def handle(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        promoter: str | None = None,
        sharer: str | None = None,
        dry_run: bool = False,
        **options: Any,
    ) -> None:
        start = _day(since) if since else None
        end = (_day(until) if until else timezone.now()) + timedelta(days=1 if until else 0, minutes=5)
        if dry_run:
            since_when = local(start) if start else "the last pull"
            self.stdout.write(f"orders {promoter or sharer or ''} from {since_when} to {local(end)}: would be read")
            return
        before = Order.objects.count()
        try:
            with actors.acting("command"), interrupts.ending_at_once("Stopped. What was read is kept."):
                count = self.pull(start, end, promoter, sharer)
        except OperationError as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None
        self.stdout.write(f"{count} orders read, {Order.objects.count() - before} new here")

    def pull(self, start: datetime | None, end: datetime, promoter: str | None, sharer: str | None) -> int:
        if promoter:
            return pull_orders_of_promoter(promoter, start or end - LOOK_BACK, end)
        if sharer:
            return pull_orders_of_sharer(sharer, start or end - LOOK_BACK, end)
        if start:
            return pull_span(start, end)
        pulled = PulledList.objects.get(name="orders")
        pull_orders(pulled)
        pulled.refresh_from_db()
        return pulled.count


def _day(text: str) -> datetime:
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError:
        raise CommandError(f"“{text}” is no day, such as 2026-11-25.", returncode=2) from None
