"""`/metrics`: figures for Prometheus as plain text, read from the database, so every web process answers the same.

An app adds figures of its own in `cards.py`:

    @gauge("console_orders", "Orders by state.", "status")
    def orders_by_status() -> dict[str, float]: ...
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from wechat import tokens
from wechat.models import CallCount
from wechat.models.call_counts import BOUNDS

from . import queue_figures
from .addresses import client_address, is_within
from .feed import positions
from .models import WebhookEndpoint

Labels = tuple[tuple[str, str], ...]
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Metric(NamedTuple):
    """One family; `samples` are (suffix of the name, labels, value)."""

    name: str
    help: str
    type: str
    samples: list[tuple[str, Labels, float]]


_gauges: list[tuple[str, str, str, Callable[[], Mapping[str, float]]]] = []


def gauge(name: str, text: str, label: str) -> Callable[[Callable], Callable]:
    """Register a gauge; the function returns its values by the label's value, in one bounded query."""

    def register(read: Callable[[], Mapping[str, float]]) -> Callable[[], Mapping[str, float]]:
        _gauges.append((name, text, label, read))
        return read

    return register


def page(request: HttpRequest) -> HttpResponse:
    """403 unless the request has METRICS_TOKEN, or comes from METRICS_ADDRESSES."""
    if not may_read(request):
        return HttpResponse("not for this address, nor with this token\n", status=403, content_type="text/plain")
    text = "".join(line + "\n" for metric in collected() for line in written(metric))
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def may_read(request: HttpRequest) -> bool:
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    is_known = scheme.lower() == "bearer" and constant_time_compare(given.strip(), settings.METRICS_TOKEN)
    return bool(settings.METRICS_TOKEN and is_known) or is_within(client_address(request), settings.METRICS_ADDRESSES)


def written(metric: Metric) -> Iterable[str]:
    """The lines of one family, as Prometheus reads them."""
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.type}"
    for suffix, labels, value in metric.samples:
        shown = ",".join(f'{name}="{text.translate(ESCAPES)}"' for name, text in labels)
        yield f"{metric.name}{suffix}{{{shown}}} {value:g}" if shown else f"{metric.name}{suffix} {value:g}"


def collected() -> list[Metric]:
    return [*_calls(), *_queues(), *_ages(), *_webhooks(), *_registered()]


def _calls() -> list[Metric]:
    """Counted since midnight: a counter that begins again at 0 each day, which Prometheus takes as a restart."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    outcomes: Counter[Labels] = Counter()
    refusals: Counter[Labels] = Counter()
    times: dict[str, list[int]] = {}  # calls, milliseconds, then within each bound
    for row in CallCount.objects.since(midnight).order_by("endpoint", "errcode"):
        outcome = "silent" if not row.answered else "refused" if row.errcode else "done"
        outcomes[(("endpoint", row.endpoint), ("outcome", outcome))] += row.calls
        if row.errcode:
            refusals[(("errcode", str(row.errcode)),)] += row.calls
        figures = [row.calls, row.milliseconds, *row.within]
        so_far = times.get(row.endpoint, [0] * len(figures))
        times[row.endpoint] = [sum(both) for both in zip(so_far, figures, strict=True)]
    return [
        Metric("console_wechat_calls_total", "Calls to WeChat since midnight.", "counter", _plain(outcomes)),
        Metric("console_wechat_refusals_total", "Refused calls since midnight.", "counter", _plain(refusals)),
        Metric("console_wechat_call_seconds", "Time of the calls since midnight.", "histogram", _buckets(times)),
    ]


def _buckets(times: dict[str, list[int]]) -> list[tuple[str, Labels, float]]:
    bounds = [*(f"{bound / 1000:g}" for bound in BOUNDS), "+Inf"]
    samples: list[tuple[str, Labels, float]] = []
    for endpoint, (calls, milliseconds, *within) in times.items():
        at = ("endpoint", endpoint)
        samples += [
            ("_bucket", (at, ("le", bound)), count) for bound, count in zip(bounds, [*within, calls], strict=True)
        ]
        samples += [("_sum", (at,), milliseconds / 1000), ("_count", (at,), calls)]
    return samples


def _queues() -> list[Metric]:
    now, metrics = timezone.now(), []
    for name, text, rows in (
        ("console_messages", "Messages from WeChat that wait or failed", queue_figures.inbox()),
        ("console_steps", "Steps that are not closed", queue_figures.steps()),
        ("console_jobs", "Jobs that are not finished", queue_figures.jobs()),
    ):
        sizes = {(("state", row.state),): float(row.size) for row in rows}
        ages = {(("state", row.state),): _age(now, row.oldest) for row in rows}
        metrics += [
            Metric(name, f"{text}, by state.", "gauge", _plain(sizes)),
            Metric(f"{name}_oldest_seconds", f"{text}: age of the oldest.", "gauge", _plain(ages)),
        ]
    return metrics


def _ages() -> list[Metric]:
    now = timezone.now()
    signs = {(("name", name),): _age(now, at) for name, at in queue_figures.signs().items()}
    left: list[tuple[str, Labels, float]] = [("", (), tokens.seconds_left() or 0)]
    return [
        Metric(
            "console_sign_of_life_age_seconds", "Since beat, or a queue's worker, gave one.", "gauge", _plain(signs)
        ),
        Metric("console_token_seconds_left", "Until the access token expires.", "gauge", left),
    ]


def _webhooks() -> list[Metric]:
    last = positions.last()
    enabled = WebhookEndpoint.objects.enabled().values_list("pk", "position")
    behind = {(("webhook", str(pk)),): float(max(0, last - position)) for pk, position in enabled}
    text = "Positions of the feed that a webhook has not been told of yet."
    return [Metric("console_webhook_behind", text, "gauge", _plain(behind))]


def _registered() -> list[Metric]:
    return [
        Metric(name, text, "gauge", _plain({((label, key),): value for key, value in read().items()}))
        for name, text, label, read in _gauges
    ]


def _plain(values: Mapping[Any, float]) -> list[tuple[str, Labels, float]]:
    return [("", labels, value) for labels, value in values.items()]


def _age(now: datetime, oldest: datetime | None) -> float:
    return round((now - oldest).total_seconds()) if oldest else 0
