"""The chart of a span of days: a bar for each hour, day or month, and a line for the span before."""

from datetime import date
from typing import Any

from console.money import yuan

from .figures import Period, points
from .naming import day_of

WIDTH, HEIGHT, FLOOR = 560, 120, 126
LABELS = 6


def chart(period: Period) -> dict[str, Any]:
    """What `admin/sales_chart.html` draws; amounts below 0 are drawn as nothing and written as they are."""
    now, before = points(period), points(period.before)
    most = max([net for _at, _orders, net in (*now, *before)], default=0)
    step = WIDTH / len(now)
    every = -(-len(now) // LABELS)
    bars = [
        {
            "title": f"{_title(at)} · {orders} · {yuan(net, '¥')}",
            "x": round(nth * step, 1),
            "left": round(nth * step + step * 0.15, 1),
            "width": round(step * 0.7, 1),
            "step": round(step, 1),
            "top": FLOOR - _height(net, most),
            "height": _height(net, most),
            "middle": WIDTH if nth == len(now) - 1 else round((nth + 0.5) * step, 1),
            "anchor": "end" if nth == len(now) - 1 else "middle",
            "label": day_of(at, period.days) if (len(now) - 1 - nth) % every == 0 else "",
        }
        for nth, (at, orders, net) in enumerate(now)
    ]
    line = " ".join(
        f"{round((nth + 0.5) * step, 1)},{FLOOR - _height(net, most)}"
        for nth, (_at, _orders, net) in enumerate(before[: len(now)])
    )
    return {
        "bars": bars,
        "line": line if any(net for *_at, net in before) else "",
        "most": yuan(most, "¥") if most > 0 else "",
        "width": WIDTH,
    }


def _title(at: date | int) -> str:
    return f"{at:02d}:00" if isinstance(at, int) else f"{at:%Y-%m-%d}"


def _height(net: int, most: int) -> int:
    return round(HEIGHT * max(net, 0) / most) if most > 0 else 0
