"""Payments without a component order (BEHAVIOUR 7.2): all calls carry a number of ours, so they are idempotent."""

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from orders.operations.lists import DAYS, OVERLAP
from wechat.errors import Refused, Unreachable, UnreadableAnswer
from wechat.models import PulledList
from wechat.shop import pay as shop
from wechat.steps.errors import Conflict, NotDone
from wechat.steps.operations import REPEAT, Applies, operation, renew_lease
from wechat.steps.pulls import pull
from wechat.steps.reading import FINAL, Reading, apply_newest, keeping_refusal
from wechat.values import moment_of_unix, number, text, texts

from .. import payloads
from ..models import PaymentOrder, Trade, TradeRefund, TradeSharing
from ..models.trade import RefundStatus, SharingResult
from ..releases import RELEASE

log = logging.getLogger(__name__)
ODD = (UnreadableAnswer, DataError, LookupError, TypeError, AttributeError, ArithmeticError)
WRONG_STATE = 1010043  # paid or closed


class Snapshot(NamedTuple):
    """The parts of a payment as read, by trade_no."""

    began: datetime
    trades: dict[str, dict]

    @property
    def is_paid(self) -> bool:
        return bool(self.trades) and all(moment_of_unix(row.get("pay_time")) for row in self.trades.values())


def _read(payment: PaymentOrder) -> Snapshot:
    began = timezone.now()
    return Snapshot(began, {trade.trade_no: shop.getorder(trade.trade_no) for trade in payment.trades.all()})


def apply_snapshot(payment: PaymentOrder, snapshot: Snapshot) -> bool:
    """Store each part as read; False when a later read has been applied."""
    with transaction.atomic():
        if not apply_newest(payment, snapshot.began, made=True, refusal={}):
            return False
        for trade in Trade.objects.filter(payment=payment):
            _apply_trade(trade, snapshot.trades.get(trade.trade_no) or {})
    return True


def _apply_trade(trade: Trade, row: dict) -> None:
    fields = {
        "transaction_id": text(Trade, "transaction_id", row.get("transaction_id")),
        "paid_at": moment_of_unix(row.get("pay_time")),
        "frozen": bool(number(row.get("profit_sharing_frozen"))) if "profit_sharing_frozen" in row else None,
    }
    # A field that is missing in the read keeps its value.
    Trade.objects.filter(pk=trade.pk).update(
        **{name: value for name, value in fields.items() if value not in (None, "")}
    )
    for refund in row.get("refund_list") or []:
        _apply_refund(trade, refund)
    for sharing in row.get("profit_sharing_list") or []:
        _apply_sharing(trade, sharing)


def _apply_refund(trade: Trade, row: dict) -> None:
    status = text(TradeRefund, "status", row.get("result") or RefundStatus.PROCESSING)
    TradeRefund.objects.update_or_create(
        refund_no=str(row.get("refund_no"))[:64],
        defaults={
            "status": status,
            "refund_id": text(TradeRefund, "refund_id", row.get("refund_id")),
            "finished_at": moment_of_unix(row.get("finish_time")),
            "refused": False,
        },
        create_defaults={"trade": trade, "amount": max(0, number(row.get("amount")) or 0), "status": status},
    )


def _apply_sharing(trade: Trade, row: dict) -> None:
    fields: dict[str, Any] = {
        "amount": number(row.get("amount")),
        "result": text(TradeSharing, "result", row.get("result") or SharingResult.PROCESSING),
        "refused": False,
    }
    TradeSharing.objects.update_or_create(
        profit_sharing_no=str(row.get("profit_sharing_no"))[:64],
        defaults=fields,
        create_defaults={"trade": trade, **fields},
    )


reading = Reading(_read, apply_snapshot)


def _reread(payment: PaymentOrder) -> PaymentOrder:
    reading.reread(payment)
    return PaymentOrder.objects.get(pk=payment.pk)


def _keep_refusal(payment: PaymentOrder, error: Refused) -> None:
    """Store a final refusal, unless WeChat has the payment: then the refusal is only about the repeat."""
    if error.meaning.action in FINAL:
        PaymentOrder.objects.filter(pk=payment.pk, made=False).update(
            refusal={"errcode": error.errcode, "errmsg": error.errmsg}
        )


