import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from string import ascii_lowercase
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..addresses import is_within
from ..backends import holds
from ..scopes import grants

SOON = timedelta(days=14)


class APIKeyQuerySet(models.QuerySet["APIKey"]):
    def seen_by(self, user: Any) -> Self:
        """Everybody's for who may see people, else the keys that this person made."""
        return self if user.has_perm("auth.view_user") else self.filter(created_by=user)

    def ending(self) -> Self:
        """Keys that work now and end soon."""
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON)

    def person_behind(self, user: Any) -> Any:
        """The person responsible for an account: for the account of a key, the person who created the key."""
        key = self.filter(user=user).select_related("created_by").first()
        return key.created_by if key else user

    def make(
        self, name: str, scopes: Sequence[str], created_by: Any, per_minute: int = 1200, **limits: Any
    ) -> "tuple[APIKey, str]":
        """Create a key and the account it acts as; returns it with its text, which is shown once and never stored."""
        prefix, secret = "".join(secrets.choice(ascii_lowercase) for _nth in range(12)), secrets.token_urlsafe(32)
        people = get_user_model().objects
        with transaction.atomic():
            username = people.model.normalize_username(f"api:{name}")[:130]
            if people.filter(username=username).exists():
                username += f"-{prefix}"
            key = self.create(
                name=name,
                prefix=prefix,
                digest=_digest(secret),
                scopes=list(scopes),
                user=people.create_user(username),
                per_minute=per_minute,
                created_by=created_by,
                **limits,
            )
        return key, f"tc_{prefix}_{secret}"


class APIKey(models.Model):
    """An API key; only the first part of its text and a hash of the rest are stored."""

    name = models.CharField(_("name"), max_length=100, help_text=_("Which machine will use it."))
    prefix = models.CharField(_("begins with"), max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_key", verbose_name=_("acts as")
    )
    per_minute = models.PositiveIntegerField(
        _("requests a minute"),
        default=1200,
        validators=[MinValueValidator(1)],
        help_text=_("What is above is answered with 429 and the time to wait."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    expires_at = models.DateTimeField(
        _("ends"),
        null=True,
        blank=True,
        help_text=_("With a day alone it works until the end of that day. With neither it never ends."),
    )
    addresses = models.JSONField(_("addresses"), default=list, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = APIKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def fits(self, secret: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(secret))

    def may(self, permission: str) -> bool:
        """Whether a scope grants it, and its maker holds it now: a key does no more than its maker may."""
        return self.grants(permission) and self.maker_holds(permission)

    def grants(self, permission: str) -> bool:
        return any(grants(scope, permission) for scope in self.scopes)

    def maker_holds(self, permission: str) -> bool:
        if permission not in self._held:
            self._held[permission] = holds(self.created_by, permission)
        return self._held[permission]

    @cached_property
    def _held(self) -> dict[str, bool]:
        """What was looked up since the key was: a list asks about the same permission for each of its rows."""
        return {}

    @property
    def is_over(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        """Whether it opens anything, from an address that it admits."""
        return self.revoked_at is None and not self.is_over and self.user.is_active and self.created_by.is_active

    @property
    def ends_soon(self) -> bool:
        return self.expires_at is not None and not self.is_over and self.expires_at <= timezone.now() + SOON

    def admits(self, address: str) -> bool:
        return not self.addresses or is_within(address, self.addresses)

    def note_use(self) -> None:
        """Store when it was used, at most once a minute."""
        now = timezone.now()
        stale = now - timedelta(minutes=1)
        if self.last_used_at is None or self.last_used_at < stale:
            unnoted = Q(last_used_at=None) | Q(last_used_at__lt=stale)
            APIKey.objects.filter(unnoted, pk=self.pk).update(last_used_at=now)
            self.last_used_at = now

    def revoke(self) -> bool:
        """Revoke the key; False where it was revoked already."""
        return bool(APIKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()))


def _digest(secret: str) -> str:
    """One SHA-256: a secret of 32 random bytes cannot be guessed, so no slow hash is needed."""
    return sha256(secret.encode()).hexdigest()
