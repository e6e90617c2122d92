from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from console import money, words
from wechat.errors import meaning_of, rid_of
from wechat.models import Callback, Step

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


@register.inclusion_tag("admin/refusal.html")
def refusal(errcode: int, errmsg: str) -> dict[str, Any]:
    """WeChat's error, what it means, and who can help."""
    rid = rid_of(errmsg or "")
    text = errmsg[: errmsg.rindex("rid:")].strip() if rid else errmsg
    return {"errcode": errcode, "errmsg": text, "meaning": meaning_of(errcode), "rid": rid}
