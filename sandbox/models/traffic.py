from django.db import models
from django.utils.translation import gettext_lazy as _


class Push(models.Model):
    QUEUED, DELIVERED, LOST = "queued", "delivered", "lost"
    STATES = [(QUEUED, _("on its way")), (DELIVERED, _("delivered")), (LOST, _("lost"))]

    event = models.CharField(max_length=100)
    fields = models.JSONField()
    state = models.CharField(max_length=10, default=QUEUED, choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)


class Fault(models.Model):
    """A fault injected into the next `left` calls to an endpoint, or pushes of an event ("" is any)."""

    KINDS = [
        ("timeout_before", _("time-out, before acting")),
        ("timeout_after", _("time-out, after acting")),
        ("reset_after", _("connection reset, after acting")),
        ("error", _("errcode, without acting")),
        ("error_after", _("errcode, after acting")),
        ("garbage", _("an answer that is not JSON, after acting")),
        ("slow", _("a slow answer")),
        ("push_lost", _("push: lost")),
        ("push_late", _("push: late")),
        ("push_twice", _("push: twice")),
        ("push_swapped", _("push: after the next one")),
    ]
    kind = models.CharField(max_length=20, choices=KINDS)
    target = models.CharField(max_length=100, blank=True)
    errcode = models.IntegerField(default=-1)
    seconds = models.IntegerField(default=15)
    left = models.IntegerField(default=1)


class Entry(models.Model):
    """The ledger: every call that reached the platform, whether the platform acted, and its answer."""

    endpoint = models.CharField(max_length=100)
    request = models.JSONField()
    answer = models.JSONField()
    acted = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["endpoint", "at"], name="entry_rate")]
