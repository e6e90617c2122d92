"""The access token: one sealed row, fetched by one of all callers (BEHAVIOUR section 11).

`stable_token` gives the same token until 5 minutes before its end and then a new one while both work, so a token is
renewed in its last 5 minutes. The winner of a conditional UPDATE fetches; the others go on with the old token while
it lives, or wait for the row.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from wechat.errors import Unreachable
from wechat.models import AccessToken
from wechat.steps.leases import free

RENEW = timedelta(seconds=300)
LEASE = timedelta(seconds=20)
PATIENCE = 15  # seconds to wait for another caller's fetch

Fetch = Callable[[], tuple[str, int]]


class _Held(NamedTuple):
    appid: str
    value: str
    expires_at: datetime


_held: _Held | None = None


def current(fetch: Fetch) -> str:
    """A token that works; `fetch` asks WeChat for (token, seconds to live) and is called by one caller only."""
    global _held
    if _held and _held.appid == settings.WECHAT_APPID and timezone.now() < _held.expires_at - RENEW:
        return _held.value
    deadline = time.monotonic() + PATIENCE
    while True:
        row, _created = AccessToken.objects.get_or_create(appid=settings.WECHAT_APPID)
        left = row.expires_at - timezone.now() if row.value and row.expires_at else timedelta()
        if row.expires_at and left > RENEW:
            _held = _Held(row.appid, row.value, row.expires_at)
            return row.value
        if _won(row):
            return _renew(row, fetch)
        if left > timedelta(seconds=30):
            return row.value
        if time.monotonic() > deadline:
            raise Unreachable("no access token: another process has been fetching it for too long")
        time.sleep(0.05)


def forget(token: str) -> None:
    """WeChat called this token invalid. Does nothing when the row already holds another."""
    global _held
    _held = None
    AccessToken.objects.filter(appid=settings.WECHAT_APPID, fingerprint=_fingerprint(token)).update(expires_at=None)


def seconds_left() -> int | None:
    """How long the shared token still lives; None when there is none."""
    row = AccessToken.objects.filter(appid=settings.WECHAT_APPID).only("expires_at").first()
    return max(0, int((row.expires_at - timezone.now()).total_seconds())) if row and row.expires_at else None


def _won(row: AccessToken) -> bool:
    seen = AccessToken.objects.filter(free(), pk=row.pk, fingerprint=row.fingerprint, expires_at=row.expires_at)
    return bool(seen.update(lease_until=Now() + LEASE))


def _renew(row: AccessToken, fetch: Fetch) -> str:
    global _held
    try:
        value, seconds = fetch()
    except BaseException:
        AccessToken.objects.filter(pk=row.pk).update(lease_until=None)
        raise
    expires_at = timezone.now() + timedelta(seconds=seconds)
    AccessToken.objects.filter(pk=row.pk).update(
        value=value, fingerprint=_fingerprint(value), expires_at=expires_at, lease_until=None
    )
    _held = _Held(row.appid, value, expires_at)
    return value


def _fingerprint(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:16]
