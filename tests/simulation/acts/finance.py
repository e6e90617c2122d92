"""Finance: withdrawals of two people and a scan, and what the bank makes of them."""

from orders.funds import operations
from orders.funds.models import Withdrawal as Ours
from sandbox import books
from sandbox.endpoints import funds as bank
from sandbox.endpoints.funds import bank as outcomes
from sandbox.models import Ticket, Withdrawal

from ..seams import chance
from ..world import Idle
from .registry import act

PEOPLE = ("ann", "bob", "owner")


@act(4, "finance asks for a withdrawal", "withdrawal")
def ask_withdrawal(world):
    free = books.free(books.current())
    if free < 100:
        raise Idle
    amount = chance.choice((free // 2, free // 3 + 1, min(free, 10_000), free))
    who = chance.choice(PEOPLE)
    made = Ours.objects.create(amount=amount, remark=f"月结 {world.salt}", asked_by=world.people[who])
    return f"{made} ¥{amount / 100:.2f} by {who}"


@act(6, "somebody approves a withdrawal", "withdrawal")
def approve_withdrawal(world):
    record = world.pick(Ours.objects.to_approve(), lambda row: row.pk)
    who = chance.choice(PEOPLE)
    record.approve(world.people[who])
    return f"#{record.pk} by {who}"


@act(8, "finance presses “Withdraw”", "withdrawal")
def submit_withdrawal(world):
    found = [row for row in Ours.objects.filter(out_request_no=None) if row.may_submit]
    record = world.pick(found, lambda row: row.pk)
    return f"#{record.pk} {world.press(operations.submit_withdrawal, record, 'bob')}"


@act(5, "finance requests a withdrawal again", "withdrawal")
def renew_withdrawal(world):
    record = world.pick([row for row in Ours.objects.all() if row.may_renew], lambda row: row.pk)
    return f"#{record.pk} {world.press(operations.renew_withdrawal, record, 'ann')}"


@act(10, "the administrator scans and confirms", "withdrawal")
def scan(world):
    ticket = world.pick(
        Ticket.objects.filter(status__in=Ticket.WAITING).exclude(withdrawal=None), lambda row: row.withdrawal.remark
    )
    if ticket.status == Ticket.UNSCANNED:
        bank.scan(ticket)
        ticket.refresh_from_db()
    how = chance.random()
    if how < 0.8:
        bank.confirm(ticket)
    elif how < 0.9:
        bank.cancel(ticket)
    return f"{ticket.withdrawal.remark} {ticket.withdrawal.status}"


@act(3, "the bank accepts a withdrawal", "withdrawal")
def accept(world):
    row = world.pick(Withdrawal.objects.filter(status=Withdrawal.STARTED), lambda row: row.remark)
    outcomes.accept(row)
    return row.remark


@act(6, "the bank pays out, or not", "withdrawal")
def pay_out(world):
    row = world.pick(Withdrawal.objects.filter(status=Withdrawal.ACCEPTED), lambda row: row.remark)
    how = chance.choice((outcomes.succeed, outcomes.succeed, outcomes.succeed, outcomes.fail, outcomes.give_back))
    how(row)
    return f"{row.remark}: {how.__name__}"


@act(1, "the bank returns what was paid out", "withdrawal")
def give_back(world):
    row = world.pick(Withdrawal.objects.filter(status=Withdrawal.SUCCEEDED), lambda row: row.remark)
    outcomes.give_back(row)
    return row.remark
