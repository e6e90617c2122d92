"""From the right password to the session: where a second factor is needed, there is no session before it was given."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from .. import sign_in
from . import notices, second_factor, sessions
from .form import SignInForm

HALF = "half_signed_in"  # in the session of nobody: whose password was right
HALF_HOLDS = 600  # seconds
Handler = Callable[[HttpRequest], HttpResponseBase]


class SignInView(LoginView):
    authentication_form = SignInForm
    template_name = "admin/sign_in.html"

    def form_valid(self, form: Any) -> HttpResponse:
        user, to = form.get_user(), self.get_success_url()
        if self.request.user.is_authenticated and self.request.user != user:
            logout(self.request)
        if not second_factor.is_asked(user):
            return enter(self.request, user, HttpResponseRedirect(to))
        self.request.session.cycle_key()
        self.request.session[HALF] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "at": int(time.time()),
            "next": to,
        }
        return HttpResponseRedirect(reverse("admin:second_factor"))

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.retry_after:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.retry_after)
        return response


def half(request: HttpRequest) -> tuple[Any, str]:
    """Whose password was right a moment ago, and where they want to go; (None, "") where nobody's was."""
    kept = request.session.get(HALF)
    if not kept or time.time() - kept["at"] > HALF_HOLDS:
        return None, ""
    user = get_user_model()._default_manager.filter(pk=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        return None, ""
    return user, kept["next"]


def enter(request: HttpRequest, user: Any, response: HttpResponse, *, passed: bool = False) -> HttpResponse:
    """Begin the session; `passed`: the second factor was given. The response gets the browser's cookies."""
    request.session.pop(HALF, None)
    login(request, user)
    for text in notices.since_last_sign_in(user):
        messages.warning(request, text)
    if passed:
        request.session[second_factor.PASSED] = True
    sessions.begin(request, response, user)
    sign_in.remember(request, response)
    return response


def no_session_without_second_factor(get_response: Handler) -> Handler:
    """End the session of who needs a second factor and began it without one: of before it was needed."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        has_session = settings.SECOND_FACTOR and settings.SESSION_COOKIE_NAME in request.COOKIES
        is_without = has_session and request.user.is_authenticated and second_factor.PASSED not in request.session
        if is_without and second_factor.is_needed(request.user):
            logout(request)
        return get_response(request)

    return middleware
