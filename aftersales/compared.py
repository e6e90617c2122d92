"""How after-sales and their refunds are compared with WeChat, of both families."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Difference
from console.reconciling.sources import Changed, Source, Span, Theirs, compared
from orders.models import Order
from wechat.errors import Refused
from wechat.shop import aftersale as own_shop
from wechat.shop import ecaftersale as shop
from wechat.steps.operations import Operation
from wechat.steps.unread import LeftOut
from wechat.values import number

from . import operations
from .models import Aftersale, ECStatus, Family, Kind, OldStatus
from .snapshots import Snapshot, apply_snapshot, import_aftersale, read
from .surprises import is_ahead

PAGE = 50
UNKNOWN = (2747007,)
LABELS = {
    "status": _("state"),
    "type": _("kind"),
    "product_cnt": _("pieces"),
    "orderamt": _("amount"),
    "refund_id": _("refund_id"),
}
REFUNDS = ("orderamt", "refund_id")


class Claims(Source):
    """What both families share."""

    kinds = {"aftersales": _("After-sales"), "refunds": _("Refunds")}
    model = Aftersale
    permission = "aftersales.view_aftersale"
    take_permission = "aftersales.refresh_claim"
    labels = LABELS
    money = frozenset({"orderamt"})
    amount = "orderamt"
    states = frozenset({"status", "refund_id"})
    statuses: Any = ECStatus

    def kind_of(self, field: str) -> str:
        return "refunds" if field in REFUNDS else "aftersales"

    def is_forward(self, field: str, changed: Changed) -> bool:
        return is_ahead(changed.ours) if field == "status" else not changed.ours

    def shown(self, field: str, value: Any) -> str:
        choices = {"status": self.statuses, "type": Kind}.get(field)
        return str(choices(value).label) if choices and value in choices.values else super().shown(field, value)


@compared
class AtWeChat(Claims):
    """After-sales that the platform keeps."""

    name = "aftersales"
    key = "aftersale_id"

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        offset, left_out = cursor or 0, LeftOut()
        begin, end = (int(at.timestamp() * 1000) for at in (span.since, span.until))
        rows, more = shop.get_list(begin, end, offset, PAGE)
        found = left_out.readable(rows, self._one)
        return found, offset + len(rows) if more and rows else None

    def _one(self, value: Any) -> Theirs:
        began = timezone.now()
        return self.theirs_of(shop.get(aftersale_id=int(value)), began)

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        values = {name: number(row.get(name)) for name in ("status", "type", "orderamt")}
        values["product_cnt"] = number((row.get("product_info") or {}).get("product_cnt"))
        refund = (row.get("refund_pay_detail") or {}).get("refund_id")
        named = {name: value for name, value in values.items() if value is not None}
        return Theirs(str(row["aftersale_id"]), named | ({"refund_id": str(refund)} if refund else {}), began, row)

    def ours(self, span: Span) -> QuerySet:
        at_wechat = Aftersale.objects.filter(family=Family.EC).exclude(aftersale_id=None)
        return at_wechat.filter(opened_at__gte=span.since, opened_at__lt=span.until)

    def read(self, record: Aftersale) -> Theirs | None:
        try:
            began, row = read(record)
        except Refused as error:
            if error.errcode in UNKNOWN:
                return None
            raise
        return self.theirs_of({**row, "aftersale_id": record.aftersale_id}, began)

    def values(self, record: Aftersale) -> dict[str, Any]:
        return {name: getattr(record, name) for name in LABELS}

    def take(self, record: Aftersale, rows: dict[str, Difference]) -> bool:
        taken = {field: row.theirs for field, row in rows.items()}
        answer: dict[str, Any] = {name: taken[name] for name in ("status", "type", "orderamt") if name in taken}
        answer["product_info"] = {"product_cnt": taken.get("product_cnt")}
        answer["refund_pay_detail"] = {"refund_id": taken.get("refund_id")}
        return apply_snapshot(record, Snapshot(self.began(record, rows), answer))

    def why_not_take(self, row: Difference) -> str:
        if row.record is None and row.their_row and _lacks_order(row.their_row):
            return str(_("Its order is not stored here: take the order first."))
        return super().why_not_take(row)

    def adopt(self, row: Difference) -> Any:
        aftersale = import_aftersale(row.their_row)
        if aftersale is not None:
            apply_snapshot(aftersale, Snapshot(row.seen_at, row.their_row))
        return aftersale


def _lacks_order(answer: dict[str, Any]) -> bool:
    """Whether the after-sale cannot be stored, as its order is not here."""
    ours, theirs = str(answer.get("out_order_id") or ""), number(answer.get("order_id"))
    return not Order.objects.filter(Q(out_order_id=ours) if ours else Q(order_id=theirs)).exists()


@compared
class KeptByUs(Claims):
    """After-sales that we keep and report; WeChat lists them by order only, so they are read one by one."""

    name = "own_aftersales"
    key = "out_aftersale_id"
    statuses = OldStatus
    listed_by_time = False

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        return [], None

    def ours(self, span: Span) -> QuerySet:
        told = Aftersale.objects.filter(family=Family.OLD).exclude(status=None).exclude(out_aftersale_id=None)
        recent = told.filter(created_at__gte=span.since, created_at__lt=span.until)
        return recent.exclude(order__openid="").select_related("order")

    def rows(self) -> QuerySet:
        return Aftersale.objects.filter(family=Family.OLD).select_related("order")

    def found(self, keys: Iterable[str]) -> dict[str, Any]:
        return {str(row.out_aftersale_id): row for row in self.rows().filter(out_aftersale_id__in=list(keys))}

    def read(self, record: Aftersale) -> Theirs | None:
        began = timezone.now()
        rows = own_shop.get(record.order.out_order_id, record.order.openid)
        mine = next((row for row in rows if str(row.get("out_aftersale_id")) == record.out_aftersale_id), None)
        return self.theirs_of(mine, began) if mine else None

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        values = {"status": number(row.get("status")), "type": number(row.get("type"))}
        values["orderamt"] = number(row.get("refund"))
        named = {name: value for name, value in values.items() if value is not None}
        return Theirs(str(row["out_aftersale_id"]), named, began, row)

    def values(self, record: Aftersale) -> dict[str, Any]:
        return {name: getattr(record, name) for name in ("status", "type", "orderamt")}

    def is_forward(self, field: str, changed: Changed) -> bool:
        return False

    def why_not_take(self, row: Difference) -> str:
        return str(_("This after-sale is kept here, and WeChat is told of it: push ours."))

    def push(self, row: Difference) -> Operation | None:
        return operations.record_claim if row.record is not None else None
