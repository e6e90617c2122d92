"""API keys: authentication and the limit of requests per minute."""

import re
import time
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from wechat.steps import actors

from . import rates
from .addresses import client_address
from .models import APIKey
from .scopes import SCOPES, grants

# Seconds for which a process goes on with what it looked up: a key that was revoked, or narrowed, may work so long.
REMEMBERED = 2.0
_remembered: dict[str, tuple[float, APIKey]] = {}  # until when, by the key's prefix
TEXT = re.compile(r"tc_([a-z]{12})_([\w-]{43})", re.ASCII)


def has(request: Any, permission: str) -> bool:
    """Whether the caller has a permission: a key by its scopes, a person by their roles."""
    key = getattr(request, "auth", None)
    return key.may(permission) if isinstance(key, APIKey) else request.user.has_perm(permission)


def sees_personal(request: Any) -> bool:
    """Whether personal data such as openids are unmasked: for keys by scope; people reveal them record by record."""
    return isinstance(getattr(request, "auth", None), APIKey) and has(request, "orders.reveal_personal")


def find(text: str) -> APIKey | None:
    """The valid key with this text; None where there is none."""
    written = TEXT.fullmatch(text)
    if written is None:
        return None
    prefix, secret = written.groups()
    key = _looked_up(prefix)
    return key if key and key.fits(secret) and key.revoked_at is None and key.user.is_active else None


def _looked_up(prefix: str) -> APIKey | None:
    """The key as it was within the last REMEMBERED seconds; threads share it, with what it knows of permissions."""
    until, key = _remembered.get(prefix, (0.0, None))
    if time.monotonic() < until:
        return key
    key = APIKey.objects.select_related("user", "created_by").filter(prefix=prefix).first()
    if key is None:
        _remembered.pop(prefix, None)
    else:
        _remembered[prefix] = (time.monotonic() + REMEMBERED, key)
    return key


def refuse_unless_usable(key: APIKey, address: str) -> None:
    """401 for a key whose time or whose maker is gone, 403 for one that is used from elsewhere."""
    maker = {"person": key.created_by}
    if key.expires_at is not None and key.is_over:
        at = timezone.localtime(key.expires_at).strftime("%Y-%m-%d %H:%M")
        text = _("This key ended at %(at)s. %(person)s, who made it, or an owner can renew it.")
        raise AuthenticationFailed(text % {"at": at, **maker})
    if not key.created_by.is_active:
        text = _("%(person)s, who made this key, is not active any more: an owner can make another key.")
        raise AuthenticationFailed(text % maker)
    if not key.admits(address):
        text = _("This key may not be used from %(address)s. %(person)s, who made it, or an owner can add the address.")
        raise PermissionDenied(text % {"address": address or _("an unknown address"), **maker})


def may_give(user: Any) -> set[str]:
    """The scopes that a person may give to a key: those of whose permissions they hold every one."""
    names = Permission.objects.annotate(full=Concat("content_type__app_label", Value("."), "codename"))
    lacking = [name for name in names.values_list("full", flat=True) if not user.has_perm(name)]
    return {scope for scope in SCOPES if not any(grants(scope, name) for name in lacking)}


def lost(key: APIKey) -> list[str]:
    """The scopes of a key that do not work whole, because its maker does not hold all of their permissions now."""
    given = may_give(key.created_by)
    return [scope for scope in key.scopes if scope in SCOPES and scope not in given]


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tc_…`; the requests act in the name of the key's own account."""

    def authenticate(self, request: Request) -> tuple[Any, APIKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = find(text.strip())
        if key is None:
            raise AuthenticationFailed(_("This key is not valid."))
        request._request.api_key = key  # type: ignore[attr-defined]  # counted, also where it is refused below
        refuse_unless_usable(key, client_address(request))
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
        scopes = "\n".join(f"- `{scope}`: {label}" for scope, (label, _patterns) in SCOPES.items())
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tc_<prefix>_<secret>",
            "description": f"A key made in the console. It may do what its scopes say, if its maker may:\n\n{scopes}",
        }


class KeyThrottle(BaseThrottle):
    """Limits a key to its requests per minute, counted in the cache, while that is there; people are not limited."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, APIKey):
            return True
        minute = int(time.time()) // 60
        name = f"key_throttle_{request.auth.prefix}_{minute}"
        number = rates.count(name, seconds=120)
        return number is None or number <= request.auth.per_minute

    def wait(self) -> float:
        return 60 - time.time() % 60
