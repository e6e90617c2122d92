"""The bank account for withdrawals, and the lists of banks."""

from typing import Any

from ... import banks
from ...platform import Refusal, Request, endpoint, need
from .checks import NO_DATA, need_code, need_text, slice_of
from .tickets import WRONG_TICKET, use_up_ticket

LONGEST_NUMBER = 1024  # of a bank account; it may come encrypted
BUSINESS, PRIVATE = "ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"


@endpoint("/shop/funds/setbankaccount")
def setbankaccount(request: Request) -> dict:
    """Each change needs a confirmed QR code; the call does not name it, so any unused one is taken."""
    account = request.account
    account.bank_account = bank_account(request.data.get("account_info"))
    if not account.bank_account["account_number"].isdigit():
        raise Refusal(40097, "account_number has only digits")
    if account.on("bank_account_needs_scan") and not use_up_ticket():
        raise Refusal(WRONG_TICKET, "no ticket for this was confirmed by the administrator")
    account.save(update_fields=["bank_account"])
    return {}


@endpoint("/shop/funds/getbankaccount")
def getbankaccount(request: Request) -> dict:
    if not request.account.bank_account:
        raise Refusal(NO_DATA, "no data")
    return {"account_info": request.account.bank_account}


@endpoint("/shop/funds/getbanklist")
def getbanklist(request: Request) -> dict:
    words, kind = request.data.get("key_words") or "", request.data.get("bank_type") or 0
    if not isinstance(words, str) or kind not in (0, *banks.BOTH):
        raise Refusal(40097, "key_words is text, bank_type 1 (personal) or 2 (corporate)")
    found = [
        _bank(bank) | {"bank_type": type}
        for bank in banks.BANKS
        for type in bank.types
        if kind in (0, type) and (words in bank.bank_name or words in bank.account_bank)
    ]
    start, end = slice_of(request)
    return {"data": found[start:end], "total_count": len(found)}


@endpoint("/shop/funds/getbankbynum")
def getbankbynum(request: Request) -> dict:
    number = need_text(request.data, "account_number")
    found = [_bank(bank) for bank in banks.BANKS if number.startswith(bank.cards)]
    return {"data": found, "total_count": len(found)}


@endpoint("/shop/funds/getprovince")
def getprovince(request: Request) -> dict:
    found = [{"province_code": code, "province_name": name} for code, name in banks.PROVINCES.items()]
    return {"data": found, "total_count": len(found)}


@endpoint("/shop/funds/getcity")
def getcity(request: Request) -> dict:
    names = ("city_code", "city_name", "bank_address_code")
    cities = banks.CITIES.get(need_code(request.data, "province_code"), [])
    return {"data": [dict(zip(names, city, strict=True)) for city in cities], "total_count": len(cities)}


@endpoint("/shop/funds/getsubbranch")
def getsubbranch(request: Request) -> dict:
    city, code = need_code(request.data, "city_code"), str(need(request.data, "bank_code")[0])
    bank = next((bank for bank in banks.BANKS if bank.bank_code == code), None)
    if bank is None:
        raise Refusal(40097, "bank_code comes from getbanklist")
    found = [{"branch_id": key, "branch_name": name} for key, name in banks.BRANCHES.get((code, city), [])]
    start, end = slice_of(request)
    size = end - start
    return {
        "account_bank": bank.account_bank,
        "account_bank_code": bank.bank_id,
        "bank_alias": bank.bank_name,
        "bank_alias_code": bank.bank_code,
        "data": found[start:end],
        "total_count": len(found),
        "count": -(-len(found) // size),
    }


def bank_account(given: Any, types: dict[str, str] | None = None) -> dict:
    """A bank account as the platform stores it; its bank must be in the lists. `types`: the accepted types."""
    if not isinstance(given, dict):
        raise Refusal(40097, "account_info is an object")
    names = ("bank_account_type", "account_bank", "bank_address_code", "account_number")
    type, bank, address, number = need(given, *names)
    types = types or {BUSINESS: BUSINESS, PRIVATE: PRIVATE}
    if not isinstance(type, str) or type not in types:
        raise Refusal(40097, f"bank_account_type is one of {', '.join(types)}")
    if bank not in banks.NAMES:
        raise Refusal(40097, "account_bank comes from getbanklist")
    if not str(address).isdigit() or len(str(address)) != 6:
        raise Refusal(40097, "bank_address_code has six digits")
    if not isinstance(number, str | int) or len(str(number)) > LONGEST_NUMBER:
        raise Refusal(40097, f"account_number is text of {LONGEST_NUMBER} letters at most")
    return dict(zip(names, (types[type], bank, str(address), str(number)), strict=True))


def _bank(bank: banks.Bank) -> dict:
    return {name: getattr(bank, name) for name in ("account_bank", "bank_id", "bank_code", "bank_name", "need_branch")}
