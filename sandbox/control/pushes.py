"""The pushed messages, the settings of mode and format, and any event on demand."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import FORMATS, MODES, Account, Push
from ..platform import Refusal
from ..pushes import push
from .board import action, section


@section
def pushes(account: Account) -> dict:
    return {"pushes": Push.objects.order_by("-id")[:15], "modes": MODES, "formats": FORMATS}


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
def send_event(request: HttpRequest, account: Account) -> str:
    """Push any event, to test how the console handles it."""
    name = request.POST.get("event", "").strip() or "open_product_unheard_of"
    push(name, {"note": "sandbox"})
    return _("The event %(name)s is on its way.") % {"name": name}
