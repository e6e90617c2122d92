"""Differences with WeChat that stay open."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from ..alerts.kinds import Cause, alert
from ..models import Difference
from ..reconciling.sources import title_of


def _kind(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "kind": title_of(values["kind"])}


@alert(
    "money_differs",
    title=_("Money differs from WeChat's"),
    text=_("%(kind)s: differences with money in them have stood open for %(hours)d h."),
    permission="console.view_difference",
    page="admin:console_difference_changelist",
    query="state=open-money",
    words=_kind,
)
def money_differs() -> list[Cause]:
    kinds = Difference.objects.late().order_by().values("kind").annotate(count=Count("pk"))
    hours = settings.DIFFERENCES_LATE_HOURS
    return [Cause(row["kind"], {"kind": row["kind"], "hours": hours}) for row in kinds]
