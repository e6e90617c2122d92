"""All of one buyer on a page: each app registers its rows by openid. The openid is sealed in the page's address.

@of_buyer("orders.view_order", _("Orders"))
def orders(openid): return Order.objects.filter(openid=openid)
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from wechat.masking import mask
from wechat.sealed import Unreadable, seal, unseal

from .links import record_link

MOST = 50  # rows of a kind

_kinds: list[tuple[str, Any, Callable[[str], QuerySet]]] = []


def of_buyer(permission: str, title: Any) -> Callable[[Callable[[str], QuerySet]], Callable[[str], QuerySet]]:
    """Register the rows of a buyer, newest first, for users with the permission."""

    def register(rows: Callable[[str], QuerySet]) -> Callable[[str], QuerySet]:
        _kinds.append((permission, title, rows))
        return rows

    return register


def address(openid: str) -> str:
    """The page of a buyer; nobody reads the openid in it."""
    return reverse("admin:buyer", args=[urlsafe_b64encode(seal(openid.encode())).decode()])


def page(site: Any, request: HttpRequest, sealed: str) -> HttpResponse:
    try:
        openid = unseal(urlsafe_b64decode(sealed)).decode()
    except (Unreadable, NotBase64, ValueError):
        raise Http404 from None
    groups = []
    for permission, title, rows in _kinds:
        if request.user.has_perm(permission):
            found = list(rows(openid)[: MOST + 1])
            lines = [(record_link(row), getattr(row, "state_label", ""), _moment(row)) for row in found[:MOST]]
            groups.append({"title": title, "lines": lines, "more": len(found) > MOST})
    context = {
        **site.each_context(request),
        "title": _("All of the buyer %(openid)s") % {"openid": mask(openid)},
        "groups": groups,
        "most": MOST,
    }
    return render(request, "admin/buyer.html", context)


def _moment(row: Any) -> Any:
    return next((at for name in ("placed_at", "received_at", "created_at") if (at := getattr(row, name, None))), None)
