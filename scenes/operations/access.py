"""Operations on the access: applying for it, and declaring its tasks done (BEHAVIOUR 1.3 to 1.5)."""

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.shop import register as shop
from wechat.steps.errors import NotDone
from wechat.steps.operations import Applies, Missing, Operation, Text, operation
from wechat.steps.reading import Reading, accepted

from ..board.evidence import Facts
from ..models import Access, GroupStatus, ItemStatus, SceneGroup
from ..models.access import AFTERSALES, DELIVERY, ORDERS, PRODUCTS, RELEASED, TASKS, TESTED
from ..snapshots import Snapshot, apply_snapshot, read

reading: Reading[Access, Snapshot] = Reading(lambda access: read(), apply_snapshot)
scene_reading: Reading[SceneGroup, Snapshot] = Reading(
    lambda group: read(), lambda group, snapshot: apply_snapshot(Access.load(), snapshot)
)


@operation(on=Access, name="refresh_access", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_access(access: Access, sent: dict) -> Applies:
    """Read the state of the access and of the scenes."""
    return reading.refresh(access)


@operation(
    on=Access,
    name="apply_access",
    label=gettext_lazy("Apply for access"),
    allowed=Access.may_apply,
    # Without access it is sent again, which only sends the administrator the same agreement.
    recover=reading.recover_where(lambda access, snapshot, sent: snapshot.data is not None),
)
def apply_access(access: Access, sent: dict) -> Applies:
    """Apply for access: WeChat sends the administrator an agreement to sign within 24 hours."""
    shop.apply()
    return lambda: Access.objects.filter(pk=access.pk).update(applied_at=timezone.now())


# --- the six tasks


def _missing(item: int, facts: Facts) -> list[str]:
    """What is missing before a task may be declared done; WeChat would refuse it."""
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
    AFTERSALES: gettext_lazy("WeChat has not seen an after-sale yet."),
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


def _task(item: int, name: str, label: Text, help_text: str) -> Operation:
    """An operation that declares one task done."""

    def check(access: Access, facts: Facts | None = None) -> Missing:
        missing = _missing(item, facts or Facts(access))
        return {"released_at" if item == RELEASED else "": missing} if missing else {}

    def find(access: Access, sent: dict) -> Applies:
        reading.reread(access)
        access.refresh_from_db()
        if not access.declared(item):
            raise NotDone
        return None

    def declare(access: Access, sent: dict) -> Applies:
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
    # Locked, because a read may change the same two JSON columns at the same time.
    fresh = Access.objects.select_for_update().get(pk=access.pk)
    bit, now = f"{TASKS[item]}_finished", timezone.now()
    accepted(fresh, info={**fresh.info, bit: True}, first_seen={bit: now.isoformat()} | fresh.first_seen)


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


def _access_first(group: SceneGroup, facts: Facts | None = None) -> Missing:
    access = facts.access if facts else Access.load()
    if not access.is_open:
        return {"": [_("Not possible while the access is “%(state)s”.") % {"state": access.state_label}]}
    if not access.all_declared:
        return {"": [_("Declare the six tasks of the access done first; the release is the last.")]}
    return {}


def _find_scene(group: SceneGroup, sent: dict) -> Applies:
    snapshot = scene_reading.reread(group)
    group.refresh_from_db()
    if group.may_apply:
        raise NotDone
    # Set applied_at, unless it is later than the last verdict: then this application is stored already.
    judged = group.verdicts.aggregate(last=Max("at"))["last"]
    unnoted = Q(applied_at=None) | (Q(applied_at__lt=judged) if judged else Q())
    return lambda: SceneGroup.objects.filter(unnoted, pk=group.pk).update(applied_at=snapshot.began)


@operation(
    on=SceneGroup,
    name="apply_scene",
    label=gettext_lazy("Apply for the scene"),
    allowed=SceneGroup.may_apply,
    check=_access_first,
    recover=_find_scene,
)
def apply_scene(group: SceneGroup, sent: dict) -> Applies:
    """Apply for the review of a scene group; after a rejection this is the application for a re-review."""
    shop.apply_scene(group.group_id)

    def record() -> None:
        accepted(group, status=GroupStatus.IN_REVIEW, applied_at=timezone.now(), reason="")
        group.items.update(status=ItemStatus.IN_REVIEW)

    return record


@operation(on=SceneGroup, name="refresh_scene", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_scene(group: SceneGroup, sent: dict) -> Applies:
    """Read the state of the scenes' reviews."""
    return scene_reading.refresh(group)
