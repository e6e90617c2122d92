from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchText(models.Model):
    """The text by whose parts a row is found, in one case (`search_index`)."""

    kind = models.CharField(max_length=20)
    source = models.BigIntegerField()  # key of the row
    text = models.TextField()

    class Meta:
        verbose_name = _("text of the search")
        verbose_name_plural = _("texts of the search")
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="one_text_per_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class SearchMark(models.Model):
    """How far the search has read a kind of rows."""

    kind = models.CharField(max_length=20, primary_key=True)
    last = models.BigIntegerField(default=0)  # the highest key
    at = models.DateTimeField(null=True)  # when the last complete run began

    class Meta:
        verbose_name = _("mark of the search")
        verbose_name_plural = _("marks of the search")

    def __str__(self) -> str:
        return self.kind
