"""The request that places an order, and the answer with what the buyer needs to pay."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import SKU, SPUPicture
from console.api_fields import FenField, IntegerField, ListSerializer, PlatformIdField
from wechat.values import MOST, out_number

from .. import payloads, prices
from ..models import (
    DeliveryType,
    FundType,
    Order,
    OrderLine,
    PayMethod,
)


class Goods(NamedTuple):
    """What is looked up of a SKU in an order; its columns alone, as a SKU with its SPU takes twice as long."""

    sku_id: int
    out_sku_id: str
    spu_id: int
    out_product_id: str
    title: str
    path: str
    picture: str | None


OF_GOODS = ("id", "out_sku_id", "spu_id", "spu__out_product_id", "spu__title", "spu__path", "thumb_img__link")


class ProductInfoSerializer(serializers.Serializer):
    """Goods of an order. Title, path and picture are optional for goods that are products in this console."""

    out_product_id = serializers.CharField(max_length=100)
    out_sku_id = serializers.CharField(max_length=100)
    product_cnt = IntegerField(min_value=1, max_value=99_999)
    sale_price = FenField(help_text="fen, of one piece")
    sku_real_price = FenField(
        required=False, help_text="fen, paid for all its pieces; left out of all, the discount is spread over the goods"
    )
    title = serializers.CharField(max_length=200, required=False)
    path = serializers.CharField(max_length=300, required=False)
    head_img = serializers.CharField(max_length=500, required=False)


class PriceInfoSerializer(serializers.Serializer):
    order_price = FenField(required=False, help_text="fen; left out, it is reckoned")
    freight = FenField(default=0)
    discounted_price = FenField(default=0)
    additional_price = FenField(default=0, help_text="fen; better avoided: WeChat was seen to refuse sums with it")
    additional_remarks = serializers.CharField(max_length=100, default="", allow_blank=True)


class PayInfoSerializer(serializers.Serializer):
    pay_method_type = serializers.ChoiceField(PayMethod.choices, default=PayMethod.WECHAT_PAY)
    prepay_id = serializers.CharField(max_length=100, required=False, help_text="fund_type 0 only")
    prepay_time = serializers.DateTimeField(required=False, help_text="fund_type 0 only")


class AddressSerializer(serializers.Serializer):
    receiver_name = serializers.CharField(max_length=50)
    tel_number = serializers.CharField(max_length=30)
    country = serializers.CharField(max_length=50, required=False)
    province = serializers.CharField(max_length=50, required=False)
    city = serializers.CharField(max_length=50, required=False)
    town = serializers.CharField(max_length=50, required=False)
    detailed_address = serializers.CharField(max_length=200)


class PlacedOrderSerializer(serializers.Serializer):
    """An order to be placed. Amounts in fen; both of WeChat's price equations are checked before it is pushed."""

    out_order_id = serializers.CharField(max_length=100, validators=[out_number])
    out_user_id = serializers.CharField(max_length=100, required=False, allow_blank=True)
    openid = serializers.CharField(min_length=5, max_length=64)
    fund_type = serializers.ChoiceField(FundType.choices, default=FundType.PLATFORM)
    scene = IntegerField(min_value=1000, max_value=9999)
    path = serializers.CharField(max_length=300, help_text="the order's page; should name its number")
    trace_id = serializers.CharField(max_length=200, required=False, allow_blank=True)
    product_infos = ListSerializer(child=ProductInfoSerializer(), allow_empty=False, max_length=200)
    price_info = PriceInfoSerializer(required=False)
    pay_info = PayInfoSerializer(required=False)
    delivery_type = serializers.ChoiceField(DeliveryType.choices, default=DeliveryType.EXPRESS)
    address_info = AddressSerializer(required=False, allow_null=True)
    expire_time = serializers.DateTimeField(required=False, help_text="until when the buyer may pay")
    aftersale_duration = IntegerField(min_value=1, max_value=90, required=False, help_text="days")

    def validate(self, attrs: dict) -> dict:
        infos = attrs["product_infos"]
        price = attrs.setdefault("price_info", {})
        pay = attrs.setdefault("pay_info", {})
        faults: dict[str, Any] = {}
        self._complete_goods(infos, faults)
        self._complete_prices(infos, price, faults)
        if attrs["fund_type"] == FundType.OWN and pay.get("pay_method_type", 0) == PayMethod.WECHAT_PAY:
            missing = [name for name in ("prepay_id", "prepay_time") if not pay.get(name)]
            faults |= {
                f"pay_info.{name}": _("Needed where the money goes to your own merchant number.") for name in missing
            }
        if price.get("order_price") == 0 and pay.get("pay_method_type", 0) == PayMethod.WECHAT_PAY:
            faults["price_info.order_price"] = _(
                "WeChat Pay takes no payment of ¥0, so nobody could ever pay this order: at least 1 fen must be left."
            )
        if attrs["delivery_type"] != DeliveryType.NONE and not attrs.get("address_info"):
            faults["address_info"] = _("Needed for every delivery; for goods that are picked up, the shop's address.")
        if attrs["delivery_type"] == DeliveryType.NONE and attrs["fund_type"] == FundType.PLATFORM:
            faults["delivery_type"] = _("WeChat does not take orders without delivery on its merchant account.")
        expires = attrs.get("expire_time")
        if expires and expires <= timezone.now():
            faults["expire_time"] = _("This lies in the past.")
        if faults:
            raise serializers.ValidationError(faults)
        return attrs

    @staticmethod
    def _complete_goods(infos: list[dict], faults: dict) -> None:
        """Set missing titles, paths and pictures from the products here; without a product they are mandatory."""
        ids = [info["out_sku_id"] for info in infos]
        rows = map(Goods._make, SKU.objects.filter(out_sku_id__in=ids).values_list(*OF_GOODS))
        known = {(goods.out_product_id, goods.out_sku_id): goods for goods in rows}
        seen = set()
        for nth, info in enumerate(infos):
            if (info["out_product_id"], info["out_sku_id"]) in seen:
                faults[f"product_infos[{nth}].out_sku_id"] = _(
                    "These goods are in the order already. WeChat takes each SKU once: put bought and free pieces into "
                    "one line, with the value of the free ones in discounted_price."
                )
            seen.add((info["out_product_id"], info["out_sku_id"]))
            goods = known.get((info["out_product_id"], info["out_sku_id"]))
            info["sku_id"] = goods.sku_id if goods else None
            if goods:
                info.setdefault("title", goods.title)
                info.setdefault("path", goods.path)
                if "head_img" not in info:
                    info["head_img"] = goods.picture or _first_picture(goods.spu_id)
            for name in ("title", "path", "head_img"):
                if not info.get(name):
                    faults[f"product_infos[{nth}].{name}"] = _("Needed for goods that are no product here.")

    @staticmethod
    def _complete_prices(infos: list[dict], price: dict, faults: dict) -> None:
        for name in ("freight", "discounted_price", "additional_price"):
            price.setdefault(name, 0)
        lines = [prices.Line(info["sale_price"], info["product_cnt"], info.get("sku_real_price")) for info in infos]
        priced = [line.sku_real_price is not None for line in lines]
        if not any(priced):
            try:
                paid = prices.spread(price["discounted_price"], lines)
            except ValueError:
                faults["price_info.discounted_price"] = _("The discount is larger than the value of the goods.")
                return
            for info, fen in zip(infos, paid, strict=True):
                info["sku_real_price"] = fen
            lines = [line._replace(sku_real_price=fen) for line, fen in zip(lines, paid, strict=True)]
        elif not all(priced):
            faults["product_infos"] = _("Give sku_real_price for all goods, or for none.")
            return
        fees = (price["freight"], price["discounted_price"], price["additional_price"])
        total = price.setdefault("order_price", prices.order_price(lines, *fees))
        if not 0 <= total <= MOST:
            faults["price_info.order_price"] = _("The amount is too large.")
            return
        faults |= prices.faults(prices.Amounts(total, *fees), lines)

    def build(self, attrs: dict) -> tuple[Order, list[OrderLine]]:
        """The order and its lines from validated data, not saved."""
        now, price, pay = timezone.now(), attrs["price_info"], attrs["pay_info"]
        order = Order(
            placed_at=now,
            expire_at=attrs.get("expire_time") or now + timedelta(minutes=settings.ORDER_EXPIRES),
            aftersale_duration=attrs.get("aftersale_duration", settings.ORDER_AFTERSALE_DAYS),
            address=attrs.get("address_info") or {},
            **{name: attrs[name] for name in ("out_order_id", "openid", "fund_type", "scene", "path", "delivery_type")},
            **{name: attrs.get(name, "") for name in ("out_user_id", "trace_id")},
            **price,
            **pay,
        )
        names = (
            "out_product_id",
            "out_sku_id",
            "product_cnt",
            "sale_price",
            "sku_real_price",
            "title",
            "path",
            "head_img",
        )
        lines = [
            OrderLine(order=order, position=nth, sku_id=info["sku_id"], **{name: info[name] for name in names})
            for nth, info in enumerate(attrs["product_infos"])
        ]
        return order, lines


