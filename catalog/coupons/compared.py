"""How coupons and their stock are compared with WeChat."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Difference
from console.reconciling.sources import Changed, Source, Span, Theirs, compared
from wechat.errors import Refused
from wechat.shop import coupon as shop
from wechat.steps.operations import Operation
from wechat.steps.unread import LeftOut
from wechat.values import number

from . import operations, payloads
from .models import Coupon, CouponSetup, CouponStatus
from .snapshots import Snapshot, apply_snapshot, coupon_from, read, take_columns

PAGE = 200
STOCK = ("left", "given")
PLACES = dict(zip(STOCK, ("issued_num", "receive_num"), strict=True))


@compared
class Coupons(Source):
    name = "coupons"
    kinds = {"coupons": _("Coupons")}
    model = Coupon
    key = "out_coupon_id"
    permission = "coupons.view_coupon"
    take_permission = "coupons.change_coupon"
    labels = {"status": _("state"), "left": _("left"), "given": _("given out")}
    states = frozenset({"status"})
    listed_by_time = False

    def available(self) -> bool:
        return CouponSetup.load().is_confirmed

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        began, offset = timezone.now(), cursor or 0
        rows, total = shop.get_list(offset, PAGE)
        found = LeftOut().readable(rows, lambda row: self.theirs_of(row, began), "coupon")
        return found, offset + len(rows) if rows and offset + len(rows) < total else None

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        """Only the list of all gives the stock."""
        body = row["coupon"]
        stock = (row.get("coupon_stock") or {}).get("stock_info") or {}
        values: dict[str, Any] = {name: number(stock.get(place)) for name, place in PLACES.items() if place in stock}
        if number(body.get("status")):
            values["status"] = number(body["status"])
        return Theirs(str(body["out_coupon_id"]), values, began, row)

    def ours(self, span: Span) -> QuerySet:
        return Coupon.objects.exclude(status=None)

    def read(self, record: Coupon) -> Theirs | None:
        try:
            began, body, _stock = read(record)
        except Refused as error:
            if error.errcode == operations.UNKNOWN:
                return None
            raise
        return self.theirs_of({"coupon": {**body, "out_coupon_id": record.out_coupon_id}}, began)

    def values(self, record: Coupon) -> dict[str, Any]:
        return {"status": record.status, "left": record.left, "given": record.given}

    def compare(self, record: Coupon, theirs: Theirs, standing: set[str]) -> dict[str, Changed]:
        """Terms that staff changed since WeChat's copy was stored, and a stock that is still to be sent, are not."""
        found = super().compare(record, theirs, standing)
        sent, was_set = record.stock_sent_at, record.stock_set_at
        is_sent = sent is not None and was_set is not None and sent >= was_set
        if not is_sent or record.status != CouponStatus.EFFECTIVE:
            found = {name: changed for name, changed in found.items() if name not in STOCK}
        ours, body = payloads.coupon(record), theirs.raw["coupon"]
        differing = payloads.differences(ours, body)
        if record.may_change and record.theirs:
            differing = [name for name in differing if name in {*payloads.differences(record.theirs, body), *standing}]
        there = coupon_from(body)
        return found | {name: Changed(_plain(record, name), _plain(there, name)) for name in differing}

    def covers(self, field: str, theirs: Theirs) -> bool:
        return field not in STOCK or field in theirs.values

    def label(self, field: str) -> str:
        return super().label(field) if field in self.labels or field == "record" else _label(field)

    def shown(self, field: str, value: Any) -> str:
        if field == "status" and value in CouponStatus.values:
            return str(CouponStatus(value).label)
        return super().shown(field, value)

    def is_forward(self, field: str, changed: Changed) -> bool:
        return changed.theirs is not None and changed.ours is not None and changed.theirs > changed.ours

    def take(self, record: Coupon, rows: dict[str, Difference]) -> bool:
        taken = {field: row.theirs for field, row in rows.items()}
        stored = record.theirs or payloads.coupon(record)
        if not apply_snapshot(record, Snapshot(self.began(record, rows), stored | {"status": taken.get("status")})):
            return False
        counts = {name: taken[name] for name in STOCK if name in taken}
        if counts:
            Coupon.objects.filter(pk=record.pk).update(**counts)
        take_columns(record, {name: value for name, value in taken.items() if name not in (*STOCK, "status")})
        return True

    def adopt(self, row: Difference) -> Any:
        Coupon.objects.bulk_create([coupon_from(row.their_row["coupon"])], ignore_conflicts=True)
        coupon = Coupon.objects.get(out_coupon_id=row.key)
        stock = (row.their_row.get("coupon_stock") or {}).get("stock_info") or {}
        apply_snapshot(coupon, Snapshot(row.seen_at, row.their_row["coupon"], stock))
        return coupon

    def push(self, row: Difference) -> Operation | None:
        if row.record is None:
            return None
        if row.field in STOCK:
            return operations.update_coupon_stock if row.record.is_effective else None
        is_term = row.field not in ("status", "record")
        return operations.update_coupon if is_term and row.record.is_editing else None


def _label(column: str) -> str:
    field: Any = Coupon._meta.get_field(column)
    return str(field.verbose_name)


def _plain(coupon: Coupon, column: str) -> Any:
    value = getattr(coupon, column)
    return value.isoformat() if isinstance(value, datetime) else value
