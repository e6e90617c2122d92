"""Operations on coupons; WeChat refuses all but `confirm_coupons` before the push address is confirmed."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.models import PulledList
from wechat.shop import coupon as shop
from wechat.steps.operations import REPEAT, Applies, Body, operation
from wechat.steps.pages import pages
from wechat.steps.pulls import pull
from wechat.steps.reading import Reading, accepted
from wechat.steps.unread import LeftOut
from wechat.values import moment_of_unix, number, text, unix_seconds

from . import payloads
from .models import Coupon, CouponSetup, CouponStatus, UserCoupon, UserCouponStatus
from .rules import faults_of_coupon, faults_of_publishing, refuse_unless_confirmed
from .snapshots import (
    PAGE,
    BuyerSnapshot,
    Snapshot,
    apply_buyer_snapshot,
    apply_snapshot,
    coupon_from,
    read,
    read_buyer,
    status_accepted,
)

UNKNOWN = 1090005
reading = Reading(read, apply_snapshot)
buyer_reading = Reading(read_buyer, apply_buyer_snapshot)


@operation(on=CouponSetup, name="confirm_coupons", label=_("Confirm the push address"), recover=REPEAT)
def confirm_coupons(setup: CouponSetup, sent: dict) -> Applies:
    """Have WeChat try the push address: this console answers its trial event while this call is open."""
    shop.confirm()
    confirmed = {"confirmed_at": timezone.now(), "confirmed_url": settings.WECHAT_CALLBACK_URL}
    return lambda: CouponSetup.objects.filter(pk=setup.pk).update(**confirmed)


# --- coupons


@operation(
    on=Coupon,
    name="submit_coupon",
    label=_("Send to WeChat"),
    allowed=Coupon.is_new,
    check=faults_of_coupon,
    payload=payloads.coupon,
    recover=reading.recover_where(lambda coupon, snapshot, sent: True, unknown=(UNKNOWN,)),
)
def submit_coupon(coupon: Coupon, sent: dict) -> Applies:
    """Create the coupon at WeChat, where it can still be changed until it is published."""
    shop.add(sent)
    return lambda: status_accepted(coupon, CouponStatus.EDITING, theirs=sent)


@operation(
    on=Coupon,
    name="update_coupon",
    label=_("Send the changes"),
    allowed=Coupon.is_editing,
    check=faults_of_coupon,
    payload=payloads.coupon,
    recover=reading.recover_where(lambda coupon, snapshot, sent: not payloads.differences(sent, snapshot.theirs)),
)
def update_coupon(coupon: Coupon, sent: dict) -> Applies:
    """Send a coupon that was changed here; possible until it is published."""
    shop.update(sent)
    return lambda: status_accepted(coupon, CouponStatus.EDITING, theirs=sent)


def _find_status(status: int) -> Body:
    """A recovery: WeChat has the coupon in this state."""
    return reading.recover_where(lambda coupon, snapshot, sent: snapshot.status == status)


@operation(
    on=Coupon,
    name="publish_coupon",
    label=_("Publish"),
    allowed=Coupon.is_editing,
    check=faults_of_publishing,
    recover=_find_status(CouponStatus.EFFECTIVE),
    confirm=_("A published coupon cannot be changed any more. Publish it?"),
)
def publish_coupon(coupon: Coupon, sent: dict) -> Applies:
    """Put the coupon into effect: from now on buyers can receive it."""
    shop.update_status(coupon.out_coupon_id, shop.EFFECTIVE)
    return lambda: status_accepted(coupon, CouponStatus.EFFECTIVE)


@operation(
    on=Coupon,
    name="expire_coupon",
    label=_("Let it expire"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=_find_status(CouponStatus.EXPIRED),
    confirm=_("Nobody can receive it any more, and there is no way back. Let it expire?"),
    typed_above=0,
)
def expire_coupon(coupon: Coupon, sent: dict) -> Applies:
    """End the coupon for good."""
    shop.update_status(coupon.out_coupon_id, shop.EXPIRED)
    return lambda: status_accepted(coupon, CouponStatus.EXPIRED)


@operation(
    on=Coupon,
    name="void_coupon",
    label=_("Void"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=_find_status(CouponStatus.VOIDED),
    confirm=_("Nobody can receive it any more, and there is no way back. Void it?"),
    typed_above=0,
)
def void_coupon(coupon: Coupon, sent: dict) -> Applies:
    """Void the coupon for good."""
    shop.update_status(coupon.out_coupon_id, shop.VOIDED)
    return lambda: status_accepted(coupon, CouponStatus.VOIDED)


@operation(
    on=Coupon,
    name="update_coupon_stock",
    label=_("Send the stock"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=REPEAT,
)
def update_coupon_stock(coupon: Coupon, sent: dict) -> Applies:
    """Send how many are left and given out, by our own count at that moment."""
    began = timezone.now()
    coupon.refresh_from_db(fields=["left", "given"])
    left, given = coupon.left or 0, coupon.given
    shop.update_coupon_stock(coupon.out_coupon_id, left, given)
    counts = {"issued_num": left, "receive_num": given, "stock_sent_at": began}
    return lambda: Coupon.objects.filter(pk=coupon.pk).update(**counts)


@operation(
    on=Coupon,
    name="refresh_coupon",
    label=_("Read from WeChat"),
    allowed=Coupon.is_known,
    check=refuse_unless_confirmed,
    reads=True,
)
def refresh_coupon(coupon: Coupon, sent: dict) -> Applies:
    """Read the coupon again; only the list of all coupons gives its stock."""
    return reading.refresh(coupon)


@pull("coupons", _("Coupons"), name="pull_coupons", label=_("Pull coupons"), check=refuse_unless_confirmed)
def pull_coupons(pulled: PulledList, sent: dict) -> Applies:
    """Read every coupon with its stock; those made outside this console are imported."""
    count, began, left_out = 0, timezone.now(), LeftOut()
    for rows in pages(lambda _page, before: shop.get_list(before, PAGE)):
        _apply_page(rows, began, left_out)
        count, began = count + len(rows), timezone.now()
    return lambda: pulled.mark(count, left_out.note)


def _apply_page(rows: list[dict], began: datetime, left_out: LeftOut) -> None:
    by_id = dict(left_out.readable(rows, _named, "coupon"))
    existing = Coupon.objects.in_bulk(list(by_id), field_name="out_coupon_id")
    for key, row in by_id.items():
        with left_out.unless_readable(row["coupon"], "out_coupon_id", "name"), transaction.atomic():
            coupon = existing.get(key)
            if coupon is None:
                Coupon.objects.bulk_create([coupon_from(row["coupon"])], ignore_conflicts=True)
                coupon = Coupon.objects.get(out_coupon_id=key)
            stock = row.get("coupon_stock") or {}
            apply_snapshot(coupon, Snapshot(began, row["coupon"], stock.get("stock_info") or {}))


def _named(row: dict) -> tuple[str, dict]:
    if not row["coupon"]["out_coupon_id"]:
        raise KeyError("out_coupon_id")
    return text(Coupon, "out_coupon_id", row["coupon"]["out_coupon_id"]), row


# --- buyers' coupons


@operation(
    on=UserCoupon,
    name="pull_user_coupons",
    label=_("Read this buyer's coupons"),
    check=refuse_unless_confirmed,
    reads=True,
)
def pull_user_coupons(user_coupon: UserCoupon, sent: dict) -> Applies:
    """Read all coupons of this buyer: WeChat lists them by person only."""
    return buyer_reading.refresh(user_coupon)


def _find_given(status: int | None = None) -> Body:
    """A recovery: WeChat lists the coupon among the buyer's, in this state where one is named."""

    def is_done(user_coupon: UserCoupon, snapshot: BuyerSnapshot, sent: dict) -> bool:
        row = snapshot.row_of(user_coupon)
        return row is not None and (status is None or number(row.get("status")) == status)

    return buyer_reading.recover_where(is_done)


