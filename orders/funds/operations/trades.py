"""Payments without a component order (BEHAVIOUR 7.2): each by a number of ours, so that asking again is the same."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.money import yuan
from orders.operations.lists import DAYS, OVERLAP
from wechat.errors import Action, Refused, Unreachable
from wechat.models import PulledList
from wechat.shop import pay as shop
from wechat.steps.errors import Conflict
from wechat.steps.operations import REPEAT, NotDone, operation, renew_lease
from wechat.steps.pulls import pull
from wechat.values import moment_of_unix, number

from .. import payloads
from ..models import PaymentOrder, Trade, TradeRefund, TradeSharing
from ..models.trade import RefundStatus, SharingResult

FINAL = (Action.FIX, Action.STATE)
WRONG_STATE = 1010043  # paid or closed


def take_in(payment: PaymentOrder, began: datetime, found: dict[str, dict]) -> bool:
    """Record what was read of each part; False when a later read is recorded already."""
    with transaction.atomic():
        fresh = PaymentOrder.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=payment.pk)
        if not fresh.update(read_at=began, made=True):
            return False
        for trade in Trade.objects.filter(payment=payment):
            _take_in_trade(trade, found.get(trade.trade_no) or {})
    return True


def _take_in_trade(trade: Trade, said: dict) -> None:
    told = {
        "transaction_id": str(said.get("transaction_id") or "")[:64],
        "paid_at": moment_of_unix(said.get("pay_time")),
        "frozen": bool(number(said.get("profit_sharing_frozen"))) if "profit_sharing_frozen" in said else None,
    }
    Trade.objects.filter(pk=trade.pk).update(**{name: value for name, value in told.items() if value not in (None, "")})
    for row in said.get("refund_list") or []:
        TradeRefund.objects.update_or_create(
            refund_no=str(row.get("refund_no"))[:64],
            defaults={
                "status": str(row.get("result") or RefundStatus.PROCESSING)[:20],
                "refund_id": str(row.get("refund_id") or "")[:64],
                "finished_at": moment_of_unix(row.get("finish_time")),
                "refused": False,
            },
            create_defaults={
                "trade": trade,
                "amount": max(0, number(row.get("amount")) or 0),
                "status": str(row.get("result") or RefundStatus.PROCESSING)[:20],
            },
        )
    for row in said.get("profit_sharing_list") or []:
        told = {
            "amount": number(row.get("amount")),
            "result": str(row.get("result") or SharingResult.PROCESSING)[:20],
            "refused": False,
        }
        TradeSharing.objects.update_or_create(
            profit_sharing_no=str(row.get("profit_sharing_no"))[:64],
            defaults=told,
            create_defaults={"trade": trade, **told},
        )


def _read(payment: PaymentOrder) -> dict[str, dict]:
    return {trade.trade_no: shop.getorder(trade.trade_no) for trade in payment.trades.all()}


def _reread(payment: PaymentOrder) -> PaymentOrder:
    began, found = timezone.now(), _read(payment)
    take_in(payment, began, found)
    return PaymentOrder.objects.get(pk=payment.pk)


def _refused(payment: PaymentOrder, error: Refused) -> None:
    if error.meaning.action in FINAL:
        PaymentOrder.objects.filter(pk=payment.pk, made=False).update(
            refusal={"errcode": error.errcode, "errmsg": error.errmsg}
        )


@operation(
    on=PaymentOrder, name="make_payment", label=_("Make the payment"), allowed=PaymentOrder.may_make, recover=REPEAT
)
def make_payment(payment: PaymentOrder, sent: dict):
    """Make it at WeChat; returns the parameters that open the cash register. Asking again gives new ones.

    None where WeChat says that it is over, and it turns out to be paid.
    """
    try:
        params = shop.createorder(payloads.payment(payment))
    except Refused as error:
        if error.errcode == WRONG_STATE and _reread(payment).is_paid:
            return lambda: None
        _refused(payment, error)
        raise

    def record():
        PaymentOrder.objects.filter(pk=payment.pk).update(made=True, adopted=False, refusal={})
        return params

    return record


def _find_closing(payment: PaymentOrder, sent: dict):
    """Closing tells nothing when read: a payment that is paid was not closed, another is closed once more."""
    if _reread(payment).is_paid:
        return lambda: None
    raise NotDone


@operation(
    on=PaymentOrder,
    name="close_payment",
    label=_("Close"),
    allowed=PaymentOrder.may_close,
    recover=_find_closing,
    confirm=_("Close this payment? The buyer can no longer pay it."),
)
def close_payment(payment: PaymentOrder, sent: dict):
    """Close what nobody has paid."""
    try:
        shop.closeorder(payloads.closing(payment))
    except Refused as error:
        # It is paid or closed already: unpaid, it is the latter.
        if error.errcode != WRONG_STATE or any(trade.paid_at for trade in _reread(payment).trades.all()):
            raise
    return lambda: PaymentOrder.objects.filter(pk=payment.pk).update(closed=True)


@operation(
    on=PaymentOrder, name="refresh_payment", label=_("Read from WeChat"), allowed=PaymentOrder.may_refresh, reads=True
)
def refresh_payment(payment: PaymentOrder, sent: dict):
    """Read whether it is paid, and what became of refunds and sharings."""
    began, found = timezone.now(), _read(payment)
    return lambda: take_in(payment, began, found)


@pull("payments", _("Payments without a component order"), name="pull_payments", label=_("Pull payments"))
def pull_payments(pulled: PulledList, sent: dict):
    """Read the payments of the last days; one made outside this console comes in, but without its buyer's openid.

    One that cannot be read stops no other, and the list does not count as pulled.
    """
    now = timezone.now()
    since = max(now - timedelta(days=DAYS), (pulled.pulled_at or now - timedelta(days=DAYS)) - OVERLAP)
    span = int(since.timestamp()), int((now + timedelta(minutes=5)).timestamp())
    count, more, last, unread = 0, True, "", []
    while more:
        numbers, more, index = shop.getorderlist(*span, last)
        known = set(Trade.objects.filter(trade_no__in=numbers).values_list("trade_no", flat=True))
        for trade_no in numbers:
            if trade_no in known:
                continue
            try:
                _adopt(trade_no, shop.getorder(trade_no))
            except (Refused, IntegrityError):  # refused, or told to us by its maker meanwhile
                unread.append(trade_no)
        count += len(numbers)
        if more and (not numbers or index == last):
            raise Unreachable("pay/getorderlist says there is more and does not go on")
        last = index
        renew_lease()
    if unread:
        numbers = ", ".join(unread[:10])
        raise Unreachable(gettext("Payments that could not be read: %(numbers)s") % {"numbers": numbers})
    return lambda: pulled.mark(count)


@transaction.atomic
def _adopt(trade_no: str, said: dict) -> None:
    """Parts of one payment come in one by one, and gather under its number."""
    combine_trade_no = str(said.get("combine_trade_no") or trade_no)[:64]
    known = {"made": True, "adopted": True, "expire_at": moment_of_unix(said.get("expire_time"))}
    payment, _new = PaymentOrder.objects.get_or_create(combine_trade_no=combine_trade_no, defaults=known)
    if not payment.adopted:
        return  # its parts are what its maker said
    trade = Trade.objects.create(
        payment=payment,
        trade_no=trade_no[:64],
        mchid=str(said.get("mchid") or "")[:32],
        amount=max(0, number(said.get("amount")) or 0),
        description=str(said.get("description") or "")[:120],
    )
    _take_in_trade(trade, said)
    PaymentOrder.objects.filter(pk=payment.pk).update(
        created_at=moment_of_unix(said.get("create_time")) or payment.created_at, read_at=timezone.now()
    )


@transaction.atomic
def ask_refund(payment: PaymentOrder, trade_no: str, refund_no: str, amount: int, user) -> TradeRefund:
    """Put down a refund of a part, once by its number; fen. Raises Conflict where it cannot be made.

    The payment is locked: of two refunds at once, the second sees what the first has taken.
    """
    trade = _part_of(payment, trade_no)
    if trade.paid_at is None or not trade.payment.is_ours:
        raise Conflict(gettext("Only what is paid, by a buyer who is known here, can be refunded."))
    row = TradeRefund.objects.filter(refund_no=refund_no).first()
    if row is None:
        if not 0 < amount <= trade.left:
            raise Conflict(gettext("%(amount)s can be refunded at most.") % {"amount": yuan(max(0, trade.left), "¥")})
        # Several small ones of one payment are as much as a large one.
        taken = sum(part.amount - part.left for part in trade.payment.trades.all())
        large = taken + amount > settings.REFUND_SECOND_PERSON
        made = {"trade": trade, "amount": amount, "asked_by": user, "needs_second": large}
        row, _new = TradeRefund.objects.get_or_create(refund_no=refund_no, defaults=made)
    if (row.trade_id, row.amount) != (trade.pk, amount):
        raise Conflict(gettext("There is a refund with other content under this number."))
    return row


@transaction.atomic
def ask_sharing(payment: PaymentOrder, trade_no: str, profit_sharing_no: str) -> TradeSharing:
    """Put down a release of a part, once by its number. Raises Conflict."""
    trade = _part_of(payment, trade_no)
    row, _new = TradeSharing.objects.get_or_create(profit_sharing_no=profit_sharing_no, defaults={"trade": trade})
    if row.trade_id != trade.pk:
        raise Conflict(gettext("There is a release with other content under this number."))
    return row


def _part_of(payment: PaymentOrder, trade_no: str) -> Trade:
    """Its payment locked, until the transaction is over. Raises Conflict."""
    locked = PaymentOrder.objects.select_for_update().get(pk=payment.pk)
    trade = Trade.objects.filter(payment=locked, trade_no=trade_no).first()
    if trade is None:
        raise Conflict(gettext("The payment has no such part."))
    trade.payment = locked
    return trade


def _find_part(row: TradeRefund | TradeSharing, sent: dict):
    """WeChat has our number, or never heard it."""
    _reread(row.trade.payment)
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
)
def refund_trade(refund: TradeRefund, sent: dict):
    """Refund some of a payment, by a number of ours."""
    try:
        shop.refundorder(payloads.refund(refund))
    except Refused as error:
        if error.meaning.action in FINAL:
            TradeRefund.objects.filter(pk=refund.pk).update(refused=True)
        raise
    return lambda: _agreed(refund, status="PROCESSING")


@operation(
    on=TradeSharing,
    name="share_trade",
    label=_("Release the money"),
    allowed=TradeSharing.may_share,
    recover=_find_part,
)
def share_trade(sharing: TradeSharing, sent: dict):
    """Release the money of a payment to the merchant, by a number of ours."""
    try:
        shop.profitsharingorder(payloads.sharing(sharing))
    except Refused as error:
        if error.meaning.action in FINAL:
            TradeSharing.objects.filter(pk=sharing.pk).update(refused=True)
        raise
    return lambda: _agreed(sharing, result="PROCESSING")


def _agreed(row: TradeRefund | TradeSharing, **state) -> None:
    type(row).objects.filter(pk=row.pk, **dict.fromkeys(state, "")).update(**state)
    _proven(row)


def _proven(row: TradeRefund | TradeSharing) -> None:
    """WeChat agreed with the buyer we named."""
    PaymentOrder.objects.filter(pk=row.trade.payment_id).update(adopted=False)
