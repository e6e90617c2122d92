"""Promoters and sharers read whole, page by page: however many there are, a page is held."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import promoter as promoters
from wechat.shop import sharer as sharers
from wechat.steps.operations import renew_lease
from wechat.steps.pulls import pull
from wechat.values import moment_of_unix

from ..models import BindStatus, Promoter, Sharer

MOST_PAGES = 500  # a list that never ends is a fault of the platform's


def _pages(
    read: Callable[[int], tuple[list[dict], int]], *, whole: bool = False
) -> Iterator[tuple[datetime, list[dict]]]:
    """Page by page to the end, each with when it was asked for. Raises Unreachable where WeChat counts otherwise.

    whole: who is not in the list is gone. Whoever leaves meanwhile moves the others up, and the next page misses one.
    """
    count, totals = 0, set()
    for page in range(1, MOST_PAGES + 1):
        began = timezone.now()
        rows, total = read(page)
        totals.add(total)
        if whole and len(totals) > 1:
            raise Unreachable(_("WeChat's list changed while it was read. Pull it again."))
        count += len(rows)
        yield began, rows
        renew_lease()
        if not rows or count >= total:
            break
    if count != total:
        said = _("WeChat's list ended after %(count)d of %(total)d rows.")
        raise Unreachable(said % {"count": count, "total": total})


@pull("promoters", gettext_lazy("Promoters"), name="pull_promoters", label=gettext_lazy("Pull promoters"))
def pull_promoters(pulled: PulledList, sent: dict):
    """Read who promotes: they bind themselves on WeChat's pages, and no message tells of it."""
    seen: set[str] = set()
    for _began, rows in _pages(promoters.list_, whole=True):
        Promoter.objects.bulk_create(
            [_promoter(row) for row in rows],
            update_conflicts=True,
            unique_fields=["promoter_id"],
            update_fields=["promoter_openid", "finder_nickname", "gone"],
        )
        seen |= {str(row["promoter_id"])[:64] for row in rows}

    def record():
        Promoter.objects.exclude(promoter_id__in=seen).update(gone=True)
        pulled.mark(len(seen))

    return record


def _promoter(row: dict) -> Promoter:
    return Promoter(
        promoter_id=str(row["promoter_id"])[:64],
        promoter_openid=str(row.get("promoter_openid") or "")[:64],
        finder_nickname=str(row.get("finder_nickname") or "")[:100],
        gone=False,
    )


@pull("sharers", gettext_lazy("Sharers"), name="pull_sharers", label=gettext_lazy("Pull sharers"))
def pull_sharers(pulled: PulledList, sent: dict):
    """Read who shares. Whoever was bound and is not in the list any more is read singly, by and by."""
    first, count = timezone.now(), 0
    for began, rows in _pages(sharers.get_sharer_list):
        told = [_sharer(row, began) for row in rows]
        newer = Sharer.objects.filter(openid__in=[one.openid for one in told], read_at__gte=began)
        newer = set(newer.values_list("openid", flat=True))
        Sharer.objects.bulk_create(
            [one for one in told if one.openid not in newer],
            update_conflicts=True,
            unique_fields=["openid"],
            update_fields=["nickname", "bind_status", "invited_at", "bound_at", "read_at", "reason_code", "is_final"],
        )
        count += len(rows)

    def record():
        Sharer.objects.bound().filter(read_at__lt=first).update(read_at=None)
        pulled.mark(count)

    return record


def _sharer(row: dict, began: datetime) -> Sharer:
    return Sharer(
        openid=str(row["openid"])[:64],
        nickname=str(row.get("nickname") or "")[:100],
        bind_status=BindStatus.BOUND,
        invited_at=moment_of_unix(row.get("invited_time")),
        bound_at=moment_of_unix(row.get("bind_time")),
        read_at=began,
        # Whoever is bound has agreed since, whatever was answered before.
        reason_code=None,
        is_final=False,
    )
