import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from wechat.steps import actors

Handler = Callable[[HttpRequest], HttpResponseBase]
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"


def security_headers(get_response: Handler) -> Handler:
    """The content security policy: pages load nothing from other hosts."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def session_limits(get_response: Handler) -> Handler:
    """Sign out users who were idle for too long; SESSION_COOKIE_AGE limits every session in addition."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get("seen", now)
            if now - seen > settings.SESSION_IDLE:
                logout(request)
            elif now - seen > 60 or "seen" not in request.session:
                age = request.session.get_expiry_age()
                request.session["seen"] = now
                started = request.session.setdefault("started", now)
                request.session.set_expiry(max(1, min(age, started + settings.SESSION_COOKIE_AGE - now)))
        return get_response(request)

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
