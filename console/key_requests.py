"""Counts the requests of API keys, and keeps the newest that were refused or failed."""

import atexit
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from wechat.cleaning import cleaned

from .masking import shown
from .models import APIKey, RequestCount, RequestError

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]
WRITTEN = 60.0  # seconds between two writes of a process; one that is killed loses the counts since the last
_counts: dict[tuple[int, date], Counter[str]] = {}  # by key and day
_written_at = time.monotonic()
_turn = threading.Lock()


def count_requests(get_response: Handler) -> Handler:
    """Of every request in which a key was sent that exists, also one that has ended or comes from elsewhere."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        key = getattr(request, "api_key", None)
        if key is not None:
            _count(key, response.status_code)
        try:
            if key is not None and response.status_code >= 400:
                _keep_error(key, request, response)
            if _counts and time.monotonic() - _written_at >= WRITTEN:
                write_counts()
        except DatabaseError:  # the order is placed, whether it is counted or not
            log.exception("requests of keys were not counted")
        return response

    return middleware


def write_counts() -> None:
    """Add what was counted in this process to the stored counts; what could not be written waits for the next time."""
    global _written_at
    _written_at = time.monotonic()
    while True:
        with _turn:
            if not _counts:
                return
            (key_id, day), more = _counts.popitem()
        try:
            RequestCount.objects.add(key_id, day, **more)
        except DatabaseError:
            with _turn:
                _counts[key_id, day] = _counts.get((key_id, day), Counter()) + more
            raise


@atexit.register
def _write_last() -> None:
    try:
        if _counts:
            write_counts()
            connection.close()
    except Exception:
        log.exception("the last requests of keys were not counted")


def _count(key: APIKey, status: int) -> None:
    day = timezone.localdate()
    with _turn:
        counts = _counts.setdefault((key.pk, day), Counter())
        counts["total"] += 1
        if status >= 400:
            counts["refused" if status < 500 else "failed"] += 1


def _keep_error(key: APIKey, request: HttpRequest, response: HttpResponseBase) -> None:
    RequestError.objects.keep(
        key,
        method=(request.method or "")[:10],
        path=_path(request)[:300],
        status=response.status_code,
        title=cleaned(_title(response))[:300],
    )


def _path(request: HttpRequest) -> str:
    """The path without the query; of personal data in it, such as an openid, the masked letters."""
    path = request.path
    for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        path = path.replace(f"/{value}/", f"/{shown(name, value)}/")
    return path


def _title(response: HttpResponseBase) -> str:
    """The answer's `detail`; of a body that was not right the fields, as the sentences quote what was sent."""
    data = getattr(response, "data", None)
    data = data if isinstance(data, dict) else {}
    named = [name for name in data.get("fields") or () if name]
    return ", ".join(named) or str(data.get("detail", response.reason_phrase))
