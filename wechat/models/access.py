from typing import Any

from django.db import models

from wechat.sealed import SealedField


class AccessToken(models.Model):
    """The access token that all threads and processes share; the process that gets the lease fetches the next one."""

    appid = models.CharField(max_length=64, unique=True)
    value: Any = SealedField(null=True)
    fingerprint = models.CharField(max_length=16, default="", blank=True)
    expires_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.appid


class Pace(models.Model):
    """The rate limit's counter of an endpoint, shared by all processes.

    `due` is the time (Unix microseconds) at which the calls made so far would be used up at an even rate. A call is
    allowed while `due` is not further ahead of now than the burst allows. `timeouts` are calls without an answer, one
    after the other, the last at `timed_out_at` (`wechat.circuit`).
    """

    endpoint = models.CharField(max_length=100, unique=True)
    due = models.BigIntegerField(default=0)
    paused_until = models.BigIntegerField(default=0)
    timeouts = models.PositiveSmallIntegerField(default=0)
    timed_out_at = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.endpoint
