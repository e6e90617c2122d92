"""Access tokens (BEHAVIOUR 11)."""

import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from ..models import Account, Token
from ..platform import Refusal, Request, endpoint

LIFE, OVERLAP = timedelta(seconds=7200), timedelta(seconds=300)


@endpoint("/cgi-bin/stable_token")
def stable_token(request: Request) -> dict:
    _credentials(request.account, request.data)
    now = timezone.now()
    newest = Token.objects.filter(kind="stable", expires_at__gt=now).order_by("-id").first()
    if request.data.get("force_refresh") is True and _may_force(now):
        Token.objects.filter(kind="stable").delete()
        return _issue("stable", now, forced=True)
    if newest and newest.expires_at - now > OVERLAP:
        return {"access_token": newest.value, "expires_in": int((newest.expires_at - now).total_seconds())}
    return _issue("stable", now)


@endpoint("/cgi-bin/token", "GET")
def token(request: Request) -> dict:
    _credentials(request.account, request.query)
    now = timezone.now()
    # The previous token stays valid for about 5 minutes.
    Token.objects.filter(kind="plain", expires_at__gt=now + OVERLAP).update(expires_at=now + OVERLAP)
    return _issue("plain", now)


def _credentials(account: Account, given: dict) -> None:
    if given.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    if not given.get("appid"):
        raise Refusal(41002, "appid missing")
    if not given.get("secret"):
        raise Refusal(41004, "appsecret missing")
    if given["appid"] != account.appid:
        raise Refusal(40013, "invalid appid")
    if given["secret"] != account.secret:
        raise Refusal(40125, "invalid appsecret")


def _may_force(now: datetime) -> bool:
    forced = Token.objects.filter(forced=True, issued_at__gt=now - timedelta(days=1))
    return forced.count() < 20 and not forced.filter(issued_at__gt=now - timedelta(seconds=30)).exists()


def _issue(kind: str, now: datetime, forced: bool = False) -> dict:
    value = f"{secrets.randbelow(99)}_{secrets.token_urlsafe(90)}"
    Token.objects.create(value=value, kind=kind, issued_at=now, expires_at=now + LIFE, forced=forced)
    return {"access_token": value, "expires_in": int(LIFE.total_seconds())}
