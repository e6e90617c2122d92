"""Actions of the buyer and the platform on orders."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..endpoints import order as orders
from ..models import Account, Order
from .board import action, section, told

OVER = (Order.TIMED_OUT, Order.REFUNDED, Order.CANCELLED)


@section
def till(account: Account) -> dict:
    return {
        "orders": Order.objects.exclude(status__in=OVER).exclude(settled=True).order_by("-created_at")[:20],
        "promoter_id": orders.PROMOTER["promoter_id"],
        "sharer_openid": orders.SHARER["sharer_openid"],
        "orders_unpaid": Order.objects.filter(status=Order.UNPAID).count(),
    }


def order_of(request: HttpRequest) -> Order:
    return get_object_or_404(Order, out_order_id=request.POST.get("out_order_id"))


@action
def pay_order(request: HttpRequest, account: Account) -> str:
    order = order_of(request)
    orders.pay(order)
    if order.fund_type == 0:
        return _("Paid at the cash register; no event is sent, order/pay has to report it.")
    return _("Paid. The event open_product_order_pay is on its way.")


@action
def pay_all_orders(request: HttpRequest, account: Account) -> str:
    count = told = 0
    orders.expire_due(account)
    for pk in list(Order.objects.filter(status=Order.UNPAID).values_list("pk", flat=True)):
        order = Order.objects.get(pk=pk)
        orders.pay(order)
        count, told = count + 1, told + order.fund_type
    return _("%(count)d orders paid; %(told)d events open_product_order_pay are on their way.") % {
        "count": count,
        "told": told,
    }


@action
def pay_too_little(request: HttpRequest, account: Account) -> str:
    order = order_of(request)
    orders.pay(order, amount=order.price - 1)
    return _("The event open_product_order_pay reports one fen too little; the order stays unpaid.")


@action
def forge_payment(request: HttpRequest, account: Account) -> str:
    orders.pay(order_of(request), forged=True)
    return _("The event open_product_order_pay reports a payment that was not made; the order stays unpaid.")


@action
def cancel_order(request: HttpRequest, account: Account) -> str:
    orders.cancel(order_of(request))
    return _("Cancelled. The event open_product_order_cancel is on its way.")


@action
def confirm_order(request: HttpRequest, account: Account) -> str:
    orders.confirm(order_of(request))
    return _("Receipt confirmed. The event open_product_order_confirm is on its way.")


@action
def refund_order(request: HttpRequest, account: Account) -> str:
    orders.refund_all(order_of(request))
    return _("Everything is refunded. The event open_product_order_refund is on its way.")


@action
def settle_order(request: HttpRequest, account: Account) -> str:
    order = order_of(request)
    return told(lambda: orders.settle(order))


@action
def attribute_to_promoter(request: HttpRequest, account: Account) -> str:
    given = request.POST.get("promoter_id", "").strip()
    orders.attribute(order_of(request), promoter=orders.PROMOTER | ({"promoter_id": given} if given else {}))
    return _("The promoter is known. The event open_product_order_analyze is on its way.")


@action
def attribute_to_sharer(request: HttpRequest, account: Account) -> str:
    given = request.POST.get("sharer_openid", "").strip()
    orders.attribute(order_of(request), sharer=orders.SHARER | ({"sharer_openid": given} if given else {}))
    return _("The sharer is known. The event open_product_order_analyze is on its way.")
