from django.db import models
from django.utils import timezone


class SealingKey(models.Model):
    """The name of a key with which values of this database are sealed: its first bytes stand before each of them."""

    name = models.CharField(max_length=8, unique=True)  # in hexadecimal
    noted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
