"""Sales as rows of a sheet."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from console.money import yuan
from console.sheets.columns import Column

from .sales import Line

COLUMNS = [
    Column("rank", _("Rank"), width=6),
    Column("name", _("Name"), width=30),
    Column("orders", _("Orders"), width=10),
    Column("buyers", _("Buyers"), width=10),
    Column("amount", _("Paid (yuan)"), width=14),
    Column("refunded", _("Refunded (yuan)"), width=14),
    Column("net", _("Net (yuan)"), width=14),
    Column("rate", _("Rate (%)"), width=8),
    Column("commission", _("Commission (yuan)"), width=16),
]


def rows(lines: list[Line]) -> Iterator[dict[str, str]]:
    for rank, line in enumerate(lines, 1):
        yield {
            "rank": str(rank),
            "name": line.name,
            "orders": str(line.orders),
            "buyers": str(line.buyers),
            "amount": yuan(line.amount),
            "refunded": yuan(line.refunded),
            "net": yuan(line.net),
            "rate": "" if line.rate is None else str(line.rate),
            "commission": yuan(line.commission),
        }


def totals(lines: list[Line]) -> dict[str, int]:
    return {
        "orders": sum(line.orders for line in lines),
        "net": sum(line.net for line in lines),
        "commission": sum(line.commission or 0 for line in lines),
    }
