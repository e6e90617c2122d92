"""The access token: one encrypted row; one of all concurrent callers fetches it (BEHAVIOUR section 11).

`stable_token` returns the same token until 5 minutes before it expires, then a new one while both are valid. So a token
is renewed in its last 5 minutes. The caller whose conditional UPDATE succeeds fetches; the others use the old token
while it is valid, or wait for the row. All of it goes by the database's clock; what this process holds by how much time
has passed since.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from wechat.errors import Unreachable
from wechat.models import AccessToken
from wechat.sealed import Unreadable
from wechat.steps.leases import free

RENEW = timedelta(seconds=300)
LEASE = timedelta(seconds=20)
PATIENCE = 15  # seconds to wait for another caller's fetch

Fetch = Callable[[], tuple[str, int]]


class _Held(NamedTuple):
    appid: str
    value: str
    until: float  # monotonic, when it is to be renewed


_held: _Held | None = None


def current(fetch: Fetch) -> str:
    """A valid token; `fetch` gets (token, seconds until it expires) from WeChat, and only one caller runs it."""
    global _held
    if _held and _held.appid == settings.WECHAT_APPID and time.monotonic() < _held.until:
        return _held.value
    deadline = time.monotonic() + PATIENCE
    while True:
        row = _row()
        left = row.left if row.value and row.left else timedelta()
        if left > RENEW:
            _held = _hold(row, row.value, left)
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
    left = _rows().values_list("left", flat=True).first()
    return max(0, int(left.total_seconds())) if left is not None else None


def _rows() -> QuerySet:
    """The row of this mini program's token, with the time that is left of it."""
    left = ExpressionWrapper(F("expires_at") - Now(), output_field=DurationField())
    return AccessToken.objects.filter(appid=settings.WECHAT_APPID).annotate(left=left)


def _row() -> Any:
    try:
        row = _rows().first()
    except Unreadable:  # sealed with a key that is gone: as if there were none
        AccessToken.objects.filter(appid=settings.WECHAT_APPID).update(value=None, expires_at=None)
        row = _rows().first()
    if row is None:
        AccessToken.objects.get_or_create(appid=settings.WECHAT_APPID)
        row = _rows().get()
    return row


def _hold(row: AccessToken, value: str, left: timedelta) -> _Held:
    return _Held(row.appid, value, time.monotonic() + (left - RENEW).total_seconds())


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
    left = timedelta(seconds=seconds)
    AccessToken.objects.filter(pk=row.pk).update(
        value=value, fingerprint=_fingerprint(value), expires_at=Now() + left, lease_until=None
    )
    _held = _hold(row, value, left)
    return value


def _fingerprint(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:16]
