"""Error pages in the reader's language, and JSON with `detail` under /api/; in the demo also with DEBUG on."""

import sys
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wechat.sealed import Unreadable

from . import drafts

Handler = Callable[[HttpRequest], HttpResponseBase]
TECHNICAL = b"DEBUG = True"  # Django's pages for developers say so

Words = tuple[str | Promise, str | Promise]
NOT_READABLE: Words = (
    _("Not readable"),
    _("The browser sent something that cannot be read. Go back, reload the page, and try again; nothing was changed."),
)
TOO_LARGE: Words = (
    _("Too large"),
    _("More was sent than is accepted at once. Send fewer or smaller files, or fewer rows; nothing was changed."),
)
FORGED: Words = (
    _("Please try again"),
    _(
        "For safety, a form is taken only once signed in, from a page of this console, with cookies. The page may have"
        " been open before you signed in again, or cookies are blocked. Go back, reload the page, and save again;"
        " nothing was changed."
    ),
)
KEPT: Words = (
    _("Not saved yet"),
    _(
        "The page was open before you signed in again, so nothing was saved, and nothing was sent to WeChat. What you"
        " wrote is kept for you: bring it back, then save."
    ),
)
NOTHING: Words = (_("Nothing here"), _("There is no such page or record; perhaps it was deleted."))
FAILED: Words = (
    _("The console failed"),
    _(
        "This is our fault, not yours. What was sent to WeChat is kept and found again. Try once more; if it happens"
        " again, tell a developer the time."
    ),
)
KEYS: Words = (
    _("A key is missing"),
    _(
        "Stored data is encrypted with a key that the console does not have (FIELD_KEYS, or SECRET_KEY). Whoever runs"
        " this server puts it back; “Check my set-up” names what cannot be opened."
    ),
)


def page(request: HttpRequest, status: int, words: Words, link: str = "") -> HttpResponse:
    heading, text = words
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": str(text)}, status=status)
    # Without the request's context: what failed may be the database.
    return HttpResponse(
        render_to_string("error_page.html", {"heading": heading, "text": text, "link": link}), status=status
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
    return page(request, HTTPStatus.BAD_REQUEST, NOT_READABLE)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW; a form that was open before its person signed in again is kept as a draft."""
    if request.path.startswith("/admin/") and (draft := drafts.keep(request)):
        return page(request, HTTPStatus.FORBIDDEN, KEPT, f"{draft.form}?{drafts.BACK}=1")
    return page(request, HTTPStatus.FORBIDDEN, FORGED)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, HTTPStatus.NOT_FOUND, NOTHING)


def failed(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], Unreadable):
        return page(request, HTTPStatus.SERVICE_UNAVAILABLE, KEYS)
    return page(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)


def plain_errors(get_response: Handler) -> Handler:
    """In the demo people see these pages, not Django's for developers; the log has the traceback."""
    pages = {400: NOT_READABLE, 404: NOTHING, 500: FAILED}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        content = getattr(response, "content", b"") if settings.DEBUG and settings.PLAIN_ERRORS else b""
        if response.status_code not in pages or TECHNICAL not in content:
            return response
        if b"RequestDataTooBig" in content:
            return page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
        return page(request, response.status_code, pages[response.status_code])

    return middleware
