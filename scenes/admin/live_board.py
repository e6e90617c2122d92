"""The board of a live evening, on a phone and on a big screen, and the summary afterwards."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language

from ..live_days import board, board_words
from ..models import LiveDay, LiveTerm

MAY_SEE = "scenes.view_board"
MAY_SEE_MONEY = "scenes.view_sales"
MOST_OVERSOLD = 500  # rows of the summary


class BoardPages:
    """Adds the board and the summary to the admin of live days."""

    admin_site: Any

    def board_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/board/", wrap(self.board), name="scenes_liveday_board"),
            path("<int:pk>/board/figures/", wrap(self.figures), name="scenes_liveday_figures"),
            path("<int:pk>/summary/", wrap(self.summary), name="scenes_liveday_summary"),
        ]

    def board(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The evening on a phone and on a big screen."""
        return render(request, "admin/live_board.html", self._figures(request, self._day(request, pk)))

    def figures(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What of the board changes: 304 while it has not."""
        context = self._figures(request, self._day(request, pk))
        money = "m" if context["may_see_money"] else ""
        tag = f'"{context["version"]}{get_language()}{money}"'
        if request.headers.get("If-None-Match") == tag:
            response: HttpResponse = HttpResponseNotModified()
        else:
            response = render(request, "admin/live_figures.html", context)
        response.headers["ETag"] = tag
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def summary(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What became of the evening, to be printed."""
        day = self._day(request, pk)
        context = self._figures(request, day)
        terms = LiveTerm.objects.filter(product__day=day).select_related("sku", "product__spu")
        sold = {(row["pk"], sku["id"]): sku for row in context["figures"]["goods"] for sku in row["skus"]}
        over = board.oversold_in(day).select_related("order").order_by("id")
        context |= {
            "rows": [
                (term, sold.get((term.product_id, term.out_sku_id), {}))
                for term in terms.order_by("product__position", "product", "pk")
            ],
            "oversold": over[:MOST_OVERSOLD],
        }
        return render(request, "admin/live_summary.html", context)

    def _day(self, request: HttpRequest, pk: int) -> LiveDay:
        if not request.user.has_perm(MAY_SEE):
            raise PermissionDenied
        return get_object_or_404(LiveDay, pk=pk)

    @staticmethod
    def _figures(request: HttpRequest, day: LiveDay) -> dict[str, Any]:
        made = board.current(day)
        return {
            "day": day,
            "title": str(day),
            "figures": board_words.shown(made.figures),
            "version": made.version,
            "made_at": made.made_at,
            "may_see_money": request.user.has_perm(MAY_SEE_MONEY),
        }
