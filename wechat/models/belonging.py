from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BelongingQuerySet(models.QuerySet["Belonging"]):
    def in_force(self) -> Self:
        return self.order_by("-number")[:1]


class Belonging(models.Model):
    """The mini program that this database belongs to. Rows never change: the one with the highest number is in force.

    Of processes that start at once only one can write a number, so the first use is noted once. A row without an AppID
    stands for records that were there on an upgrade, and of which nothing told whose they are.
    """

    class Platform(models.TextChoices):
        WECHAT = "wechat", _("at WeChat")
        SANDBOX = "sandbox", _("in the sandbox")

    number = models.PositiveIntegerField(unique=True)
    appid = models.CharField("AppID", max_length=64, blank=True)
    platform = models.CharField(_("platform"), max_length=10, choices=Platform, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)  # of the platform at that time
    noted_by = models.CharField(_("noted by"), max_length=150)
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now)

    objects = BelongingQuerySet.as_manager()

    class Meta:
        verbose_name = _("belonging")
        verbose_name_plural = _("belongings")

    def __str__(self) -> str:
        return f"{self.appid or '?'} {self.get_platform_display()}"
