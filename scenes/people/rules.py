"""WeChat's rules for promoters and sharers, checked before anything is sent (BEHAVIOUR section 6)."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from wechat.errors import meaning_of
from wechat.steps.operations import Missing

from ..models import Invitation, Sharer
from ..models.people import INVITATIONS_A_DAY, LOCKED, MOST_SHARERS, PAUSE, is_openid


def faults_of_invitation(sharer: Sharer) -> Missing:
    """{field: [messages]}: why this person cannot be invited now; empty when they can."""
    fault = fault_of(sharer, invited_lately([sharer.pk])[sharer.pk])
    if not fault and Sharer.objects.bound()[:MOST_SHARERS].count() >= MOST_SHARERS:
        fault = str(meaning_of(200).text)
    return {"openid": [fault]} if fault else {}


def invited_lately(pks: list[int]) -> dict[int, list[datetime]]:
    """{person: times of the invitations within the last day, newest first}."""
    times: dict[int, list[datetime]] = defaultdict(list)
    day = timezone.now() - timedelta(days=1)
    sent = Invitation.objects.filter(sharer__in=pks, result_code=0, at__gt=day).order_by("-at")
    for pk, at in sent.values_list("sharer_id", "at"):
        times[pk].append(at)
    return times


def fault_of(sharer: Sharer, sent: list[datetime]) -> str:
    """Why this person cannot be invited, without the limit of 10,000 sharers; "" where they can."""
    if not is_openid(sharer.openid):
        return str(meaning_of(201).text)
    if sharer.is_bound:
        return str(meaning_of(202).text)
    if sharer.is_final:
        return str(meaning_of(sharer.reason_code or 203).text)
    if until := next_invitation(sharer, sent):
        message = _("Invited too often: 3 times a day, once in 10 minutes. Possible again from %(time)s.")
        return message % {"time": f"{localtime(until):%Y-%m-%d %H:%M}"}
    return ""


def next_invitation(sharer: Sharer, sent: list[datetime]) -> datetime | None:
    """The earliest time of the next invitation of this person; None when it is possible now."""
    now = timezone.now()
    day = now - timedelta(days=1)
    last = sent[:INVITATIONS_A_DAY]
    # WeChat's time of the last invitation. Where it is much later than ours, the invitation was sent outside this
    # console.
    elsewhere = sharer.invited_at
    if elsewhere and elsewhere > day and (not last or elsewhere >= last[0] + PAUSE):
        last.insert(0, elsewhere)
    if len(last) >= INVITATIONS_A_DAY:
        return max(last[INVITATIONS_A_DAY - 1] + timedelta(days=1), last[0] + PAUSE)
    return last[0] + PAUSE if last and last[0] + PAUSE > now else None


def faults_of_unbinding(sharer: Sharer) -> Missing:
    if sharer.bound_at and timezone.now() <= sharer.bound_at + LOCKED:
        message = _("Bound on %(day)s: possible only more than 30 days later.")
        return {"openid": [message % {"day": f"{localtime(sharer.bound_at):%Y-%m-%d}"}]}
    return {}
