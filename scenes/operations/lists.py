"""Pulls promoters and sharers, with one page in memory at a time."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import promoter as promoters
from wechat.shop import sharer as sharers
from wechat.steps.operations import Applies
from wechat.steps.pages import pages
from wechat.steps.pulls import pull
from wechat.steps.unread import LeftOut
from wechat.values import moment_of_unix, texts

from ..models import BindStatus, Promoter, Sharer
from ..people import bindings


@pull("promoters", gettext_lazy("Promoters"), name="pull_promoters", label=gettext_lazy("Pull promoters"))
def pull_promoters(pulled: PulledList, sent: dict) -> Applies:
    """Read the promoters: they bind themselves on WeChat's pages, and no message reports it."""
    seen: set[str] = set()
    totals: set[int] = set()
    left_out = LeftOut()

    def read(page: int, count: int) -> tuple[list[dict], int]:
        rows, total = promoters.list_(page)
        totals.add(total)
        if len(totals) > 1:
            # If somebody leaves during the pull, the rows move up: the next page misses one, who would be marked gone.
            raise Unreachable(_("WeChat's list changed while it was read. Pull it again."))
        return rows, total

    for rows in pages(read):
        page = left_out.readable(rows, _promoter, "promoter_id", "finder_nickname")
        _keep_promoters(page, is_first=pulled.pulled_at is None)
        seen |= {promoter.promoter_id for promoter in page}

    left_out.refuse_if_all(len(seen))

    def record() -> None:
        if not left_out:  # else one of those left out may be who seems to be gone
            left = list(Promoter.objects.bound().exclude(promoter_id__in=seen).values_list("promoter_id", flat=True))
            Promoter.objects.filter(promoter_id__in=left).update(gone=True)
            bindings.saw_promoters(left, is_bound=False)
        pulled.mark(len(seen), left_out.note)

    return record


def _keep_promoters(page: list[Promoter], is_first: bool) -> None:
    """Store a page. Who is in the first list was bound at a time that nobody knows; later, who is new was bound now."""
    ids = {promoter.promoter_id for promoter in page}
    known = set(Promoter.objects.bound().filter(promoter_id__in=ids).values_list("promoter_id", flat=True))
    with transaction.atomic():
        Promoter.objects.bulk_create(
            page,
            update_conflicts=True,
            unique_fields=["promoter_id"],
            update_fields=["promoter_openid", "finder_nickname", "gone"],
        )
        if not is_first:
            bindings.saw_promoters(ids - known, is_bound=True)


def _promoter(row: dict[str, Any]) -> Promoter:
    if not row["promoter_id"]:
        raise KeyError("promoter_id")
    names = ("promoter_id", "promoter_openid", "finder_nickname")
    return Promoter(gone=False, **texts(Promoter, **{name: row.get(name) for name in names}))


@pull("sharers", gettext_lazy("Sharers"), name="pull_sharers", label=gettext_lazy("Pull sharers"))
def pull_sharers(pulled: PulledList, sent: dict) -> Applies:
    """Read who shares. The schedule reads those one by one who were bound and are no longer in the list."""
    first, count, left_out = timezone.now(), 0, LeftOut()
    began = first

    def read(page: int, before: int) -> tuple[list[dict], int]:
        nonlocal began
        began = timezone.now()
        return sharers.get_sharer_list(page)

    for rows in pages(read):
        page = left_out.readable(rows, partial(_sharer, began), "openid", "nickname")
        newer = Sharer.objects.filter(openid__in=[sharer.openid for sharer in page], read_at__gte=began)
        newer_openids = set(newer.values_list("openid", flat=True))
        Sharer.objects.bulk_create(
            [sharer for sharer in page if sharer.openid not in newer_openids],
            update_conflicts=True,
            unique_fields=["openid"],
            update_fields=["nickname", "bind_status", "invited_at", "bound_at", "read_at", "reason_code", "is_final"],
        )
        bindings.saw_sharers(sharer.openid for sharer in page)
        count += len(page)
    left_out.refuse_if_all(count)

    def record() -> None:
        # Bound here, and on no page: an empty read_at has the schedule read them.
        if not left_out:
            Sharer.objects.bound().filter(read_at__lt=first).update(read_at=None)
        pulled.mark(count, left_out.note)

    return record


def _sharer(began: datetime, row: dict[str, Any]) -> Sharer:
    if not row["openid"]:
        raise KeyError("openid")
    return Sharer(
        **texts(Sharer, openid=row["openid"], nickname=row.get("nickname")),
        bind_status=BindStatus.BOUND,
        invited_at=moment_of_unix(row.get("invited_time")),
        bound_at=moment_of_unix(row.get("bind_time")),
        read_at=began,
        # Whoever is bound has agreed since, whatever was answered before.
        reason_code=None,
        is_final=False,
    )
