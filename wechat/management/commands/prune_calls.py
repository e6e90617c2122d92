from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from wechat import retention
from wechat.models import Call, Callback
from wechat.tasks import prune


class Command(BaseCommand):
    help = "Forget calls, messages and steps whose days are over: WECHAT_KEEP_DAYS, KEEP_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many rows would go and do nothing.")

    def handle(self, *, dry_run: bool = False, **options: Any) -> None:
        if dry_run:
            calls = retention.over("calls", Call.objects.all(), "created_at").count()
            messages = retention.over("messages", Callback.objects.all(), "received_at").count()
            self.stdout.write(f"{calls} calls and {messages} messages would go")
            return
        self.stdout.write(f"{prune()} rows are gone")
