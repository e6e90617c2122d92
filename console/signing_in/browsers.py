"""Browsers in which somebody signed in before: they show a signed cookie with a random number of their own."""

import secrets
from collections.abc import Collection
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..models import KnownBrowser, SignIn

COOKIE, SALT = "known_browser", "console.signing_in.browser"
REMEMBERED = 400 * 86400  # seconds; browsers keep no cookie for longer


def known(request: HttpRequest, user: Any) -> KnownBrowser | None:
    """The row of this browser, where this person signed in with it."""
    number = _number(request)
    return KnownBrowser.objects.filter(user=user.pk, mark=_mark(number)).first() if number else None


def remember(request: HttpRequest, response: HttpResponse, user: Any) -> tuple[KnownBrowser, bool]:
    """The row of this browser for this person, and whether it is new; the browser gets its cookie, or keeps it."""
    number = _number(request) or secrets.token_hex(16)
    browser, is_new = KnownBrowser.objects.get_or_create(user_id=user.pk, mark=_mark(number))
    response.set_signed_cookie(
        COOKIE, number, salt=SALT, max_age=REMEMBERED, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return browser, is_new


def forget(keys: Collection[int]) -> None:
    """These are not known any more, but for those in which a session goes on."""
    in_use = SignIn.objects.filter(ended_at=None, browser__in=keys).values("browser")
    KnownBrowser.objects.filter(pk__in=keys).exclude(pk__in=in_use).delete()


def _number(request: HttpRequest) -> str:
    return request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=REMEMBERED) or ""


def _mark(number: str) -> str:
    return sha256(number.encode()).hexdigest()
