"""Promoters and sharers read whole, page by page: however many there are, a page is held."""

from collections.abc import Callable, Iterator

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.operations import mark_pulled
from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import promoter as promoters
from wechat.shop import sharer as sharers
from wechat.steps import Operation, operation, renew_lease

from ..models import BindStatus, Promoter, Sharer
from .people import moment

Name = PulledList.Name
MOST_PAGES = 500  # a list that never ends is a fault of the platform's


def is_promoters(pulled: PulledList) -> bool:
    return pulled.name == Name.PROMOTERS


def is_sharers(pulled: PulledList) -> bool:
    return pulled.name == Name.SHARERS


def _pages(read: Callable[[int], tuple[list[dict], int]]) -> Iterator[list[dict]]:
    """Page by page to the end. Raises Unreachable where WeChat counts more than we read: who is missing is not gone."""
    count = 0
    for page in range(1, MOST_PAGES + 1):
        rows, total = read(page)
        count += len(rows)
        yield rows
        renew_lease()
        if not rows or count >= total:
            break
    if count != total:
        raise Unreachable(f"WeChat's list ended after {count} of {total} rows")


@operation(_("Pull promoters"), allowed=is_promoters, reads=True)
def pull_promoters(pulled: PulledList):
    """Read who promotes: they bind themselves on WeChat's pages, and no message tells of it."""
    seen: set[str] = set()
    for rows in _pages(promoters.list_):
        Promoter.objects.bulk_create(
            [_promoter(row) for row in rows],
            update_conflicts=True,
            unique_fields=["promoter_id"],
            update_fields=["promoter_openid", "finder_nickname", "gone"],
        )
        seen |= {str(row["promoter_id"])[:64] for row in rows}

    def record():
        Promoter.objects.exclude(promoter_id__in=seen).update(gone=True)
        mark_pulled(pulled, len(seen))

    return record


def _promoter(row: dict) -> Promoter:
    return Promoter(
        promoter_id=str(row["promoter_id"])[:64],
        promoter_openid=str(row.get("promoter_openid") or "")[:64],
        finder_nickname=str(row.get("finder_nickname") or "")[:100],
        gone=False,
    )


@operation(_("Pull sharers"), allowed=is_sharers, reads=True)
def pull_sharers(pulled: PulledList):
    """Read who shares. Whoever was bound and is not in the list any more is read singly, by and by."""
    began, count = timezone.now(), 0
    for rows in _pages(sharers.get_sharer_list):
        Sharer.objects.bulk_create(
            [_sharer(row, began) for row in rows],
            update_conflicts=True,
            unique_fields=["openid"],
            update_fields=["nickname", "bind_status", "invited_at", "bound_at", "read_at"],
        )
        count += len(rows)

    def record():
        Sharer.objects.bound().filter(read_at__lt=began).update(read_at=None)
        mark_pulled(pulled, count)

    return record


def _sharer(row: dict, began) -> Sharer:
    return Sharer(
        openid=str(row["openid"])[:64],
        nickname=str(row.get("nickname") or "")[:100],
        bind_status=BindStatus.BOUND,
        invited_at=moment(row.get("invited_time")),
        bound_at=moment(row.get("bind_time")),
        read_at=began,
    )


PULLS: dict[str, Operation] = {Name.PROMOTERS: pull_promoters, Name.SHARERS: pull_sharers}
