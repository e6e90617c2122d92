"""Fills both sides with equal records by the thousand, in which `tests/hiding.py` hides differences."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from aftersales.models import Aftersale, Family
from catalog import payloads
from catalog.coupons import payloads as coupon_payloads
from catalog.coupons.models import Coupon, CouponSetup
from catalog.models import SKU, SPU, SPUPicture, Unsent
from orders.funds.models import Flow, FlowDay, MerchantAccount, PaymentOrder, Trade, Withdrawal
from orders.funds.models.account import MerchantState
from orders.models import Order, OrderLine, Parcel, ParcelItem
from sandbox import models as theirs
from scenes.models import Sharer
from tests.factories import free_category
from wechat.models import Image

LINK = "https://mmecimage.cn/p/wx1/seeded"
CHUNK = 500


def _moment(nth: int, count: int) -> Any:
    """Spread over the minutes of today that are over, in whole seconds."""
    now = timezone.now().replace(microsecond=0)
    passed = (now - timezone.localtime(now).replace(hour=0, minute=0, second=0)).total_seconds()
    return now - timedelta(seconds=int(passed * nth / (count + 1)) % 7000 + 1)


def _make(model: type[Model], rows: list[Any], **how: Any) -> list[Any]:
    return model._default_manager.bulk_create(rows, batch_size=CHUNK, **how)


def orders(count: int) -> None:
    """Paid orders of two pieces; every second one has a parcel of one piece on its way."""
    made, shown = [], []
    for nth in range(count):
        at, half = _moment(nth, count), nth % 2
        number, status = f"seeded-{nth}", 21 if half else 20
        prices = {"order_price": 3000 + nth, "freight": 0, "discounted_price": 0, "additional_price": 0}
        line = {
            "out_product_id": "p",
            "out_sku_id": "red",
            "product_cnt": 2,
            "sale_price": 1500,
            "sku_real_price": 3000,
            "path": "p",
            "title": "裙",
            "head_img": LINK,
        }
        same = {"openid": f"oSeeded{nth:020d}", "fund_type": 1, "scene": 1177, "status": status, "paid_at": at}
        paid = {"transaction_id": f"42{nth:026d}"}
        made.append(
            Order(
                out_order_id=number,
                order_id=10**9 + nth,
                path="p",
                placed_at=at,
                read_at=at,
                **same,
                **paid,
                **prices,
                stock_taken_at=at,
            )
        )
        content = {
            "path": "p",
            "order_detail": {"product_infos": [line], "price_info": prices, "pay_info": {"pay_method_type": 0}},
            "delivery_detail": {"delivery_type": 1},
        }
        parcels = [{"delivery_id": "SF", "waybill_id": f"SF{nth}"}] if half else []
        shown.append(
            theirs.Order(
                out_order_id=number,
                order_id=10**9 + nth,
                content=content,
                create_time=at,
                created_at=at,
                updated_at=at,
                parcels=parcels,
                **same,
                **paid,
            )
        )
    _make(theirs.Order, shown)
    made = _make(Order, made)
    names = ("out_product_id", "out_sku_id", "product_cnt", "sale_price", "sku_real_price", "path", "title", "head_img")
    lines = _make(OrderLine, [OrderLine(order=order, **{name: line[name] for name in names}) for order in made])
    sent = [(order, lines[nth]) for nth, order in enumerate(made) if nth % 2]
    parcels = [
        Parcel(order=order, delivery_id="SF", waybill_id=f"SF{order.out_order_id[7:]}", sent_at=order.paid_at)
        for order, _line in sent
    ]
    packed = zip(_make(Parcel, parcels), sent, strict=True)
    _make(ParcelItem, [ParcelItem(parcel=parcel, line=line, product_cnt=1) for parcel, (_order, line) in packed])


def claims(count: int) -> None:
    """After-sales of the orders, waiting or refunded."""
    ours = list(Order.objects.order_by("pk")[:count])
    at_wechat = theirs.Order.objects.in_bulk([order.order_id for order in ours])
    lines = {line.order_id: line for line in OrderLine.objects.filter(order__in=ours)}
    made, shown = [], []
    for nth, order in enumerate(ours):
        at, done = _moment(nth, count), nth % 2
        same = {
            "type": 1,
            "status": 13 if done else 2,
            "orderamt": 500 + nth,
            "product_cnt": 1,
            "refund_reason_type": 12,
            "refund_id": f"refund-{nth}" if done else "",
            "aftersale_id": 5 * 10**9 + nth,
        }
        made.append(
            Aftersale(
                family=Family.EC, order=order, line=lines[order.pk], opened_at=at, moved_at=at, read_at=at, **same
            )
        )
        shown.append(
            theirs.Claim(
                order=at_wechat[order.order_id],
                out_product_id="p",
                out_sku_id="red",
                refund_reason="",
                created_at=at,
                updated_at=at,
                **same,
            )
        )
    _make(theirs.Claim, shown)
    _make(Aftersale, made)


def products(count: int) -> None:
    """Products on sale, of one SKU each."""
    theirs.Picture.objects.create(link=LINK, size=1)
    category, image = free_category(), Image.objects.create(link=LINK, name="seeded")
    at = timezone.now() - timedelta(hours=1)
    spus = _make(
        SPU,
        [
            SPU(
                out_product_id=f"seeded-{nth}",
                title=f"连衣裙 {nth}",
                path=f"pages/p?id={nth}",
                category=category,
                product_id=7 * 10**9 + nth * 100,
                edit_status=4,
                status=5,
                unsent=Unsent.NOTHING,
                read_at=at,
            )
            for nth in range(count)
        ],
    )
    _make(SPUPicture, [SPUPicture(spu=spu, image=image, kind=SPUPicture.Kind.HEAD) for spu in spus])
    _make(SKU, [SKU(spu=spu, out_sku_id=f"{spu.out_product_id}-0", sale_price=19900, stock_num=10) for spu in spus])
    shown = []
    for start in range(0, count, CHUNK):
        some = list(SPU.objects.with_content().filter(pk__in=[spu.pk for spu in spus[start : start + CHUNK]]))
        for spu in some:
            spu.draft = payloads.product(spu)
            spu.online = spu.draft
            shown.append(
                theirs.Product(
                    product_id=spu.product_id,
                    out_product_id=spu.out_product_id,
                    draft=spu.draft,
                    online=spu.online,
                    edit_status=4,
                    status=5,
                    created_at=at,
                    updated_at=at,
                )
            )
        SPU.objects.bulk_update(some, ["draft", "online"])
    _make(theirs.Product, shown)


def coupons(count: int) -> None:
    CouponSetup.load()
    CouponSetup.objects.update(confirmed_at=timezone.now())
    now = timezone.now().replace(microsecond=0)
    made = [
        Coupon(
            out_coupon_id=f"seeded-{nth}",
            name=f"券 {nth}",
            type=104,
            discount_fee=500,
            total_num=30,
            status=2,
            left=20,
            given=10,
            valid_start_time=now,
            valid_end_time=now + timedelta(days=3),
            receive_start_time=now,
            receive_end_time=now + timedelta(days=2),
            issued_num=20,
            receive_num=10,
            stock_set_at=now - timedelta(hours=2),
            stock_sent_at=now - timedelta(hours=1),
            read_at=now - timedelta(hours=1),
        )
        for nth in range(count)
    ]
    for coupon in made:
        coupon.theirs = coupon_payloads.coupon(coupon)
    _make(Coupon, made)
    _make(
        theirs.Coupon,
        [
            theirs.Coupon(
                out_coupon_id=coupon.out_coupon_id,
                content=coupon.theirs,
                status=2,
                issued_num=20,
                receive_num=10,
                stocked_at=now,
                stock_updated_at=now,
                created_at=now,
                updated_at=now,
            )
            for coupon in made
        ],
    )
    theirs.Account.only()
    theirs.Account.objects.update(coupon_url="https://shop.example/wechat/callback/")


def sharers(count: int) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(days=40)
    same = [
        {"openid": f"oSharer{nth:021d}", "nickname": f"小 {nth}", "invited_at": at, "bound_at": at}
        for nth in range(count)
    ]
    _make(Sharer, [Sharer(bind_status=1, read_at=at, **one) for one in same])
    _make(theirs.Sharer, [theirs.Sharer(status=1, **one) for one in same])


def _account() -> None:
    MerchantAccount.load()
    MerchantAccount.objects.update(state=MerchantState.FINISHED)


def withdrawals(count: int) -> None:
    _account()
    made, shown = [], []
    for nth in range(count):
        at = _moment(nth, count)
        same = {"out_request_no": f"w{nth:020d}", "amount": 10_000 + nth, "status": "SUCCESS", "created_at": at}
        made.append(Withdrawal(read_at=at, **same))
        shown.append(theirs.Withdrawal(updated_at=at, bank_name="招商银行", bank_num="6214830000001234", **same))
    _make(Withdrawal, made)
    _make(theirs.Withdrawal, shown)


def movements(count: int) -> None:
    _account()
    made, shown = [], []
    for nth in range(count):
        at = _moment(nth, count)
        same = {"funds_flow_id": f"f{nth:020d}", "amount": 1000 + nth, "balance": 10**6 + nth, "booked_at": at}
        made.append(Flow(kind="payment", request_no=f"r{nth}", day=timezone.localtime(at).date(), **same))
        shown.append(theirs.Flow(kind="order", request_no=f"r{nth}", **same))
    _make(Flow, made)
    _make(theirs.Flow, shown)
    for day in {row.day for row in made}:
        FlowDay.objects.update_or_create(day=day, defaults={"pulled_at": timezone.now()})


def payments(count: int) -> None:
    _account()
    mchid = theirs.Account.only().mchid
    at = [_moment(nth, count) for nth in range(count)]
    openids = [f"oBuyer{nth:022d}" for nth in range(count)]
    made = _make(
        PaymentOrder,
        [
            PaymentOrder(combine_trade_no=f"pay-{nth}", openid=openids[nth], made=True, read_at=at[nth])
            for nth in range(count)
        ],
    )
    same = [
        {
            "trade_no": f"pay-{nth}",
            "mchid": mchid,
            "amount": 5000 + nth,
            "transaction_id": f"43{nth:026d}",
            "paid_at": at[nth],
        }
        for nth in range(count)
    ]
    _make(
        Trade,
        [Trade(payment=payment, description="茶", frozen=True, **one) for payment, one in zip(made, same, strict=True)],
    )
    _make(
        theirs.Trade,
        [
            theirs.Trade(openid=openids[nth], status="paid", created_at=at[nth], updated_at=at[nth], **one)
            for nth, one in enumerate(same)
        ],
    )


FILLED: dict[str, Callable[[int], None]] = {  # by what WeChat is asked for
    "orders": orders,
    "aftersales": claims,
    "products": products,
    "coupons": coupons,
    "sharers": sharers,
    "withdrawals": withdrawals,
    "movements": movements,
    "payments": payments,
}


def fill(count: int, names: Iterable[str] = FILLED) -> None:
    for name in names:
        FILLED[name](count)
