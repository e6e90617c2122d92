import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from console.erasing.sealing import seal_old
from wechat.models import Callback


class Command(BaseCommand):
    help = "Seal messages of before this version under the keys of their buyers, and mask buyers' words in calls; once."

    def handle(self, **options: Any) -> None:
        with tqdm(total=Callback.objects.count(), disable=not sys.stderr.isatty()) as bar:
            self.stdout.write(f"{seal_old(bar.update)} messages are sealed anew")
