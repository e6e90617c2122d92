"""The calls of withdrawals."""

import secrets

from django.utils import timezone

from ... import books
from ...models import Withdrawal
from ...platform import Refusal, Request, endpoint
from ...values import seconds, whole
from .checks import NO_DATA, need_text, page_of
from .tickets import expire_due, new_ticket


@endpoint("/shop/funds/submitwithdraw")
def submitwithdraw(request: Request) -> dict:
    account, given = request.account, request.data
    if account.merchant == "frozen":
        raise Refusal(48001, "the merchant account is frozen")
    amount = given.get("amount")
    if not whole(amount) or not amount:
        raise Refusal(40097, "amount is a number of fen above 0")
    if not account.bank_account:
        raise Refusal(40097, "there is no bank account to withdraw to")
    expire_due(account)
    if amount > books.free(books.locked()):
        raise Refusal(40097, "amount is more than the available balance")
    now = timezone.now()
    withdrawal = Withdrawal.objects.create(
        out_request_no=f"wd{secrets.randbelow(10**20):020d}",
        amount=amount,
        created_at=now,
        updated_at=now,
        remark=str(given.get("remark") or ""),
        bank_memo=str(given.get("bank_memo") or ""),
        bank_name=account.bank_account["account_bank"],
        bank_num=account.bank_account["account_number"],
    )
    ticket = new_ticket(account, withdrawal)
    return {"out_request_no": withdrawal.out_request_no, "qrcode_ticket": ticket.qrcode_ticket}


@endpoint("/shop/funds/scanwithdraw")
def scanwithdraw(request: Request) -> dict:
    expire_due(request.account)
    return page_of(request, Withdrawal.objects.order_by("-pk"), "out_request_no", "out_request_nos")


@endpoint("/shop/funds/getwithdrawdetail")
def getwithdrawdetail(request: Request) -> dict:
    expire_due(request.account)
    withdrawal = Withdrawal.objects.filter(out_request_no=need_text(request.data, "out_request_no")).first()
    if withdrawal is None:
        raise Refusal(NO_DATA, "no data")
    names = ("amount", "remark", "bank_name", "bank_num", "bank_memo", "status", "reason")
    times = {"create_time": seconds(withdrawal.created_at), "update_time": seconds(withdrawal.updated_at)}
    return {"withdraw_info": {name: getattr(withdrawal, name) for name in names} | times}
