"""The pages of the second factor, at the sign-in and afterwards, and of a person's sign-ins."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..edits import trace_edit
from ..models import SignIn, SignInNotice
from . import notices, second_factor, sessions
from .entering import enter, half

MOST = 20  # notices that are shown
ANEW = "second_factor_anew"  # in the session of who gave a code, and is to set up another app


def at_sign_in(site: Any, request: HttpRequest) -> HttpResponse:
    """The code of the second factor after the right password, or setting one up; then the session begins."""
    user, to = half(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:index"))
    if not second_factor.is_set_up(user):
        return _set_up(site, request, user, to, begins=True)
    if request.method == "POST":
        if second_factor.take(user, request.POST.get("code", "")):
            return enter(request, user, HttpResponseRedirect(to), passed=True)
        messages.error(request, _wrong())
    title = _("Second factor")
    return render(request, "admin/second_factor.html", {**site.each_context(request), "title": title, "who": user})


def own(site: Any, request: HttpRequest) -> HttpResponse:
    """A signed-in person sets one up, sets up another app, or gets new recovery codes."""
    back = reverse("admin:sign_ins")
    if not second_factor.is_set_up(request.user) or request.session.get(ANEW):
        return _set_up(site, request, request.user, back)
    if request.method != "POST":
        return HttpResponseRedirect(back)
    if not second_factor.take(request.user, request.POST.get("code", "")):
        messages.error(request, _wrong())
        return HttpResponseRedirect(back)
    if request.POST.get("do") == "codes":
        return _codes(site, request, second_factor.renew_codes(request.user), back)
    request.session[ANEW] = True
    return HttpResponseRedirect(reverse("admin:own_second_factor"))


def _set_up(site: Any, request: HttpRequest, user: Any, to: str, *, begins: bool = False) -> HttpResponse:
    """`begins`: with the right code a session of this person, whoever is signed in here now."""
    if request.method == "POST":
        codes = second_factor.confirm(user, request.session, request.POST.get("code", ""))
        if codes:
            request.session.pop(ANEW, None)
            if begins:
                return enter(request, user, _codes(site, request, codes, to), passed=True)
            request.session[second_factor.PASSED] = True
            return _codes(site, request, codes, to)
        messages.error(request, _("This is not the code that the app shows. Look at the phone's time, and try again."))
    key = second_factor.new_key(request.session, anew=request.method != "POST")
    context = {
        "title": _("Set up a second factor"),
        "who": user,
        "picture": second_factor.picture(user, key),
        "typed": second_factor.typed(key),
        "is_needed": second_factor.is_needed(user),
    }
    return render(request, "admin/second_factor_set_up.html", {**site.each_context(request), **context})


def _codes(site: Any, request: HttpRequest, codes: list[str], to: str) -> HttpResponse:
    context = {**site.each_context(request), "title": _("Recovery codes"), "codes": codes, "to": to}
    return render(request, "admin/recovery_codes.html", context)


def _wrong() -> str:
    return _(
        "This code is wrong, was used already, or came too soon after a wrong one. Wait for the app's next code, or"
        " enter a recovery code."
    )


def sign_ins(site: Any, request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """My sign-ins; those of somebody else for whoever may change people."""
    person = request.user if pk is None else _person(request, pk)
    if request.method == "POST":
        _end(request, person)
        return HttpResponseRedirect(request.path)
    rows = sessions.listed(person)
    for row in rows:
        row.seen_at = datetime.fromtimestamp(row.seen, UTC) if row.seen else None  # type: ignore[attr-defined]
    told = SignInNotice.objects.filter(user=person.pk).order_by("-at")[:MOST]
    context = {
        "title": _("My sign-ins") if pk is None else _("Sign-ins of %(who)s") % {"who": person},
        "person": person,
        "is_own": pk is None,
        "going_on": [row for row in rows if row.session_key],
        "earlier": [row for row in rows if not row.session_key],
        "current": sessions.current(request),
        "notices": [(notice, notices.sentence(notice)) for notice in told],
        **_second_factor(person),
    }
    return render(request, "admin/sign_ins.html", {**site.each_context(request), **context})


def _second_factor(person: Any) -> dict[str, Any]:
    return {
        "asks_second_factor": settings.SECOND_FACTOR,
        "has_second_factor": second_factor.is_set_up(person),
        "needs_second_factor": second_factor.is_needed(person),
        "codes_left": second_factor.codes_left(person),
    }


def _person(request: HttpRequest, pk: int) -> User:
    if not request.user.has_perm("auth.change_user"):
        raise PermissionDenied
    person = get_user_model()._default_manager.filter(pk=pk).first()
    if person is None or (person.is_superuser and not request.user.is_superuser):
        raise Http404
    return person


def _end(request: HttpRequest, person: Any) -> None:
    rows = SignIn.objects.filter(user=person.pk).exclude(pk=sessions.current(request) or 0)
    if (one := request.POST.get("end", "")) != "all":
        rows = rows.filter(pk=int(one) if one.isdecimal() and len(one) < 19 else 0)
    count = sessions.end(rows, by=request.user)
    if person.pk != request.user.pk and count:
        trace_edit(person, {"sign_ins": [str(count), _("ended from the list of sign-ins")]})
    text = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", count)
    messages.success(request, text % {"count": count})
