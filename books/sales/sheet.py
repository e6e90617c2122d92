"""The sales figures as rows of a sheet, in yuan."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.money import yuan
from console.sheets.columns import Column
from wechat.masking import mask

from . import naming
from .figures import Period, Row, rows

MONEY = [
    ("gross", _("Gross (yuan)")),
    ("discount", _("Discounts (yuan)")),
    ("freight", _("Freight (yuan)")),
    ("extra", _("Extra charges (yuan)")),
    ("paid", _("Paid (yuan)")),
    ("refunded", _("Refunded (yuan)")),
    ("fee", _("Fee (yuan)")),
    ("net", _("Net (yuan)")),
]
COLUMNS = [
    Column("name", _("Name"), width=30),
    Column("key", pgettext_lazy("of a sales figure", "Key"), width=20),
    Column("part", "SKU", width=20),
    Column("orders", _("Orders"), width=10),
    Column("buyers", _("Buyers"), width=10),
    Column("pieces", _("Pieces"), width=10),
    *[Column(name, title, width=14) for name, title in MONEY],
    Column("net_before", _("Net of the period before (yuan)"), width=18),
]


def sheet_rows(by: str, period: Period) -> Iterator[dict[str, str]]:
    """All rows, masked as on the page."""
    found = rows(by, period)
    for row, name in zip(found, naming.names(by, found), strict=True):
        yield sheet_row(by, row, name)


def sheet_row(by: str, row: Row, name: str) -> dict[str, str]:
    return {
        "name": name,
        "key": mask(row.key) if by == "sharer" else row.key,
        "part": row.part,
        **{column: str(getattr(row, column)) for column in ("orders", "pieces")},
        "buyers": "" if row.buyers is None else str(row.buyers),
        **{column: yuan(getattr(row, column)) for column, _title in MONEY},
        "net_before": yuan(row.before.net) if row.before else "",
    }
