"""Asking for access, and declaring its tasks done (BEHAVIOUR 1.3 to 1.5)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Refused
from wechat.shop import register as shop
from wechat.steps.operations import NotDone, Operation, operation
from wechat.values import number

from ..board.evidence import Facts
from ..models import Access, GroupStatus, ItemStatus, SceneGroup, SceneItem, SceneVerdict
from ..models.access import AFTERSALES, DELIVERY, ORDERS, PRODUCTS, RELEASED, TASKS, TESTED

NOT_ACCESSED = 1040003


def read() -> dict | None:
    """What register/check says; None before access, which is a state and no failure."""
    try:
        return shop.check()
    except Refused as error:
        if error.errcode == NOT_ACCESSED:
            return None
        raise


def take_in(access: Access, began: datetime, data: dict | None) -> bool:
    """Record what was read; False when a later read is recorded already."""
    with transaction.atomic():
        fresh = Access.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=access.pk)
        if not fresh.update(read_at=began):
            return False
        now = Access.objects.get(pk=access.pk)
        if data is None:
            # Never accessed, or cancelled: what was seen once, or applied for, is of another access.
            if now.status is not None:
                now.ended_at, now.applied_at = began, None
            now.status, now.info, now.first_seen, now.not_open_at = None, {}, {}, began
        else:
            now.status = number(data.get("status"))
            info = data.get("access_info")
            now.info = {name: bool(number(bit)) for name, bit in (info if isinstance(info, dict) else {}).items()}
            seen = [name for name, bit in now.info.items() if bit]
            seen += [name for name, holds in (("opened", now.is_open), ("banned", now.is_banned)) if holds]
            now.first_seen = {name: began.isoformat() for name in seen} | now.first_seen
            if not now.is_banned:
                now.first_seen.pop("banned", None)
            now.ended_at = None
        now.save(update_fields=["status", "info", "first_seen", "not_open_at", "ended_at", "applied_at"])
        _take_in_groups(began, data)
    return True


def _take_in_groups(began: datetime, data: dict | None) -> None:
    told = [row for row in (data or {}).get("scene_group_list") or [] if isinstance(row, dict)]
    known = {number(row.get("group_id")): row for row in told}
    for group_id, row in known.items():
        if group_id is not None:
            group, _new = SceneGroup.objects.select_for_update().get_or_create(group_id=group_id)
            # An application since then is news that this reading does not have.
            if group.read_at is None or group.read_at < began:
                _take_in_group(group, began, row)
    older = SceneGroup.objects.filter(Q(read_at=None) | Q(read_at__lt=began))
    gone = {"passed_at": None, "applied_at": None} if data is None else {}
    older.exclude(group_id__in=[pk for pk in known if pk is not None]).update(
        status=None, reason="", read_at=began, **gone
    )


def _take_in_group(group: SceneGroup, began: datetime, row: dict) -> None:
    before = _words(group)
    group.name = str(row.get("name") or group.name)[:100]
    group.status, group.reason = number(row.get("status")), str(row.get("reason") or "")
    group.read_at = began
    items = [item for item in row.get("scene_group_ext_list") or [] if isinstance(item, dict)]
    for item in items:
        name = str(item.get("name") or "")[:100]
        status = number(item.get("status"))
        fields = {"status": ItemStatus.NOT_REVIEWED if status is None else status}
        SceneItem.objects.update_or_create(
            group=group, ext_id=number(item.get("ext_id")) or 0, defaults=fields | ({"name": name} if name else {})
        )
    group.items.exclude(ext_id__in=[number(item.get("ext_id")) or 0 for item in items]).delete()
    group._prefetched_objects_cache = {}
    if group.has_passed and group.passed_at is None:
        group.passed_at = began
    group.save()
    after = _words(group)
    if after != before and (group.has_passed or group.is_refused):
        SceneVerdict.objects.create(
            group=group, status=group.status, reason=group.reason, passed=group.has_passed, items=after[2]
        )


def _words(group: SceneGroup) -> tuple:
    items = [{"name": str(item), "status": item.status} for item in SceneItem.objects.filter(group=group)]
    return group.status, group.reason, items


@operation(on=Access, name="refresh_access", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_access(access: Access, sent: dict):
    """Read how far the access is, and where the scenes stand."""
    began, data = timezone.now(), read()
    return lambda: take_in(access, began, data)


def _find_application(access: Access, sent: dict):
    """After a silence: open already, or asked once more, which only sends the administrator the same agreement."""
    began, data = timezone.now(), read()
    if data is None:
        raise NotDone
    return lambda: take_in(access, began, data)


@operation(
    on=Access,
    name="apply_access",
    label=gettext_lazy("Apply for access"),
    allowed=Access.may_apply,
    recover=_find_application,
)
def apply_access(access: Access, sent: dict):
    """Ask for access: WeChat sends the administrator an agreement to sign within 24 hours."""
    shop.apply()
    return lambda: Access.objects.filter(pk=access.pk).update(applied_at=timezone.now())


# --- the six tasks


def _missing(item: int, facts: Facts) -> list[str]:
    """What has to be there before a task may be declared done; WeChat would refuse it otherwise."""
    access = facts.access
    if item in (PRODUCTS, ORDERS, DELIVERY, AFTERSALES) and not access.observed(item):
        return [str(NOT_SEEN[item])]
    if item == ORDERS and not facts.paid:
        return [
            _(
                "This console knows of no order that came from a Channels scene with fund_type 1 and was paid: no "
                "other counts. Pull the orders if it was placed elsewhere."
            )
        ]
    if item == TESTED and not all(access.declared(task) for task in (PRODUCTS, ORDERS, DELIVERY, AFTERSALES)):
        return [_("Declare the four interfaces done first.")]
    if item == RELEASED:
        return _missing_of_release(access)
    return []


NOT_SEEN = {
    PRODUCTS: gettext_lazy("WeChat has not seen an approved product yet."),
    ORDERS: gettext_lazy("WeChat has not seen a paid order yet."),
    DELIVERY: gettext_lazy("WeChat has not seen a shipment yet."),
    AFTERSALES: gettext_lazy("WeChat has not seen a claim yet."),
}


def _missing_of_release(access: Access) -> list[str]:
    if not access.declared(TESTED):
        return [_("Confirm first that the mini program is tested.")]
    if access.released_at is None:
        return [_("Write down when the mini program was released.")]
    if access.is_release_too_old:
        return [
            _("This release is older than the access: WeChat verifies nothing until you release again. Release again.")
        ]
    if access.released_at > timezone.now():
        return [_("The release lies in the future.")]
    return []


def _task(item: int, name: str, label, help_text: str) -> Operation:
    """An operation that declares one task done."""

    def check(access: Access, facts: Facts | None = None) -> dict[str, list]:
        missing = _missing(item, facts or Facts(access))
        return {"released_at" if item == RELEASED else "": missing} if missing else {}

    def find(access: Access, sent: dict):
        began, data = timezone.now(), read()
        take_in(access, began, data)
        access.refresh_from_db()
        if not access.declared(item):
            raise NotDone
        return lambda: None

    def declare(access: Access, sent: dict):
        shop.finish_access_info(item)
        return lambda: _declared(access, item)

    declare.__doc__ = help_text
    return operation(
        on=Access,
        name=name,
        label=label,
        allowed=lambda access: access.is_open and not access.declared(item),
        check=check,
        recover=find,
    )(declare)


def _declared(access: Access, item: int) -> None:
    """WeChat took it; a read that began before tells of what was before."""
    now = Access.objects.select_for_update().get(pk=access.pk)
    bit, at = f"{TASKS[item]}_finished", timezone.now()
    now.info = {**now.info, bit: True}
    now.first_seen = {bit: at.isoformat()} | now.first_seen
    now.read_at = at
    now.save(update_fields=["info", "first_seen", "read_at"])


finish_products = _task(
    PRODUCTS, "finish_products", gettext_lazy("Products: done"), "Declare the product interface done (item 6)."
)
finish_orders = _task(
    ORDERS, "finish_orders", gettext_lazy("Orders: done"), "Declare the order interface done (item 7)."
)
finish_delivery = _task(
    DELIVERY, "finish_delivery", gettext_lazy("Delivery: done"), "Declare the logistics interface done (item 8)."
)
finish_aftersales = _task(
    AFTERSALES,
    "finish_aftersales",
    gettext_lazy("After-sales: done"),
    "Declare the after-sale interface done (item 9).",
)
confirm_tested = _task(
    TESTED, "confirm_tested", gettext_lazy("Confirm: tested"), "Confirm that the mini program is tested (item 10)."
)
confirm_released = _task(
    RELEASED, "confirm_released", gettext_lazy("Confirm: released"), "Confirm that it is released (item 11)."
)
FINISHING = {
    PRODUCTS: finish_products,
    ORDERS: finish_orders,
    DELIVERY: finish_delivery,
    AFTERSALES: finish_aftersales,
    TESTED: confirm_tested,
    RELEASED: confirm_released,
}


# --- scene groups


def _access_first(group: SceneGroup, facts: Facts | None = None) -> dict[str, list]:
    access = facts.access if facts else Access.load()
    if not access.is_open:
        return {"": [_("Not possible while the access is “%(state)s”.") % {"state": access.state_label}]}
    if not access.all_declared:
        return {"": [_("Declare the six tasks of the access done first; the release is the last.")]}
    return {}


def _find_scene(group: SceneGroup, sent: dict):
    began, data = timezone.now(), read()
    take_in(Access.load(), began, data)
    group.refresh_from_db()
    group._prefetched_objects_cache = {}
    if group.may_apply:
        raise NotDone
    judged = group.verdicts.aggregate(last=Max("at"))["last"]
    before = Q(applied_at=None) | (Q(applied_at__lt=judged) if judged else Q())
    return lambda: SceneGroup.objects.filter(before, pk=group.pk).update(applied_at=began)


@operation(
    on=SceneGroup,
    name="apply_scene",
    label=gettext_lazy("Apply for the scene"),
    allowed=SceneGroup.may_apply,
    check=_access_first,
    recover=_find_scene,
)
def apply_scene(group: SceneGroup, sent: dict):
    """Ask for the review of a scene group; after a refusal this asks for a re-review."""
    shop.apply_scene(group.group_id)

    def record():
        SceneGroup.objects.filter(pk=group.pk).update(
            status=GroupStatus.IN_REVIEW, applied_at=timezone.now(), read_at=timezone.now(), reason=""
        )
        group.items.update(status=ItemStatus.IN_REVIEW)

    return record


@operation(on=SceneGroup, name="refresh_scene", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_scene(group: SceneGroup, sent: dict):
    """Read where the scenes' reviews stand."""
    began, data = timezone.now(), read()
    return lambda: take_in(Access.load(), began, data)
