"""Actions of promoters and sharers in WeChat."""

from collections import Counter

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..endpoints import promoter as promoters
from ..endpoints import sharer as sharers
from ..models import Account, Promoter, Sharer
from ..platform import Refusal
from .board import action, number, section, told

SHOWN = 20


@section
def people(account: Account) -> dict:
    return {
        "promoters": Promoter.objects.filter(bound=True).order_by("-pk")[:SHOWN],
        "sharers": Sharer.objects.exclude(status=Sharer.EXPIRED).order_by("-pk")[:SHOWN],
        "sharers_inviting": Sharer.objects.filter(status=Sharer.INVITING).count(),
    }


def _sharer(request: HttpRequest) -> Sharer:
    return get_object_or_404(Sharer, openid=request.POST.get("openid"))


@action
def bind_promoter(request: HttpRequest, account: Account) -> str:
    names = ("promoter_id", "promoter_openid", "finder_nickname")
    given = [request.POST.get(name, "").strip() for name in names]
    if not all(given):
        raise Refusal(990007, _("All three fields are needed."))
    promoters.bind(account, *given)
    return _("Bound; no event is sent.")


@action
def unbind_promoter(request: HttpRequest, account: Account) -> str:
    promoters.unbind(account, get_object_or_404(Promoter, promoter_id=request.POST.get("promoter_id")))
    return _("Unbound; no event is sent.")


@action
def agree_as_sharer(request: HttpRequest, account: Account) -> str:
    return told(lambda: sharers.agree(account, _sharer(request)))


@action
def all_sharers_agree(request: HttpRequest, account: Account) -> str:
    count, refused = 0, Counter[str]()
    for pk in list(Sharer.objects.filter(status=Sharer.INVITING).values_list("pk", flat=True)):
        try:
            sharers.agree(account, Sharer.objects.get(pk=pk))
            count += 1
        except Refusal as refusal:
            refused[refusal.errmsg] += 1
    said = _("%(count)d agreed; an event for each is on its way.") % {"count": count}
    return " ".join([said, *(f"{times} × {why}." for why, times in refused.items())])


@action
def decline_as_sharer(request: HttpRequest, account: Account) -> str:
    sharers.refuse(account, _sharer(request), for_good=bool(request.POST.get("for_good")))
    return _("Declined; no event is sent.")


@action
def leave_as_sharer(request: HttpRequest, account: Account) -> str:
    return told(lambda: sharers.leave(account, _sharer(request)))


@action
def share_live_room(request: HttpRequest, account: Account) -> str:
    promoter = Promoter.objects.filter(bound=True).first()
    if promoter is None:
        raise Refusal(40097, _("There is no promoter whose live room could be shared."))
    names = ("finder_nickname", "promoter_id", "promoter_openid")
    whose = {name: getattr(promoter, name) for name in names}
    return told(lambda: sharers.act(_sharer(request), whose))


@action
def set_elsewhere(request: HttpRequest, account: Account) -> str:
    """Set for how many other mini programs a person shares, which the platform would count itself."""
    sharer = _sharer(request)
    sharer.elsewhere = number(request.POST, "elsewhere", sharers.MOST_ELSEWHERE)
    sharer.save(update_fields=["elsewhere"])
    return _("Saved. A person can share for %(most)d mini programs at most.") % {"most": sharers.MOST_ELSEWHERE}


@action
def set_busy_invitations(request: HttpRequest, account: Account) -> str:
    account.busy_invitations = number(request.POST, "busy_invitations")
    account.save(update_fields=["busy_invitations"])
    return _("The next invitations are refused as busy.")
