from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

WINDOW = timedelta(minutes=15)  # in which wrong passwords count


class KnownBrowser(models.Model):
    """A browser in which this person signed in before; it shows a signed cookie, of which the hash is here."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    mark = models.CharField(max_length=64)
    first_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("known browser")
        verbose_name_plural = _("known browsers")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "mark"], name="one_known_browser")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.mark[:8]}"


class PasswordTryQuerySet(models.QuerySet["PasswordTry"]):
    def counted(self) -> Self:
        """Wrong ones that count now."""
        return self.filter(is_right=False, at__gt=timezone.now() - WINDOW)

    def by_strangers(self) -> Self:
        return self.filter(browser=None)


class PasswordTry(models.Model):
    """A password that was tried. The name is kept as a hash: people type passwords there."""

    account = models.CharField(max_length=64)  # a hash of the name that was typed
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    source = models.CharField(max_length=50, blank=True)  # the address, of IPv6 its network of one customer
    browser = models.ForeignKey(KnownBrowser, models.CASCADE, null=True, related_name="+")
    ticket = models.CharField(max_length=32, null=True, unique=True)  # noqa: DJ001  unique where there is one
    is_right = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True, db_index=True)  # console.keeping.ending

    objects = PasswordTryQuerySet.as_manager()

    class Meta:
        verbose_name = _("password tried")
        verbose_name_plural = _("passwords tried")
        default_permissions = ()
        indexes = [
            models.Index(fields=["source", "at"], name="try_from_source"),
            models.Index(fields=["account", "at"], name="try_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.at}"


class SignInQuerySet(models.QuerySet["SignIn"]):
    def of(self, user: Any) -> Self:
        return self.filter(user=user.pk).order_by("-at", "-pk")


class SignIn(models.Model):
    """One sign-in of a person, with its session while that goes on."""

    class Ended(models.TextChoices):
        OUT = "out", _("signed out")
        ENDED = "ended", _("ended from the list of sign-ins")
        OVER = "over", _("ended by itself")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    browser = models.ForeignKey(KnownBrowser, models.SET_NULL, null=True, related_name="+")
    session_key = models.CharField(max_length=40, blank=True, db_index=True)  # "" once it has ended
    address = models.CharField(_("address"), max_length=45, blank=True)
    program = models.CharField(_("browser"), max_length=200, blank=True)  # as it calls itself
    is_new = models.BooleanField(default=False)  # the first one in this browser
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    ended = models.CharField(max_length=5, choices=Ended, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.at}"


class SignInNoticeQuerySet(models.QuerySet["SignInNotice"]):
    def due(self) -> Self:
        return self.filter(told_at=None, next_attempt_at__lte=timezone.now())


class SignInNotice(models.Model):
    """What a person is told of their own account: on their page, and by mail where they have an address."""

    class Kind(models.TextChoices):
        NEW_BROWSER = "new_browser", _("A sign-in in a browser that was not used before")
        GUESSED = "guessed", _("Somebody guesses your password")
        CODES = "codes", _("Somebody tries codes of your second factor")
        SECOND_FACTOR = "second_factor", _("Your second factor was changed")
        RECOVERY = "recovery", _("A recovery code was used")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    values = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    told_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now, null=True)  # None: nobody to tell by mail

    objects = SignInNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of a sign-in")
        verbose_name_plural = _("notices of sign-ins")
        default_permissions = ()
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(told_at=None), name="notice_due"),
            models.Index(fields=["user", "-at"], name="notice_of_user"),
        ]

    def __str__(self) -> str:
        return self.kind
