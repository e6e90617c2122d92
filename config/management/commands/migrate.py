from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.commands import migrate


class Command(migrate.Command):
    """Django's own without the checks of the database: an upgrade also runs where another mini program is noted."""

    def get_check_kwargs(self, options: Any) -> Any:
        return BaseCommand.get_check_kwargs(self, options)
