"""The sign-in page's form: before the password is looked at, `limits` decides whether it is."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import limits, notices


class SignInForm(AuthenticationForm):
    wait = 0  # seconds, after which the page may be sent again with the ticket
    ticket = ""
    refused_for = 0  # seconds for which nobody who is unknown signs in from this address

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if name is None or not self.cleaned_data.get("password") or self.request is None:
            return super().clean()
        try:
            tried = limits.begin(self.request, name, self.data.get("ticket", ""))
        except limits.Slowed as slowed:
            self.wait, self.ticket = slowed.seconds, slowed.ticket
            raise ValidationError(_slow(slowed.seconds), code="slowed") from None
        except limits.Refused as refused:
            self.refused_for = refused.seconds
            raise ValidationError(_refusal(refused), code="refused") from None
        try:
            cleaned = super().clean()
        except ValidationError:
            if tried.user is not None and tried.browser is None:
                notices.note_guessing(tried.user, limits.wrong_by_strangers(tried.user))
            raise
        limits.note_right(tried)
        return cleaned

    @property
    def retry_after(self) -> int:
        return self.refused_for or self.wait


def _slow(seconds: int) -> str:
    text = ngettext(
        "Many wrong passwords were tried for this name, so this one was not looked at. Wait for %(seconds)d second,"
        " then enter name and password again.",
        "Many wrong passwords were tried for this name, so this one was not looked at. Wait for %(seconds)d seconds,"
        " then enter name and password again.",
        seconds,
    )
    return text % {"seconds": seconds}


def _refusal(refused: limits.Refused) -> str:
    text = (
        _(
            "Too many wrong passwords were tried for this name. Try again in %(minutes)d minutes, or sign in with a"
            " browser that you used before."
        )
        if refused.is_account
        else _(
            "Too many wrong passwords came from your internet address. Try again in %(minutes)d minutes, or sign in"
            " with a browser that you used before."
        )
    )
    return text % {"minutes": -(-refused.seconds // 60)}
