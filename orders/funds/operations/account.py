"""Operations on the merchant account: application, balance and bank account (BEHAVIOUR 7.1, 7.3)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import OperationError, Refused, Unreachable
from wechat.models import Image
from wechat.shop import funds as shop
from wechat.shop import img, wxpay
from wechat.steps.errors import Conflict, NotDone
from wechat.steps.operations import Applies, operation
from wechat.steps.reading import apply_newest
from wechat.values import text, texts

from .. import payloads, prefill
from ..materials import missing_of_merchant
from ..models import Balance, Bank, BankAccount, BankChange, City, MerchantAccount
from ..models.account import MerchantState

NO_DATA, NO_MERCHANT = 9710001, 47001


class Snapshot(NamedTuple):
    """The answer of wxpay/get: the submitted papers and the application's state; both {} before an application."""

    began: datetime
    papers: dict
    application: dict

    @property
    def out_request_no(self) -> str:
        return str(self.application.get("out_request_no") or "")


def read() -> Snapshot:
    began = timezone.now()
    try:
        answer = wxpay.get()
    except Refused as error:
        if error.errcode == NO_DATA:
            return Snapshot(began, {}, {})
        raise
    return Snapshot(began, answer["pay_req"], answer["pay_resp"])


def apply_snapshot(account: MerchantAccount, snapshot: Snapshot) -> bool:
    """Store what was read; False when a later read has been applied."""
    application = snapshot.application
    validation, detail = application.get("account_validation"), application.get("audit_detail")
    return apply_newest(
        account,
        snapshot.began,
        account_validation=validation if isinstance(validation, dict) else {},
        audit_detail=[row for row in detail if isinstance(row, dict)] if isinstance(detail, list) else [],
        **texts(
            MerchantAccount,
            state=application.get("applyment_state"),
            state_desc=application.get("applyment_state_desc"),
            out_request_no=application.get("out_request_no"),
            sub_mchid=application.get("sub_mchid"),
            sign_url=application.get("sign_url"),
            legal_validation_url=application.get("legal_validation_url"),
        ),
    )


