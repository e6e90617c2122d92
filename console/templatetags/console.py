import math
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from console import links, money, words
from console.endpoint_figures import Figures, Hour
from console.menu import Group, menu_for
from console.today import Chart
from wechat.errors import meaning_of, rid_of
from wechat.models import Callback, Step
from wechat.platform_names import endpoint_name as name_of_endpoint

register = template.Library()

TONES = {
    Step.State.WANTED: "grey",
    Step.State.SENT: "blue",
    Step.State.DONE: "green",
    Step.State.REFUSED: "red",
    Step.State.UNKNOWN: "amber",
    Step.State.SKIPPED: "grey",
    Callback.State.RECEIVED: "blue",
    Callback.State.HANDLED: "green",
    Callback.State.UNHANDLED: "grey",
    Callback.State.FAILED: "red",
    "running": "blue",
    "paused": "amber",
    "finished": "green",
}


def with_thumb(image: int | None, text: object) -> SafeString:
    """A text beside a small picture, given by its key, or beside an empty place."""
    small = (
        format_html('<img src="{}" class="thumb" alt="" loading="lazy">', reverse("picture", args=[image]))
        if image
        else SafeString('<span class="no-picture"></span>')
    )
    return format_html('<span class="product">{}<span>{}</span></span>', small, text)


@register.simple_tag
def thumb(image: int | None, text: object) -> SafeString:
    """A text beside its small picture."""
    return with_thumb(image, text)


@register.simple_tag
def badge(text: object, tone: str = "grey") -> SafeString:
    """A coloured label: grey draft, blue waits for WeChat, amber waits for us or unknown, green done, red refused."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, text)


@register.filter
def yuan(amount: int | None) -> str:
    """Format 123450 fen as ¥1,234.50."""
    return money.yuan(amount, "¥")


@register.filter
def at(table: dict, key: Any) -> Any:
    """The dict's value for a key."""
    return table.get(key, "")


@register.filter
def retold(text: str) -> str:
    """A sentence that was stored, in the reader's language."""
    return words.retold(text)


@register.filter
def tone(state: str) -> str:
    return TONES.get(state, "grey")


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """“3 hours ago”, with the full time on hover."""
    if moment is None:
        return SafeString("–")
    full = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
    seconds = (timezone.now() - moment).total_seconds()
    text = _("just now") if seconds < 60 else _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, text)


@register.filter
def endpoint_name(path: str) -> str:
    return name_of_endpoint(path)


@register.filter
def error_link(errcode: int) -> SafeString:
    """The code, leading to its line of the error guide."""
    return links.error_link(errcode)


@register.inclusion_tag("admin/refusal.html")
def refusal(errcode: int, errmsg: str) -> dict[str, Any]:
    """WeChat's error, what it means, and who can help."""
    rid = rid_of(errmsg or "")
    text = errmsg[: errmsg.rindex("rid:")].strip() if rid else errmsg
    return {"errcode": errcode, "errmsg": text, "meaning": meaning_of(errcode), "rid": rid}


@register.simple_tag(takes_context=True)
def menu(context: dict[str, Any]) -> list[Group]:
    return menu_for(context["request"])


@register.simple_tag
def filled(text: object, count: int) -> str:
    """A text with `%(count)d` in it."""
    return str(text) % {"count": count}


@register.filter
def record_link(record: Any, text: str = "") -> SafeString:
    """The record's page, named by a text."""
    return links.record_link(record, text)


@register.filter
def clock(until: datetime) -> SafeString:
    """The time left as 1:20, counted down by clock.js."""
    return format_html(
        '<time class="clock" data-until="{}" title="{}">{}</time>',
        until.isoformat(),
        timezone.localtime(until).strftime("%Y-%m-%d %H:%M"),
        left((until - timezone.now()).total_seconds()),
    )


def left(seconds: float) -> str:
    """Format a time left as 1:20 (one hour, twenty minutes); a text where it is over."""
    if seconds <= 0:
        return _("over")
    hours, minutes = int(seconds // 3600), int(seconds % 3600 // 60)
    return f"{hours}:{minutes:02d}"


STEP, HEIGHT = 40, 120  # of a day's bar, in the chart's units


@register.inclusion_tag("admin/bars.html")
def bars(chart: Chart) -> dict[str, Any]:
    """A chart as SVG: a bar a day for the count, a line for the money."""
    most = max((day.count for day in chart.days), default=0) or 1
    amounts = [day.amount for day in chart.days if day.amount is not None]
    highest = max((abs(amount) for amount in amounts), default=0) or 1
    drawn = []
    for nth, day in enumerate(chart.days):
        height = round(HEIGHT * day.count / most)
        drawn.append(
            {
                "day": day,
                "x": nth * STEP,
                "left": nth * STEP + 6,
                "width": STEP - 12,
                "height": height,
                "top": 126 - height,
                "middle": nth * STEP + STEP // 2,
                "is_labelled": (len(chart.days) - 1 - nth) % 3 == 0,
            }
        )
    points = [
        f"{nth * STEP + STEP // 2},{126 - round(HEIGHT * max(day.amount or 0, 0) / highest)}"
        for nth, day in enumerate(chart.days)
    ]
    return {
        "title": chart.title,
        "bars": drawn,
        "step": STEP,
        "width": STEP * len(chart.days),
        "line": " ".join(points) if any(amounts) else "",
        "today": chart.days[-1],
        "total": sum(day.count for day in chart.days),
        "amount": sum(amounts) if amounts else None,
    }


HOUR, ROOM = 6, 30  # of an hour's bar, in the small chart's units


@register.simple_tag
def hours(figures: Figures) -> SafeString:
    """The calls of an endpoint by hour as a small SVG, errors in red; drawn here, as a page may have 2,000 bars."""
    most = max(hour.calls for hour in figures.hours) or 1
    bars = ((_bar(nth * HOUR, hour, most),) for nth, hour in enumerate(figures.hours) if hour.calls)
    return format_html(
        '<svg class="hours" viewBox="0 0 {0} 32" width="{0}" height="32" role="img" aria-label="{1}">{2}</svg>',
        HOUR * len(figures.hours),
        _("%(calls)d calls, %(errors)d errors") % {"calls": figures.calls, "errors": figures.errors},
        format_html_join("", "{}", bars),
    )


def _bar(x: int, hour: Hour, most: int) -> SafeString:
    height, bad = math.ceil(ROOM * hour.calls / most), math.ceil(ROOM * hour.errors / most)
    title = f"{timezone.localtime(hour.at):%m-%d %H:%M} · {hour.calls} · {hour.errors}"
    red = format_html('<rect class="bad" x="{}" y="{}" width="5" height="{}"/>', x, 31 - bad, bad) if bad else ""
    rect = '<g><title>{}</title><rect class="bar" x="{}" y="{}" width="5" height="{}"/>{}</g>'
    return format_html(rect, title, x, 31 - height, height, red)
