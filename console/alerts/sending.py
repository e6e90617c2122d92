"""Sends one message through a channel: by mail, or to a robot."""

import time
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from ..models import AlertChannel, AlertDelivery
from ..threads import together
from ..webhooks import addresses
from ..webhooks.sending import AGENT, SECONDS, Outcome, post, too_late
from .mails import mail, tell_people
from .messages import Message, message_of, test_message
from .recipients import people_of
from .robots import is_accepted, request_of
from .telling import Told

By = AlertChannel.By
HEADERS = {"Content-Type": "application/json", "User-Agent": AGENT}


def is_held_back() -> bool:
    """Whether nothing leaves this console, because it runs against a sandbox."""
    return bool(settings.WECHAT_SANDBOX and not settings.ALERTS_FROM_SANDBOX)


def tell(channel: AlertChannel, deliveries: Sequence[AlertDelivery]) -> Told:
    """Send some deliveries as one message."""
    if channel.by == By.MAIL:
        return tell_people(channel, deliveries)
    fault = _post(channel, message_of(deliveries))
    return Told([] if fault else deliveries, fault)


def try_out(channel: AlertChannel) -> str:
    """Send a test; returns "" where it arrived, else what went wrong."""
    if is_held_back():
        return _("Nothing is sent from the sandbox (ALERTS_FROM_SANDBOX).")
    if channel.by != By.MAIL:
        return _post(channel, test_message())
    people = people_of(channel)
    try:
        for address in people.values():
            mail(address, test_message())
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return "" if people else _("Nobody of this channel has a mail address.")


def _post(channel: AlertChannel, message: Message) -> str:
    request = request_of(channel.by, channel.url, channel.secret, message.whole, time.time())
    with addresses.session(1) as session:
        found = together(lambda one: post(session, one.url, one.body, HEADERS), [request], SECONDS)
    outcome: Outcome = found.get(0, too_late())
    if outcome.is_success and is_accepted(outcome.answer):
        return ""
    return f"{outcome.status or ''} {outcome.answer}".strip()
