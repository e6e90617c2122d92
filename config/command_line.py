"""Runs the commands of `manage.py`: those that use records start only on the database of their own mini program."""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, ManagementUtility, get_commands

# Of our own commands those that start others, change or tell what is noted, or upgrade.
FREE = {
    "backup",
    "bind_database",
    "check_setup",
    "list_licences",
    "migrate",
    "open_keys",
    "restore",
    "rotate_keys",
    "run",
    "walkthrough",
}
# Of Django's those that serve or open records.
ASKED = {"loaddata", "runserver", "shell"}


class CommandLine(ManagementUtility):
    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        if uses_records(subcommand) and not {"help", "-h", "--help"}.intersection(self.argv[1:]):
            _refuse_another()
        return command


def uses_records(name: str) -> bool:
    package = get_commands()[name].split(".")[0]
    is_ours = (settings.BASE_DIR / package).is_dir()
    return name in ASKED or (is_ours and name not in FREE)


def _refuse_another() -> None:
    from .starting import refuse_another  # needs the apps, which are loaded by now

    try:
        refuse_another()
    except ImproperlyConfigured as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)
