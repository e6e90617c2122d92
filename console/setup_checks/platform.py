"""WeChat: whether it gives a token, whether the keys have their form, whether the clocks agree."""

import base64
import binascii
import re
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat import client
from wechat.errors import AnotherMiniProgram, Paused, Refused, Unreachable
from wechat.models import Callback

from .findings import ADMINISTRATOR, DEVELOPER, Finding, fault, fine, warn

SAW = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")
CLOCK_WARN, CLOCK_FAULT = 10, 60  # seconds
SECRET_WRONG, APPID_WRONG, ADDRESS_UNKNOWN = {40001, 40125, 41004}, {40013, 41002}, 40164


def token() -> Finding:
    """Ask WeChat for the token that there is: `stable_token` makes no other one."""
    if not (settings.WECHAT_APPID and settings.WECHAT_SECRET):
        return fault(
            _("WECHAT_APPID or WECHAT_SECRET is not set."),
            _("Copy AppID and AppSecret from WeChat's page (development settings) into the settings."),
            DEVELOPER,
        )
    try:
        answer = client.stable_token()
    except Refused as refusal:
        return _refused(refusal)
    except AnotherMiniProgram as error:
        return fault(str(error), _("See “Mini program” on this page."), DEVELOPER)
    except Paused as error:
        return warn(str(error), _("Wait; this check was pressed very often, or WeChat limits the calls."), DEVELOPER)
    except Unreachable as error:
        address = {"address": settings.WECHAT_API_BASE}
        return fault(
            str(error),
            _("Let this server open connections to %(address)s: name server, firewall, proxy.") % address,
        )
    seconds = {"seconds": answer.get("expires_in", "?")}
    return fine(_("WeChat gave a token, valid for %(seconds)s s; this server's address is on its list.") % seconds)


def _refused(refusal: Refused) -> Finding:
    seen = _("WeChat refused with %(errcode)s: %(errmsg)s") % {"errcode": refusal.errcode, "errmsg": refusal.errmsg}
    where = _("WeChat's page, development settings")
    if refusal.errcode == ADDRESS_UNKNOWN:
        found = SAW.search(refusal.errmsg)
        address = found.group(1) if found else "?"
        mend = _("Add %(address)s to the IP whitelist (%(where)s): WeChat saw this server under it.")
        return fault(seen, mend % {"address": address, "where": where}, ADMINISTRATOR)
    if refusal.errcode in SECRET_WRONG:
        mend = _("WECHAT_SECRET is not this AppID's AppSecret: copy it again, or reset it (%(where)s).")
        return fault(seen, mend % {"where": where}, DEVELOPER)
    if refusal.errcode in APPID_WRONG:
        mend = _("WECHAT_APPID is wrong: copy it again (%(where)s).")
        return fault(seen, mend % {"where": where}, DEVELOPER)
    return fault(seen, str(refusal.meaning.text), refusal.meaning.who)


def aes_key() -> Finding:
    key = settings.WECHAT_AES_KEY
    if not key and settings.WECHAT_CALLBACK_MODE == "plaintext":
        return fine(_("None is needed: messages come in plain text."))
    copy = _("Copy EncodingAESKey, 43 letters and digits, from WeChat's page (message push) into WECHAT_AES_KEY.")
    if not key:
        return fault(_("WECHAT_AES_KEY is not set, so no message can be decrypted."), copy, DEVELOPER)
    if not re.fullmatch(r"[A-Za-z0-9]{43}", key):
        count = {"count": len(key)}
        return fault(
            _("WECHAT_AES_KEY has %(count)d characters, or others than letters and digits.") % count, copy, DEVELOPER
        )
    try:
        is_whole = len(base64.b64decode(key + "=", validate=True)) == 32
    except binascii.Error:
        is_whole = False
    return fine(_("It has the right form.")) if is_whole else fault(_("It is no key of 32 bytes."), copy, DEVELOPER)


def clock() -> Finding:
    """This machine's clock against the Date of WeChat's answer; and messages refused because of their stamp."""
    mend = _("Let this server keep its time by NTP. WeChat's stamps may be %(seconds)d s off at most.") % {
        "seconds": settings.WECHAT_CALLBACK_WINDOW
    }
    hour = timezone.now() - timedelta(hours=1)
    refused = Callback.objects.filter(state=Callback.State.REFUSED, received_at__gt=hour, error__startswith="stale")
    if count := refused.count():
        return fault(
            _("%(count)d messages of the last hour were refused: their time was off.") % {"count": count}, mend
        )
    try:
        ahead = client.clock_ahead()
    except Unreachable as error:
        return warn(str(error), _("See “Access token” on this page."))
    if ahead is None:
        return warn(_("WeChat's answer had no Date to compare with."), mend)
    seen = _("This server's clock is %(seconds)+d s off WeChat's.") % {"seconds": round(ahead)}
    if abs(ahead) > CLOCK_FAULT:
        return fault(seen, mend)
    return warn(seen, mend) if abs(ahead) > CLOCK_WARN else fine(seen)
