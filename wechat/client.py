"""HTTP calls to WeChat: one session per thread, strict JSON in requests, lenient parsing of answers, a `Call` row each.

`post` and `upload` raise `Refused` (typed by errcode), `Unreachable` or `Paused`; a token that is no longer valid is
renewed and the call repeated once.
"""

import json
import logging
import re
import threading
import time
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from requests.adapters import BaseAdapter, HTTPAdapter

from wechat import belonging, bulkhead, circuit, pace, tokens
from wechat.cleaning import clean_in_place, cleaned, is_suspicious
from wechat.errors import InvalidToken, NotSent, QuotaReached, Unreachable, UnreadableAnswer, error_for
from wechat.masking import masked
from wechat.models import Call
from wechat.steps import actors, request_ids

calls_log = logging.getLogger("wechat.calls")
KEEP_BYTES = 20_000  # of an answer, in its Call row

# Calls made under a step are stored with its outcome, in one commit; without a step they are stored at once.
pending_calls: ContextVar[list[Call] | None] = ContextVar("pending_calls", default=None)

_local = threading.local()
_mounted: BaseAdapter | None = None


def mount(adapter: BaseAdapter | None) -> None:
    """Send calls through this transport adapter instead of the network; None restores the network."""
    global _mounted
    _mounted = adapter


