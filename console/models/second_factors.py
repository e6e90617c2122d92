import time
from binascii import unhexlify
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from wechat.sealed import SealedField

MOST_COUNTED = 5  # wrong codes; the wait is 16 seconds then
SLACK = 1  # codes before and after the current one that are taken: phones' clocks differ


def step_of(key: str, code: str, after: int = -1) -> int | None:
    """The step of time (30 s) in which an app with this key shows the code, None where it is wrong or was taken."""
    totp = TOTP(unhexlify(key))
    totp.time = time.time()
    is_right = len(code) == 6 and code.isascii() and code.isdecimal() and totp.verify(int(code), SLACK, after + 1)
    return int(totp.t()) if is_right else None


class Authenticator(ThrottlingMixin, Device):
    """A person's authenticator app (TOTP, RFC 6238); wrong codes slow it down, and a code is taken once."""

    key = SealedField(null=True)  # hexadecimal
    throttling_failure_count: Any  # of ThrottlingMixin
    last_t = models.BigIntegerField(default=-1)  # the step of the last code that was taken

    wrong = models.PositiveIntegerField(default=0, db_default=0)  # codes since the last right one

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user"], name="one_authenticator")]

    def verify_token(self, token: str) -> bool:
        """Never right where the key was given up as lost: everybody can compute the codes of an empty one."""
        if not self.key or not self.verify_is_allowed()[0]:
            return False
        step = step_of(str(self.key), token, self.last_t)
        if step is None:
            self.throttle_increment()
            return False
        self.last_t = step
        self.throttle_reset(commit=False)
        self.save()
        return True

    def throttle_increment(self, commit: bool = True) -> None:
        """Not without an end: who knows the password could keep the person out for days."""
        self.throttling_failure_count = min(self.throttling_failure_count, MOST_COUNTED - 1)
        self.wrong += 1
        super().throttle_increment(commit)

    def throttle_reset(self, commit: bool = True) -> None:
        self.wrong = 0
        super().throttle_reset(commit)

    def get_throttle_factor(self) -> int:
        """Seconds of waiting after the first wrong code; doubled with each further one."""
        return 1


class RecoveryCode(models.Model):
    """One of the codes that a person keeps for the loss of their phone, as a hash; it is used once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_recovery_code")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.pk}"
