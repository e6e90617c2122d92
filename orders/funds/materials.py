"""Checks the papers for the merchant account; returns the faults by field."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Bank, MerchantAccount
from .models.account import IdDocument

NEEDED = (
    "legal_person",
    "business_begin",
    "license_copy",
    "id_name",
    "id_number",
    "id_front",
    "contact_email",
    "mobile_phone",
    "account_name",
    "account_number",
    "account_bank",
    "bank_address_code",
)


def missing_of_merchant(account: MerchantAccount) -> dict[str, list]:
    """{field: [messages]} of what is missing before it can be submitted; empty where nothing is missing."""
    missing = {name: [_("This is needed.")] for name in NEEDED if not getattr(account, name)}
    today = timezone.localdate()
    for name in ("business_end", "id_valid_until"):
        if (day := getattr(account, name)) and day <= today:
            missing[name] = [_("This has expired.")]
    if account.id_doc_type == IdDocument.ID_CARD and not account.id_back:
        missing["id_back"] = [_("An identity card has two sides.")]
    # WeChat accepts both of these fields or neither.
    proofs = ("settlement_cert", "relation_cert")
    if account.settlement_cert or account.relation_cert or account.other_certs.exists():
        missing |= {
            name: [_("Of the bank account's proofs both are needed.")] for name in proofs if not getattr(account, name)
        }
    if account.account_number and not str(account.account_number).isdigit():
        missing["account_number"] = [_("Digits only.")]
    if account.account_bank and not missing.get("account_bank"):
        missing |= _missing_of_bank(account)
    return missing


def _missing_of_bank(account: MerchantAccount) -> dict[str, list]:
    banks = list(Bank.objects.filter(account_bank=account.account_bank, gone=False))
    if not banks and Bank.objects.exists():
        return {"account_bank": [_("WeChat's list has no such bank. Choose one of it.")]}
    needs_branch = banks and all(bank.need_branch for bank in banks)
    if needs_branch and not (account.bank_branch_id or account.bank_name):
        return {"bank_name": [_("This bank needs its branch, by number or by full name.")]}
    return {}
