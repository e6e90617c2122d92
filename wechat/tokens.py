"""The access token: one encrypted row; one of all concurrent callers fetches it (BEHAVIOUR section 11).

`stable_token` returns the same token until 5 minutes before it expires, then a new one while both are valid. So a token
is renewed in its last 5 minutes. The caller whose conditional UPDATE succeeds fetches; the others use the old token
while it is valid, or wait for the row.
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
    """A valid token; `fetch` gets (token, seconds until it expires) from WeChat, and only one caller runs it."""
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
    """WeChat answered that this token is invalid: mark it as expired, unless the row already has another."""
    global _held
    _held = None
    AccessToken.objects.filter(appid=settings.WECHAT_APPID, fingerprint=_fingerprint(token)).update(expires_at=None)


def seconds_left() -> int | None:
    """Seconds until the shared token expires; None when there is none."""
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
