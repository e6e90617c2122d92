"""Actions of the reviewer, and products on sale."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..endpoints import audit as audits
from ..endpoints import spu
from ..models import Account, Audit, Product
from .board import action, section


@section
def desk(account: Account) -> dict:
    products = Product.objects.filter(deleted=False)
    return {
        "waiting": Audit.objects.filter(status=0).order_by("id"),
        "decided": Audit.objects.exclude(status=0).order_by("-id")[:10],
        "products": products.filter(edit_status__lte=Product.IN_REVIEW).order_by("updated_at")[:20],
        "products_waiting": products.filter(edit_status=Product.IN_REVIEW).count(),
        "shelf": products.exclude(status=Product.NEVER).order_by("-updated_at")[:20],
    }


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


@action
def file_brand(request: HttpRequest, account: Account) -> str:
    """Store papers of a brand that were submitted with the mini program, for audit/get_miniapp_certificate."""
    audits.file_brand(account, request.POST.get("brand_wording", "").strip() or "茶里")
    return _("The papers of the brand are filed with the mini program; no event is sent.")


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
    # The keys are read before the first is written: SQLite takes no write while a cursor is open.
    for product_id in list(waiting.values_list("pk", flat=True)):
        spu.decide(Product.objects.get(pk=product_id), approved=True)
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
    return _("Title and prices were changed outside the console; no event is sent.")
