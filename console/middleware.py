import logging
import re
import time
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from wechat.cleaning import cleaned, compact
from wechat.steps import actors, request_ids

from .alerts import browser
from .signing_in import sessions

requests_log = logging.getLogger("console.requests")
Handler = Callable[[HttpRequest], HttpResponseBase]
UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xed[\xa0-\xbf]")
# An id is not changed but refused by its own field; a password may hold anything.
AS_TYPED = re.compile(r"(?:.*[-_])?(?:id|ids|no|openid|password\d?|csrfmiddlewaretoken)")
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"


def request_id(get_response: Handler) -> Handler:
    """Take X-Request-ID, or make one; it is answered, kept on steps and calls, and in every line of the log."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        given = request_ids.taken(request.META.get("HTTP_X_REQUEST_ID", ""))
        with request_ids.following(given):
            response = get_response(request)
            response.headers["X-Request-ID"] = given
            _log_request(request, response.status_code, time.monotonic() - began)
        return response

    return middleware


def _log_request(request: HttpRequest, status: int, seconds: float) -> None:
    """With the pattern of the address in place of the address, which may name a person."""
    if not requests_log.isEnabledFor(logging.INFO):
        return
    route = request.resolver_match.route if request.resolver_match else ""
    facts = {"method": request.method, "route": route, "status": status, "milliseconds": round(seconds * 1000)}
    requests_log.info("%s /%s %d", request.method, route, status, extra={"facts": facts})


def security_headers(get_response: Handler) -> Handler:
    """The content security policy: pages load nothing from other hosts."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def session_limits(get_response: Handler) -> Handler:
    """Sign out users who were idle for too long; SESSION_COOKIE_AGE limits every session in addition.

    An open tab that asks for alerts by itself is not a person who works.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get("seen", now)
            if now - seen > settings.SESSION_IDLE:
                logout(request)
            elif (now - seen > 60 or "seen" not in request.session) and not request.path.endswith(browser.PATH):
                age = request.session.get_expiry_age()
                request.session["seen"] = now
                started = request.session.setdefault("started", now)
                request.session.set_expiry(max(1, min(age, started + settings.SESSION_COOKIE_AGE - now)))
        before = request.session.session_key
        response = get_response(request)
        if before and request.session.session_key != before:
            sessions.follow(request)
        return response

    return middleware


def actor(get_response: Handler) -> Handler:
    """Set the actor of the steps, calls and edits made during the request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(("/admin/", "/api/")):
            return get_response(request)
        user = request.user if request.user.is_authenticated else None
        with actors.acting("api" if request.path.startswith("/api/") else "admin", user):
            return get_response(request)

    return middleware


def printable_address(get_response: Handler) -> Handler:
    """400 for control characters and lone surrogates in an address; characters that nobody sees leave search words."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        written = request.path_info.encode("utf-8", "surrogatepass")  # what is no UTF-8 there stays percent-encoded
        if not UNPRINTABLE.search(written + unquote_to_bytes(request.META.get("QUERY_STRING", ""))):
            if (words := request.GET.get("q")) and words != compact(words):
                query = request.GET.copy()
                query["q"] = compact(words)
                request.GET = query  # type: ignore[assignment]  # Django's own QueryDict
            return get_response(request)
        sentence = _("There are control characters in the address.")
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": sentence}, status=400)
        return HttpResponse(sentence, status=400, content_type="text/plain; charset=utf-8")

    return middleware


def clean_forms(get_response: Handler) -> Handler:
    """Texts of the admin's forms without control characters and half characters; a message says where."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and request.path.startswith("/admin/"):
            changed = _clean_form(request)
            if changed:
                text = _("Characters that no page can show were taken out of: %(fields)s")
                messages.warning(request, text % {"fields": ", ".join(changed)})
        return get_response(request)

    return middleware


def _clean_form(request: HttpRequest) -> list[str]:
    form = request.POST.copy()
    changed = []
    for name, values in form.lists():
        # An id keeps a mark where a NUL was: no database takes one in, and no record is found by the mark.
        clean = _without_nul if AS_TYPED.fullmatch(name) else cleaned
        texts = [clean(value) for value in values]
        if texts != values:
            form.setlist(name, texts)
            changed.append(name)
    if changed:
        form._mutable = False
        request.POST = form  # type: ignore[assignment]  # Django's own QueryDict, and immutable again
    return changed


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


def slashed_api(get_response: Handler) -> Handler:
    """Answer 404 with the right address where one of the API lacks its last slash: a redirect would lose the body."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_read = request.method in ("GET", "HEAD", "OPTIONS")
        if request.path.startswith("/api/") and not request.path.endswith("/") and not is_read:
            text = _("Every address of the API ends in a slash: %(address)s/.") % {"address": request.path}
            return JsonResponse({"detail": text}, status=404)
        return get_response(request)

    return middleware
