import time
from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder

# Seconds. WeChat repeats a message after 5: one that came while the database was busy is repeated while it is free.
BUSY, FREE = 3.0, 7.0


class Command(migrate.Command):
    """Django's own without the checks of the database: an upgrade also runs where another mini program is noted.

    On SQLite a migration holds the write lock. One after the other would leave WeChat's messages no turn until WeChat
    gives them up, so there are pauses between them; not in a new database, for which nobody waits.
    """

    def get_check_kwargs(self, options: Any) -> Any:
        return BaseCommand.get_check_kwargs(self, options)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        self.pauses = (
            connection.vendor == "sqlite"
            and connection.alias == DEFAULT_DB_ALIAS
            and bool(MigrationRecorder(connection).applied_migrations())
        )
        self.busy, self.began = 0.0, time.monotonic()
        if connection.alias == "sandbox" and not options["app_label"]:
            # No other app has a table there: Django would apply the others' migrations to nothing.
            options |= {"app_label": "sandbox", "run_syncdb": False}
        super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_start":
            if self.pauses and self.busy > BUSY:
                self.leave_messages_their_turn()
            self.began = time.monotonic()
        elif action == "apply_success":
            self.busy += time.monotonic() - self.began
        super().migration_progress_callback(action, migration, fake)

    def leave_messages_their_turn(self) -> None:
        if self.verbosity:
            self.stdout.write("  A pause of some seconds, in which messages of WeChat are stored.")
        time.sleep(FREE)
        self.busy = 0.0
