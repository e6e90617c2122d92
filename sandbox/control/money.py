"""The merchant account: actions of its reviewer, the administrator's phone, the bank, and the payer of raw payments."""

from collections.abc import Callable

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from .. import books
from ..endpoints import funds, pay, wxpay
from ..models import Account, Application, Flow, Sharing, Ticket, Trade, TradeRefund, Withdrawal
from ..platform import Refusal
from .board import action, number, section, told


@section
def counting_house(account: Account) -> dict:
    application = Application.objects.order_by("-pk").first()
    at_the_bank = Withdrawal.objects.filter(
        status__in=(*Withdrawal.HELD[2:], Withdrawal.ACCEPTED, Withdrawal.SUCCEEDED)
    )
    return {
        "application": application,
        "application_plays": wxpay.PLAYS.get(application.state, ()) if application else (),
        "books": books.current(),
        "flows": Flow.objects.order_by("-pk")[:10],
        "tickets": Ticket.objects.filter(status__in=Ticket.WAITING).select_related("withdrawal").order_by("-pk")[:10],
        "withdrawals": at_the_bank.order_by("-pk")[:10],
        "trades": Trade.objects.filter(status=Trade.UNPAID).order_by("-pk")[:10],
        "trade_refunds": TradeRefund.objects.filter(result__in=TradeRefund.OPEN).select_related("trade")[:10],
        "sharings": Sharing.objects.filter(result=Sharing.PROCESSING).select_related("trade")[:10],
    }


APPLICATION_PLAYS: dict[str, Callable[[Application], object]] = {
    "approve": wxpay.approve,
    "ask_transfer": wxpay.ask_transfer,
    "transfer_arrives": wxpay.transfer_arrives,
    "sign": wxpay.sign,
    "freeze": wxpay.freeze,
    "thaw": wxpay.thaw,
}
TICKET_PLAYS: dict[str, Callable[[Ticket], object]] = {
    "scan": funds.scan,
    "scan_as_sub_administrator": lambda ticket: funds.scan(ticket, Ticket.SUB_ADMINISTRATOR),
    "scan_as_stranger": lambda ticket: funds.scan(ticket, Ticket.STRANGER),
    "confirm": funds.confirm,
    "cancel": funds.cancel,
}
WITHDRAWAL_PLAYS: dict[str, Callable[[Withdrawal], object]] = {
    "accept": funds.accept,
    "succeed": funds.succeed,
    "fail": funds.fail,
    "give_back": funds.give_back,
}


@action
def play_application(request: HttpRequest, account: Account) -> str:
    """Run an action of the reviewer, the bank or the administrator on the merchant's application."""
    wxpay.expire_due(account)
    application = get_object_or_404(Application, pk=number(request.POST, "application"))
    if request.POST.get("play") == "reject":
        param, reason = [request.POST.get(name, "").strip() for name in ("param_name", "reason")]
        wxpay.reject(application, param or "id_card_info", reason or "证件照片不清晰，请重新上传")
        return _("Rejected. No event is sent; wxpay/get shows it.")
    _played(APPLICATION_PLAYS, request)(application)
    return _("Done; no event is sent, wxpay/get shows it.")


@action
def close_merchant(request: HttpRequest, account: Account) -> str:
    wxpay.close(account)
    return _("There is no merchant account any more: it can be applied for.")


@action
def set_store_url(request: HttpRequest, account: Account) -> str:
    account.store_url = request.POST.get("store_url", "").strip()[:500]
    account.save(update_fields=["store_url"])
    return _("Saved; wxpay/get and wxpay/get_info answer it.")


@action
def play_ticket(request: HttpRequest, account: Account) -> str:
    """Run an action of a person who scans a QR code."""
    ticket = get_object_or_404(Ticket, qrcode_ticket=request.POST.get("qrcode_ticket"))
    play = _played(TICKET_PLAYS, request)
    return told(lambda: play(ticket))


@action
def play_withdrawal(request: HttpRequest, account: Account) -> str:
    """Run an action of the bank on a withdrawal."""
    withdrawal = get_object_or_404(Withdrawal, out_request_no=request.POST.get("out_request_no"))
    play = _played(WITHDRAWAL_PLAYS, request)
    return told(lambda: play(withdrawal))


@action
def pay_trade(request: HttpRequest, account: Account) -> str:
    trade = get_object_or_404(Trade, trade_no=request.POST.get("trade_no"))
    return told(lambda: pay.pay(trade))


@action
def finish_trade_refund(request: HttpRequest, account: Account) -> str:
    refund, result = get_object_or_404(TradeRefund, refund_no=request.POST.get("refund_no")), request.POST.get("result")
    if result not in (TradeRefund.SUCCEEDED, TradeRefund.CLOSED, TradeRefund.ABNORMAL):
        raise Refusal(40097, _("There is no such button."))
    return told(lambda: pay.finish_refund(refund, result))


@action
def finish_trade_sharing(request: HttpRequest, account: Account) -> str:
    sharing = get_object_or_404(Sharing, profit_sharing_no=request.POST.get("profit_sharing_no"))
    return told(lambda: pay.finish_sharing(sharing, request.POST.get("fail_reason", "").strip()))


def _played(plays: dict[str, Callable], request: HttpRequest) -> Callable:
    play = plays.get(request.POST.get("play", ""))
    if play is None:
        raise Refusal(40097, _("There is no such button."))
    return play
