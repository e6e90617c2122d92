"""The sign-ins of a person, and how their sessions are ended."""

from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..addresses import client_address
from ..models import SignIn
from . import browsers, notices

KEPT = "sign_in"  # in the session: the row of its sign-in
Ended = SignIn.Ended


def begin(request: HttpRequest, response: HttpResponse, user: Any) -> SignIn:
    """Note a sign-in that has just been done; whoever did it in a new browser is told."""
    browser, is_new = browsers.remember(request, response, user)
    is_first = is_new and not SignIn.objects.filter(user=user).exists()
    if request.session.session_key is None:
        request.session.save()
    row = SignIn.objects.create(
        user=user,
        browser=browser,
        session_key=request.session.session_key or "",
        address=client_address(request),
        program=_program(request),
        is_new=is_new,
    )
    request.session[KEPT] = row.pk
    if is_new and not is_first:
        notices.note(user, notices.Kind.NEW_BROWSER, address=row.address or "?", program=row.program or "?")
    return row


def follow(request: HttpRequest) -> None:
    """The session's key changes with the password."""
    key = request.session.session_key
    if key and KEPT in request.session:
        SignIn.objects.filter(pk=request.session[KEPT], ended_at=None).update(session_key=key)


def current(request: HttpRequest) -> int | None:
    return request.session.get(KEPT)


def listed(user: Any, most: int = 50) -> list[SignIn]:
    """The newest sign-ins; those whose session has gone by itself are noted as over. `seen` is the last request."""
    rows = list(SignIn.objects.of(user)[:most])
    keys = [row.session_key for row in rows if row.session_key]
    found = {one.session_key: one for one in Session.objects.filter(session_key__in=keys)}
    for row in rows:
        session = found.get(row.session_key)
        row.seen = None  # type: ignore[attr-defined]
        if session is not None and session.expire_date > timezone.now():
            row.seen = session.get_decoded().get("seen")  # type: ignore[attr-defined]
        elif row.ended_at is None:
            close(SignIn.objects.filter(pk=row.pk), Ended.OVER)
            row.session_key, row.ended = "", Ended.OVER
    return rows


def end(rows: QuerySet[SignIn], by: Any) -> int:
    """End the sessions of these sign-ins at once, and forget their browsers; returns how many went on until now."""
    going_on = list(rows.exclude(session_key="").values_list("pk", "session_key", "browser"))
    close(SignIn.objects.filter(pk__in=[pk for pk, _key, _browser in going_on]), Ended.ENDED, by)
    Session.objects.filter(session_key__in=[key for _pk, key, _browser in going_on]).delete()
    browsers.forget([browser for _pk, _key, browser in going_on if browser])
    return len(going_on)


def end_all(user: Any, by: Any = None, but: int | None = None) -> int:
    """End all sessions of a person, but this one."""
    return end(SignIn.objects.filter(user=user.pk).exclude(pk=but or 0), by)


def note_out(pk: int | None) -> None:
    """The person signed out."""
    close(SignIn.objects.filter(pk=pk or 0, ended_at=None), Ended.OUT)


def close(rows: QuerySet[SignIn], how: str, by: Any = None) -> None:
    rows.filter(ended_at=None).update(ended=how, ended_at=timezone.now(), ended_by=by, session_key="")


def _program(request: HttpRequest) -> str:
    """The browser as it calls itself, shortened to what people know; the whole text where none of it is known."""
    text = request.headers.get("User-Agent", "")[:500]
    names = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = ("Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")
    words = [next((name for name in known if name in text), "") for known in (names, systems)]
    said = {"Edg": "Edge", "OPR": "Opera", "MicroMessenger": "WeChat", "Macintosh": "Mac"}
    return " · ".join(said.get(word, word) for word in words if word) or text[:200]
