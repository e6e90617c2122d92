"""Payments without an order: made and refunded by the backend, released by finance."""

from orders.funds.models import PaymentOrder, TradeRefund
from sandbox.endpoints import pay as till
from sandbox.models import Account, Sharing, Trade
from sandbox.models import TradeRefund as TheirRefund

from ..seams import chance
from ..shop import BUYERS
from ..world import Idle
from .registry import act


def _body(world) -> dict:
    trades = [
        {"trade_no": f"t-{world.salt}-{nth}", "mchid": Account.only().mchid, "amount": amount, "description": "茶"}
        for nth, amount in enumerate(
            chance.choice(((5_000,), (2_000, 3_000), (70_000, 70_000), (70_000, 60_000), (150_000,)))
        )
    ]
    return {"combine_trade_no": f"p-{world.salt}", "openid": chance.choice(BUYERS), "trades": trades}


@act(4, "the backend makes a payment", "payment")
def make_payment(world):
    body = _body(world)
    world.memory.setdefault("payments", {})[body["combine_trade_no"]] = body
    world.follow(body["combine_trade_no"])
    return f"{body['combine_trade_no']} {world.ask('post', 'payment-orders/', body).status_code}"


@act(1, "the backend makes a payment once more", "payment")
def repeat_payment(world):
    number = world.pick(sorted(world.memory.get("payments", {})))
    return f"{number} {world.ask('post', 'payment-orders/', world.memory['payments'][number]).status_code}"


@act(5, "a buyer pays a payment", "payment")
def pay_payment(world):
    trade = world.pick(Trade.objects.filter(status=Trade.UNPAID), lambda row: row.combine_trade_no)
    till.pay(trade)
    return trade.combine_trade_no


@act(2, "the backend closes a payment", "payment")
def close_payment(world):
    payment = world.pick([row for row in PaymentOrder.objects.filter(closed=False) if row.may_close])
    return f"{payment} {world.ask('post', f'payment-orders/{payment}/close_payment/').status_code}"


@act(5, "the backend refunds a payment", "payment")
def refund_payment(world):
    payment = world.pick([row for row in PaymentOrder.objects.all() if row.is_paid])
    trade = chance.choice(list(payment.trades.all()))
    amount = chance.choice((500, max(1, trade.left // 2), max(1, trade.left), max(1, trade.left)))
    body = {"trade_no": trade.trade_no, "refund_no": f"r-{world.salt}", "amount": amount}
    world.memory.setdefault("refunds", {})[body["refund_no"]] = (str(payment), body)
    answer = world.ask("post", f"payment-orders/{payment}/refund_trade/", body)
    return f"{payment} ¥{amount / 100:.2f} {answer.status_code}"


@act(2, "the backend refunds a payment once more", "payment")
def repeat_refund(world):
    number = world.pick(sorted(world.memory.get("refunds", {})))
    payment, body = world.memory["refunds"][number]
    return f"{number} {world.ask('post', f'payment-orders/{payment}/refund_trade/', body).status_code}"


@act(4, "a second person approves a payment's refund", "payment")
def approve_trade_refund(world):
    from orders.funds.operations import refund_trade

    row = world.pick(TradeRefund.objects.to_approve().select_related("trade__payment"), lambda row: row.refund_no)
    who = chance.choice(("owner", "ann", "bob"))
    row.approve(world.people[who])
    return f"{row} by {who}: {world.press(refund_trade, row, who)}"


@act(3, "the backend releases a payment's money", "payment")
def share_payment(world):
    payment = world.pick([row for row in PaymentOrder.objects.all() if row.is_paid])
    trade = chance.choice(list(payment.trades.all()))
    body = {"trade_no": trade.trade_no, "profit_sharing_no": f"s-{world.salt}"}
    return f"{payment} {world.ask('post', f'payment-orders/{payment}/share_trade/', body).status_code}"


@act(3, "a second person approves a release", "payment")
def approve_release(world):
    from console.models import Approval
    from orders.funds.operations import share_trade
    from orders.funds.releases import RELEASE

    asked = world.pick(Approval.objects.waiting(RELEASE.kind), lambda row: str(row.record))
    sharing, who = asked.record, chance.choice(("owner", "ann", "bob"))
    if not sharing.may_share:
        raise Idle
    with world.as_person(who):
        share_trade.ask_second(sharing, world.people[who], asked.mark)
    return f"{sharing} by {who}: {world.press(share_trade, sharing, who)}"


@act(6, "WeChat finishes a refund", "payment")
def finish_refund(world):
    row = world.pick(TheirRefund.objects.filter(result__in=TheirRefund.OPEN), lambda row: row.refund_no)
    results = [TheirRefund.SUCCEEDED, TheirRefund.SUCCEEDED, TheirRefund.CLOSED, TheirRefund.ABNORMAL]
    till.finish_refund(row, chance.choice([result for result in results if result != row.result]))
    return row.refund_no


@act(4, "WeChat finishes a release", "payment")
def finish_sharing(world):
    row = world.pick(Sharing.objects.filter(result=Sharing.PROCESSING), lambda row: row.profit_sharing_no)
    till.finish_sharing(row, chance.choice(("", "", "", "账户异常")))
    return row.profit_sharing_no
