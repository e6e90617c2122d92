"""The switches of rules that are only inferred, and the clock for deadlines."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import clock
from ..models import SWITCHES, Account
from .board import action, section


@section
def rules(account: Account) -> dict:
    return {
        "switches": [(name, text, account.on(name)) for name, (_default, text) in SWITCHES.items()],
        "now": account.now(),
    }


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
    clock.expire_due(account)
    return _("Deadlines are now checked against %(now)s.") % {
        "now": timezone.localtime(account.now()).strftime("%Y-%m-%d %H:%M")
    }
