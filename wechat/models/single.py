from typing import Self

from django.db import models


class Single(models.Model):
    """A record of which there is one; its row is there from the first migration on."""

    class Meta:
        abstract = True

    @classmethod
    def load(cls) -> Self:
        return cls._default_manager.get(pk=1)

    @classmethod
    def load_to_write(cls) -> Self:
        """The same, locked until the transaction ends."""
        return cls._default_manager.select_for_update().get(pk=1)
