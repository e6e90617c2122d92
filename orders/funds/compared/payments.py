"""How payments without an order and withdrawals are compared with WeChat."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models import Difference
from console.reconciling.sources import Changed, Source, Span, Theirs, compared
from wechat.errors import Refused
from wechat.shop import funds as shop
from wechat.shop import pay
from wechat.steps.unread import LeftOut
from wechat.values import moment, moment_of_unix, number, time_text

from ..models import MerchantAccount, PaymentOrder, Trade, TradeRefund, Withdrawal
from ..models.account import MerchantState
from ..models.trade import RefundStatus
from ..models.withdrawal import OVER, WithdrawStatus
from ..operations.account import NO_DATA
from ..operations.trades import Snapshot, apply_snapshot, import_trade
from ..operations.withdrawals import Snapshot as WithdrawalSnapshot
from ..operations.withdrawals import apply_snapshot as apply_withdrawal

PAGE = 50
REFUND = "refund "
NOT_FOUND = 1010011


def is_open() -> bool:
    """Whether there is a merchant account that can be asked, also while it is frozen."""
    return MerchantAccount.load().state in (MerchantState.FINISHED, MerchantState.FROZEN)


@compared
class Payments(Source):
    """Payments without a component order, part by part, with their refunds."""

    name = "payments"
    kinds = {"payments": gettext_lazy("Payments"), "refunds": gettext_lazy("Refunds")}
    model = Trade
    key = "trade_no"
    permission = "funds.view_paymentorder"
    take_permission = "funds.refresh_payment"
    labels = {
        "amount": gettext_lazy("amount"),
        "transaction_id": gettext_lazy("transaction_id"),
        "paid_at": gettext_lazy("paid at"),
    }
    money = frozenset({"amount"})
    amount = "amount"
    states = frozenset({"transaction_id", "paid_at"})
    sets = (REFUND,)

    def available(self) -> bool:
        return is_open()

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        begin, end = int(span.since.timestamp()), int(span.until.timestamp())
        numbers, more, last = pay.getorderlist(begin, end, cursor or "", PAGE)
        found = LeftOut().readable(numbers, self._one)
        return found, last if more and numbers and last != cursor else None

    def _one(self, trade_no: str) -> Theirs:
        began = timezone.now()
        return self.theirs_of({**pay.getorder(trade_no), "trade_no": trade_no}, began)

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        values: dict[str, Any] = {"amount": number(row.get("amount"))} if row.get("amount") is not None else {}
        values["transaction_id"] = str(row.get("transaction_id") or "") or None
        paid = moment_of_unix(row.get("pay_time"))
        values["paid_at"] = time_text(paid) if paid else None
        for refund in row.get("refund_list") or []:
            head = f"{REFUND}{refund.get('refund_no')}"
            values[f"{head} amount"] = number(refund.get("amount"))
            values[f"{head} status"] = str(refund.get("result") or RefundStatus.PROCESSING)
        return Theirs(str(row["trade_no"]), values, began, row)

    def ours(self, span: Span) -> QuerySet:
        made = Trade.objects.filter(payment__made=True, payment__closed=False).select_related("payment")
        return made.filter(payment__created_at__gte=span.since, payment__created_at__lt=span.until)

    def rows(self) -> QuerySet:
        return Trade.objects.select_related("payment").prefetch_related("refunds")

    def read(self, record: Trade) -> Theirs | None:
        try:
            return self._one(record.trade_no)
        except Refused as error:
            if error.errcode == NOT_FOUND:
                return None
            raise

    def read_at(self, record: Trade) -> datetime | None:
        return record.payment.read_at

    def values(self, record: Trade) -> dict[str, Any]:
        values: dict[str, Any] = {"amount": record.amount, "transaction_id": record.transaction_id or None}
        values["paid_at"] = time_text(record.paid_at) if record.paid_at else None
        for refund in record.refunds.all():
            if refund.status:  # else WeChat was not asked
                values[f"{REFUND}{refund.refund_no} amount"] = refund.amount
                values[f"{REFUND}{refund.refund_no} status"] = refund.status
        return values

    def kind_of(self, field: str) -> str:
        return "refunds" if field.startswith(REFUND) else "payments"

    def fen(self, field: str, changed: Changed, values: Any) -> int:
        if field.startswith(REFUND):
            head, _blank, name = field.rpartition(" ")
            if name == "amount":
                return abs(int(changed.ours or 0) - int(changed.theirs or 0))
            return abs(int(values.get(f"{head} amount") or 0))
        return super().fen(field, changed, values)

    def is_forward(self, field: str, changed: Changed) -> bool:
        return not changed.ours

    def label(self, field: str) -> str:
        if field.startswith(REFUND):
            refund_no, _blank, name = field.removeprefix(REFUND).rpartition(" ")
            words = {"amount": _("amount"), "status": _("state")}
            return " · ".join([_("refund %(number)s") % {"number": refund_no}, str(words.get(name, name))])
        return super().label(field)

    def shown(self, field: str, value: Any) -> str:
        if field.startswith(REFUND):
            if field.endswith(" amount"):
                return super().shown("amount", value)
            return str(RefundStatus(value).label) if value in RefundStatus.values else super().shown(field, value)
        return super().shown(field, value)

    def url(self, row: Difference) -> str:
        """The list with the payment whose part it is."""
        return f"{reverse('admin:funds_paymentorder_changelist')}?{urlencode({'q': row.key})}"

    def why_not_take(self, row: Difference) -> str:
        if row.field.startswith(REFUND) and row.theirs is None:
            return _("WeChat does not have it: nothing can be taken.")
        return super().why_not_take(row)

    def take(self, record: Trade, rows: dict[str, Difference]) -> bool:
        """Through the same door as a read, with this part alone."""
        taken = {field: row.theirs for field, row in rows.items()}
        paid = moment(taken.get("paid_at"))
        row: dict[str, Any] = {"transaction_id": taken.get("transaction_id")}
        row["pay_time"] = int(paid.timestamp()) if paid else None
        began = self.began(record, rows)
        if not apply_snapshot(record.payment, Snapshot(began, {record.trade_no: row})):
            return False
        emptied: dict[str, Any] = {
            name: None if name == "paid_at" else "" for name in ("paid_at", "transaction_id") if name in taken
        }
        columns: dict[str, Any] = {name: value for name, value in emptied.items() if not taken[name]}
        columns |= {"amount": taken["amount"]} if "amount" in taken else {}
        if columns:
            Trade.objects.filter(pk=record.pk).update(**columns)
        for field, value in taken.items():
            if field.startswith(REFUND):
                refund_no, _blank, name = field.removeprefix(REFUND).rpartition(" ")
                refund, _new = TradeRefund.objects.get_or_create(
                    refund_no=refund_no,
                    defaults={"trade": record, "amount": 0, "status": RefundStatus.PROCESSING},
                )
                TradeRefund.objects.filter(pk=refund.pk).update(**{name: value})
        return True

    def adopt(self, row: Difference) -> Any:
        import_trade(row.key, row.their_row)
        return PaymentOrder.objects.filter(trades__trade_no=row.key).first()


@compared
class Withdrawals(Source):
    name = "withdrawals"
    kinds = {"withdrawals": gettext_lazy("Withdrawals")}
    model = Withdrawal
    key = "out_request_no"
    permission = "funds.view_withdrawal"
    take_permission = "funds.refresh_withdrawal"
    labels = {"amount": gettext_lazy("amount"), "status": gettext_lazy("state")}
    money = frozenset({"amount"})
    amount = "amount"
    states = frozenset({"status"})
    listed_by_time = False

    def available(self) -> bool:
        return is_open()

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        """WeChat lists all, the newest first: old ones that came to their end are not read again each night."""
        page = cursor or 1
        try:
            numbers, total = shop.scanwithdraw(page, PAGE)
        except Refused as error:
            if error.errcode != NO_DATA:
                raise
            return [], None
        stored = Withdrawal.objects.filter(out_request_no__in=numbers)
        old = set(stored.filter(created_at__lt=span.since, status__in=OVER).values_list("out_request_no", flat=True))
        earlier = {
            one for some in Withdrawal.objects.exclude(earlier=[]).values_list("earlier", flat=True) for one in some
        }
        read = [one for one in numbers if one not in old and one not in earlier]
        found = LeftOut().readable(read, self._one)
        return found, page + 1 if numbers and page * PAGE < total else None

    def _one(self, out_request_no: str) -> Theirs:
        began = timezone.now()
        return self.theirs_of({**shop.getwithdrawdetail(out_request_no), "out_request_no": out_request_no}, began)

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        values = {"amount": number(row.get("amount")), "status": str(row.get("status") or "") or None}
        named = {name: value for name, value in values.items() if value is not None}
        return Theirs(str(row["out_request_no"]), named, began, row)

    def ours(self, span: Span) -> QuerySet:
        at_wechat = Withdrawal.objects.exclude(out_request_no=None).filter(released_at=None)
        return at_wechat.filter(created_at__gte=span.since, created_at__lt=span.until)

    def read(self, record: Withdrawal) -> Theirs | None:
        try:
            return self._one(record.out_request_no or "")
        except Refused as error:
            if error.errcode == NO_DATA:
                return None
            raise

    def values(self, record: Withdrawal) -> dict[str, Any]:
        return {"amount": record.amount, "status": record.status}

    def is_forward(self, field: str, changed: Changed) -> bool:
        return changed.ours not in OVER

    def shown(self, field: str, value: Any) -> str:
        if field == "status" and value in WithdrawStatus.values:
            return str(WithdrawStatus(value).label)
        return super().shown(field, value)

    def take(self, record: Withdrawal, rows: dict[str, Difference]) -> bool:
        taken = {field: row.theirs for field, row in rows.items()}
        kept = {"reason": record.reason, "bank_name": record.bank_name, "bank_num": record.bank_num}
        detail = {**kept, "status": taken.get("status", record.status)}
        made = record.created_at
        detail["create_time"] = int(made.timestamp()) if made else None
        columns = {"amount": taken["amount"]} if "amount" in taken else {}
        snapshot = WithdrawalSnapshot(self.began(record, rows), record.out_request_no or "", detail)
        return apply_withdrawal(record, snapshot, **columns)

    def adopt(self, row: Difference) -> Any:
        amount = max(1, number(row.their_row.get("amount")) or 1)
        withdrawal = Withdrawal.objects.create(out_request_no=row.key, amount=amount)
        apply_withdrawal(withdrawal, WithdrawalSnapshot(row.seen_at, row.key, row.their_row))
        return withdrawal
