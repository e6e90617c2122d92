from typing import Any

from django.db.models import Model


class SandboxRouter:
    """Keeps the sandbox's tables in a separate database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "sandbox" if model._meta.app_label == "sandbox" else None

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return (one._meta.app_label == "sandbox") == (other._meta.app_label == "sandbox")

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "sandbox") == (app_label == "sandbox")
