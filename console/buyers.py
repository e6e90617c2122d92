"""All of one buyer on a page, and the search for buyers. Apps register their rows by openid, and ways to find buyers.

@of_buyer("orders.view_order", _("Orders"))
def orders(openid): return Order.objects.filter(openid=openid)

The openid is sealed in the page's address. A search is by whole values only, needs a reason, is traced like a reveal,
and is limited to SEARCHES in an hour for each person.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.masking import mask
from wechat.sealed import Unreadable, seal, unseal

from .links import record_link
from .masking import reveal
from .models import Reveal

MOST = 50  # rows of a kind
SEARCHES = 30  # for buyers, in an hour

_kinds: list[tuple[str, Any, Callable[[str], QuerySet]]] = []


def of_buyer(permission: str, title: Any) -> Callable[[Callable[[str], QuerySet]], Callable[[str], QuerySet]]:
    """Register the rows of a buyer, newest first, for users with the permission."""

    def register(rows: Callable[[str], QuerySet]) -> Callable[[str], QuerySet]:
        _kinds.append((permission, title, rows))
        return rows

    return register


class Buyer(NamedTuple):
    openid: str
    orders: list[str]  # the newest numbers


class Way(NamedTuple):
    """A way to find buyers by a whole value."""

    permission: str
    label: Any
    find: Callable[[str], list[Buyer]]


_ways: dict[str, Way] = {}


def looks_up(name: str, permission: str, label: Any) -> Callable[[Callable[[str], list[Buyer]]], Any]:
    """Register a way to find buyers, for users with the permission."""

    def register(find: Callable[[str], list[Buyer]]) -> Callable[[str], list[Buyer]]:
        _ways[name] = Way(permission, label, find)
        return find

    return register


def may_search(user: Any) -> bool:
    return any(user.has_perm(way.permission) for way in _ways.values())


class SearchForm(forms.Form):
    by = forms.ChoiceField(label=gettext_lazy("by"), widget=forms.RadioSelect)
    value = forms.CharField(label=gettext_lazy("value"), max_length=100)
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        min_length=4,
        max_length=300,
        help_text=gettext_lazy("Kept with your name, such as: asks on the phone for order 20261125-0001."),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [(name, way.label) for name, way in _ways.items() if user.has_perm(way.permission)]
        self.user, self.fields["by"].choices = user, ways  # type: ignore[attr-defined]
        self.initial["by"] = ways[0][0]

    def clean(self) -> dict[str, Any] | None:
        """Refuses more than SEARCHES in an hour."""
        person = ContentType.objects.get_for_model(get_user_model())
        lately = Reveal.objects.filter(content_type=person, object_id=self.user.pk)
        if lately.filter(at__gt=timezone.now() - timedelta(hours=1)).count() >= SEARCHES:
            text = _("You have searched for %(most)d buyers within an hour. Go on later, or ask a colleague.")
            raise forms.ValidationError(text % {"most": SEARCHES})
        return super().clean()


def search(site: Any, request: HttpRequest) -> HttpResponse:
    """Find buyers by a whole name, phone's end or openid; the trace is stored first."""
    if not may_search(request.user):
        raise PermissionDenied
    form = SearchForm(request.user, request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        way, value = form.cleaned_data["by"], form.cleaned_data["value"]
        reveal(
            cast(Model, request.user), _("buyer by: %(way)s") % {"way": _ways[way].label}, form.cleaned_data["reason"]
        )
        found = [(mask(buyer.openid), address(buyer.openid), buyer.orders) for buyer in _ways[way].find(value)]
        if not found:
            messages.warning(
                request, _("No buyer is found. An order's name and phone are erased some months after it.")
            )
    context = {**site.each_context(request), "title": _("Find a buyer"), "form": form, "found": found}
    return render(request, "admin/buyers.html", context)


def address(openid: str) -> str:
    """The page of a buyer; nobody reads the openid in it."""
    return reverse("admin:buyer", args=[urlsafe_b64encode(seal(openid.encode())).decode()])


def openid_in(sealed: str) -> str:
    """The buyer whom an address names; "" where it is none of ours."""
    try:
        return unseal(urlsafe_b64decode(sealed)).decode()
    except (Unreadable, NotBase64, ValueError):
        return ""


def page(site: Any, request: HttpRequest, sealed: str) -> HttpResponse:
    openid = openid_in(sealed)
    if not openid:
        raise Http404
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
        "sealed": sealed,
        "may_erase": request.user.has_perm("console.erase_buyer"),
    }
    return render(request, "admin/buyer.html", context)


def _moment(row: Any) -> Any:
    return next((at for name in ("placed_at", "received_at", "created_at") if (at := getattr(row, name, None))), None)
