from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What each list is called; filled by `@pull` (wechat.steps.pulls) as the apps are loaded.
TITLES: dict[str, str | Promise] = {}


class PulledList(models.Model):
    """A list read whole from WeChat, and how old our copy is."""

    name = models.CharField(_("list"), max_length=40, unique=True)
    pulled_at = models.DateTimeField(_("pulled at"), null=True, blank=True)
    count = models.PositiveIntegerField(_("rows"), default=0)
    note = models.TextField(_("left out"), blank=True)  # rows of the last pull that could not be read

    class Meta:
        verbose_name = _("list from WeChat")
        verbose_name_plural = _("lists from WeChat")

    def __str__(self) -> str:
        return str(TITLES.get(self.name, self.name))

    @property
    def state_label(self) -> str:
        return str(_("pulled") if self.pulled_at else _("never pulled"))

    def mark(self, count: int, note: str = "") -> None:
        """It was read whole just now, and holds so many rows; `note` names those that could not be read."""
        self.count, self.pulled_at, self.note = count, timezone.now(), note
        self.save(update_fields=["count", "pulled_at", "note"])
