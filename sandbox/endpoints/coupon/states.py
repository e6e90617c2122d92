"""The states of coupons and of buyers' coupons."""

from django.utils import timezone

from ...models import Account, Coupon, UserCoupon
from ...platform import Refusal
from ...values import seconds
from .checks import WRONG_STATE

ARROWS = {Coupon.EDITING: (Coupon.EFFECTIVE,), Coupon.EFFECTIVE: (Coupon.EXPIRED, Coupon.VOIDED)}


def set_status(coupon: Coupon, status: int) -> None:
    if status == coupon.status:
        return
    before = [known for known, goals in ARROWS.items() if status in goals]
    moved = Coupon.objects.filter(pk=coupon.pk, status__in=before).update(status=status, updated_at=timezone.now())
    if not moved:
        raise Refusal(WRONG_STATE, f"the coupon's status does not allow this: {coupon.status}")


def set_user_status(kept: UserCoupon, status: int, account: Account) -> None:
    """Set the state: used and expired are final; used also sets the time."""
    if status == kept.status:
        return
    if kept.status != UserCoupon.VALID and account.on("user_coupons_only_once"):
        raise Refusal(WRONG_STATE, f"the user coupon's status does not allow this: {kept.status}")
    now = timezone.now()
    use_time = (kept.use_time or seconds(now)) if status == UserCoupon.USED else kept.use_time
    UserCoupon.objects.filter(pk=kept.pk).update(status=status, use_time=use_time, updated_at=now)
