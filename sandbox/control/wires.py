"""Pushes, faults, clock, rules and the ledger."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ..endpoints import ecaftersale as claims
from ..endpoints import funds, pay, wxpay
from ..endpoints import order as orders
from ..models import FORMATS, MODES, SWITCHES, Account, Entry, Fault, Push, Token
from ..platform import ENDPOINTS, Refusal
from ..pushes import push
from .board import action, section


@section
def wires(account: Account) -> dict:
    return {
        "pushes": Push.objects.order_by("-id")[:15],
        "entries": Entry.objects.order_by("-id")[:25],
        "faults": Fault.objects.filter(left__gt=0),
        "kinds": Fault.KINDS,
        "endpoints": sorted(ENDPOINTS),
        "switches": [(name, text, account.on(name)) for name, (_default, text) in SWITCHES.items()],
        "modes": MODES,
        "formats": FORMATS,
        "now": account.now(),
    }


def expire_due(account: Account) -> None:
    """What the clock has brought."""
    for clockwork in (orders, claims, funds, pay, wxpay):
        clockwork.expire_due(account)


@action
def set_push(request: HttpRequest, account: Account) -> str:
    mode, format = [request.POST.get(name, "") for name in ("mode", "format")]
    if mode not in dict(MODES) or format not in dict(FORMATS):
        raise Refusal(40097, _("There is no such button."))
    account.mode, account.format = mode, format
    account.save(update_fields=["mode", "format"])
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
    return _("The next matching call or push fails: %(kind)s.") % {"kind": fault.get_kind_display()}


@action
def clear_faults(request: HttpRequest, account: Account) -> str:
    Fault.objects.all().delete()
    return _("All faults are removed.")


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
    expire_due(account)
    return _("Deadlines are now checked against %(now)s.") % {
        "now": timezone.localtime(account.now()).strftime("%Y-%m-%d %H:%M")
    }


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
