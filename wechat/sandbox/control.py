"""The page on which a person plays WeChat: reviewer, administrator, clock and mischief."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .endpoints import audit as audits
from .endpoints import complaint as disputes
from .endpoints import ecaftersale as claims
from .endpoints import order as orders
from .endpoints import register, spu
from .models import SWITCHES, Account, Audit, Claim, Dispute, Entry, Fault, Order, Product, Push, Token
from .platform import ENDPOINTS, Refusal
from .pushes import push

OVER = (Order.TIMED_OUT, Order.REFUNDED, Order.CANCELLED)
ACTIONS: dict[str, Callable[[HttpRequest, Account], str]] = {}


def action(function: Callable[[HttpRequest, Account], str]):
    ACTIONS[function.__name__] = function
    return function


@staff_member_required
def page(request: HttpRequest) -> HttpResponse:
    account = Account.only()
    _expire_due(account)
    context = {
        "account": account,
        "waiting": Audit.objects.filter(status=0).order_by("id"),
        "decided": Audit.objects.exclude(status=0).order_by("-id")[:10],
        "products": Product.objects.filter(deleted=False, edit_status__lte=Product.IN_REVIEW).order_by("updated_at")[
            :20
        ],
        "products_waiting": Product.objects.filter(deleted=False, edit_status=Product.IN_REVIEW).count(),
        "shelf": Product.objects.filter(deleted=False).exclude(status=Product.NEVER).order_by("-updated_at")[:20],
        "orders": Order.objects.exclude(status__in=OVER).exclude(settled=True).order_by("-created_at")[:20],
        "promoter_id": orders.PROMOTER["promoter_id"],
        "sharer_openid": orders.SHARER["sharer_openid"],
        "orders_unpaid": Order.objects.filter(status=Order.UNPAID).count(),
        "claims": [(claim, claims.possible(claim)) for claim in _open_claims()],
        "claimable": Order.objects.filter(fund_type=1, status__in=Order.PAID, settled=False).order_by("-created_at")[
            :20
        ],
        "disputes": Dispute.objects.exclude(state__in=Dispute.OVER)
        .select_related("claim")
        .order_by("-created_at")[:20],
        "pushes": Push.objects.order_by("-id")[:15],
        "entries": Entry.objects.order_by("-id")[:25],
        "faults": Fault.objects.filter(left__gt=0),
        "kinds": Fault.KINDS,
        "endpoints": sorted(ENDPOINTS),
        "switches": [(name, text, account.on(name)) for name, (_default, text) in SWITCHES.items()],
        "modes": Account._meta.get_field("mode").choices,
        "formats": Account._meta.get_field("format").choices,
        "now": account.now(),
    }
    return render(request, "sandbox/control.html", context)


@staff_member_required
@require_POST
def press(request: HttpRequest, action: str) -> HttpResponse:
    if action not in ACTIONS:
        messages.error(request, _("There is no such button."))
        return redirect("sandbox:page")
    try:
        messages.success(request, ACTIONS[action](request, Account.only()))
    except Refusal as refusal:
        messages.error(request, f"{refusal.errcode} {refusal.errmsg}")
    except ValueError:
        messages.error(request, _("A number is needed there."))
    return redirect("sandbox:page")


@staff_member_required
@require_POST
def push_again(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Push, pk=pk)
    Push.objects.filter(pk=pk).update(state=Push.QUEUED, attempts=0, due_at=timezone.now())
    messages.success(request, _("The event is pushed again."))
    return redirect("sandbox:page")


@action
def approve(request: HttpRequest, account: Account) -> str:
    audit = get_object_or_404(Audit, audit_id=request.POST.get("audit_id"))
    audits.decide(audit, approved=True)
    return _("Approved. The event open_product_%(kind)s_audit is on its way.") % {"kind": audit.kind}


@action
def reject(request: HttpRequest, account: Account) -> str:
    audit = get_object_or_404(Audit, audit_id=request.POST.get("audit_id"))
    reason = request.POST.get("reason", "").strip() or "请重新提交审核"
    audits.decide(audit, approved=False, reason=reason)
    return _("Rejected. The event open_product_%(kind)s_audit is on its way.") % {"kind": audit.kind}


def _product(request: HttpRequest) -> Product:
    return get_object_or_404(Product, out_product_id=request.POST.get("out_product_id"), deleted=False)


@action
def approve_product(request: HttpRequest, account: Account) -> str:
    spu.decide(_product(request), approved=True)
    return _("Approved. The event open_product_spu_audit is on its way.")


@action
def reject_product(request: HttpRequest, account: Account) -> str:
    reason = request.POST.get("reason", "").strip() or "商品信息不规范，请修改后重新提交"
    spu.decide(_product(request), approved=False, reason=reason)
    return _("Rejected. The event open_product_spu_audit is on its way.")


@action
def approve_all_products(request: HttpRequest, account: Account) -> str:
    waiting = Product.objects.filter(deleted=False, edit_status=Product.IN_REVIEW)
    count = 0
    for product in waiting.iterator(chunk_size=200):
        spu.decide(product, approved=True)
        count += 1
    return _("%(count)d products approved; an event for each is on its way.") % {"count": count}


@action
def hand_over_product(request: HttpRequest, account: Account) -> str:
    spu.hand_over(_product(request))
    return _("The product is in review now.")


@action
def delist_product(request: HttpRequest, account: Account) -> str:
    spu.set_status(_product(request), Product.VIOLATION, request.POST.get("reason", "").strip() or "商品涉嫌违规")
    return _("Taken off sale. The event open_product_spu_status_update is on its way.")


@action
def restore_product(request: HttpRequest, account: Account) -> str:
    spu.set_status(_product(request), Product.LISTED)
    return _("Back on sale. The event open_product_spu_status_update is on its way.")


@action
def drift_product(request: HttpRequest, account: Account) -> str:
    spu.drift(_product(request))
    return _("Title and prices were changed past the console; no event tells of it.")


def _order(request: HttpRequest) -> Order:
    return get_object_or_404(Order, out_order_id=request.POST.get("out_order_id"))


@action
def pay_order(request: HttpRequest, account: Account) -> str:
    order = _order(request)
    orders.pay(order)
    if order.fund_type == 0:
        return _("Paid at the cash register; no event tells of it, order/pay has to.")
    return _("Paid. The event open_product_order_pay is on its way.")


@action
def pay_all_orders(request: HttpRequest, account: Account) -> str:
    count = told = 0
    orders.expire_due(account)
    for order in Order.objects.filter(status=Order.UNPAID).iterator(chunk_size=200):
        orders.pay(order)
        count, told = count + 1, told + order.fund_type
    return _("%(count)d orders paid; %(told)d events open_product_order_pay are on their way.") % {
        "count": count,
        "told": told,
    }


@action
def pay_too_little(request: HttpRequest, account: Account) -> str:
    order = _order(request)
    orders.pay(order, amount=order.price - 1)
    return _("The event open_product_order_pay tells of one fen too little; the order stays unpaid.")


@action
def forge_payment(request: HttpRequest, account: Account) -> str:
    orders.pay(_order(request), forged=True)
    return _("The event open_product_order_pay tells of a payment that never was; the order stays unpaid.")


@action
def cancel_order(request: HttpRequest, account: Account) -> str:
    orders.cancel(_order(request))
    return _("Cancelled. The event open_product_order_cancel is on its way.")


@action
def confirm_order(request: HttpRequest, account: Account) -> str:
    orders.confirm(_order(request))
    return _("Receipt confirmed. The event open_product_order_confirm is on its way.")


@action
def refund_order(request: HttpRequest, account: Account) -> str:
    orders.refund_all(_order(request))
    return _("Everything is refunded. The event open_product_order_refund is on its way.")


@action
def settle_order(request: HttpRequest, account: Account) -> str:
    orders.settle(_order(request))
    return _("Settled. The event open_product_order_settle is on its way.")


@action
def attribute_to_promoter(request: HttpRequest, account: Account) -> str:
    given = request.POST.get("promoter_id", "").strip()
    orders.attribute(_order(request), promoter=orders.PROMOTER | ({"promoter_id": given} if given else {}))
    return _("The promoter is known. The event open_product_order_analyze is on its way.")


@action
def attribute_to_sharer(request: HttpRequest, account: Account) -> str:
    given = request.POST.get("sharer_openid", "").strip()
    orders.attribute(_order(request), sharer=orders.SHARER | ({"sharer_openid": given} if given else {}))
    return _("The sharer is known. The event open_product_order_analyze is on its way.")


PLAYS: dict[str, Callable[[Claim, dict], object]] = {
    "modify": lambda claim, given: claims.modify(claim, orderamt=_number(given, "amount")),
    "cancel": lambda claim, given: claims.user_cancel(claim),
    "uploadreturninfo": lambda claim, given: claims.user_return(claim, waybill_id=given.get("waybill_id", "").strip()),
    "change_pickup": lambda claim, given: claims.user_modify_return(claim, waybill_id=given.get("waybill_id", "")),
    "cancel_pickup": lambda claim, given: claims.user_modify_return(claim, back=True),
    "intervene": lambda claim, given: claims.intervene(claim),
    "confirm_certificate": lambda claim, given: claims.confirm_certificate(claim),
    "refund_arrives": lambda claim, given: claims.refund_arrives(claim),
    "refund_fails": lambda claim, given: claims.refund_fails(claim),
    "close": lambda claim, given: claims.close(claim),
}
DISPUTE_PLAYS: dict[str, Callable[[Dispute], object]] = {
    "ask_merchant": disputes.ask_proof,
    "ask_buyer": lambda dispute: disputes.ask_proof(dispute, of_user=True),
    "buyer_proves": disputes.user_proves,
    "call_off": claims.call_off,
    "buyer_is_right": lambda dispute: claims.judge(dispute, buyer_wins=True),
    "buyer_sends_back": lambda dispute: claims.judge(dispute, buyer_wins=True, send_back=True),
    "merchant_is_right": lambda dispute: claims.judge(dispute, buyer_wins=False),
}


def _expire_due(account: Account) -> None:
    orders.expire_due(account)
    claims.expire_due(account)


def _open_claims():
    found = Claim.objects.exclude(status__in=Claim.FINAL).select_related("order").prefetch_related("disputes")
    return found.order_by("-created_at")[:20]


def _number(given: dict, name: str, most: int = orders.MOST) -> int:
    number = int(given.get(name) or 0)
    if not 0 <= number <= most:
        raise ValueError
    return number


def _told(play: Callable[[], object]) -> str:
    """Play, and say which events that brought."""
    last = Push.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    play()
    events = list(Push.objects.filter(pk__gt=last).order_by("pk").values_list("event", flat=True))
    if not events:
        return _("Done; no event tells of it.")
    return _("Done. On its way: %(events)s.") % {"events": ", ".join(events)}


@action
def apply_for_claim(request: HttpRequest, account: Account) -> str:
    """On one line of an order, named as order_id:nth."""
    names = dict(zip(("order_id", "nth"), request.POST.get("line", "").split(":"), strict=False))
    order = get_object_or_404(Order, pk=_number(names, "order_id", disputes.LARGEST))
    nth = _number(names, "nth")
    if nth >= len(order.lines):
        raise Refusal(2747021, _("The goods are not in the order."))
    line, kind = order.lines[nth], 2 if request.POST.get("type") == "2" else 1
    reason = request.POST.get("reason", "").strip() or "不想要了"
    amount = _number(request.POST, "amount") if request.POST.get("amount") else None
    how = {"amount": amount, "reason_type": 2, "reason": reason, "out_product_id": line["out_product_id"]}
    return _told(lambda: claims.apply(order, line["out_sku_id"], kind, **how))


@action
def play_claim(request: HttpRequest, account: Account) -> str:
    """What the buyer or the platform does to a claim."""
    claims.expire_due(account)
    play = PLAYS.get(request.POST.get("play", ""))
    if play is None:
        raise Refusal(40097, _("There is no such button."))
    claim = get_object_or_404(Claim, pk=_number(request.POST, "aftersale_id", disputes.LARGEST))
    return _told(lambda: play(claim, request.POST))


@action
def play_dispute(request: HttpRequest, account: Account) -> str:
    claims.expire_due(account)
    play = DISPUTE_PLAYS.get(request.POST.get("play", ""))
    if play is None:
        raise Refusal(40097, _("There is no such button."))
    dispute = get_object_or_404(Dispute, pk=_number(request.POST, "complaint_order_id", disputes.LARGEST))
    return _told(lambda: play(dispute))


@action
def complain(request: HttpRequest, account: Account) -> str:
    order = _order(request)
    return _told(lambda: disputes.complain(order))


@action
def set_claim_troubles(request: HttpRequest, account: Account) -> str:
    account.busy_orders = _number(request.POST, "busy_orders")
    account.failing_refunds = _number(request.POST, "failing_refunds")
    account.save(update_fields=["busy_orders", "failing_refunds"])
    return _("The next claims meet their troubles.")


@action
def set_push(request: HttpRequest, account: Account) -> str:
    account.mode = request.POST.get("mode", account.mode)
    account.format = request.POST.get("format", account.format)
    account.full_clean()
    account.save()
    return _("Events are now pushed in %(mode)s mode as %(format)s.") % {
        "mode": account.get_mode_display(),
        "format": account.format,
    }


@action
def add_fault(request: HttpRequest, account: Account) -> str:
    fault = Fault(
        kind=request.POST.get("kind", ""),
        target=request.POST.get("target", "").strip(),
        errcode=int(request.POST.get("errcode") or -1),
        seconds=int(request.POST.get("seconds") or 15),
        left=int(request.POST.get("left") or 1),
    )
    if fault.kind not in dict(Fault.KINDS):
        raise Refusal(40097, _("There is no such fault."))
    fault.save()
    return _("The next matching call or push goes wrong: %(kind)s.") % {"kind": fault.get_kind_display()}


@action
def clear_faults(request: HttpRequest, account: Account) -> str:
    Fault.objects.all().delete()
    return _("All faults are gone.")


@action
def set_switches(request: HttpRequest, account: Account) -> str:
    account.switches = {name: name in request.POST for name in SWITCHES}
    account.ip_allowed = "ip_allowed" in request.POST
    account.push_to_review_fails = "push_to_review_fails" in request.POST
    account.save()
    return _("The rules are set.")


@action
def move_clock(request: HttpRequest, account: Account) -> str:
    account.clock += int(request.POST.get("hours") or 0) * 3600
    account.save()
    _expire_due(account)
    return _("Deadlines now see %(now)s.") % {"now": timezone.localtime(account.now()).strftime("%Y-%m-%d %H:%M")}


@action
def expire_tokens(request: HttpRequest, account: Account) -> str:
    Token.objects.all().delete()
    return _("No token is valid any more.")


@action
def send_event(request: HttpRequest, account: Account) -> str:
    """Any event at all, to see what the console makes of it."""
    name = request.POST.get("event", "").strip() or "open_product_unheard_of"
    push(name, {"note": "sandbox"})
    return _("The event %(name)s is on its way.") % {"name": name}


@action
def sign(request: HttpRequest, account: Account) -> str:
    register.sign(account)
    return _("The administrator has signed.")
