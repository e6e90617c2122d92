"""What can be asked of WeChat about coupons; nothing is, before the push address was confirmed."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Refused
from wechat.models import PulledList
from wechat.shop import coupon as shop
from wechat.steps.operations import REPEAT, NotDone, operation
from wechat.steps.pages import pages
from wechat.steps.pulls import pull
from wechat.values import moment_of_unix, number, unix_seconds

from . import payloads
from .models import Coupon, CouponSetup, CouponStatus, UserCoupon, UserCouponStatus
from .rules import faults_of_coupon, faults_of_publishing, refuse_unless_confirmed
from .snapshots import adopted, read, status_is, take_in, take_in_of_buyer

UNKNOWN = 1090005
PAGE = 200


@operation(on=CouponSetup, name="confirm_coupons", label=_("Confirm the push address"), recover=REPEAT)
def confirm_coupons(setup: CouponSetup, sent: dict):
    """Have WeChat try the push address with its trial event, which this console answers while WeChat waits."""
    shop.confirm()
    confirmed = {"confirmed_at": timezone.now(), "confirmed_url": settings.WECHAT_CALLBACK_URL}
    return lambda: CouponSetup.objects.filter(pk=setup.pk).update(**confirmed)


# --- coupons


def _find_added(coupon: Coupon, sent: dict):
    try:
        began, theirs = read(coupon)
    except Refused as error:
        if error.errcode == UNKNOWN:
            raise NotDone from None
        raise
    return lambda: take_in(coupon, began, theirs)


@operation(
    on=Coupon,
    name="submit_coupon",
    label=_("Send to WeChat"),
    allowed=Coupon.is_new,
    check=faults_of_coupon,
    payload=payloads.coupon,
    recover=_find_added,
)
def submit_coupon(coupon: Coupon, sent: dict):
    """Create the coupon at WeChat, where it can still be changed until it is published."""
    shop.add(sent)
    return lambda: _sent(coupon, sent)


def _find_updated(coupon: Coupon, sent: dict):
    """The coupon as WeChat has it is the one that was sent."""
    began, theirs = read(coupon)
    if payloads.differences(sent, theirs):
        take_in(coupon, began, theirs)
        raise NotDone
    return lambda: take_in(coupon, began, theirs)


@operation(
    on=Coupon,
    name="update_coupon",
    label=_("Send the changes"),
    allowed=Coupon.is_editing,
    check=faults_of_coupon,
    payload=payloads.coupon,
    recover=_find_updated,
)
def update_coupon(coupon: Coupon, sent: dict):
    """Send a coupon that was changed here; possible until it is published."""
    shop.update(sent)
    return lambda: _sent(coupon, sent)


def _sent(coupon: Coupon, sent: dict) -> None:
    """WeChat took it, and lets it be changed on."""
    Coupon.objects.filter(pk=coupon.pk).update(theirs=sent)
    status_is(coupon, CouponStatus.EDITING)


def _found_with(status: int):
    """A recovery: WeChat has the coupon in this state."""

    def recover(coupon: Coupon, sent: dict):
        began, theirs = read(coupon)
        if number(theirs.get("status")) != status:
            take_in(coupon, began, theirs)
            raise NotDone
        return lambda: take_in(coupon, began, theirs)

    return recover


@operation(
    on=Coupon,
    name="publish_coupon",
    label=_("Publish"),
    allowed=Coupon.is_editing,
    check=faults_of_publishing,
    recover=_found_with(CouponStatus.EFFECTIVE),
    confirm=_("A published coupon cannot be changed any more. Publish it?"),
)
def publish_coupon(coupon: Coupon, sent: dict):
    """Put the coupon into effect: from now on buyers can receive it."""
    shop.update_status(coupon.out_coupon_id, shop.EFFECTIVE)
    return lambda: status_is(coupon, CouponStatus.EFFECTIVE)


@operation(
    on=Coupon,
    name="expire_coupon",
    label=_("Let it expire"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=_found_with(CouponStatus.EXPIRED),
    confirm=_("Nobody can receive it any more, and there is no way back. Let it expire?"),
)
def expire_coupon(coupon: Coupon, sent: dict):
    """End the coupon for good."""
    shop.update_status(coupon.out_coupon_id, shop.EXPIRED)
    return lambda: status_is(coupon, CouponStatus.EXPIRED)


@operation(
    on=Coupon,
    name="void_coupon",
    label=_("Void"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=_found_with(CouponStatus.VOIDED),
    confirm=_("Nobody can receive it any more, and there is no way back. Void it?"),
)
def void_coupon(coupon: Coupon, sent: dict):
    """Take the coupon back for good."""
    shop.update_status(coupon.out_coupon_id, shop.VOIDED)
    return lambda: status_is(coupon, CouponStatus.VOIDED)


@operation(
    on=Coupon,
    name="update_coupon_stock",
    label=_("Send the stock"),
    allowed=Coupon.is_effective,
    check=refuse_unless_confirmed,
    recover=REPEAT,
)
def update_coupon_stock(coupon: Coupon, sent: dict):
    """Tell WeChat how many are left and given out, by our own count as it stands at that moment."""
    began = timezone.now()
    coupon.refresh_from_db(fields=["left", "given"])
    left, given = coupon.left or 0, coupon.given
    shop.update_coupon_stock(coupon.out_coupon_id, left, given)
    told = {"issued_num": left, "receive_num": given, "stock_sent_at": began}
    return lambda: Coupon.objects.filter(pk=coupon.pk).update(**told)


@operation(
    on=Coupon,
    name="refresh_coupon",
    label=_("Read from WeChat"),
    allowed=Coupon.is_known,
    check=refuse_unless_confirmed,
    reads=True,
)
def refresh_coupon(coupon: Coupon, sent: dict):
    """Read the coupon again; its stock is told only where all coupons are pulled."""
    began, theirs = read(coupon)
    return lambda: take_in(coupon, began, theirs)


@pull("coupons", _("Coupons"), name="pull_coupons", label=_("Pull coupons"), check=refuse_unless_confirmed)
def pull_coupons(pulled: PulledList, sent: dict):
    """Read every coupon with its stock; those made past this console are taken in."""
    count, began = 0, timezone.now()
    for rows in pages(lambda _page, before: shop.get_list(before, PAGE)):
        _take_in_page(rows, began)
        count, began = count + len(rows), timezone.now()
    return lambda: pulled.mark(count)


def _take_in_page(rows: list[dict], began) -> None:
    theirs = {str(row["coupon"]["out_coupon_id"])[:200]: row for row in rows if _is_readable(row)}
    known = Coupon.objects.in_bulk(list(theirs), field_name="out_coupon_id")
    new = [adopted(row["coupon"]) for key, row in theirs.items() if key not in known]
    Coupon.objects.bulk_create(new, ignore_conflicts=True)
    for key, coupon in Coupon.objects.in_bulk(list(theirs), field_name="out_coupon_id").items():
        stock = theirs[key].get("coupon_stock") or {}
        take_in(coupon, began, theirs[key]["coupon"], stock.get("stock_info"))


def _is_readable(row: dict) -> bool:
    return isinstance(row.get("coupon"), dict) and bool(row["coupon"].get("out_coupon_id"))


# --- what buyers have


def of_buyer(openid: str) -> list[dict]:
    """All coupons of one buyer, as WeChat lists them."""
    found = pages(lambda _page, before: shop.get_usercoupon_list(openid, before, PAGE))
    return [row for rows in found for row in rows]


@operation(
    on=UserCoupon,
    name="pull_user_coupons",
    label=_("Read this buyer's coupons"),
    check=refuse_unless_confirmed,
    reads=True,
)
def pull_user_coupons(user_coupon: UserCoupon, sent: dict):
    """Read all coupons of this buyer: WeChat lists them by person only."""
    began = timezone.now()
    rows = of_buyer(user_coupon.openid)
    return lambda: take_in_of_buyer(user_coupon.openid, began, rows)


def _find_given(status: int | None = None):
    """A recovery: the buyer has it at WeChat, in this state where one is asked for."""

    def recover(user_coupon: UserCoupon, sent: dict):
        began = timezone.now()
        rows = of_buyer(user_coupon.openid)
        ours = [row for row in rows if str(row.get("out_user_coupon_id")) == user_coupon.out_user_coupon_id]
        if not ours or (status and number(ours[0].get("status")) != status):
            take_in_of_buyer(user_coupon.openid, began, rows)
            raise NotDone
        return lambda: take_in_of_buyer(user_coupon.openid, began, rows)

    return recover


@operation(
    on=UserCoupon,
    name="add_user_coupon",
    label=_("Tell WeChat of it"),
    allowed=UserCoupon.is_unseen,
    check=refuse_unless_confirmed,
    recover=_find_given(),
)
def add_user_coupon(user_coupon: UserCoupon, sent: dict):
    """Record at WeChat a coupon that was given here and that WeChat does not list."""
    received = unix_seconds(user_coupon.received_at)
    shop.add_user_coupon(user_coupon.openid, _ids(user_coupon) | {"status": shop.USER_VALID}, received)
    return lambda: _user_status_is(user_coupon, UserCouponStatus.VALID)


def _time_of_use(user_coupon: UserCoupon) -> dict:
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
def use_user_coupon(user_coupon: UserCoupon, sent: dict):
    """Tell WeChat that the buyer used it, and when; the time first, for both may be said twice."""
    received = unix_seconds(user_coupon.received_at)
    shop.update_user_coupon(user_coupon.openid, _ids(user_coupon) | {"ext_info": sent}, received)
    shop.update_usercoupon_status(user_coupon.openid, **_ids(user_coupon), status=shop.USER_USED)
    used = moment_of_unix(sent["use_time"])
    return lambda: _user_status_is(user_coupon, UserCouponStatus.USED, used_at=used)


@operation(
    on=UserCoupon,
    name="expire_user_coupon",
    label=_("Expired"),
    allowed=UserCoupon.is_valid,
    check=refuse_unless_confirmed,
    recover=_find_given(UserCouponStatus.EXPIRED),
)
def expire_user_coupon(user_coupon: UserCoupon, sent: dict):
    """Tell WeChat that its time is over."""
    shop.update_usercoupon_status(user_coupon.openid, **_ids(user_coupon), status=shop.USER_EXPIRED)
    return lambda: _user_status_is(user_coupon, UserCouponStatus.EXPIRED)


def _ids(user_coupon: UserCoupon) -> dict[str, str]:
    coupon = user_coupon.coupon
    return {"out_user_coupon_id": user_coupon.out_user_coupon_id, "out_coupon_id": coupon.out_coupon_id}


def _user_status_is(user_coupon: UserCoupon, status: int, **fields) -> None:
    UserCoupon.objects.filter(pk=user_coupon.pk).update(status=status, read_at=timezone.now(), **fields)
