import time
from typing import Any

from django.core.management.base import BaseCommand

from sandbox.pushes import deliver_due


class Command(BaseCommand):
    help = "Deliver what the sandbox wants to push, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            if not deliver_due():
                time.sleep(0.2)
