"""Pulls promoters and sharers, with one page in memory at a time."""

from typing import Any

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
from wechat.values import moment_of_unix, texts

from ..models import BindStatus, Promoter, Sharer


@pull("promoters", gettext_lazy("Promoters"), name="pull_promoters", label=gettext_lazy("Pull promoters"))
def pull_promoters(pulled: PulledList, sent: dict) -> Applies:
    """Read the promoters: they bind themselves on WeChat's pages, and no message reports it."""
    seen: set[str] = set()
    totals: set[int] = set()

    def read(page: int, count: int) -> tuple[list[Promoter], int]:
        rows, total = promoters.list_(page)
        totals.add(total)
        if len(totals) > 1:
            # If somebody leaves during the pull, the rows move up: the next page misses one, who would be marked gone.
            raise Unreachable(_("WeChat's list changed while it was read. Pull it again."))
        return [_promoter(row) for row in rows], total

    for page in pages(read):
        Promoter.objects.bulk_create(
            page,
            update_conflicts=True,
            unique_fields=["promoter_id"],
            update_fields=["promoter_openid", "finder_nickname", "gone"],
        )
        seen |= {promoter.promoter_id for promoter in page}

    def record() -> None:
        Promoter.objects.exclude(promoter_id__in=seen).update(gone=True)
        pulled.mark(len(seen))

    return record


def _promoter(row: dict[str, Any]) -> Promoter:
    names = ("promoter_id", "promoter_openid", "finder_nickname")
    return Promoter(gone=False, **texts(Promoter, **{name: row.get(name) for name in names}))


@pull("sharers", gettext_lazy("Sharers"), name="pull_sharers", label=gettext_lazy("Pull sharers"))
def pull_sharers(pulled: PulledList, sent: dict) -> Applies:
    """Read the sharers. Those who were bound and are no longer listed are then read one by one by the schedule."""
    first, count = timezone.now(), 0
    for page in pages(_read_sharers):
        began = page[0].read_at
        newer = Sharer.objects.filter(openid__in=[sharer.openid for sharer in page], read_at__gte=began)
        newer_openids = set(newer.values_list("openid", flat=True))
        Sharer.objects.bulk_create(
            [sharer for sharer in page if sharer.openid not in newer_openids],
            update_conflicts=True,
            unique_fields=["openid"],
            update_fields=["nickname", "bind_status", "invited_at", "bound_at", "read_at", "reason_code", "is_final"],
        )
        count += len(page)

    def record() -> None:
        # Bound here, and on no page: an empty read_at makes `tasks.refresh_sharers` read them.
        Sharer.objects.bound().filter(read_at__lt=first).update(read_at=None)
        pulled.mark(count)

    return record


def _read_sharers(page: int, count: int) -> tuple[list[Sharer], int]:
    began = timezone.now()
    rows, total = sharers.get_sharer_list(page)
    return [
        Sharer(
            **texts(Sharer, openid=row["openid"], nickname=row.get("nickname")),
            bind_status=BindStatus.BOUND,
            invited_at=moment_of_unix(row.get("invited_time")),
            bound_at=moment_of_unix(row.get("bind_time")),
            read_at=began,
            # A bound person has agreed since: clear the answers to earlier invitations.
            reason_code=None,
            is_final=False,
        )
        for row in rows
    ], total
