"""A read of the access (`register/check`) and how it is applied to the access and the listed scene groups."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from wechat.errors import Refused
from wechat.shop import register as shop
from wechat.steps.reading import lock_newest, unread_since
from wechat.values import number, text

from .models import Access, ItemStatus, SceneGroup, SceneItem, SceneVerdict

NOT_ACCESSED = 1040003


class Snapshot(NamedTuple):
    began: datetime
    data: dict[str, Any] | None  # None before access, which is a state and not an error


def read() -> Snapshot:
    began = timezone.now()
    try:
        return Snapshot(began, shop.check())
    except Refused as error:
        if error.errcode == NOT_ACCESSED:
            return Snapshot(began, None)
        raise


def apply_snapshot(access: Access, snapshot: Snapshot) -> bool:
    """Set what was read, unless a later read has been applied; True where it was set."""
    with transaction.atomic():
        # Lock the access first, then its groups: with one order of locks, two reads do not deadlock.
        fresh = lock_newest(access, snapshot.began)
        if fresh is None:
            return False
        if snapshot.data is None:
            _end(fresh, snapshot.began)
        else:
            _set(fresh, snapshot.began, snapshot.data)
        fresh.save(update_fields=["status", "info", "first_seen", "not_open_at", "ended_at", "applied_at"])
        _apply_to_groups(snapshot)
    return True


def _end(access: Access, began: datetime) -> None:
    """There is no access, or no longer: clear what belonged to a former one."""
    if access.status is not None:
        access.ended_at, access.applied_at = began, None
    access.status, access.info, access.first_seen, access.not_open_at = None, {}, {}, began


def _set(access: Access, began: datetime, data: dict[str, Any]) -> None:
    access.status = number(data.get("status"))
    info = data.get("access_info")
    access.info = {name: bool(number(bit)) for name, bit in (info if isinstance(info, dict) else {}).items()}
    seen = [name for name, bit in access.info.items() if bit]
    seen += [name for name, holds in (("opened", access.is_open), ("banned", access.is_banned)) if holds]
    access.first_seen = {name: began.isoformat() for name in seen} | access.first_seen
    if not access.is_banned:
        access.first_seen.pop("banned", None)
    access.ended_at = None


def _apply_to_groups(snapshot: Snapshot) -> None:
    """Set the state of the listed groups; clear it for groups that are not listed."""
    listed = [row for row in (snapshot.data or {}).get("scene_group_list") or [] if isinstance(row, dict)]
    rows = {group_id: row for row in listed if (group_id := number(row.get("group_id"))) is not None}
    for group_id, row in rows.items():
        group, _new = SceneGroup.objects.get_or_create(group_id=group_id)
        # A group has its own read_at: an application that was accepted after this read began is newer than the read.
        if fresh := lock_newest(group, snapshot.began):
            _apply_to_group(fresh, snapshot.began, row)
    unlisted = unread_since(SceneGroup.objects.exclude(group_id__in=list(rows)), snapshot.began)
    ended = {"passed_at": None, "applied_at": None} if snapshot.data is None else {}
    unlisted.update(status=None, reason="", read_at=snapshot.began, **ended)


def _apply_to_group(group: SceneGroup, began: datetime, row: dict[str, Any]) -> None:
    before = _review(group)
    group.name = text(SceneGroup, "name", row.get("name") or group.name)
    group.status, group.reason = number(row.get("status")), str(row.get("reason") or "")
    _apply_to_items(group, [item for item in row.get("scene_group_ext_list") or [] if isinstance(item, dict)])
    if group.has_passed and group.passed_at is None:
        group.passed_at = began
    group.save()
    after = _review(group)
    if group.status is not None and after != before and (group.has_passed or group.is_refused):
        SceneVerdict.objects.create(
            group=group, status=group.status, reason=group.reason, passed=group.has_passed, items=after[2]
        )


def _apply_to_items(group: SceneGroup, items: list[dict[str, Any]]) -> None:
    for item in items:
        status = number(item.get("status"))
        fields: dict[str, Any] = {"status": ItemStatus.NOT_REVIEWED if status is None else status}
        if name := text(SceneItem, "name", item.get("name")):
            fields["name"] = name
        SceneItem.objects.update_or_create(group=group, ext_id=_ext_id(item), defaults=fields)
    group.items.exclude(ext_id__in=[_ext_id(item) for item in items]).delete()


def _ext_id(item: dict[str, Any]) -> int:
    return number(item.get("ext_id")) or 0


def _review(group: SceneGroup) -> tuple[int | None, str, list[dict[str, Any]]]:
    """The result of a review; it is stored as a verdict where it differs from the one before."""
    items = [{"name": str(item), "status": item.status} for item in SceneItem.objects.filter(group=group)]
    return group.status, group.reason, items
