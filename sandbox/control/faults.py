"""Injected faults, and the ledger of the received calls."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Account, Entry, Fault, Token
from ..platform import ENDPOINTS, Refusal
from .board import action, section


@section
def faults(account: Account) -> dict:
    return {
        "entries": Entry.objects.order_by("-id")[:25],
        "faults": Fault.objects.filter(left__gt=0),
        "kinds": Fault.KINDS,
        "endpoints": sorted(ENDPOINTS),
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
    return _("The next matching call or push fails: %(kind)s.") % {"kind": fault.get_kind_display()}


@action
def clear_faults(request: HttpRequest, account: Account) -> str:
    Fault.objects.all().delete()
    return _("All faults are removed.")


@action
def expire_tokens(request: HttpRequest, account: Account) -> str:
    Token.objects.all().delete()
    return _("No token is valid any more.")
