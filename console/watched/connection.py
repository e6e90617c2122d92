"""The connection with WeChat: endpoints, token, addresses, time."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import Call, Pace
from wechat.pace import MICRO
from wechat.platform_names import endpoint_name

from ..alerts.kinds import MEASURED, Cause, alert
from ..cards import MESSAGES, refused_lately

CALLS = "admin:wechat_call_changelist"
LATELY = timedelta(minutes=15)
RESTS = 30  # seconds; shorter pauses of an endpoint need nobody
FEWEST, STALE = 5, 3  # calls of an endpoint that fails; messages with a wrong time
TOKEN = "/cgi-bin/stable_token"  # noqa: S105  the path of an endpoint
NOT_LISTED = (40164, 61004)  # this server's address is not in WeChat's list
ADDRESS = re.compile(r"\b(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]+:[0-9a-f:]*)")
SILENT = Q(errcode=None) | Q(errcode=-1)


def _lately() -> Any:
    return Call.objects.filter(created_at__gt=timezone.now() - LATELY)


def _endpoint(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "endpoint": endpoint_name(values["endpoint"])}


@alert(
    "endpoint_resting",
    title=_("Limit of calls reached"),
    text=_("WeChat takes no calls for “%(endpoint)s” at the moment: its limit is reached. The console waits."),
    permission="wechat.view_call",
    page=CALLS,
    words=_endpoint,
    settles=MEASURED,
)
def resting() -> list[Cause]:
    until = time.time_ns() // 1000 + RESTS * MICRO
    paused = Pace.objects.filter(paused_until__gt=until).values_list("endpoint", flat=True)
    return [Cause(endpoint, {"endpoint": endpoint}) for endpoint in paused]


@alert(
    "endpoint_failing",
    title=_("WeChat does not answer"),
    text=_("At least half of the calls for “%(endpoint)s” of the last 15 minutes got no answer."),
    permission="wechat.view_call",
    page=CALLS,
    words=_endpoint,
    is_urgent=True,
    settles=MEASURED,
)
def failing() -> list[Cause]:
    by_endpoint = _lately().exclude(endpoint=TOKEN).order_by().values("endpoint")
    counted = by_endpoint.annotate(all=Count("pk"), silent=Count("pk", filter=SILENT))
    rows = counted.filter(silent__gte=FEWEST, all__lte=2 * F("silent")).values_list("endpoint", flat=True)
    return [Cause(endpoint, {"endpoint": endpoint}) for endpoint in rows]


@alert(
    "no_token",
    title=_("No access token"),
    text=_("WeChat gave no access token (%(said)s): nothing can be sent."),
    permission="wechat.view_call",
    page=CALLS,
    is_urgent=True,
    settles=MEASURED,
)
def no_token() -> list[Cause]:
    last = _lately().filter(endpoint=TOKEN).order_by("-created_at", "-pk").first()
    return (
        [Cause("token", {"said": f"{last.errcode or ''} {last.errmsg}".strip()})] if last and last.errcode != 0 else []
    )


@alert(
    "address_refused",
    title=_("This server's address is refused"),
    text=_("WeChat refuses calls from %(address)s: add it to the IP list on WeChat's page (development settings)."),
    permission="wechat.view_call",
    page=CALLS,
    is_urgent=True,
    settles=MEASURED,
)
def address_refused() -> list[Cause]:
    last = _lately().filter(errcode__in=NOT_LISTED).order_by("-created_at").first()
    if last is None or _lately().filter(errcode=0, created_at__gt=last.created_at).exists():
        return []
    found = ADDRESS.search(last.errmsg)
    return [Cause("address", {"address": found[0] if found else "?"})]


@alert(
    "clock_off",
    title=_("This server's clock is off"),
    text=_("Messages from WeChat are refused because their time differs too much from this server's clock."),
    permission="wechat.view_callback",
    page=MESSAGES,
    query="state__exact=refused",
    is_urgent=True,
    settles=MEASURED,
)
def clock_off() -> list[Cause]:
    stale = refused_lately().filter(error__startswith="stale")[:STALE].count()
    return [Cause("clock")] if stale >= STALE else []
