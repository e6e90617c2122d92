"""The page of a live evening's goods, with its presses."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import SPU
from console import jobs
from console.outcomes import progress
from console.search_index import find
from wechat.steps.errors import Conflict

from ..live_days import evening, goods, presses
from ..live_days.presses import Pressed
from ..live_days.terms_form import GoodsForm
from ..models import LiveDay, LiveState, LiveTerm
from ..operations import clear_live_price, send_live_terms
from .live_board import MAY_SEE

PAGE = 50  # products
FOUND = 20


class EveningPages:
    """Adds the page of the evening's goods to the admin of live days."""

    admin_site: Any
    opts: Any
    has_change_permission: Callable[..., bool]
    has_view_permission: Callable[..., bool]

    def evening_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/evening/", wrap(self.evening), name="scenes_liveday_evening"),
        ]

    # --- its goods

    def evening(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The goods in their order, with what is set in the evening; and what is pressed for them."""
        day = get_object_or_404(LiveDay, pk=pk)
        if not self.has_view_permission(request, day):
            raise PermissionDenied
        if request.method == "POST":
            return self._press(request, day) or HttpResponseRedirect(self._here(request, day))
        return self._page(request, day)

    def _here(self, request: HttpRequest, day: LiveDay) -> str:
        query = f"?p={page}" if (page := request.GET.get("p", "")).isdecimal() else ""
        return reverse("admin:scenes_liveday_evening", args=[day.pk]) + query

    def _page(self, request: HttpRequest, day: LiveDay, form: GoodsForm | None = None) -> HttpResponse:
        page = Paginator(_rows(day), PAGE).get_page(request.GET.get("p"))
        rows = list(page.object_list)
        form = form or GoodsForm(rows)
        user = request.user
        open_prices = LiveTerm.objects.filter(product__day=day, price_open=True).select_related("sku", "product__spu")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(day),
            "day": day,
            "page": page,
            "form": form,
            "lines": [_line(row, form) for row in rows],
            "open_prices": open_prices,
            "may_change": self.has_change_permission(request, day),
            "may_send": user.has_perm(send_live_terms.permission),
            "may_ask": user.has_perm(clear_live_price.permission),
            "may_see": user.has_perm(MAY_SEE),
            "found": _found(request, day),
            "q": request.GET.get("q", ""),
            "follows": settings.STOCK_FOLLOWS_ORDERS,
            "running": day.goods.filter(state=LiveState.RUNNING).count(),
            "waiting": day.goods.exclude(wanted="").count(),
            "behind": not day.ended_at and goods.is_behind(day),
            "repriced": len(presses.repriced(day)) if day.is_running else 0,
        }
        return render(request, "admin/evening.html", context)

    def _press(self, request: HttpRequest, day: LiveDay) -> HttpResponse | None:
        """What was pressed; None: back to the page, which says what became of it."""
        post = request.POST
        presses_by_name: dict[str, tuple[str, Callable[..., HttpResponse | None]]] = {
            "begin": (send_live_terms.permission, self._begin),
            "end": (send_live_terms.permission, self._end),
            "approve": (clear_live_price.permission, self._approve),
            "move": (send_live_terms.permission, self._move),
            "here": (send_live_terms.permission, self._end_here),
            "keep": (send_live_terms.permission, self._settle),
            "back": (send_live_terms.permission, self._settle),
            "remove": ("scenes.change_liveday", self._remove),
            "add": ("scenes.change_liveday", self._add),
            "save": ("scenes.change_liveday", self._save),
            "fill": ("scenes.change_liveday", self._fill),
        }
        name = next((name for name in presses_by_name if name in post), "save")
        permission, press = presses_by_name[name]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        try:
            return press(request, day)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return None

    def _save(self, request: HttpRequest, day: LiveDay) -> HttpResponse | None:
        page = Paginator(_rows(day), PAGE).get_page(request.GET.get("p"))
        form = GoodsForm(list(page.object_list), request.POST)
        if not form.is_valid():
            messages.error(request, _("Nothing has been saved: what is wrong is marked below."))
            return self._page(request, day, form)
        changed = goods.set_terms(day, form.wanted())
        moved = goods.set_order(day, form.positions())
        messages.success(request, _("Saved.") if changed or moved else _("Nothing has changed."))
        return None

    def _fill(self, request: HttpRequest, day: LiveDay) -> None:
        if not day.ended_at:
            goods.fill(day)

    def _begin(self, request: HttpRequest, day: LiveDay) -> HttpResponse | None:
        nothing = _("Nothing waits to be set.")
        if day.started_at is None:
            nothing = _("The evening has begun. No product has a price or stock of its own yet.")
        return self._pressed(request, presses.begin(day, request.user), nothing)

    def _end(self, request: HttpRequest, day: LiveDay) -> HttpResponse | None:
        return self._pressed(request, presses.end(day, request.user), _("Nothing is left to be put back."))

    def _pressed(self, request: HttpRequest, pressed: Pressed, nothing: str) -> HttpResponse | None:
        if pressed.elsewhere:
            text = _("Another evening has these, and they were left out: %(products)s")
            messages.warning(request, text % {"products": ", ".join(pressed.elsewhere[:10])})
        if pressed.job is None:
            messages.info(request, nothing)
            return None
        return progress(jobs.wait(pressed.job))

    def _approve(self, request: HttpRequest, day: LiveDay) -> None:
        asked, said = presses.ask_approval(day, request.user)
        for line in said:
            messages.warning(request, line)
        text = ngettext(
            "The price cuts of %(count)d product have been put before those who may approve.",
            "The price cuts of %(count)d products have been put before those who may approve.",
            asked,
        )
        messages.success(request, text % {"count": asked}) if asked else messages.info(
            request, _("No price needs a second person.")
        )

    def _move(self, request: HttpRequest, day: LiveDay) -> None:
        term = self._term(day, request.POST["move"])
        text = request.POST.get(f"pieces-{term.pk}", "").strip()
        if not text.lstrip("-").isdecimal() or len(text) > 9:
            raise Conflict(_("How many pieces? A whole number."))
        moved = presses.move(term, int(text), request.user)
        messages.success(request, _("%(count)d pieces were moved; WeChat is told.") % {"count": moved})

    def _end_here(self, request: HttpRequest, day: LiveDay) -> None:
        presses.end_one_here(get_object_or_404(day.goods, pk=_key(request.POST["here"])))
        messages.success(request, _("Ended here. What WeChat has is not sent yet."))

    def _settle(self, request: HttpRequest, day: LiveDay) -> None:
        back = "back" in request.POST
        if presses.settle_price(self._term(day, request.POST["back" if back else "keep"]), back):
            messages.success(request, _("Decided."))

    def _remove(self, request: HttpRequest, day: LiveDay) -> None:
        if not goods.remove(get_object_or_404(day.goods, pk=_key(request.POST["remove"]))):
            raise Conflict(_("Its price and stock were set: it stays until the evening is over."))

    def _add(self, request: HttpRequest, day: LiveDay) -> None:
        keys = [_key(text) for text in request.POST.getlist("add")]
        added = goods.add(day, SPU.objects.current().filter(pk__in=keys).values_list("pk", flat=True))
        text = ngettext("%(count)d product is added.", "%(count)d products are added.", added)
        messages.success(request, text % {"count": added})

    @staticmethod
    def _term(day: LiveDay, text: str) -> LiveTerm:
        rows = LiveTerm.objects.filter(product__day=day).select_related("product__day", "sku")
        return get_object_or_404(rows, pk=_key(text))


def _rows(day: LiveDay) -> Any:
    return day.goods.select_related("spu", "day").prefetch_related("terms__sku", "terms__product").in_order()


def _line(row: Any, form: GoodsForm) -> dict[str, Any]:
    """A product with its terms, its place, and what has to be done first."""
    planned = row.state == LiveState.PLANNED
    return {
        "row": row,
        "place": form.places[row.pk],
        "terms": form.of[row.pk],
        "faults": evening.faults_of(row) if row.state != LiveState.ENDED else [],
        "cautions": evening.cautions_of(row) if planned else [],
        "tone": {LiveState.PLANNED: "grey", LiveState.RUNNING: "green"}.get(row.state, "blue"),
    }


def _found(request: HttpRequest, day: LiveDay) -> list[SPU]:
    """The products that a search finds and that the evening does not have."""
    query = request.GET.get("q", "").strip()
    if not query:
        return []
    rows = SPU.objects.current().filter(pk__in=find("product", query)).exclude(live_goods__day=day)
    return list(rows.with_figures().order_by("-pk")[:FOUND])


def _key(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