@operation(on=MerchantAccount, name="refresh_merchant", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_merchant(account: MerchantAccount, sent: dict) -> Applies:
    """Read the state of the application; no message reports it."""
    snapshot = read()

    def apply() -> None:
        if apply_snapshot(account, snapshot) and not MerchantAccount.load().legal_person:
            prefill.fill(account, snapshot.papers)  # applied for outside this console

    return apply


@operation(on=MerchantAccount, name="show_known", label=gettext_lazy("Fetch what WeChat already knows"), reads=True)
def show_known(account: MerchantAccount, sent: dict) -> Applies:
    """Read what WeChat knows of the mini program's owner, and fill in the empty fields here."""
    info = wxpay.get_info()

    def record() -> None:
        MerchantAccount.objects.filter(pk=account.pk).update(known=info)
        prefill.fill(account, info)

    return record


def _upload(account: MerchantAccount) -> None:
    """Upload pictures to WeChat Pay, which has its own media ids."""
    for image in account.images.filter(pay_media_id="").exclude(file=""):
        with image.file.open("rb") as file:
            content = file.read()
        name = str(image.file.name).rsplit("/", 1)[-1]
        key = img.upload(name, content, image.content_type, img.PAY_MEDIA_ID).get("pay_media_id")
        if not key:
            raise Unreachable("img/upload answered without a pay_media_id")
        Image.objects.filter(pk=image.pk).update(pay_media_id=key)
    account.refresh_from_db()


def _before(account: MerchantAccount) -> dict:
    return {"out_request_no": account.out_request_no}


def _is_new(snapshot: Snapshot, before: dict) -> bool:
    return bool(snapshot.application) and snapshot.out_request_no != before["out_request_no"]


def _find_application(account: MerchantAccount, before: dict) -> Applies:
    """A recovery: an application other than the last one is this one, as WeChat accepts no id of ours. Never resent."""
    snapshot = read()
    if not _is_new(snapshot, before):
        apply_snapshot(account, snapshot)
        raise NotDone(_("WeChat has no new application. Check again before you submit it once more."))
    return lambda: apply_snapshot(account, snapshot)


@operation(
    on=MerchantAccount,
    name="apply_merchant",
    label=gettext_lazy("Submit the application"),
    allowed=MerchantAccount.may_apply,
    check=missing_of_merchant,
    prepare=_upload,
    payload=_before,
    recover=_find_application,
    confirm=gettext_lazy("Submit the application for the merchant account? The subject cannot be changed afterwards."),
)
def apply_merchant(account: MerchantAccount, before: dict) -> Applies:
    """Apply for the merchant account; again after a rejection."""
    wxpay.apply(payloads.application(account))
    # WeChat has the application. If this read fails or does not show it yet, polling reads it later.
    snapshot = Snapshot(timezone.now(), {}, {"applyment_state": MerchantState.CHECKING})
    with suppress(OperationError):
        latest = read()
        if _is_new(latest, before):
            snapshot = latest
    return lambda: apply_snapshot(account, snapshot)


@operation(on=Balance, name="refresh_balance", label=gettext_lazy("Read the balance"), reads=True)
def refresh_balance(balance: Balance, sent: dict) -> Applies:
    """Read the available and the pending amount."""
    began, (available, pending) = timezone.now(), shop.getbalance()
    return lambda: apply_newest(balance, began, available=available, pending=pending)


def read_bank_account() -> dict:
    try:
        return shop.getbankaccount()
    except Refused as error:
        if error.errcode == NO_DATA:
            return {}
        raise


@operation(on=BankAccount, name="refresh_bank_account", label=gettext_lazy("Read the bank account"), reads=True)
def refresh_bank_account(account: BankAccount, sent: dict) -> Applies:
    """Read the bank account for withdrawals."""
    began, info = timezone.now(), read_bank_account()
    return lambda: apply_newest(account, began, info=info)


@contextmanager
def asking_for_lists() -> Iterator[None]:
    """Raises Conflict where WeChat returns no lists: before a merchant account is open it rejects our JSON (7.3)."""
    try:
        yield
    except Refused as error:
        if error.errcode != NO_MERCHANT:
            raise
        raise Conflict(
            _(
                "WeChat gives its lists of banks and cities only once a merchant account is open. "
                "Until then type the bank's name and the city's code by hand. (WeChat says: %(said)s)"
            )
            % {"said": error}
        ) from error


@asking_for_lists()
def branches_of(bank: Bank, city: City) -> list[dict]:
    """[{branch_id, branch_name}] of a bank in a city."""
    branches, offset = [], 0
    while True:
        rows, total = shop.getsubbranch(int(city.city_code), bank.bank_code, offset, 100)
        branches += [{name: str(row.get(name) or "") for name in ("branch_id", "branch_name")} for row in rows]
        offset += len(rows)
        if not rows or offset >= total or offset >= 2000:
            return branches


@operation(on=BankChange, name="pull_branches", label=gettext_lazy("Read the branches"), reads=True)
def pull_branches(change: BankChange, sent: dict) -> Applies:
    """Read the branches of the chosen bank in the chosen city."""
    branches = branches_of(change.bank, change.city)
    return lambda: BankChange.objects.filter(pk=change.pk).update(branches=branches)


@operation(
    on=MerchantAccount,
    name="find_bank",
    label=gettext_lazy("Find the bank by the account number"),
    allowed=MerchantAccount.may_find_bank,
    reads=True,
)
def find_bank(account: MerchantAccount, sent: dict) -> Applies:
    """Ask which bank the saved account number belongs to, and fill it in where there is only one."""
    with asking_for_lists():
        rows = shop.getbankbynum(account.account_number or "")
    codes = {str(row.get("bank_code") or "") for row in rows}
    if not rows:
        raise Conflict(_("WeChat knows no bank for this number. Choose it from the list."))
    if len(codes) > 1:
        names = ", ".join(str(row.get("bank_name") or "") for row in rows)
        raise Conflict(_("It may be one of several: %(names)s. Choose it from the list.") % {"names": names})
    (code,) = codes
    bank, name = account.bank_of(code), text(MerchantAccount, "account_bank", rows[0].get("account_bank"))
    moved = bank is None or bank.pk != account.bank_id
    fields = {"bank": bank, "account_bank": name} | (
        {"branches": [], "bank_branch_id": "", "bank_name": ""} if moved else {}
    )
    return lambda: MerchantAccount.objects.filter(pk=account.pk).update(**fields)


@operation(
    on=MerchantAccount,
    name="pull_merchant_branches",
    label=gettext_lazy("Read the branches"),
    allowed=MerchantAccount.may_pull_branches,
    reads=True,
)
def pull_merchant_branches(account: MerchantAccount, sent: dict) -> Applies:
    """Read the branches of the saved bank in the saved city; then they can be chosen on the form."""
    city = City.objects.filter(bank_address_code=account.bank_address_code, gone=False).first()
    if city is None or account.bank is None:
        raise Conflict(_("WeChat's list has no such city. Choose one of it."))
    branches = branches_of(account.bank, city)
    return lambda: MerchantAccount.objects.filter(pk=account.pk).update(branches=branches)