@operation(
    on=PaymentOrder, name="make_payment", label=_("Make the payment"), allowed=PaymentOrder.may_make, recover=REPEAT
)
def make_payment(payment: PaymentOrder, sent: dict) -> Applies:
    """Create the payment at WeChat; returns the parameters to pay with. A repeat returns new ones.

    Returns None where WeChat refuses because it is paid already.
    """
    try:
        params = shop.createorder(payloads.payment(payment))
    except Refused as error:
        if error.errcode == WRONG_STATE and _reread(payment).is_paid:
            return None
        _keep_refusal(payment, error)
        raise

    def apply() -> dict:
        PaymentOrder.objects.filter(pk=payment.pk).update(made=True, adopted=False, refusal={})
        return params

    return apply


@operation(
    on=PaymentOrder,
    name="close_payment",
    label=_("Close"),
    allowed=PaymentOrder.may_close,
    # A read does not show whether a payment is closed. A paid one was not closed; any other is closed again.
    recover=reading.recover_where(lambda payment, snapshot, sent: snapshot.is_paid),
    confirm=_("Close this payment? The buyer can no longer pay it."),
    typed_above=0,
)
def close_payment(payment: PaymentOrder, sent: dict) -> Applies:
    """Close a payment that nobody has paid."""
    try:
        shop.closeorder(payloads.closing(payment))
    except Refused as error:
        # WRONG_STATE means paid or closed: if the read shows no payment, it is closed.
        if error.errcode != WRONG_STATE or any(trade.paid_at for trade in _reread(payment).trades.all()):
            raise
    return lambda: PaymentOrder.objects.filter(pk=payment.pk).update(closed=True)


@operation(
    on=PaymentOrder, name="refresh_payment", label=_("Read from WeChat"), allowed=PaymentOrder.may_refresh, reads=True
)
def refresh_payment(payment: PaymentOrder, sent: dict) -> Applies:
    """Read whether it is paid, and the state of its refunds and releases."""
    return reading.refresh(payment)


@pull("payments", _("Payments without a component order"), name="pull_payments", label=_("Pull payments"))
def pull_payments(pulled: PulledList, sent: dict) -> Applies:
    """Read the payments of the last days; one made outside this console is imported without its buyer's openid.

    If one of them cannot be read, the others are stored, and the list does not count as pulled.
    """
    now = timezone.now()
    since = max(now - timedelta(days=DAYS), (pulled.pulled_at or now - timedelta(days=DAYS)) - OVERLAP)
    span = int(since.timestamp()), int((now + timedelta(minutes=5)).timestamp())
    count, more, last, unread = 0, True, "", []
    while more:
        numbers, more, index = shop.getorderlist(*span, last)
        payments = PaymentOrder.objects.filter(trades__trade_no__in=numbers).distinct().prefetch_related("trades")
        stored = {trade.trade_no: payment for payment in payments for trade in payment.trades.all()}
        for trade_no in numbers:
            if trade_no in stored and stored[trade_no].made:
                continue
            try:
                if trade_no in stored:  # made by a call that had no answer, and whose repeat was refused
                    reading.reread(stored[trade_no])
                    stored[trade_no].made = True  # with all its parts
                else:
                    import_trade(trade_no, shop.getorder(trade_no))
            except (Refused, IntegrityError, *ODD):  # among them: placed here by its maker meanwhile
                log.exception("payment %s could not be read", trade_no)
                unread.append(trade_no)
        count += len(numbers)
        if more and (not numbers or index == last):
            raise Unreachable("pay/getorderlist says there is more and does not go on")
        last = index
        renew_lease()
    if unread:
        message = gettext("Payments that could not be read: %(numbers)s")
        raise Unreachable(message % {"numbers": ", ".join(unread[:10])})
    return lambda: pulled.mark(count)


@transaction.atomic
def import_trade(trade_no: str, row: dict) -> None:
    """Import one part of a payment; creates the payment's record with its first part."""
    combine_trade_no = text(PaymentOrder, "combine_trade_no", row.get("combine_trade_no") or trade_no)
    fields = {"made": True, "adopted": True, "expire_at": moment_of_unix(row.get("expire_time"))}
    payment, _new = PaymentOrder.objects.get_or_create(combine_trade_no=combine_trade_no, defaults=fields)
    if not payment.adopted:
        return  # created here, with all its parts
    trade = Trade.objects.create(
        payment=payment,
        amount=max(0, number(row.get("amount")) or 0),
        **texts(Trade, trade_no=trade_no, mchid=row.get("mchid"), description=row.get("description")),
    )
    _apply_trade(trade, row)
    PaymentOrder.objects.filter(pk=payment.pk).update(
        created_at=moment_of_unix(row.get("create_time")) or payment.created_at, read_at=timezone.now()
    )


