"""The merchant account: applied for, read, and what lies in it (BEHAVIOUR 7.1, 7.3)."""

from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import OperationError, Refused, Unreachable
from wechat.models import Image
from wechat.shop import funds as shop
from wechat.shop import img, wxpay
from wechat.steps.errors import Conflict
from wechat.steps.operations import NotDone, operation

from .. import payloads, prefill
from ..materials import missing_of_merchant
from ..models import Balance, Bank, BankAccount, BankChange, City, MerchantAccount
from ..models.account import MerchantState

NO_DATA, NO_MERCHANT = 9710001, 47001


def _read() -> dict:
    """What wxpay/get says of the application; {} where nothing was applied for."""
    return _read_all()["pay_resp"]


def _read_all() -> dict:
    try:
        return wxpay.get()
    except Refused as error:
        if error.errcode == NO_DATA:
            return {"pay_req": {}, "pay_resp": {}}
        raise


def take_in(account: MerchantAccount, began: datetime, said: dict) -> bool:
    """Record what was read; False when a later read is recorded already."""
    fresh = MerchantAccount.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=account.pk)
    texts = {"state": ("applyment_state", 40), "state_desc": ("applyment_state_desc", 200),
             "out_request_no": ("out_request_no", 64), "sub_mchid": ("sub_mchid", 32), "sign_url": ("sign_url", 500),
             "legal_validation_url": ("legal_validation_url", 500)}  # fmt: skip
    validation, detail = said.get("account_validation"), said.get("audit_detail")
    return bool(
        fresh.update(
            read_at=began,
            account_validation=validation if isinstance(validation, dict) else {},
            audit_detail=[row for row in detail if isinstance(row, dict)] if isinstance(detail, list) else [],
            **{field: str(said.get(name) or "")[:length] for field, (name, length) in texts.items()},
        )
    )


@operation(on=MerchantAccount, name="refresh_merchant", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_merchant(account: MerchantAccount, sent: dict):
    """Read where the application stands; no message tells of it."""
    began, said = timezone.now(), _read_all()

    def record():
        if take_in(account, began, said["pay_resp"]) and not MerchantAccount.load().legal_person:
            prefill.fill(account, said["pay_req"])  # applied for outside this console

    return record


@operation(on=MerchantAccount, name="show_known", label=gettext_lazy("Ask what is known already"), reads=True)
def show_known(account: MerchantAccount, sent: dict):
    """Read what the mini program has told WeChat of itself, and fill in what stands empty here."""
    known = wxpay.get_info()

    def record():
        MerchantAccount.objects.filter(pk=account.pk).update(known=known)
        prefill.fill(account, known)

    return record


def _upload(account: MerchantAccount) -> None:
    """WeChat Pay has keys of its own for pictures."""
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


def _find_application(account: MerchantAccount, before: dict):
    """WeChat offers no key of ours: another application than the last one is this one. Never handed in by itself."""
    began, said = timezone.now(), _read()
    newer = said and str(said.get("out_request_no") or "") != before["out_request_no"]
    if not newer:
        take_in(account, began, said)
        raise NotDone(_("WeChat has no new application. Look again before you hand it in once more."))
    return lambda: take_in(account, began, said)


@operation(
    on=MerchantAccount,
    name="apply_merchant",
    label=gettext_lazy("Hand in the application"),
    allowed=MerchantAccount.may_apply,
    check=missing_of_merchant,
    prepare=_upload,
    payload=_before,
    recover=_find_application,
    confirm=gettext_lazy("Hand in the papers for the merchant account? The subject cannot be changed afterwards."),
)
def apply_merchant(account: MerchantAccount, before: dict):
    """Apply for the merchant account; again after a refusal."""
    wxpay.apply(payloads.application(account))
    began = timezone.now()
    try:
        said = _read()
    except OperationError:
        said = {}
    if not said or str(said.get("out_request_no") or "") == before["out_request_no"]:
        said = {"applyment_state": MerchantState.CHECKING}  # handed in it is; the polling has the rest
    return lambda: take_in(account, began, said)


@operation(on=Balance, name="refresh_balance", label=gettext_lazy("Read the balance"), reads=True)
def refresh_balance(balance: Balance, sent: dict):
    """Read what is available and what is still pending."""
    began, (available, pending) = timezone.now(), shop.getbalance()
    fresh = Balance.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=balance.pk)
    return lambda: fresh.update(available=available, pending=pending, read_at=began)


def read_bank_account() -> dict:
    try:
        return shop.getbankaccount()
    except Refused as error:
        if error.errcode == NO_DATA:
            return {}
        raise


@operation(on=BankAccount, name="refresh_bank_account", label=gettext_lazy("Read the bank account"), reads=True)
def refresh_bank_account(account: BankAccount, sent: dict):
    """Read where withdrawals go."""
    began, info = timezone.now(), read_bank_account()
    fresh = BankAccount.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=account.pk)
    return lambda: fresh.update(info=info, read_at=began)


@contextmanager
def asking_for_lists():
    """Raises Conflict where WeChat gives no list: without a merchant account it calls our JSON none (7.3)."""
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
    found, offset = [], 0
    while True:
        rows, total = shop.getsubbranch(int(city.city_code), bank.bank_code, offset, 100)
        found += [{name: str(row.get(name) or "") for name in ("branch_id", "branch_name")} for row in rows]
        offset += len(rows)
        if not rows or offset >= total or offset >= 2000:
            return found


@operation(on=BankChange, name="pull_branches", label=gettext_lazy("Read the branches"), reads=True)
def pull_branches(change: BankChange, sent: dict):
    """Read the branches of the chosen bank in the chosen city."""
    found = branches_of(change.bank, change.city)
    return lambda: BankChange.objects.filter(pk=change.pk).update(branches=found)


@operation(
    on=MerchantAccount,
    name="find_bank",
    label=gettext_lazy("Find the bank by the account number"),
    allowed=MerchantAccount.may_find_bank,
    reads=True,
)
def find_bank(account: MerchantAccount, sent: dict):
    """Ask which bank the saved account number belongs to, and fill it in where there is only one."""
    with asking_for_lists():
        rows = shop.getbankbynum(account.account_number)
    codes = {str(row.get("bank_code") or "") for row in rows}
    if not rows:
        raise Conflict(_("WeChat knows no bank for this number. Choose it from the list."))
    if len(codes) > 1:
        names = ", ".join(str(row.get("bank_name") or "") for row in rows)
        raise Conflict(_("It may be one of several: %(names)s. Choose it from the list.") % {"names": names})
    (code,) = codes
    bank, name = account.bank_of(code), str(rows[0].get("account_bank") or "")[:100]
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
def pull_merchant_branches(account: MerchantAccount, sent: dict):
    """Read the branches of the saved bank in the saved city; then they can be chosen on the form."""
    city = City.objects.filter(bank_address_code=account.bank_address_code, gone=False).first()
    if city is None:
        raise Conflict(_("WeChat's list has no such city. Choose one of it."))
    found = branches_of(account.bank, city)
    return lambda: MerchantAccount.objects.filter(pk=account.pk).update(branches=found)
