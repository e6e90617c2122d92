"""The sign-in page says why it is shown; what was sent without a session is not done, and what was written is kept."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from wechat.steps import operations

from . import drafts
from .models import Draft

BEEN_HERE = "been_here"  # cookie of a browser in which somebody signed in, and did not sign out
REMEMBERED = 7 * 86400  # seconds; longer than a session, so that its end is known
SALT = "console.sign_in"


class Reason(NamedTuple):
    text: str
    more: tuple[str, ...] = ()


def ask_again(request: HttpRequest) -> HttpResponse:
    """The answer to what was sent without a session: what was written is kept, nothing is done, the person signs in."""
    draft = drafts.keep(request)
    if draft is None:
        asked = {"next": _page_before(request), "press": _pressed(request) or "?"}
    else:
        asked = {"next": f"{draft.form}?{drafts.BACK}=1", "kept": signing.dumps(draft.pk, salt=SALT)}
        asked |= {"press": "?"} if "_operation" in request.POST else {}
    return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode(asked)}")


def _page_before(request: HttpRequest) -> str:
    """The page on which the button was: its address cannot be opened itself."""
    before = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return before if own else reverse("admin:index")


def _pressed(request: HttpRequest) -> str:
    """The name of the operation whose button it was."""
    match = request.resolver_match
    if match is None or "operation" not in match.kwargs or not match.url_name:
        return ""
    return f"{match.url_name.split('_')[0]}.{match.kwargs['operation']}"


def reason(request: HttpRequest) -> Reason:
    """Why the sign-in page is shown."""
    if request.user.is_authenticated:
        text = _("You are signed in as %(who)s, who may not open this page. Sign in as somebody who may.")
        return Reason(text % {"who": request.user.get_username()})
    if draft := _kept(request):
        return _of_draft(draft, pressed="press" in request.GET)
    if name := request.GET.get("press"):
        return _of_press(name)
    if "out" in request.GET:
        return Reason(_("You have signed out."))
    if BEEN_HERE in request.COOKIES:
        return Reason(_("Your session has ended. Sign in to go on where you were."))
    return Reason(_("Sign in with the name and the password that the owner of the shop gave you."))


def _kept(request: HttpRequest) -> Draft | None:
    try:
        pk = signing.loads(request.GET.get("kept", ""), salt=SALT)
    except signing.BadSignature:
        return None
    return Draft.objects.select_related("user").filter(pk=pk).first()


def _of_draft(draft: Draft, *, pressed: bool) -> Reason:
    text = _(
        "Your session had ended, so nothing was saved. Sign in as %(who)s, and what you wrote at %(time)s is brought"
        " back; it is saved when you press Save. Nobody else gets it."
    )
    said = text % {"who": draft.user.get_username(), "time": f"{timezone.localtime(draft.at):%H:%M}"}
    more = [_("The button also sends something to WeChat. That was not done: press it again.")] if pressed else []
    if draft.left_out:
        more.append(_("Not kept, fill it in again: %(fields)s") % {"fields": ", ".join(draft.left_out)})
    return Reason(said, tuple(more))


def _of_press(name: str) -> Reason:
    op = operations.find(name)
    if op is None:
        text = _(
            "Your session had ended, so what you pressed was not done. Sign in, look at the page, and press again."
        )
        return Reason(text)
    text = _("Your session had ended, so “%(what)s” was not done. Sign in, look at the record, and press again.")
    return Reason(text % {"what": op.label})


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Note in the browser that somebody signed in."""
    if request.method == "POST" and request.user.is_authenticated:
        response.set_cookie(
            BEEN_HERE, "1", max_age=REMEMBERED, secure=request.is_secure(), httponly=True, samesite="Lax"
        )


def signed_out(user: Any) -> HttpResponse:
    """Their drafts go, and the page says that they are out."""
    Draft.objects.filter(user=user.pk).delete()
    response = HttpResponseRedirect(f"{reverse('admin:login')}?out=1")
    response.delete_cookie(BEEN_HERE)
    return response
