"""Actions of the administrator's phone, and the platform's decisions on access and scenes."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..endpoints import register
from ..models import Account
from ..platform import Refusal
from .board import action, section

STANDARD = (register.STANDARD_OFF, register.STANDARD_TASK, register.STANDARD_FINISHED)


@section
def access(account: Account) -> dict:
    return {
        "groups": [{"group": group, "state": scene["status"], **scene} for group, scene in account.scenes.items()],
        "standard_kinds": STANDARD,
        "has_signed_too_late": bool(account.agreement_until and account.agreement_until < account.now()),
    }


@action
def sign(request: HttpRequest, account: Account) -> str:
    register.sign(account)
    return _("The administrator has signed. The event open_product_account_register is on its way.")


@action
def cancel_component(request: HttpRequest, account: Account) -> str:
    register.cancel(account)
    return _("The component is cancelled. The event open_product_account_register is on its way.")


@action
def ban(request: HttpRequest, account: Account) -> str:
    register.ban(account)
    return _("The component is banned; no event is sent.")


@action
def lift_ban(request: HttpRequest, account: Account) -> str:
    register.ban(account, banned=False)
    return _("The ban is lifted; no event is sent.")


@action
def release(request: HttpRequest, account: Account) -> str:
    register.release(account)
    return _("The mini program's code is live.")


@action
def set_standard(request: HttpRequest, account: Account) -> str:
    kind = request.POST.get("standard", "")
    if kind not in STANDARD:
        raise Refusal(40097, _("There is no such button."))
    account.standard = kind
    account.save(update_fields=["standard"])
    return _("The standard version is set.")


@action
def pass_scene(request: HttpRequest, account: Account) -> str:
    register.judge_scene(account, request.POST.get("group", ""), True, "审核通过，可以在视频号场景使用。")
    return _("Passed. The event open_product_scene_group_audit is on its way.")


@action
def fail_scene(request: HttpRequest, account: Account) -> str:
    """End the review without passing, in either of the platform's forms: done (1) with failed items, or failed (2)."""
    reason = request.POST.get("reason", "").strip() or "小程序没有售后和客服功能，暂时无法使用视频号场景。"
    status = register.FAILED if request.POST.get("status") == "2" else register.DONE
    register.judge_scene(account, request.POST.get("group", ""), False, reason, status)
    return _("Refused. The event open_product_scene_group_audit is on its way.")
