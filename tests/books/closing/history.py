"""A shop over some days, played by chance: what buyers, staff, the bank and WeChat do, with lost and late events."""

import random
from datetime import date, datetime, timedelta

import time_machine
from django.utils import timezone

from aftersales.models import Aftersale
from aftersales.operations import accept_refund, refresh_claim
from aftersales.snapshots import import_aftersale
from orders.funds import matching
from orders.funds.models import Balance, PaymentOrder, Withdrawal
from orders.funds.operations import (
    ask_refund,
    ask_sharing,
    make_payment,
    pull_flow_day,
    refresh_balance,
    refresh_payment,
    refresh_withdrawal,
    refund_trade,
    share_trade,
    submit_withdrawal,
)
from orders.funds.operations.lists import day_of
from orders.models import Order
from orders.operations import refresh_order
from sandbox import books
from sandbox.endpoints import funds as bank
from sandbox.endpoints import pay as till
from sandbox.models import Account, Fault, Flow, Sharing, Trade, TradeRefund
from sandbox.models import Order as TheirOrder
from sandbox.models import Withdrawal as TheirWithdrawal
from tests.factories import OPENID, make_order, make_user, order_body
from wechat.shop import ecaftersale

BEGIN = date(2026, 11, 2)
KINDS = {
    Flow.ORDER: "payment",
    Flow.TRADE: "payment",
    Flow.ORDER_REFUND: "refund",
    Flow.TRADE_REFUND: "refund",
    Flow.TRADE_RETURN: "return",
    Flow.RETURN: "return",
    Flow.FEE: "fee",
    Flow.WITHDRAWAL: "withdrawal",
}
AWAY = timedelta(days=1000)  # where the sandbox's list does not find a movement yet
PLAYS = ["pay"] * 3 + ["raw", "settle", "claim"] * 2
PLAYS += ["raw", "whole_refund", "raw_refund", "release", "withdraw", "at_the_bank", "lose_event"]


def clock(day: date, hour: int = 10) -> time_machine.travel:
    return time_machine.travel(timezone.make_aware(datetime(day.year, day.month, day.day, hour)))


