"""What people are told of their own account: on the page of their sign-ins, and by mail where they have an address."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from ..alerts.sending import is_held_back
from ..models import SignIn, SignInNotice

log = logging.getLogger(__name__)
Kind = SignInNotice.Kind
GUESSED_AT = 10  # wrong passwords by strangers within the window
CODES_AT = 10  # wrong codes since the last right one
ONCE = timedelta(days=1)  # a guessed account is told so no more often
TRIES = 8
SENTENCES = {
    Kind.NEW_BROWSER: gettext_lazy(
        "You signed in from %(address)s in a browser that was not used before: %(program)s."
    ),
    Kind.GUESSED: gettext_lazy("Somebody typed %(count)d wrong passwords for your account within 15 minutes."),
    Kind.CODES: gettext_lazy("Somebody who has your password typed %(count)d wrong codes of the second factor."),
    Kind.SECOND_FACTOR: gettext_lazy("Your second factor was changed: %(what)s."),
    Kind.RECOVERY: gettext_lazy("A recovery code was used to sign in. %(left)d are left."),
}
WHAT_TO_DO = {
    Kind.NEW_BROWSER: gettext_lazy("If that was not you: change your password and end the other sessions."),
    Kind.GUESSED: gettext_lazy(
        "They did not get in. In the browsers you use nothing is slower; in a new one you wait for up to 30 seconds."
    ),
    Kind.CODES: gettext_lazy("If that was not you: change your password at once."),
    Kind.SECOND_FACTOR: gettext_lazy("If that was not you: tell the owner of the shop."),
    Kind.RECOVERY: gettext_lazy("If that was not you: change your password and end the other sessions."),
}
CHANGES = {
    "set_up": gettext_lazy("set up"),
    "reset": gettext_lazy("reset by a command; you set up another one when you sign in"),
    "codes": gettext_lazy("new recovery codes"),
}


def note(user: Any, kind: str, **values: Any) -> None:
    SignInNotice.objects.create(
        user=user, kind=kind, values=values, next_attempt_at=timezone.now() if user.email else None
    )


def note_guessing(user: Any, count: int) -> None:
    """Tell the owner of an account, once a day."""
    if count >= GUESSED_AT:
        _note_once(user, Kind.GUESSED, count)


def note_wrong_codes(user: Any, count: int) -> None:
    """Tell the person, once a day."""
    if count >= CODES_AT:
        _note_once(user, Kind.CODES, count)


def _note_once(user: Any, kind: str, count: int) -> None:
    told = SignInNotice.objects.filter(user=user.pk, kind=kind, at__gt=timezone.now() - ONCE)
    if not told.exists():
        note(user, kind, count=count)


def sentence(notice: SignInNotice) -> str:
    values = dict(notice.values)
    if "what" in values:
        values["what"] = CHANGES.get(values["what"], values["what"])
    try:
        return str(SENTENCES[Kind(notice.kind)]) % values
    except (KeyError, ValueError, TypeError):  # stored by another version
        return notice.get_kind_display()


def mail_due() -> int:
    """Send what was not sent yet; returns how many arrived. What does not arrive is tried again for about two days."""
    sent = 0
    for notice in SignInNotice.objects.due().select_related("user").order_by("pk")[:100]:
        later = timezone.now() + timedelta(minutes=5 * 2**notice.attempts)
        waits = later if notice.attempts + 1 < TRIES else None
        claimed = SignInNotice.objects.filter(pk=notice.pk, attempts=notice.attempts, told_at=None)
        if not claimed.update(attempts=notice.attempts + 1, next_attempt_at=waits):
            continue
        if not _mail(notice):
            break  # a mail server that hangs costs ten seconds each
        SignInNotice.objects.filter(pk=notice.pk).update(told_at=timezone.now())
        sent += 1
    return sent


def since_last_sign_in(user: Any) -> list[str]:
    """What happened meanwhile, the newest three; for who has no mail address."""
    last = SignIn.objects.of(user).first()
    told = SignInNotice.objects.filter(user=user, at__gt=last.at) if last else SignInNotice.objects.none()
    return [f"{_at(notice)} · {sentence(notice)}" for notice in told.order_by("-at")[:3]]


def _mail(notice: SignInNotice) -> bool:
    if is_held_back() or not notice.user.email:
        return False
    with override(settings.LANGUAGE_CODE):
        lines = [sentence(notice), _when(notice), str(WHAT_TO_DO[Kind(notice.kind)]), _page()]
        mail = EmailMessage(notice.get_kind_display(), "\n\n".join(lines), to=[notice.user.email])
    try:
        return bool(mail.send())
    except (SMTPException, OSError) as error:
        log.warning("a notice of a sign-in was not sent: %s", type(error).__name__)
        return False


def _when(notice: SignInNotice) -> str:
    return _("Account: %(who)s. Time: %(at)s.") % {"who": notice.user.get_username(), "at": _at(notice)}


def _at(notice: SignInNotice) -> str:
    return date_format(timezone.localtime(notice.at), "Y-m-d H:i")


def _page() -> str:
    return f"{settings.CONSOLE_URL}{reverse('admin:sign_ins')}"
