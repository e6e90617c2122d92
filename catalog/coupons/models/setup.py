from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wechat.models import Single


class CouponSetup(Single):
    """Whether WeChat has sent its trial event to our push address; before that it refuses other coupon calls (8).

    There is exactly one record.
    """

    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    confirmed_url = models.CharField(_("confirmed push address"), max_length=500, blank=True, editable=False)
    heard_at = models.DateTimeField(_("trial event last heard"), null=True, editable=False)

    class Meta:
        verbose_name = _("coupon set-up")
        verbose_name_plural = _("coupon set-up")

    def __str__(self) -> str:
        return str(_("Coupon set-up"))

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def has_moved(self) -> bool:
        """Whether our push address has changed since it was confirmed."""
        return self.is_confirmed and self.confirmed_url != settings.WECHAT_CALLBACK_URL

    @property
    def state_label(self) -> str:
        if self.has_moved:
            return str(_("confirmed for another address"))
        return str(_("confirmed") if self.is_confirmed else _("not confirmed yet"))
