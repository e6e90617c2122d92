"""The application for the merchant account, from the papers to the signature; some months begin without one."""

from contextlib import suppress

from django.utils import timezone

from orders.funds import operations
from orders.funds.models import Bank, MerchantAccount
from sandbox.endpoints import wxpay as desk
from sandbox.models import Account, Application
from wechat.errors import OperationError

from ..seams import chance, clock
from ..world import Idle
from .registry import act

IN_REVIEW = (Application.CHECKING, Application.TO_VERIFY, Application.AUDITING)


def begin_without() -> None:
    """It was open once: its bank was chosen then from the list that WeChat gives to nobody else."""
    desk.close(Account.only())
    ours = {"bank": Bank.objects.order_by("pk").first(), "read_at": timezone.now()}
    MerchantAccount.objects.update(state="", state_desc="", out_request_no="", sub_mchid="", **ours)


@act(1.5, "finance applies for the merchant account", "merchant")
def apply_merchant(world):
    account = MerchantAccount.load()
    if not account.may_apply or operations.apply_merchant.check(account):
        raise Idle
    return world.press(operations.apply_merchant, account, "ann")


@act(1, "finance looks for the bank of the merchant account", "merchant")
def look_for_bank(world):
    account = MerchantAccount.load()
    looks = (operations.find_bank, operations.pull_merchant_branches)
    op = world.pick([op for op in looks if op.is_allowed(account)], lambda op: op.name)
    return f"{op.name} {world.press(op, account, 'ann')}"


@act(2.5, "WeChat reviews the application for the merchant account", "merchant")
def review_merchant(world):
    application = world.pick(Application.objects.filter(state__in=IN_REVIEW), lambda row: row.pk)
    name = chance.choice(desk.PLAYS[application.state])
    if name == "reject":
        desk.reject(application, "id_card_info", "证件照片不清晰")
    else:
        getattr(desk, name)(application)
    return name


@act(2.5, "the administrator signs for the merchant account", "merchant")
def sign_merchant(world):
    application = world.pick(Application.objects.filter(state=Application.TO_SIGN), lambda row: row.pk)
    _sign(world, application)
    return "now"


@act(0.4, "WeChat freezes the merchant account, or allows it again", "merchant")
def freeze_merchant(world):
    ends = (Application.FINISHED, Application.FROZEN)
    application = world.pick(Application.objects.filter(state__in=ends), lambda row: row.pk)
    frozen = application.state == Application.FROZEN
    (desk.thaw if frozen else desk.freeze)(application)
    return "thawed" if frozen else "frozen"


def open_again(world) -> None:
    """For the end of a month: the application is approved and signed, and no account is frozen."""
    for _time in range(4):
        account = MerchantAccount.load()
        with world.as_person("ann"), suppress(OperationError):
            operations.refresh_merchant(account)
            account.refresh_from_db()
            if account.may_apply:
                operations.apply_merchant(account)
        _finish(world)
        world.work_until(clock.seconds + 700)
        world.run_task("wechat.tasks.sweep")


def _finish(world) -> None:
    for application in Application.objects.all():
        if application.state == Application.TO_VERIFY:
            desk.transfer_arrives(application)
        if application.state in (Application.CHECKING, Application.AUDITING):
            desk.approve(application)
        if application.state == Application.TO_SIGN:
            _sign(world, application)
        if application.state == Application.FROZEN:
            desk.thaw(application)


def _sign(world, application: Application) -> None:
    desk.sign(application)
    world.memory["bank account"] = Account.only().bank_account.get("account_number")
