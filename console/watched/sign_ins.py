"""Passwords and codes that are guessed."""

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..alerts.kinds import Cause, alert
from ..models import Authenticator, PasswordTry
from ..signing_in.limits import ADDRESS_TRIES
from ..signing_in.notices import CODES_AT, GUESSED_AT, ONCE


@alert(
    "account_guessed",
    title=_("Password of an account guessed"),
    text=_("Somebody types wrong passwords for %(who)s, at least 10 within 15 minutes."),
    permission="auth.change_user",
    page="admin:auth_user_changelist",
)
def account_guessed() -> list[Cause]:
    wrong = PasswordTry.objects.counted().by_strangers().exclude(user=None)
    counted = (
        wrong.order_by().values("user", "user__username").annotate(count=Count("pk")).filter(count__gte=GUESSED_AT)
    )
    return [
        Cause(str(row["user"]), {"who": row["user__username"]}, reverse("admin:sign_ins_of", args=[row["user"]]))
        for row in counted
    ]


@alert(
    "address_guesses",
    title=_("An address guesses passwords"),
    text=_("Many wrong passwords came from %(address)s. It is refused, but for browsers that were used before."),
    permission="auth.change_user",
    page="admin:auth_user_changelist",
)
def address_guesses() -> list[Cause]:
    wrong = PasswordTry.objects.counted().by_strangers().order_by().values("source")
    counted = wrong.annotate(count=Count("pk")).filter(count__gte=ADDRESS_TRIES).values_list("source", flat=True)
    return [Cause(source or "?", {"address": source or "?"}) for source in counted]


@alert(
    "codes_guessed",
    title=_("Second factor of an account guessed"),
    text=_("Somebody has the password of %(who)s and typed at least 10 wrong codes of the second factor."),
    permission="auth.change_user",
    page="admin:auth_user_changelist",
    is_urgent=True,
)
def codes_guessed() -> list[Cause]:
    lately = timezone.now() - ONCE
    tried = Authenticator.objects.filter(wrong__gte=CODES_AT, throttling_failure_timestamp__gt=lately)
    return [
        Cause(str(row.user_id), {"who": str(row.user)}, reverse("admin:sign_ins_of", args=[row.user_id]))
        for row in tried.select_related("user").defer("key").order_by("pk")
    ]
