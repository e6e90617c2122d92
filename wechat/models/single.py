from typing import Self

from django.db import models


class Single(models.Model):
    """Base of models with exactly one row, which is created after the first migration."""

    class Meta:
        abstract = True

    @classmethod
    def load(cls) -> Self:
        return cls._default_manager.get(pk=1)

    @classmethod
    def load_to_write(cls) -> Self:
        """The row, locked until the transaction ends."""
        return cls._default_manager.select_for_update().get(pk=1)