def _first_picture(spu_id: int) -> str:
    heads = SPUPicture.objects.filter(spu_id=spu_id, kind=SPUPicture.Kind.HEAD)
    return heads.values_list("image__link", flat=True).first() or ""


class PlacedAnswerSerializer(serializers.Serializer):
    """What the mini program needs to let the buyer pay."""

    out_order_id = serializers.CharField()
    order_id = PlatformIdField()
    fund_type = serializers.ChoiceField(FundType.choices)
    final_price = IntegerField(help_text="fen, by WeChat's own sum")
    expire_time = serializers.DateTimeField(source="expire_at")
    ticket = serializers.CharField(allow_blank=True)
    ticket_expire_time = serializers.DateTimeField(source="ticket_until", allow_null=True)
    next = serializers.SerializerMethodField(
        help_text="get_payment_params: ask for the parameters, then wx.requestOrderPayment with both; "
        "wx.requestOrderPayment: call it with order_info and your own payment's parameters; nothing: not by WeChat Pay"
    )
    order_info = serializers.SerializerMethodField(help_text="the orderInfo of wx.requestOrderPayment")

    @extend_schema_field(serializers.ChoiceField(["get_payment_params", "wx.requestOrderPayment", "nothing"]))
    def get_next(self, order: Order) -> str:
        if order.pay_method_type != PayMethod.WECHAT_PAY:
            return "nothing"
        return "get_payment_params" if order.fund_type == FundType.PLATFORM else "wx.requestOrderPayment"

    @extend_schema_field(serializers.DictField())
    def get_order_info(self, order: Order) -> dict:
        return payloads.order(order) | {"order_id": str(order.order_id)}


class DecisionRequestSerializer(serializers.Serializer):
    """The answer of `wx.checkBeforeAddOrder`."""

    requireOrder = IntegerField(min_value=0, max_value=100)
    requiredFundType = IntegerField(min_value=0, max_value=100, default=1)


class DecisionSerializer(serializers.Serializer):
    push = serializers.BooleanField(help_text="place the order here before the buyer pays")
    fund_type = serializers.ChoiceField(FundType.choices)
    next = serializers.CharField(help_text="how the buyer is then let pay")
    why = serializers.CharField()
