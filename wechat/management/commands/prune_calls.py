from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from wechat.models import Call, Callback
from wechat.tasks import prune


class Command(BaseCommand):
    help = "Forget calls and messages that are older than WECHAT_KEEP_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many rows would go and do nothing.")

    def handle(self, *, dry_run: bool = False, **options: Any) -> None:
        if dry_run:
            old = timezone.now() - timedelta(days=settings.WECHAT_KEEP_DAYS)
            calls = Call.objects.filter(created_at__lt=old).count()
            messages = Callback.objects.filter(received_at__lt=old).count()
            self.stdout.write(f"{calls} calls and {messages} messages would go")
            return
        self.stdout.write(f"{prune()} rows are gone")
