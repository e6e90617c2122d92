"""Who guesses passwords is stopped, and nobody is locked out by somebody else.

| who tries | what happens |
|---|---|
| an address with ADDRESS_TRIES wrong ones | refused, until they are WINDOW old |
| anybody, at an account with more than FREE_TRIES wrong ones | waits, 30 seconds at most, then the password counts |
| anybody, at an account with ACCOUNT_TRIES wrong ones, where all have the proxy's address | refused, as an address is |
| a browser in which this person signed in before | neither, unless it was itself wrong BROWSER_TRIES times |

All of it is counted in the database: it holds over several processes, and with the cache away. Each try is noted as
wrong before the password is looked at, so that many at once are counted as well.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..addresses import client_address
from ..models import KnownBrowser, PasswordTry
from ..models.sign_ins import WINDOW
from . import browsers

ADDRESS_TRIES, BROWSER_TRIES, FREE_TRIES = 10, 10, 5
# By strangers, where no address can be told from another: tickets alone stop nobody who asks for many.
ACCOUNT_TRIES = 100
LONGEST = 30  # seconds that anybody has to wait
TICKET_HOLDS = 600  # seconds after the wait
SALT = "console.signing_in.ticket"


class Refused(Exception):
    """The address guesses, or many guess this account; `seconds` until another try."""

    def __init__(self, seconds: int, *, is_account: bool) -> None:
        self.seconds, self.is_account = seconds, is_account
        super().__init__(seconds)


class Slowed(Exception):
    """The password was not looked at: it is after `seconds`, with the ticket."""

    def __init__(self, seconds: int, ticket: str) -> None:
        self.seconds, self.ticket = seconds, ticket
        super().__init__(seconds)


@dataclass(frozen=True)
class Who:
    account: str
    source: str
    user: Any
    browser: KnownBrowser | None


def begin(request: HttpRequest, name: str, ticket: str) -> PasswordTry:
    """Note a try before its password is looked at. Raises Refused or Slowed where that is not to be done now."""
    who = _who(request, name)
    if who.browser is not None and (tried := _in_known_browser(who)):
        return tried
    _refuse_guesser(who)
    number = _waited(who, ticket, _wait(who))
    try:
        with transaction.atomic():
            tried = PasswordTry.objects.create(account=who.account, user=who.user, source=who.source, ticket=number)
    except IntegrityError:  # the ticket was used already
        raise _slowed(who, _wait(who)) from None
    try:
        _refuse_guesser(who, own=1)  # others came in between
    except Refused:
        tried.delete()
        raise
    return tried


def note_right(tried: PasswordTry) -> None:
    PasswordTry.objects.filter(pk=tried.pk).update(is_right=True)


def is_shared() -> bool:
    """Whether all requests have the proxy's address, as TRUSTED_PROXIES does not count it: then none is refused."""
    return bool(settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES)


def wrong_by_strangers(user: Any) -> int:
    """How many wrong passwords of this person's account count now."""
    return PasswordTry.objects.counted().by_strangers().filter(account=_account(user.get_username())).count()


def _who(request: HttpRequest, name: str) -> Who:
    user = get_user_model()._default_manager.filter(username=name).first()
    browser = browsers.known(request, user) if user else None
    return Who(_account(name), _source(client_address(request)), user, browser)


def _in_known_browser(who: Who) -> PasswordTry | None:
    """A try that waits for nothing; None where this browser was wrong too often, also by others at the same time."""
    wrong = PasswordTry.objects.counted().filter(browser=who.browser)
    if wrong.count() >= BROWSER_TRIES:
        return None
    tried = PasswordTry.objects.create(account=who.account, user=who.user, source=who.source, browser=who.browser)
    if wrong.count() > BROWSER_TRIES:
        tried.delete()
        return None
    return tried


def _account(name: str) -> str:
    return salted_hmac(SALT, name.casefold(), algorithm="sha256").hexdigest()


def _source(address: str) -> str:
    """The address; of IPv6 the network that one customer has, as every customer has millions of addresses."""
    if not address or ip_address(address).version == 4:
        return address
    return str(ip_network(f"{address}/64", strict=False))


def _refuse_guesser(who: Who, *, own: int = 0) -> None:
    """Raises Refused where this address, or all at this account, were wrong too often; `own`: tries of this one."""
    same, most = ({"account": who.account}, ACCOUNT_TRIES) if is_shared() else ({"source": who.source}, ADDRESS_TRIES)
    wrong = PasswordTry.objects.counted().by_strangers().filter(**same)
    times = list(wrong.order_by("-at").values_list("at", flat=True)[: most + own])
    if len(times) == most + own:
        free_at = times[most - 1] + WINDOW
        raise Refused(max(1, round((free_at - timezone.now()).total_seconds())), is_account=is_shared())


def _wait(who: Who) -> int:
    """Seconds: 1, 2, 4 … with each wrong one after the first FREE_TRIES; of a shared address all wrong ones count."""
    wrong = PasswordTry.objects.counted().by_strangers()
    most = wrong.filter(account=who.account).count()
    if is_shared():
        most = max(most, wrong.filter(source=who.source).count() - ADDRESS_TRIES)
    return 0 if most < FREE_TRIES else min(LONGEST, 2 ** min(most - FREE_TRIES, 10))


def _waited(who: Who, ticket: str, wait: int) -> str | None:
    """The number of the ticket with which this person waited, None where nobody has to. Raises Slowed."""
    if not wait:
        return None
    try:
        longest = timedelta(seconds=LONGEST + TICKET_HOLDS)
        account, source, number, due, waits = signing.loads(ticket, salt=SALT, max_age=longest)
    except (signing.BadSignature, ValueError):
        raise _slowed(who, wait) from None
    is_short = is_shared() and waits < wait  # of many that were asked for while the wait was short
    if [account, source] != [who.account, who.source] or is_short:
        raise _slowed(who, wait)
    if (left := due - time.time()) > 0:
        raise Slowed(int(left) + 1, ticket)
    return str(number)


def _slowed(who: Who, wait: int) -> Slowed:
    wait = max(wait, 1)
    ticket = [who.account, who.source, secrets.token_hex(16), time.time() + wait, wait]
    return Slowed(wait, signing.dumps(ticket, salt=SALT))
