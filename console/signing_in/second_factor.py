"""Who needs a second factor: codes of an authenticator app, and recovery codes for the loss of the phone.

It is asked where SECOND_FACTOR is on: of everybody who has set one up, and of those whose permissions match `NEEDED`,
who set one up when they sign in.
"""

import secrets
from base64 import b32encode
from binascii import unhexlify
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wechat.sealed import seal, unseal

from ..models import Authenticator, RecoveryCode
from ..models.second_factors import step_of
from . import notices

PASSED, NEW_KEY = "second_factor", "second_factor_key"  # in the session
# What owner and finance may, and whoever may look behind a mask or approve what others ask for.
NEEDED = ("*.reveal*", "*.approve_*", "*.export_shipping", "auth.add_user", "auth.change_user", "auth.delete_user")
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # 16 of them are 79 bits


def is_needed(user: Any) -> bool:
    """Whether this person may not work without one."""
    if not settings.SECOND_FACTOR:
        return False
    return user.is_superuser or any(
        fnmatchcase(name, pattern) for name in user.get_all_permissions() for pattern in NEEDED
    )


def is_asked(user: Any) -> bool:
    """Whether the sign-in asks for one."""
    return settings.SECOND_FACTOR and (is_set_up(user) or is_needed(user))


def is_set_up(user: Any) -> bool:
    return Authenticator.objects.filter(user=user.pk).exists()


def codes_left(user: Any) -> int:
    return RecoveryCode.objects.filter(user=user.pk, used_at=None).count()


def take(user: Any, code: str) -> bool:
    """Whether it is the code that the app shows, or a recovery code; neither is taken a second time."""
    code = "".join(code.split()).replace("-", "").lower()
    if len(code) == 16:
        return _take_recovery(user, code)
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=user.pk).first()
        if app is None or app.verify_token(code):
            return app is not None
        notices.note_wrong_codes(user, app.wrong)
        return False


def new_key(session: Any, *, anew: bool) -> str:
    """The key of the app that is being set up. It stays in this session: nobody else is shown it, or can confirm it."""
    if anew or NEW_KEY not in session:
        session[NEW_KEY] = seal(secrets.token_hex(20).encode()).hex()
    return unseal(unhexlify(session[NEW_KEY])).decode()


def confirm(user: Any, session: Any, code: str) -> list[str]:
    """The first code of the new app replaces the old one; the recovery codes, or [] where the code is wrong."""
    key = new_key(session, anew=False)
    step = step_of(key, "".join(code.split()))
    if step is None:
        return []
    with transaction.atomic():
        Authenticator.objects.filter(user=user.pk).delete()
        Authenticator.objects.create(user_id=user.pk, key=key, last_t=step, name="")
        notices.note(user, notices.Kind.SECOND_FACTOR, what="set_up")
        codes = _new_codes(user)
    del session[NEW_KEY]
    return codes


def renew_codes(user: Any) -> list[str]:
    """New recovery codes; the others are void."""
    with transaction.atomic():
        notices.note(user, notices.Kind.SECOND_FACTOR, what="codes")
        return _new_codes(user)


def reset(user: Any) -> bool:
    """Forget app and codes; whether there was something to forget."""
    with transaction.atomic():
        gone = Authenticator.objects.filter(user=user.pk).delete()[0]
        gone += RecoveryCode.objects.filter(user=user.pk).delete()[0]
        if gone:
            notices.note(user, notices.Kind.SECOND_FACTOR, what="reset")
    return bool(gone)


def typed(key: str) -> str:
    """The key as people type it into an app."""
    text = b32encode(unhexlify(key)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def picture(user: Any, key: str) -> SafeString:
    """The QR code that an app scans, as SVG within the page."""
    issuer = " ".join([_("Trading console"), settings.WECHAT_APPID]).strip()
    label = quote(f"{issuer}:{user.get_username()}")
    query = urlencode({"secret": typed(key).replace(" ", ""), "issuer": issuer}, quote_via=quote)
    drawn = segno.make(f"otpauth://totp/{label}?{query}", error="m")
    return mark_safe(drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff"))  # noqa: S308  made of squares


def _new_codes(user: Any) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(16)) for _code in range(CODES)]
    RecoveryCode.objects.filter(user=user.pk).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user.pk, digest=_digest(user, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def _take_recovery(user: Any, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user.pk, digest=_digest(user, code), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    notices.note(user, notices.Kind.RECOVERY, left=codes_left(user))
    return True


def _digest(user: Any, code: str) -> str:
    return sha256(f"{user.pk}:{code}".encode()).hexdigest()
