from django.db import models


class Recording(models.Model):
    """A span of time in which what happens is kept, to be played again; one at a time."""

    started_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True)


class RecordedLine(models.Model):
    """A call that arrived, with its answer, or what a person did on the control page."""

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="lines")
    at = models.DateTimeField(auto_now_add=True)
    content = models.JSONField()
