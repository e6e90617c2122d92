"""The API of a live evening: its goods, beginning and ending, the board."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from catalog.models import SKU, SPU
from console.api import JobSerializer
from wechat.steps.errors import Conflict, Incomplete

from .evening_serializers import (
    AskedSerializer,
    EveningJobSerializer,
    LiveBoardSerializer,
    LiveProductSerializer,
    WantedGoodsSerializer,
)
from .live_days import board, goods, presses
from .models import LiveDay, LiveTerm

NEEDS = {
    "goods": "scenes.view_liveday",
    "set_goods": "scenes.change_liveday",
    "begin": "catalog.send_live_terms",
    "end": "catalog.send_live_terms",
    "approve": "scenes.clear_live_price",
    "board": "scenes.view_board",
}


class EveningMixin(GenericViewSet):
    """Adds the evening to the viewset of live days."""

    @extend_schema(responses=LiveProductSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def goods(self, request: Request, pk: str | None = None) -> Response:
        """The goods of the evening in their order, with the price and stock they get and what was set."""
        return self._goods(self.get_object())

    @extend_schema(request=WantedGoodsSerializer, responses=LiveProductSerializer(many=True))
    @goods.mapping.put
    def set_goods(self, request: Request, pk: str | None = None) -> Response:
        """Set order, price (fen) and stock of goods of the evening, and add those it does not have; nothing is sent."""
        asked = WantedGoodsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        day, rows = self.get_object(), asked.validated_data["rows"]
        products = list(dict.fromkeys(row["out_product_id"] for row in rows))
        known = dict(SPU.objects.current().filter(out_product_id__in=products).values_list("out_product_id", "pk"))
        skus = SKU.objects.filter(spu__in=known.values()).values_list("spu__out_product_id", "out_sku_id")
        _refuse_unknown(rows, set(known), set(skus))
        goods.add(day, [known[product] for product in products])
        terms = {
            (product, sku): key
            for key, product, sku in LiveTerm.objects.filter(product__day=day).values_list(
                "pk", "product__spu__out_product_id", "out_sku_id"
            )
        }
        wanted = {
            terms[row["out_product_id"], row["out_sku_id"]]: {
                name: row[name] for name in ("price", "stock") if name in row
            }
            for row in rows
        }
        goods.set_terms(day, {key: values for key, values in wanted.items() if values})
        places = {known[product]: nth for nth, product in enumerate(products, 1)}
        own = day.goods.filter(spu__in=places).values_list("pk", "spu")
        goods.set_order(day, {key: places[spu] for key, spu in own})
        return self._goods(day)

    def _goods(self, day: LiveDay) -> Response:
        rows = day.goods.select_related("spu").prefetch_related("terms__sku").in_order()
        return Response(LiveProductSerializer(rows, many=True).data)

    @extend_schema(request=None, responses={202: EveningJobSerializer})
    @action(detail=True, methods=["post"])
    def begin(self, request: Request, pk: str | None = None) -> Response:
        """Set the evening's price and stock at WeChat as a job; again for what is left. 409 where nothing is."""
        return _pressed(presses.begin(self.get_object(), request.user))

    @extend_schema(request=None, responses={202: EveningJobSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """Put stock and prices back as a job; again for what is left. 409 where nothing is."""
        return _pressed(presses.end(self.get_object(), request.user))

    @extend_schema(request=None, responses=AskedSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Put the evening's large price cuts before a second person."""
        asked, said = presses.ask_approval(self.get_object(), request.user)
        return Response({"asked": asked, "said": said})

    @extend_schema(responses=LiveBoardSerializer)
    @action(detail=True)
    def board(self, request: Request, pk: str | None = None) -> Response:
        """What is sold and left, and what is wrong; made anew every few seconds at most. With an ETag."""
        made = board.current(self.get_object())
        tag = f'"{made.version}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        return Response(LiveBoardSerializer(made.figures).data, headers={"ETag": tag})


def _refuse_unknown(rows: list[dict[str, Any]], products: set[str], skus: set[tuple[str, str]]) -> None:
    """Raises Incomplete with the rows of products or SKUs that are not here."""
    faults: dict[str, list] = {}
    for index, row in enumerate(rows):
        if row["out_product_id"] not in products:
            faults[f"rows[{index}].out_product_id"] = [_("There is no such product.")]
        elif (row["out_product_id"], row["out_sku_id"]) not in skus:
            faults[f"rows[{index}].out_sku_id"] = [_("There is no such SKU.")]
    if faults:
        raise Incomplete(faults)


def _pressed(pressed: presses.Pressed) -> Response:
    if pressed.job is None:
        raise Conflict(_("Nothing waits to be set or put back."))
    data = {**JobSerializer(pressed.job).data, "elsewhere": pressed.elsewhere}
    return Response(data, status=202)
