"""The words of what is sent: one message of one alert, or a digest of many."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import AlertDelivery
from .kinds import address_of, kinds, sentence_of, title_of

LIST = "admin:console_alert_changelist"
FIRST = 5  # of a digest, with their sentences


class Message(NamedTuple):
    title: str
    text: str

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.text}".strip()


def message_of(deliveries: Sequence[AlertDelivery]) -> Message:
    """One message of one or more deliveries, in the active language."""
    made = _one(deliveries[0]) if len(deliveries) == 1 else _digest(deliveries)
    return Message(" · ".join([_("Sandbox"), made.title]), made.text) if settings.WECHAT_SANDBOX else made


def test_message() -> Message:
    return Message(_("Trading console: a test"), "\n".join([_("Alerts arrive here."), _absolute(reverse(LIST))]))


def _one(delivery: AlertDelivery) -> Message:
    lines = [sentence_of(delivery.alert), _absolute(address_of(delivery.alert))]
    return Message(_title(delivery), "\n".join(line for line in lines if line))


def _title(delivery: AlertDelivery) -> str:
    name = title_of(delivery.alert)
    if delivery.news == AlertDelivery.ENDED:
        return _("Over: %(title)s") % {"title": name}
    return name if delivery.news == AlertDelivery.OPENED else _("Still: %(title)s") % {"title": name}


def _digest(deliveries: Sequence[AlertDelivery]) -> Message:
    """The counts by kind, and the first of them: what stands before what is over, urgent kinds first."""
    over = [row for row in deliveries if row.news == AlertDelivery.ENDED]
    stand = sorted((row for row in deliveries if row.news != AlertDelivery.ENDED), key=_rank)
    titles = []
    if stand:
        titles.append(ngettext("%(count)d alert", "%(count)d alerts", len(stand)) % {"count": len(stand)})
    if over:
        titles.append(ngettext("%(count)d is over", "%(count)d are over", len(over)) % {"count": len(over)})
    first = [f"- {_title(row)}: {sentence_of(row.alert)}" for row in [*stand, *over][:FIRST]]
    lines = [*_counts(stand), *_counts(over), *first, _absolute(reverse(LIST))]
    return Message(", ".join(titles), "\n".join(lines))


def _rank(delivery: AlertDelivery) -> bool:
    return not (delivery.alert.kind in kinds and kinds[delivery.alert.kind].is_urgent)


def _counts(deliveries: Sequence[AlertDelivery]) -> list[str]:
    return [f"{title}: {count}" for title, count in Counter(_title(row) for row in deliveries).most_common()]


def _absolute(path: str) -> str:
    """The address as it can be opened from a message; without the host where CONSOLE_URL does not say it."""
    return f"{settings.CONSOLE_URL}{path}"
