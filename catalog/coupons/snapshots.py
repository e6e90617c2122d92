"""What WeChat says of coupons, taken in: the newest read wins, and hearing it twice changes nothing."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from wechat.callbacks import after_our_own
from wechat.shop import coupon as shop
from wechat.values import moment_of_unix, number

from . import payloads
from .models import Coupon, CouponStatus, UserCoupon, ValidType
from .payloads import PATHS, value_at

MOST = 2**31 - 1


def read(coupon: Coupon) -> tuple[datetime, dict]:
    began = timezone.now()
    return began, shop.get(coupon.out_coupon_id)


def take_in(coupon: Coupon, began: datetime, theirs: dict, stock: dict | None = None) -> bool:
    """Record what was read; False when a later read is recorded already. A stock is only told in the list.

    Status 0, which lists show at times, is none: it replaces nothing.
    """
    status = number(theirs.get("status")) or Coalesce("status", Value(0))
    told: dict = {"theirs": theirs, "status": status, "read_at": began}
    counts = {name: number((stock or {}).get(name)) for name in ("issued_num", "receive_num")}
    fresh = Coupon.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=coupon.pk)
    taken = fresh.update(**told, **{name: count for name, count in counts.items() if count is not None})
    begin_stock(coupon)
    return bool(taken)


def status_is(coupon: Coupon, status: int) -> None:
    """Record what WeChat agreed to just now."""
    Coupon.objects.filter(pk=coupon.pk).update(status=status, read_at=timezone.now())
    begin_stock(coupon)


def begin_stock(coupon: Coupon) -> None:
    """Our own count begins once the coupon is effective: where WeChat's stands, or with all there are."""
    begun = Coupon.objects.filter(pk=coupon.pk, status=CouponStatus.EFFECTIVE, left=None)
    begun.filter(issued_num=None).update(left=Coalesce("total_num", Value(0)), stock_set_at=Now())
    begun.filter(issued_num__gte=0).update(
        left=F("issued_num"), given=Coalesce("receive_num", Value(0)), stock_set_at=Now(), stock_sent_at=Now()
    )


def adopted(theirs: dict) -> Coupon:
    """A coupon that was made past this console, with our columns as WeChat's."""
    coupon = Coupon(out_coupon_id=str(theirs.get("out_coupon_id") or "")[:200], type=number(theirs.get("type")) or 0)
    coupon.promote_type = number(theirs.get("promote_type")) or 0
    info = theirs.get("coupon_info") or {}
    for column, place in PATHS.items():
        value = _as_column(column, value_at(info, place))
        if value is not None:
            setattr(coupon, column, value)
    return coupon


@transaction.atomic
def take_theirs(coupon: Coupon) -> dict[str, tuple]:
    """Let what was changed at WeChat stand here too; returns {column: (before, after)}."""
    fresh = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if not fresh.theirs:
        return {}
    after_our_own(fresh)
    columns, theirs = payloads.differences(payloads.coupon(fresh), fresh.theirs), adopted(fresh.theirs)
    changes = {name: (getattr(fresh, name), getattr(theirs, name)) for name in columns}
    Coupon.objects.filter(pk=coupon.pk).update(**{name: value for name, (_before, value) in changes.items()})
    return changes


def _as_column(column: str, value):
    field = Coupon._meta.get_field(column)
    if column == "out_product_ids":
        return [str(one) for one in value] if isinstance(value, list) else None
    if field.get_internal_type() == "DateTimeField":
        return moment_of_unix(value)
    if field.get_internal_type() == "CharField":
        return None if value is None else str(value)[: field.max_length]
    whole = number(value)
    return min(whole, MOST) if whole and whole > 0 else None


# --- what buyers have


def validity(coupon: Coupon, received_at: datetime) -> dict[str, datetime | None]:
    """From when to when, by how the coupon counts."""
    if coupon.valid_type == ValidType.FIXED:
        return {"starts_at": coupon.valid_start_time, "ends_at": coupon.valid_end_time}
    days = coupon.valid_day_num if coupon.valid_type == ValidType.DAYS else 0
    lasts = timedelta(days=days or 0, seconds=0 if days else coupon.valid_second or 0)
    return {"starts_at": received_at, "ends_at": received_at + lasts}


def take_in_of_buyer(openid: str, began: datetime, rows: list[dict]) -> None:
    """Record what WeChat lists of one buyer; one given past this console is met here for the first time."""
    coupons = Coupon.objects.in_bulk([str(row.get("out_coupon_id")) for row in rows], field_name="out_coupon_id")
    for row in rows:
        coupon = coupons.get(str(row.get("out_coupon_id")))
        if coupon and row.get("out_user_coupon_id"):
            _take_in_one(coupon, openid, began, row)
    # Looked for, also where it was not found.
    UserCoupon.objects.filter(Q(read_at=None) | Q(read_at__lt=began), openid=openid).update(read_at=began)


def _take_in_one(coupon: Coupon, openid: str, began: datetime, row: dict) -> None:
    out_user_coupon_id = str(row["out_user_coupon_id"])[:200]
    received = moment_of_unix(row.get("create_time")) or began
    ours, _new = UserCoupon.objects.get_or_create(
        out_user_coupon_id=out_user_coupon_id,
        defaults={"coupon": coupon, "openid": openid, "received_at": received, **validity(coupon, received)},
    )
    told = {
        "status": number(row.get("status")),
        "used_at": moment_of_unix((row.get("ext_info") or {}).get("use_time")),
        "starts_at": moment_of_unix(row.get("start_time")),
        "ends_at": moment_of_unix(row.get("end_time")),
    }
    fresh = UserCoupon.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=ours.pk, openid=openid)
    # What is not told stays as it was.
    fresh.update(read_at=began, **{name: value for name, value in told.items() if value})