def post(path: str, payload: dict | None = None, query: dict | None = None) -> dict:
    """POST JSON with the access token and `query` in the address; returns the answer as a dict."""
    body = json.dumps(payload or {}, ensure_ascii=False, allow_nan=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return _authorized(path, masked({**(payload or {}), **(query or {})}), query, data=body, headers=headers)


def upload(path: str, fields: dict[str, Any], files: dict[str, tuple[str, bytes, str]]) -> dict:
    """POST a multipart form with the access token; `files` maps part to (name, bytes, content type)."""
    shown = {
        **masked(fields),
        **{part: f"{name}, {len(content)} bytes" for part, (name, content, _t) in files.items()},
    }
    return _authorized(path, shown, data={key: str(value) for key, value in fields.items()}, files=files)


def rows_of(answer: dict, *names: str) -> list[Any]:
    """The list that an answer has under the first of these names; empty where it has none. Its rows may be anything."""
    found: Any = next((answer[name] for name in names if answer.get(name)), [])
    if not isinstance(found, list):
        raise UnreadableAnswer(_("WeChat's answer has no list under “%(name)s”.") % {"name": names[0]})
    return found


def stable_token(force_refresh: bool = False) -> dict:
    """`/cgi-bin/stable_token`: {access_token, expires_in (seconds, at least 300)}."""
    payload = {
        "grant_type": "client_credential",
        "appid": settings.WECHAT_APPID,
        "secret": settings.WECHAT_SECRET,
        "force_refresh": force_refresh,
    }
    return exchange("/cgi-bin/stable_token", masked(payload), json=payload)


def exchange(path: str, shown: dict, *, method: str = "POST", attempt: int = 1, **how: Any) -> dict:
    """Make one call; `shown` is the masked request to store. Raises `Refused`, `Unreachable` or `Paused`."""
    belonging.refuse_call()
    pace.take(path)
    started, began = time.monotonic(), timezone.now()
    call = Call(endpoint=path, request=shown, attempt=attempt, asked_by=str(actors.current()), created_at=began)
    call.request_id = request_ids.current()
    timeout = (settings.WECHAT_CONNECT_TIMEOUT, settings.WECHAT_READ_TIMEOUT)
    try:
        response = _session().request(method, settings.WECHAT_API_BASE + path, timeout=timeout, **how)
        circuit.answered(path)
        answer = _read(response)
        call.answer = _kept(response.content, answer)
        call.errcode, call.errmsg = _errcode(answer), str(answer.get("errmsg") or "")
    except requests.RequestException as error:
        # The exception's text contains the address with the token in it, so only the exception's class is stored.
        call.errmsg = type(error).__name__
        if isinstance(error, requests.Timeout):
            circuit.timed_out(path)
        unsent = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
        raise (NotSent if unsent else Unreachable)(
            _("WeChat gave no answer (%(kind)s).") % {"kind": call.errmsg}
        ) from None
    except Unreachable as error:
        call.errmsg = str(error)
        raise
    finally:
        call.duration = int((time.monotonic() - started) * 1000)
        _keep(call)
    if call.errcode:
        refusal = error_for(path, call.errcode, call.errmsg)
        if isinstance(refusal, QuotaReached):
            pace.pause(path, call.errcode)
        raise refusal
    return answer


def clock_ahead() -> float | None:
    """Seconds by which this machine's clock is ahead of WeChat's, by the Date of an answer; None where it has none."""
    timeout = (settings.WECHAT_CONNECT_TIMEOUT, settings.WECHAT_READ_TIMEOUT)
    try:
        response = _session().get(settings.WECHAT_API_BASE + "/", timeout=timeout, allow_redirects=False)
        theirs = parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except requests.RequestException as error:
        raise Unreachable(_("WeChat gave no answer (%(kind)s).") % {"kind": type(error).__name__}) from None
    except ValueError:
        return None
    return time.time() - response.elapsed.total_seconds() / 2 - theirs - 0.5  # a Date has whole seconds


def _authorized(path: str, shown: dict, query: dict | None = None, **how: Any) -> dict:
    belonging.refuse_call()  # also before a token is fetched, and its row made, for another AppID
    with bulkhead.place():
        token, query = _token(), query or {}
        try:
            return exchange(path, shown, params={"access_token": token, **query}, **how)
        except InvalidToken:
            tokens.forget(token)
            return exchange(path, shown, params={"access_token": _token(), **query}, attempt=2, **how)


def _token() -> str:
    try:
        return tokens.current(_fetch)
    except Unreachable as error:
        raise NotSent(_("No access token could be had, so nothing was sent: %(reason)s") % {"reason": error}) from None


def _fetch() -> tuple[str, int]:
    answer = stable_token()
    try:
        return str(answer["access_token"]), int(answer["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise Unreachable("stable_token answered without a token") from None


def _session() -> requests.Session:
    kept = getattr(_local, "session", None)
    if kept is None or _local.adapter is not _mounted:
        kept = _local.session = requests.Session()
        kept.trust_env = False
        _local.adapter = _mounted
        adapter = _mounted or HTTPAdapter(pool_connections=1, pool_maxsize=1)
        kept.mount("https://", adapter)
        kept.mount("http://", adapter)
    return kept


_ERRCODE = re.compile(r'"errcode"\s*:\s*"?(-?\d+)')
_ERRMSG = re.compile(r'"errmsg"\s*:\s*"([^"]*)')


def _read(response: requests.Response) -> dict:
    """The answer as a dict, its texts cleaned. Of broken JSON that has an errcode (BEHAVIOUR 14.21) that is used.

    A number with a point stays the text it came as, for some are money (BEHAVIOUR 7.3); so does NaN, which is no JSON.
    """
    text = response.content.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        answer = json.loads(text, strict=False, parse_float=str, parse_constant=str)
        if is_suspicious(text):
            answer = clean_in_place(answer)[0]
    except (ValueError, RecursionError):
        match = _ERRCODE.search(text)
        if match is None or not int(match.group(1)):
            raise Unreachable(
                _("WeChat's answer could not be read (HTTP %(status)s).") % {"status": response.status_code}
            ) from None
        errmsg = _ERRMSG.search(text)
        return {"errcode": int(match.group(1)), "errmsg": cleaned(errmsg.group(1)) if errmsg else ""}
    if not isinstance(answer, dict) or response.status_code >= 500:
        raise Unreachable(_("WeChat's answer could not be read (HTTP %(status)s).") % {"status": response.status_code})
    return answer


def _errcode(answer: dict) -> int:
    try:
        errcode = int(answer.get("errcode") or 0)
    except (TypeError, ValueError):
        errcode = 1 << 31
    if not -(1 << 31) <= errcode < 1 << 31:
        raise UnreadableAnswer(_("WeChat's answer has no readable errcode."))
    return errcode


def _kept(content: bytes, answer: dict) -> dict:
    if len(content) <= KEEP_BYTES:
        return masked(answer)
    return {key: value for key, value in answer.items() if not isinstance(value, dict | list)} | {
        "…": f"{len(content)} bytes"
    }


def _keep(call: Call) -> None:
    facts = {"endpoint": call.endpoint, "errcode": call.errcode, "milliseconds": call.duration}
    calls_log.info("%s %s", call.endpoint, call.errcode, extra={"facts": facts})
    pending = pending_calls.get()
    if pending is None:
        call.save(force_insert=True)
    else:
        pending.append(call)