class History:
    def __init__(self, platform, hear, seed: int) -> None:
        self.platform, self.hear, self.rng = platform, hear, random.Random(seed)
        self.asker, self.approver = make_user("finance"), make_user("finance")
        self.orders: list[str] = []
        self.payments: list[PaymentOrder] = []
        self.whole_refunds: set[str] = set()  # of orders, without an after-sale
        self.hidden: dict[int, datetime] = {}  # movements that the list does not have yet, with their true moment

    def day(self, acts: int) -> None:
        """Some acts of one day; afterwards some of its movements are not listed yet."""
        known = set(Flow.objects.values_list("pk", flat=True))
        for _act in range(acts):
            getattr(self, self.rng.choice(PLAYS))()
            if self.rng.random() < 0.3:
                self.hear()
        for flow in Flow.objects.exclude(pk__in=known).order_by("pk"):
            if self.rng.random() < 0.15:
                self.hidden[flow.pk] = flow.booked_at
                Flow.objects.filter(pk=flow.pk).update(booked_at=flow.booked_at + AWAY)

    def list_late_ones(self, chance: float) -> None:
        for pk, moment in list(self.hidden.items()):
            if self.rng.random() < chance:
                Flow.objects.filter(pk=pk).update(booked_at=moment)
                del self.hidden[pk]

    def pull(self, days: int) -> None:
        """What the schedule does in a morning: the last days' movements, and every record read again."""
        self.hear()
        Fault.objects.all().delete()
        for order in Order.objects.all():
            refresh_order(order)
        for claim in Aftersale.objects.all():
            refresh_claim(claim)
        for payment in self.payments:
            refresh_payment(payment)
        for withdrawal in Withdrawal.objects.exclude(out_request_no=None):
            refresh_withdrawal(withdrawal)
        today = timezone.localdate()
        for back in range(days, -1, -1):
            if today - timedelta(days=back) >= BEGIN:
                pull_flow_day(day_of(today - timedelta(days=back)))
        matching.match_unmatched()
        refresh_balance(Balance.load())

    # --- the acts

    def pay(self) -> None:
        line = {
            "out_product_id": "p",
            "out_sku_id": "p-1",
            "product_cnt": 1,
            "sale_price": self.rng.choice([self.rng.randint(2, 99_999), 9_900]),
            "title": "裙",
            "path": "pages/p",
            "head_img": "https://mmecimage.cn/p/x/1",
        }
        order = make_order(order_body(product_infos=[line], price_info={"freight": 0}))
        self.platform.pay(order.out_order_id)
        self.orders.append(order.out_order_id)

    def _order(self) -> TheirOrder | None:
        """One that is paid and not settled."""
        open_ = TheirOrder.objects.filter(out_order_id__in=self.orders, status__in=TheirOrder.PAID, settled=False)
        found = list(open_.order_by("pk"))
        return self.rng.choice(found) if found else None

    def whole_refund(self) -> None:
        one = self._order()
        if one and not one.paid_back and not one.claims.exists():
            self.platform.refund(one.out_order_id)
            self.whole_refunds.add(one.out_order_id)

    def claim(self) -> None:
        one = self._order()
        if one is None or one.claims.exists():
            return
        theirs = self.platform.apply(one.out_order_id, "p-1", amount=self.rng.randint(1, one.price - 1))
        import_aftersale(ecaftersale.get(aftersale_id=theirs.aftersale_id))
        claim = Aftersale.objects.get(order__out_order_id=one.out_order_id)
        refresh_claim(claim)
        accept_refund(claim)

    def settle(self) -> None:
        one = self._order()
        if one and one.status == one.TO_SHIP:
            now = timezone.now()
            TheirOrder.objects.filter(pk=one.pk).update(status=one.FINISHED, shipped_at=now, finished_at=now)
            self.platform.settle(one.out_order_id)

    def raw(self) -> None:
        number = f"raw-{len(self.payments)}"
        payment = PaymentOrder.objects.create(combine_trade_no=number, openid=OPENID)
        amount = self.rng.randint(2, 99_999)
        payment.trades.create(trade_no=f"{number}-1", mchid=Account.only().mchid, amount=amount, description="茶")
        make_payment(payment)
        till.pay(Trade.objects.get(trade_no=f"{number}-1"))
        refresh_payment(payment)
        self.payments.append(payment)

    def raw_refund(self) -> None:
        trade = self.rng.choice(self.payments).trades.get() if self.payments else None
        if trade is None or not trade.left or trade.sharings.exists():
            return
        number = f"r{trade.pk}-{trade.refunds.count()}"
        refund = ask_refund(trade.payment, trade.trade_no, number, self.rng.randint(1, trade.left), self.asker)
        refund_trade(refund)
        theirs = TradeRefund.objects.get(refund_no=number)
        till.finish_refund(theirs, self.rng.choice(["SUCCESS", "SUCCESS", "CLOSE", "ABNORMAL"]))
        refresh_payment(trade.payment)

    def release(self) -> None:
        trade = self.rng.choice(self.payments).trades.get() if self.payments else None
        if trade is None or trade.sharings.exists():
            return
        share_trade(ask_sharing(trade.payment, trade.trade_no, f"s{trade.pk}"))
        till.finish_sharing(Sharing.objects.get(profit_sharing_no=f"s{trade.pk}"))

    def withdraw(self) -> None:
        free = books.free(books.current())
        if free <= 0:
            return
        refresh_balance(Balance.load())
        for withdrawal in Withdrawal.objects.open():
            refresh_withdrawal(withdrawal)
        withdrawal = Withdrawal.objects.create(amount=self.rng.randint(1, free), asked_by=self.asker)
        withdrawal.approve(self.approver)
        submit_withdrawal(withdrawal)
        withdrawal.refresh_from_db()
        if self.rng.random() < 0.9:
            self.platform.scan(withdrawal.qrcode_ticket)
            self.platform.confirm(withdrawal.qrcode_ticket)

    def at_the_bank(self) -> None:
        for theirs in TheirWithdrawal.objects.filter(status=TheirWithdrawal.ACCEPTED):
            self.rng.choice([bank.succeed, bank.fail, bank.give_back])(theirs)
        for theirs in TheirWithdrawal.objects.filter(status=TheirWithdrawal.SUCCEEDED):
            if self.rng.random() < 0.3:
                bank.give_back(theirs)

    def lose_event(self) -> None:
        self.platform.fault(self.rng.choice(["push_lost", "push_late", "push_twice", "push_swapped"]), seconds=90_000)
