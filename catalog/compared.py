"""How products and their stock are compared with WeChat: our copy with WeChat's draft, field by field."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Difference
from console.money import yuan
from console.reconciling.sources import THERE, Changed, Source, Span, Theirs, compared
from wechat.shop import spu as shop
from wechat.steps.operations import Operation
from wechat.steps.unread import LeftOut
from wechat.values import number

from . import content, copies, fields, operations, payloads
from . import snapshots as reads
from .models import SPU, Status, Unsent
from .models import Difference as Drift
from .tracing import traced

PAGE = 100
LISTED = (Status.LISTED, Status.DELISTED, Status.VIOLATION)
STOCK = ".stock_num"
PRICES = (".sale_price", ".market_price")


@compared
class Products(Source):
    name = "products"
    kinds = {"products": _("Products"), "stock": _("Stock")}
    model = SPU
    key = "out_product_id"
    permission = "catalog.view_difference"
    take_permission = "catalog.change_spu"
    labels = {"status": _("on sale")}
    states = frozenset({"status"})
    listed_by_time = False

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        """Both copies, status by status; products that were never approved are in no list."""
        nth, page = cursor or (0, 1)
        began, left_out = timezone.now(), LeftOut()
        drafts, _total = shop.get_list(LISTED[nth], page, PAGE, shop.DRAFT)
        online, _total = shop.get_list(LISTED[nth], page, PAGE, shop.ONLINE)
        copies_online = {str(row.get("out_product_id")): row for row in online if isinstance(row, dict)}

        def one(row: dict) -> Theirs:
            return self.theirs_of({"draft": row, "online": copies_online.get(str(row["out_product_id"]))}, began)

        found = left_out.readable(drafts, one, "out_product_id", "title")
        if len(drafts) >= PAGE:
            return found, [nth, page + 1]
        return found, [nth + 1, 1] if nth + 1 < len(LISTED) else None

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        draft = row["draft"]
        values = copies.flat(draft) | {"status": number(draft.get("status"))}
        return Theirs(str(draft["out_product_id"]), values, began, row)

    def ours(self, span: Span) -> QuerySet:
        return SPU.objects.current().exclude(edit_status=None)

    def rows(self) -> QuerySet:
        return SPU.objects.with_content()

    def read(self, record: SPU) -> Theirs | None:
        snapshot = reads.read(record)
        if snapshot.draft is None:
            return None
        draft = {**snapshot.draft, "out_product_id": record.out_product_id}
        return self.theirs_of({"draft": draft, "online": snapshot.online}, snapshot.began)

    def values(self, record: SPU) -> dict[str, Any]:
        return copies.flat(payloads.product(record)) | {"status": record.status}

    def compare(self, record: SPU, theirs: Theirs, standing: set[str]) -> dict[str, Changed]:
        """What only staff changed here, and has not been sent yet, is no difference."""
        ours, draft = payloads.product(record), copies.completed(theirs.raw["draft"], record.draft)
        differing = set(copies.changed(ours, draft))
        if record.draft is not None and record.unsent != Unsent.NOTHING:
            there = set(copies.changed(record.draft, draft)) | standing
            noted = set(Drift.objects.filter(spu=record).values_list("field", flat=True))
            differing &= there | noted
        our_fields, their_fields = copies.flat(ours), copies.flat(draft)
        found = {name: Changed(our_fields.get(name), their_fields.get(name)) for name in sorted(differing)}
        if record.status != theirs.values["status"]:
            found["status"] = Changed(record.status, theirs.values["status"])
        return found

    def covers(self, field: str, theirs: Theirs) -> bool:
        return True  # a copy is read whole

    def after(self, record: SPU, theirs: Theirs) -> None:
        """Any read of a product stores WeChat's copies beside ours, and its states."""
        reads.apply_snapshot(record, reads.Snapshot(theirs.began, theirs.raw["draft"], theirs.raw["online"]))

    def kind_of(self, field: str) -> str:
        return "stock" if field.endswith(STOCK) else "products"

    def fen(self, field: str, changed: Changed, values: Any) -> int:
        if field.endswith(PRICES) and None not in changed:
            return abs(int(changed.ours) - int(changed.theirs))
        return 0

    def label(self, field: str) -> str:
        return super().label(field) if field in (THERE, "status") else fields.label(field)

    def shown(self, field: str, value: Any) -> str:
        if field == "status" and value in Status.values:
            return str(Status(value).label)
        if field.endswith(PRICES) and isinstance(value, int):
            return yuan(value, "¥")
        plain = field in (THERE, "status", "third_cat_id", "brand_id")  # their names would be a query for each row
        return super().shown(field, value) if plain else fields.shown(field, value)

    def take(self, record: SPU, rows: dict[str, Difference]) -> bool:
        """Our copy gets WeChat's value; its states were stored when they were read.

        Where the product was sent or read since, WeChat may have another value by now.
        """
        known = copies.flat(record.draft or {})
        if content.is_being_sent(record) or any(known.get(field) != row.theirs for field, row in _compared(rows)):
            return False
        with traced(record):
            for field, row in _compared(rows):
                content.take_field(record, field, row.theirs)
            content.update_unsent(record)
        return True

    def adopt(self, row: Difference) -> Any:
        spu = content.import_product(row.key, row.their_row["draft"])
        reads.apply_snapshot(spu, reads.Snapshot(row.seen_at, row.their_row["draft"], row.their_row["online"]))
        return spu

    def push(self, row: Difference) -> Operation | None:
        spu = row.record
        if spu is None or row.field in (THERE, "status"):
            return None
        if spu.unsent != Unsent.FREE:
            return operations.submit_spu
        return operations.update_spu_stock if row.field.endswith(STOCK) else operations.update_spu_without_audit


def _compared(rows: dict[str, Difference]) -> list[tuple[str, Difference]]:
    """What is a field of the copies."""
    return [(field, row) for field, row in rows.items() if field not in (THERE, "status")]
