from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console import search_index


class Command(BaseCommand):
    help = "Compare the index of the search with all records, or make it anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="Throw the index away and make it anew.")

    def handle(self, *, rebuild: bool = False, **options: Any) -> None:
        written = search_index.rebuild() if rebuild else search_index.compare()
        self.stdout.write(f"{written} texts written")
