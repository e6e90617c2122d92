"""The push address: whether it answers WeChat's verification, and what came to it."""

import secrets
import time
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat import belonging, crypto
from wechat.models import Callback

from .findings import ADMINISTRATOR, DEVELOPER, Finding, fault, fine, warn

LOCAL = {"localhost", "127.0.0.1", "::1"}
PORTS = {"http": 80, "https": 443}  # the only ones that WeChat pushes to
TIMEOUT = (3, 5)  # seconds: to connect, to answer
QUIET = timedelta(days=1)


def address() -> Finding:
    """Verify our own push address over the network, as WeChat does when it is typed on its page."""
    url = settings.WECHAT_CALLBACK_URL
    if not settings.WECHAT_TOKEN:
        return fault(
            _("WECHAT_TOKEN is not set, so nothing that WeChat pushes can be verified."),
            _("Copy the Token from WeChat's page (message push) into WECHAT_TOKEN."),
            DEVELOPER,
        )
    return _unfit(url) or _asked(url)


def _unfit(url: str) -> Finding | None:
    parts, is_wechat = urlsplit(url), belonging.configured().platform == belonging.Platform.WECHAT
    if not is_wechat:
        return None
    if parts.hostname in LOCAL:
        return warn(
            _("WECHAT_CALLBACK_URL is %(url)s, which WeChat cannot reach.") % {"url": url},
            _("Set it to the address on WeChat's page (message push), so that it can be tried."),
            DEVELOPER,
        )
    if parts.port not in (None, PORTS.get(parts.scheme)):
        return fault(
            _("%(url)s has a port of its own.") % {"url": url},
            _("WeChat pushes to port 80 of http:// and 443 of https:// only: put a proxy in front."),
        )
    return None


def _asked(url: str) -> Finding:
    stamp, nonce, word = str(int(time.time())), secrets.token_hex(8), str(secrets.randbelow(10**16))
    query = {
        "signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "echostr": word,
    }
    session = requests.Session()
    session.trust_env = False
    try:
        with session.get(url, params=query, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status, body = answer.status_code, answer.raw.read(1000, decode_content=True).decode("utf-8", "replace")
    except requests.RequestException as error:
        return _silent(url, error)
    if status == 200 and body == word:
        return fine(_("%(url)s answers WeChat's verification.") % {"url": url})
    return _wrong(url, status)


def _silent(url: str, error: requests.RequestException) -> Finding:
    seen = _("%(url)s could not be reached (%(kind)s).") % {"url": url, "kind": type(error).__name__}
    if isinstance(error, requests.exceptions.SSLError):
        return fault(seen, _("The certificate is not valid for this host, or its chain is not whole: renew it."))
    return fault(
        seen,
        _(
            "Look whether the web processes run, and whether name server, firewall and proxy lead there. Where this "
            "server may not reach its own public address, try it from outside."
        ),
    )


def _wrong(url: str, status: int) -> Finding:
    seen = _("%(url)s answers %(status)d, not WeChat's verification.") % {"url": url, "status": status}
    if status == 403:
        return fault(
            seen,
            _("A process there has another WECHAT_TOKEN: start all with the one of WeChat's page."),
            DEVELOPER,
        )
    if status in (301, 302, 307, 308):
        return fault(seen, _("It redirects, which WeChat does not follow: name the final address on both sides."))
    return fault(seen, _("Something else answers there: the proxy has to hand /wechat/callback/ to this console."))


def messages() -> Finding:
    """When the last message came, and why the last one was refused where none has been accepted since."""
    kept = Callback.objects.order_by("-id").only("received_at", "error", "state")
    last = kept.exclude(state=Callback.State.REFUSED).first()
    refused = kept.filter(state=Callback.State.REFUSED).first()
    if refused and (last is None or refused.received_at > last.received_at):
        is_dead = last is None or timezone.now() - last.received_at > QUIET
        say = fault if is_dead else warn
        return say(_("The last message was refused: %(reason)s") % {"reason": refused.error}, *_mend(refused.error))
    if last is None:
        return warn(
            _("WeChat has not pushed any message yet."),
            _("Set up the message push on WeChat's page, and switch it on there."),
            ADMINISTRATOR,
        )
    when = timezone.localtime(last.received_at).strftime("%Y-%m-%d %H:%M")
    return fine(_("The last message came at %(time)s.") % {"time": when})


def _mend(reason: str) -> tuple:
    if "another AppID" in reason:
        return _("The message is another mini program's: compare WECHAT_APPID with WeChat's page."), DEVELOPER
    if reason.startswith("bad envelope"):
        return _("WECHAT_AES_KEY is not the EncodingAESKey of WeChat's page (message push): copy it again."), DEVELOPER
    if "signature" in reason:
        return _("WECHAT_TOKEN is not the Token of WeChat's page, or somebody else sent this."), DEVELOPER
    if reason.startswith("stale"):
        return _("See “Clock” on this page."), ""
    if "safe mode" in reason:
        return _("Choose the safe mode on WeChat's page (message push), or set WECHAT_CALLBACK_MODE."), ADMINISTRATOR
    return _("Look at it under Messages from WeChat, and compare the settings of the message push."), DEVELOPER
