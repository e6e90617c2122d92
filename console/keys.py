"""API keys: authentication and the limit of requests per minute."""

import re
import time
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from wechat.steps import actors

from .models import APIKey
from .scopes import SCOPES

TEXT = re.compile(r"tc_([a-z]{12})_([\w-]{43})", re.ASCII)


def has(request: Any, permission: str) -> bool:
    """Whether the caller has a permission: a key by its scopes, a person by their roles."""
    key = getattr(request, "auth", None)
    return key.may(permission) if isinstance(key, APIKey) else request.user.has_perm(permission)


def sees_personal(request: Any) -> bool:
    """Whether personal data such as openids are unmasked: for keys by scope; people reveal them record by record."""
    return isinstance(getattr(request, "auth", None), APIKey) and has(request, "orders.reveal_personal")


def find(text: str) -> APIKey | None:
    """The valid key with this text, found by one query; None where there is none."""
    written = TEXT.fullmatch(text)
    if written is None:
        return None
    prefix, secret = written.groups()
    key = APIKey.objects.select_related("user").filter(prefix=prefix).first()
    return key if key and key.fits(secret) and key.revoked_at is None and key.user.is_active else None


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tc_…`; the requests act in the name of the key's own account."""

    def authenticate(self, request: Request) -> tuple[Any, APIKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = find(text.strip())
        if key is None:
            raise AuthenticationFailed(_("This key is not valid."))
        key.note_use()
        actors.become(key.user)
        return key.user, key

    def authenticate_header(self, request: Request) -> Any:
        """401 for callers that sent an Authorization header, 403 for browsers without one."""
        return "Bearer" if "Authorization" in request.headers else None


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = KeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = ", ".join(f"`{scope}`" for scope in SCOPES)
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tc_<prefix>_<secret>",
            "description": f"A key made in the console. It holds what its scopes grant: {scopes}.",
        }


class KeyThrottle(BaseThrottle):
    """Limits a key to its requests per minute, counted in the cache; people are not limited."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, APIKey):
            return True
        minute = int(time.time()) // 60
        name = f"key_throttle_{request.auth.prefix}_{minute}"
        cache.add(name, 0, timeout=120)
        try:
            return cache.incr(name) <= request.auth.per_minute
        except ValueError:  # the counter expired between add and incr
            return True

    def wait(self) -> float:
        return 60 - time.time() % 60
