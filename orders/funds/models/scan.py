"""Base of records that the administrator confirms by scanning a QR code in WeChat."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wechat.sealed import SealedField


class ScanStatus(models.IntegerChoices):
    """The state of a QR code, from `funds/qrcode/check` (BEHAVIOUR 7.3)."""

    UNSCANNED = 0, _("Not scanned yet")
    CONFIRMED = 1, _("Confirmed")
    CANCELLED = 2, _("Cancelled")
    EXPIRED = 3, _("Expired")
    SCANNED = 4, _("Scanned, not confirmed yet")


class Scanned(models.Model):
    """Base of records that the administrator confirms by scanning a QR code in WeChat."""

    ADMINISTRATOR = 1

    qrcode_ticket = SealedField(blank=True, null=True)
    qrcode = SealedField(blank=True, null=True)  # a PNG in base64
    scan_status = models.IntegerField(_("QR code"), null=True)
    scan_user_type = models.IntegerField(null=True)
    scan_error = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def waits_for_scan(self) -> bool:
        return bool(self.qrcode_ticket) and self.scan_status in (None, ScanStatus.UNSCANNED, ScanStatus.SCANNED)

    @property
    def scanned_by_stranger(self) -> bool:
        seen = self.scan_status in (ScanStatus.SCANNED, ScanStatus.CONFIRMED)
        return seen and self.scan_user_type not in (None, self.ADMINISTRATOR)
