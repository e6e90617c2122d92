"""Finance: withdrawals of two people and a scan, what the bank makes of them, and the account that they go to."""

from orders.funds import operations
from orders.funds.models import Balance, Bank, BankAccount, BankChange, City, MerchantAccount
from orders.funds.models import Withdrawal as Ours
from orders.funds.releases import LET_GO
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
    world.follow(made.pk)
    world.follow(made.remark)
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
    if chance.random() < 0.5:  # the schedule looks every five seconds
        world.run_task("orders.funds.tasks.look_at_scans")
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


@act(2.5, "finance looks at the merchant account", "withdrawal")
def look_at_money(world):
    looks = (
        (operations.show_known, MerchantAccount),
        (operations.refresh_merchant, MerchantAccount),
        (operations.refresh_balance, Balance),
        (operations.refresh_bank_account, BankAccount),
    )
    op, of = chance.choice(looks)
    return f"{op.name} {world.press(op, of.load(), 'ann')}"


@act(1, "WeChat loses a withdrawal that was scanned", "withdrawal")
def lose_withdrawal(world):
    waiting = Ticket.objects.filter(status__in=Ticket.WAITING).exclude(withdrawal=None)
    ticket = world.pick(waiting, lambda row: row.withdrawal.remark)
    if ticket.status == Ticket.UNSCANNED:
        bank.scan(ticket)
    world.run_task("orders.funds.tasks.look_at_scans")
    if not Ours.objects.filter(out_request_no=ticket.withdrawal.out_request_no, status=Withdrawal.SCANNED).exists():
        raise Idle
    ticket.withdrawal.delete()
    return ticket.withdrawal.remark


@act(3, "finance lets go of a withdrawal that hangs", "withdrawal")
def let_go(world):
    record = world.pick([row for row in Ours.objects.all() if row.may_release], lambda row: row.pk)
    asked = LET_GO.waiting(record)
    who = chance.choice(PEOPLE)
    with world.as_person(who):
        operations.let_go_withdrawal.ask_second(record, world.people[who], asked.mark if asked else "")
    return f"#{record.pk} by {who}: {world.press(operations.let_go_withdrawal, record, who)}"


@act(1.2, "finance asks for another bank account", "bank")
def ask_bank_change(world):
    who, number = chance.choice(PEOPLE), f"62220{chance.randrange(10**12):012d}"
    found = Bank.objects.filter(bank_type=2, gone=False).order_by("bank_code")
    change = BankChange.objects.create(
        bank=chance.choice(list(found)),
        city=chance.choice(list(City.objects.order_by("city_code"))),
        bank_account_type="ACCOUNT_TYPE_BUSINESS",
        account_number=number,
        asked_by=world.people[who],
    )
    world.follow(change.pk)
    return f"…{number[-4:]} by {who}, {world.press(operations.pull_branches, change, who)}"


def _change(world, allowed) -> BankChange:
    found = BankChange.objects.select_related("bank", "city").order_by("pk")
    return world.pick([row for row in found if allowed(row)], lambda row: row.pk)


@act(2, "somebody approves another bank account", "bank")
def approve_bank_change(world):
    change = _change(world, lambda row: row.is_standing and not row.is_approved)
    who = chance.choice(PEOPLE)
    change.approve(world.people[who])
    return f"{change} by {who}"


@act(2, "finance shows the QR code for another bank account", "bank")
def ask_scan(world):
    change = _change(world, lambda row: row.may_ask_scan)
    return f"{change} {world.press(operations.ask_scan, change, 'ann')}"


@act(2, "the administrator scans for another bank account", "bank")
def scan_for_bank(world):
    ticket = world.pick(Ticket.objects.filter(status__in=Ticket.WAITING, withdrawal=None), lambda row: row.pk)
    if ticket.status == Ticket.UNSCANNED:
        bank.scan(ticket)
        ticket.refresh_from_db()
    how = chance.choice((bank.confirm, bank.confirm, bank.confirm, bank.cancel))
    how(ticket)
    world.run_task("orders.funds.tasks.look_at_scans")
    return how.__name__


@act(2, "finance changes the bank account", "bank")
def submit_bank_account(world):
    change = _change(world, lambda row: row.may_submit)
    return f"{change} {world.press(operations.submit_bank_account, change, 'ann')}"
