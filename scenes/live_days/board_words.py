"""The words and bars of the board, from its codes and numbers, in the reader's language."""

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import Status

HEIGHT, WIDTH, STEP = 60, 600, 20  # of the chart

STATES = {"planned": "grey", "running": "green", "ended": "blue"}


class Said(NamedTuple):
    text: str
    tone: str


def problem(one: dict[str, Any]) -> Said:
    return Said(_text(one) % one, "red" if one["code"] in ("oversold", "off_sale", "refused") else "amber")


def _text(one: dict[str, Any]) -> str:
    if one["code"] == "off_sale":
        label = (
            str(Status(one["status"]).label)
            if one["status"] in Status.values
            else pgettext("state of a product", "deleted at WeChat")
        )
        return _("not on sale: %(state)s") % {"state": label.replace("%", "%%")}
    words = {
        "rejected": _("the newest version was rejected"),
        "refused": _("WeChat refused: %(errmsg)s (%(errcode)s)"),
        "waits": _("under way at WeChat"),
        "oversold": _("%(sku)s: %(count)d pieces oversold"),
        "from_shop": _("%(sku)s: %(count)d pieces came out of the shop's part"),
        "sold_out": _("%(sku)s: sold out, %(count)d left in the shop's part"),
        "price_open": _("%(sku)s: the price is no longer the evening's"),
    }
    return words.get(one["code"], one["code"])


def shown(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with words, moments and bars."""
    goods = [{**row, "said": [problem(one) for one in row["problems"]]} for row in figures.get("goods", [])]
    reviews = [
        {**row, "since": _moment(row["since"]), "expected": _moment(row["expected"])}
        for row in figures.get("reviews", [])
    ]
    return {
        **figures,
        "goods": goods,
        "reviews": reviews,
        "troubled": [row for row in goods if row["said"]],
        "bars": bars(figures.get("minutes", [])),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def bars(minutes: list[list]) -> list[dict[str, Any]]:
    most = max((count for _at, count in minutes), default=0) or 1
    return [
        {
            "at": at,
            "count": count,
            "x": nth * STEP,
            "height": (height := round(HEIGHT * count / most)),
            "y": HEIGHT - height,
            "is_labelled": nth % 5 == 0,
        }
        for nth, (at, count) in enumerate(minutes)
    ]
