"""Promoters, who bind themselves on the platform's pages (BEHAVIOUR 6)."""

from datetime import timedelta
from typing import Any

from ..models import Account, Promoter
from ..platform import Refusal, Request, endpoint, need
from ..values import whole
from . import register

MOST, TURNS, YEAR = 1000, 2, timedelta(days=365)


@endpoint("/shop/promoter/list")
def list_(request: Request) -> dict:
    page, size = need(request.data, "page", "page_size")
    if not whole(page) or not whole(size) or not page or not size:
        raise Refusal(40097, "page and page_size count from 1")
    if size > 20:
        raise Refusal(990005, "page_size is at most 20")
    found = Promoter.objects.filter(bound=True).order_by("pk")
    rows = found[(page - 1) * size : page * size].values("promoter_id", "promoter_openid", "finder_nickname")
    return {"promoters": list(rows), "total_num": found.count()}


def bind(account: Account, promoter_id: str, promoter_openid: str, finder_nickname: str) -> Promoter:
    """Somebody binds the mini program to an own Channels account (step 3.2 in BEHAVIOUR 1.2)."""
    if account.opened_at and account.on("promoters_need_scene") and not register.has_passed(account, 1):
        raise Refusal(1040004, "scene group 1 has not passed")
    if Promoter.objects.filter(bound=True).count() >= MOST:
        raise Refusal(1040005, f"a mini program has at most {MOST} promoters")
    names = {"promoter_openid": promoter_openid, "finder_nickname": finder_nickname}
    promoter, _new = Promoter.objects.get_or_create(promoter_id=promoter_id, defaults=names | {"bound": False})
    if not promoter.bound:
        _turn(account, promoter, bound=True, **names)
    return promoter


def unbind(account: Account, promoter: Promoter) -> None:
    if promoter.bound:
        _turn(account, promoter, bound=False)


def _turn(account: Account, promoter: Promoter, **fields: Any) -> None:
    """At most two bindings and two unbindings a year (BEHAVIOUR 6)."""
    now = account.now()
    turns = [turn for turn in promoter.turns if turn > (now - YEAR).timestamp()]
    if len(turns) >= TURNS * 2:
        raise Refusal(1040005, f"at most {TURNS} bindings and unbindings in a year")
    for name, value in (fields | {"turns": [*turns, now.timestamp()]}).items():
        setattr(promoter, name, value)
    promoter.save()