@operation(
    on=UserCoupon,
    name="add_user_coupon",
    label=_("Record at WeChat"),
    allowed=UserCoupon.is_unseen,
    check=refuse_unless_confirmed,
    recover=_find_given(),
)
def add_user_coupon(user_coupon: UserCoupon, sent: dict) -> Applies:
    """Record at WeChat a coupon that was given here and that WeChat does not list."""
    received = unix_seconds(user_coupon.received_at)
    shop.add_user_coupon(user_coupon.openid, _ids(user_coupon) | {"status": shop.USER_VALID}, received)
    return lambda: accepted(user_coupon, status=UserCouponStatus.VALID)


def _time_of_use(user_coupon: UserCoupon) -> dict[str, int]:
    return {"use_time": unix_seconds(user_coupon.used_at or timezone.now())}


@operation(
    on=UserCoupon,
    name="use_user_coupon",
    label=_("Used"),
    allowed=UserCoupon.is_valid,
    check=refuse_unless_confirmed,
    payload=_time_of_use,
    recover=_find_given(UserCouponStatus.USED),
)
def use_user_coupon(user_coupon: UserCoupon, sent: dict) -> Applies:
    """Tell WeChat that the buyer used it, and when; the time goes first, for both calls may be repeated."""
    received = unix_seconds(user_coupon.received_at)
    shop.update_user_coupon(user_coupon.openid, _ids(user_coupon) | {"ext_info": sent}, received)
    shop.update_usercoupon_status(user_coupon.openid, **_ids(user_coupon), status=shop.USER_USED)
    used = moment_of_unix(sent["use_time"])
    return lambda: accepted(user_coupon, status=UserCouponStatus.USED, used_at=used)


@operation(
    on=UserCoupon,
    name="expire_user_coupon",
    label=_("Expired"),
    allowed=UserCoupon.is_valid,
    check=refuse_unless_confirmed,
    recover=_find_given(UserCouponStatus.EXPIRED),
)
def expire_user_coupon(user_coupon: UserCoupon, sent: dict) -> Applies:
    """Tell WeChat that its time is over."""
    shop.update_usercoupon_status(user_coupon.openid, **_ids(user_coupon), status=shop.USER_EXPIRED)
    return lambda: accepted(user_coupon, status=UserCouponStatus.EXPIRED)


def _ids(user_coupon: UserCoupon) -> dict[str, str]:
    coupon = user_coupon.coupon
    return {"out_user_coupon_id": user_coupon.out_user_coupon_id, "out_coupon_id": coupon.out_coupon_id}
