"""WeChat's messages in front of Django's stack: Django's handler, with one view and what of the middleware it needs."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch

from console.middleware import request_id
from wechat.views import MAX_BODY, callback

from .chunked import with_length

PATHS = ("/wechat/callback/", "/wechat/callback")  # the second as it is often typed on WeChat's page
Application = Callable[[dict[str, Any], Callable], Iterable[bytes]]


class PushAddress(WSGIHandler):
    """It renews connections, answers failures and logs as Django does; it has no sessions, languages and forms."""

    def load_middleware(self, is_async: bool = False) -> None:
        chain: Any = convert_exception_to_response(_routed)
        for middleware in (SecurityMiddleware, request_id):
            chain = convert_exception_to_response(middleware(chain))
        self._middleware_chain = chain


def _routed(request: HttpRequest) -> HttpResponseBase:
    request.resolver_match = ResolverMatch(callback, (), {}, route=PATHS[0].lstrip("/"))  # for the log
    return callback(request)


def in_front_of(application: Application) -> Application:
    """Messages go to the push address, everything else to the application."""
    push_address = with_length(PushAddress(), MAX_BODY)

    def called(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        is_message = environ.get("PATH_INFO") in PATHS
        return (push_address if is_message else application)(environ, start_response)

    return called


def nothing_else(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """What stands behind the push address in a process for messages alone."""
    is_alive = environ.get("PATH_INFO") == "/healthz"
    start_response("200 OK" if is_alive else "404 Not Found", [("Content-Type", "text/plain")])
    return [b"alive" if is_alive else b"only messages from WeChat are answered here"]