@transaction.atomic
def ask_refund(payment: PaymentOrder, trade_no: str, refund_no: str, amount: int, user: Any) -> TradeRefund:
    """Store a refund of a part, in fen, once per refund_no. Raises Conflict where it is not possible.

    The payment is locked, so that of two refunds at once the second sees the amount of the first.
    """
    trade = _part_of(payment, trade_no)
    if trade.paid_at is None or not trade.payment.is_ours:
        raise Conflict(gettext("Only what is paid, by a buyer who is known here, can be refunded."))
    row = TradeRefund.objects.filter(refund_no=refund_no).first()
    if row is None:
        if not 0 < amount <= trade.left:
            raise Conflict(gettext("%(amount)s can be refunded at most.") % {"amount": yuan(max(0, trade.left), "¥")})
        # Several small refunds of one payment count together, so that splitting cannot avoid the second person.
        taken = sum(part.amount - part.left for part in trade.payment.trades.all())
        large = taken + amount > settings.REFUND_SECOND_PERSON
        made = {"trade": trade, "amount": amount, "asked_by": user, "needs_second": large}
        row, _new = TradeRefund.objects.get_or_create(refund_no=refund_no, defaults=made)
    if (row.trade_id, row.amount) != (trade.pk, amount):
        raise Conflict(gettext("There is a refund with other content under this number."))
    return row


@transaction.atomic
def ask_sharing(payment: PaymentOrder, trade_no: str, profit_sharing_no: str) -> TradeSharing:
    """Store a release of a part, once per profit_sharing_no. Raises Conflict."""
    trade = _part_of(payment, trade_no)
    row, _new = TradeSharing.objects.get_or_create(profit_sharing_no=profit_sharing_no, defaults={"trade": trade})
    if row.trade_id != trade.pk:
        raise Conflict(gettext("There is a release with other content under this number."))
    return row


def _part_of(payment: PaymentOrder, trade_no: str) -> Trade:
    """The part, with its payment locked until the transaction ends. Raises Conflict where there is none."""
    locked = PaymentOrder.objects.select_for_update().get(pk=payment.pk)
    trade = Trade.objects.filter(payment=locked, trade_no=trade_no).first()
    if trade is None:
        raise Conflict(gettext("The payment has no such part."))
    trade.payment = locked
    return trade


def _find_part(row: TradeRefund | TradeSharing, sent: dict) -> Applies:
    """A recovery: done where WeChat has our number."""
    reading.reread(row.trade.payment)
    row.refresh_from_db()
    if row.is_sent:
        return lambda: _proven(row)
    raise NotDone


@operation(
    on=TradeRefund,
    name="refund_trade",
    label=_("Refund"),
    allowed=TradeRefund.may_refund,
    recover=_find_part,
    confirm=_("Refund this? The money leaves the merchant account at once."),
    typed_above=0,
)
def refund_trade(refund: TradeRefund, sent: dict) -> Applies:
    """Refund an amount of a payment, under a number of ours."""
    with keeping_refusal(refund, refused=True):
        shop.refundorder(payloads.refund(refund))
    return lambda: _agreed(refund, status=RefundStatus.PROCESSING)


@operation(
    on=TradeSharing,
    name="share_trade",
    label=_("Release the money"),
    allowed=TradeSharing.may_share,
    second=RELEASE,
    recover=_find_part,
    confirm=_("Release this? The money goes to the merchant account and can no longer be held back."),
)
def share_trade(sharing: TradeSharing, sent: dict) -> Applies:
    """Release the money of a payment to the merchant, under a number of ours."""
    with keeping_refusal(sharing, refused=True):
        shop.profitsharingorder(payloads.sharing(sharing))
    return lambda: _agreed(sharing, result=SharingResult.PROCESSING)


def _agreed(row: TradeRefund | TradeSharing, **state: str) -> None:
    """WeChat accepted it: set the state, unless a read has set one meanwhile."""
    type(row).objects.filter(pk=row.pk, **dict.fromkeys(state, "")).update(**state)
    _proven(row)


def _proven(row: TradeRefund | TradeSharing) -> None:
    """WeChat accepted a call with the buyer's openid, so the openid of an imported payment is correct."""
    PaymentOrder.objects.filter(pk=row.trade.payment_id).update(adopted=False)
