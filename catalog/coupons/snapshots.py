"""What one read of a coupon, or of a buyer's coupons, returned, and what it changes here; the newest read wins."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from wechat.callbacks import after_our_own
from wechat.shop import coupon as shop
from wechat.steps.pages import pages
from wechat.steps.reading import accepted, apply_newest, unread_since
from wechat.values import MOST, moment_of_unix, number, text

from . import payloads
from .models import Coupon, CouponStatus, UserCoupon, ValidType
from .payloads import PATHS, value_at

PAGE = 200


class Snapshot(NamedTuple):
    """A coupon as it was read. Only the list of all coupons gives the stock."""

    began: datetime
    theirs: dict
    stock: Mapping[str, Any] = {}

    @property
    def status(self) -> int | None:
        return number(self.theirs.get("status"))


def read(coupon: Coupon) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, shop.get(coupon.out_coupon_id))


def apply_snapshot(coupon: Coupon, snapshot: Snapshot) -> bool:
    """Store what was read; False when a later read has been applied."""
    counts = {name: number(snapshot.stock.get(name)) for name in ("issued_num", "receive_num")}
    applied = apply_newest(
        coupon,
        snapshot.began,
        theirs=snapshot.theirs,
        # Lists sometimes return status 0, which is not a state: keep the stored one.
        status=snapshot.status or Coalesce("status", Value(0)),
        **{name: count for name, count in counts.items() if count is not None},
    )
    begin_stock(coupon)
    return applied


def status_accepted(coupon: Coupon, status: int, **fields: Any) -> None:
    """WeChat accepted a write just now: set the state that follows from it."""
    accepted(coupon, status=status, **fields)
    begin_stock(coupon)


def begin_stock(coupon: Coupon) -> None:
    """Start our own count once the coupon is effective: from WeChat's count, or from the total number."""
    begun = Coupon.objects.filter(pk=coupon.pk, status=CouponStatus.EFFECTIVE, left=None)
    begun.filter(issued_num=None).update(left=Coalesce("total_num", Value(0)), stock_set_at=Now())
    begun.filter(issued_num__gte=0).update(
        left=F("issued_num"), given=Coalesce("receive_num", Value(0)), stock_set_at=Now(), stock_sent_at=Now()
    )


def coupon_from(theirs: dict) -> Coupon:
    """A coupon with our columns as WeChat has them; not saved."""
    coupon = Coupon(
        out_coupon_id=text(Coupon, "out_coupon_id", theirs.get("out_coupon_id")),
        type=number(theirs.get("type")) or 0,
        promote_type=number(theirs.get("promote_type")) or 0,
    )
    info = theirs.get("coupon_info") or {}
    for column, path in PATHS.items():
        value = _as_column(column, value_at(info, path))
        if value is not None:
            setattr(coupon, column, value)
    return coupon


@transaction.atomic
def take_theirs(coupon: Coupon) -> dict[str, tuple]:
    """Set our columns to WeChat's values; returns {column: (before, after)} of those that changed."""
    fresh = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if not fresh.theirs:
        return {}
    after_our_own(fresh)
    columns, theirs = payloads.differences(payloads.coupon(fresh), fresh.theirs), coupon_from(fresh.theirs)
    changes = {name: (getattr(fresh, name), getattr(theirs, name)) for name in columns}
    Coupon.objects.filter(pk=coupon.pk).update(**{name: value for name, (_before, value) in changes.items()})
    return changes


def take_columns(coupon: Coupon, values: Mapping[str, Any]) -> None:
    """Set columns to values that were kept as JSON; a missing one empties its column."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        field: Any = Coupon._meta.get_field(name)
        columns[name] = field.to_python(value) if value is not None or field.null else field.get_default()
    if columns:
        Coupon.objects.filter(pk=coupon.pk).update(**columns)


def _as_column(column: str, value: Any) -> Any:
    """A value of WeChat's, converted for our column; None where it is missing or invalid."""
    kind = Coupon._meta.get_field(column).get_internal_type()
    if column == "out_product_ids":
        return [str(product_id) for product_id in value] if isinstance(value, list) else None
    if kind == "DateTimeField":
        return moment_of_unix(value)
    if kind == "CharField":
        return None if value is None else text(Coupon, column, value)
    count = number(value)
    return min(count, MOST) if count and count > 0 else None


# --- buyers' coupons


def validity(coupon: Coupon, received_at: datetime) -> dict[str, datetime | None]:
    """The period in which a coupon received at `received_at` is valid."""
    if coupon.valid_type == ValidType.FIXED:
        return {"starts_at": coupon.valid_start_time, "ends_at": coupon.valid_end_time}
    days = coupon.valid_day_num if coupon.valid_type == ValidType.DAYS else 0
    lasts = timedelta(days=days or 0, seconds=0 if days else coupon.valid_second or 0)
    return {"starts_at": received_at, "ends_at": received_at + lasts}


class BuyerSnapshot(NamedTuple):
    """All coupons of one buyer, as WeChat listed them."""

    began: datetime
    rows: list[dict]

    def row_of(self, user_coupon: UserCoupon) -> dict | None:
        ours = user_coupon.out_user_coupon_id
        return next((row for row in self.rows if str(row.get("out_user_coupon_id")) == ours), None)


def read_buyer(user_coupon: UserCoupon) -> BuyerSnapshot:
    """Read all coupons of this coupon's owner: WeChat lists them by person only."""
    began, openid = timezone.now(), user_coupon.openid
    listed = pages(lambda _page, before: shop.get_usercoupon_list(openid, before, PAGE))
    return BuyerSnapshot(began, [row for rows in listed for row in rows])


def apply_buyer_snapshot(user_coupon: UserCoupon, snapshot: BuyerSnapshot) -> bool:
    """Store what WeChat lists of this buyer; a coupon that was given outside this console is imported here."""
    began, openid = snapshot.began, user_coupon.openid
    ids = [str(row.get("out_coupon_id")) for row in snapshot.rows]
    coupons = Coupon.objects.in_bulk(ids, field_name="out_coupon_id")
    for row in snapshot.rows:
        coupon = coupons.get(str(row.get("out_coupon_id")))
        if coupon and row.get("out_user_coupon_id"):
            _apply_row(coupon, openid, began, row)
    # The buyer's other coupons count as read too: WeChat does not list them.
    return bool(unread_since(UserCoupon.objects.filter(openid=openid), began).update(read_at=began))


def _apply_row(coupon: Coupon, openid: str, began: datetime, row: dict) -> None:
    received = moment_of_unix(row.get("create_time")) or began
    user_coupon, _created = UserCoupon.objects.get_or_create(
        out_user_coupon_id=text(UserCoupon, "out_user_coupon_id", row["out_user_coupon_id"]),
        defaults={"coupon": coupon, "openid": openid, "received_at": received, **validity(coupon, received)},
    )
    if user_coupon.openid != openid:  # one of our ids never changes its buyer
        return
    fields = {
        "status": number(row.get("status")),
        "used_at": moment_of_unix((row.get("ext_info") or {}).get("use_time")),
        "starts_at": moment_of_unix(row.get("start_time")),
        "ends_at": moment_of_unix(row.get("end_time")),
    }
    # Values that WeChat leaves out stay as they were.
    apply_newest(user_coupon, began, **{name: value for name, value in fields.items() if value})
