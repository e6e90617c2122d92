"""Requests, their retries, and errors by the answer's status."""

import random
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from .errors import Problem, Unreachable, problem_of

IDEMPOTENCY_KEY = "Idempotency-Key"
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0  # seconds
BUSY = (409, 429, 503)  # with Retry-After the console asks for the same request again
NO_ANSWER = (502, 503, 504)  # of a proxy: whether the console acted is not known


class Bearer(requests.auth.AuthBase):
    """Sends the key. As `auth`, so that no password of a .netrc file replaces it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


class Transport:
    """Sends requests, and repeats those that failed for a moment.

    After Retry-After everything is repeated: the console answers it only where a repeat is safe. Where there was no
    answer, only reads are, and what has an Idempotency-Key, with the same key. Other requests raise `Unreachable`,
    unless no connection was made at all.
    """

    def __init__(self, url: str, key: str, timeout: float, tries: int, longest_wait: float, language: str) -> None:
        self.url = url.rstrip("/")
        self.timeout, self.tries, self.longest_wait = timeout, tries, longest_wait
        self.session = requests.Session()
        self.session.auth = Bearer(key)
        self.session.headers.update({"Accept": "application/json", "User-Agent": "trading-console-client/1"})
        if language:
            self.session.headers["Accept-Language"] = language

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Any = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Any:
        """The decoded answer, None where it has no body. Raises a Problem, or Unreachable."""
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if headers and IDEMPOTENCY_KEY in headers:
            sent.setdefault(IDEMPOTENCY_KEY, str(uuid.uuid4()))
        request = {"params": _shown(query or {}), "headers": sent, **_content(body, files)}
        may_repeat = method == "GET" or IDEMPOTENCY_KEY in sent
        for attempt in range(1, self.tries + 1):
            try:
                return self._once(method, path, request)
            except (Problem, requests.RequestException) as error:
                pause = self._pause(error, attempt, may_repeat)
                if pause is None:
                    raise _told(error) from error.__cause__
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, path: str, request: dict[str, Any]) -> Any:
        # A redirect would turn a POST into a GET: it is told instead.
        response = self.session.request(
            method, f"{self.url}{path}", timeout=self.timeout, allow_redirects=False, **request
        )
        if response.status_code < 300:
            return response.json() if response.content else None
        raise problem_of(response.status_code, _answer(response), _retry_after(response))

    def _pause(self, error: Exception, attempt: int, may_repeat: bool) -> float | None:
        """The seconds until the next attempt; None where there is none."""
        if attempt == self.tries:
            return None
        pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1)
        if not isinstance(error, Problem):
            return pause if may_repeat or _never_sent(error) else None
        if error.status in BUSY and error.retry_after is not None:
            return max(error.retry_after, pause) if error.retry_after <= self.longest_wait else None
        if error.status == 429:
            return pause
        return pause if error.status in NO_ANSWER and may_repeat else None


class Resource:
    """A part of the API; what it can do is in `resources.py`."""

    def __init__(self, transport: Transport) -> None:
        self._ask = transport.ask


def part(value: str | int) -> str:
    """A number or id as a part of an address."""
    return quote(str(value), safe="")


def _shown(query: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }


def _content(body: Any, files: Any) -> dict[str, Any]:
    """What `requests` is given: JSON, or a form where the body has a file."""
    if files is None:
        return {"json": body} if body is not None else {}
    parts = {name: value for name, value in files.items() if value is not None}
    return {
        "files": {name: value for name, value in parts.items() if isinstance(value, tuple)},
        "data": _shown({name: value for name, value in parts.items() if not isinstance(value, tuple)}),
    }


def _told(error: Exception) -> Exception:
    return error if isinstance(error, Problem) else Unreachable(str(error))


def _never_sent(error: Exception) -> bool:
    """Whether no connection was made, so that nothing can have been done."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or type(reason).__name__ == "NewConnectionError"


def _answer(response: requests.Response) -> dict[str, Any]:
    if response.is_redirect:
        return {"detail": f"The address moved to {response.headers['Location']}: use that one."}
    try:
        answer = response.json()
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"detail": response.text[:300]}


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
