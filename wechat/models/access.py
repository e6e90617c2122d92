from typing import Any

from django.db import models

from wechat.sealed import SealedField


class AccessToken(models.Model):
    """The one token all threads and processes share; whoever wins the lease fetches the next."""

    appid = models.CharField(max_length=64, unique=True)
    value: Any = SealedField(null=True)
    fingerprint = models.CharField(max_length=16, default="", blank=True)
    expires_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.appid


class Pace(models.Model):
    """How fast an endpoint may be called, shared by all processes.

    `due` is the moment (Unix microseconds) at which the calls made so far would have been made at an even pace.
    """

    endpoint = models.CharField(max_length=100, unique=True)
    due = models.BigIntegerField(default=0)
    paused_until = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.endpoint
