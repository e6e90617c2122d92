"""A whole shop for walks in a browser, and signing in there."""

import time

from django.utils import timezone

from aftersales.models import Aftersale
from aftersales.operations import refresh_claim
from aftersales.snapshots import import_aftersale
from catalog.imports import batches
from console.models import APIKey
from console.scopes import SCOPES
from orders.funds.models import Bank, BankChange, City, Flow, PaymentOrder, Withdrawal
from orders.funds.operations import pull_banks, pull_cities
from orders.operations import refresh_order
from scenes.models import Access, Sharer
from scenes.operations import refresh_access
from tests.catalog.coupons.conftest import make_coupon
from tests.catalog.test_sheets import as_csv, line
from tests.factories import (
    make_companies,
    make_image,
    make_order,
    make_spu,
    order_body,
)
from wechat.models import PulledList
from wechat.shop import ecaftersale


def fill_shop(platform, owner) -> list[str]:
    """A shop with something of everything, with long names; the addresses of its pages."""
    from qualifications.operations import submit_brand
    from tests.factories import make_brand, make_category_qualification

    brand, category = make_brand(), make_category_qualification()
    submit_brand(brand)
    spu = make_spu(imgs=[make_image() for _nth in range(6)], title="法式碎花连衣裙 夏季新款 显瘦收腰 温柔风" * 2)
    batch = batches.create(as_csv([line(1, title=""), line(2, head_img="https://example.com/" + "long" * 60)]))
    batches.work(batch.pk)
    spu.differences.create(field="title", ours=spu.title, theirs="另一个" * 20)
    make_companies()
    order = make_order(order_body(out_order_id="order-" + "0123456789" * 6))
    platform.pay(order.out_order_id)
    refresh_order(order)
    import_aftersale(ecaftersale.get(aftersale_id=platform.apply(order.out_order_id, "dress-1001-red").aftersale_id))
    aftersale = Aftersale.objects.get()
    refresh_claim(aftersale)
    sharer = Sharer.objects.create(openid="oSharer_of_the_tests_00000001", name="一个名字很长的分享员" * 4)
    refresh_access(Access.load())
    coupon = make_coupon(name="新人专享 满一百减十元 限量优惠券" * 3)
    user_coupon = coupon.user_coupons.create(openid="oWalkthrough_buyer_000000001")
    for name, pull in (("banks", pull_banks), ("cities", pull_cities)):
        pull(PulledList.objects.get(name=name))
    bank, city = Bank.objects.filter(need_branch=True).first(), City.objects.first()
    change = BankChange.objects.create(bank=bank, city=city, account_number="6222000000001111", asked_by=owner)
    withdrawal = Withdrawal.objects.create(amount=12_345_678, remark="十一月货款" * 8, asked_by=owner)
    flow = Flow.objects.create(
        funds_flow_id="4200" * 16,
        kind="payment",
        amount=1,
        busi_type="从没见过的业务类型" * 6,
        request_no="4200" * 40,
        booked_at=timezone.now(),
        day=timezone.localdate(),
    )
    payment = PaymentOrder.objects.create(combine_trade_no="payment-" + "01234567" * 7, openid="oBuyer")
    payment.trades.create(trade_no="part-" + "01234567" * 7, mchid="1600000001", amount=1, description="茶" * 60)
    key, _text = APIKey.objects.make("小程序后台" * 10, list(SCOPES), owner, addresses=["2001:db8::/32"] * 9)
    key.errors.create(method="GET", path="/api/v1/products/" + "x" * 200, status=404, title="没有" * 60)
    return [
        "/admin/",
        "/admin/qualifications/brandqualification/",
        "/admin/qualifications/brandqualification/add/",
        f"/admin/qualifications/brandqualification/{brand.pk}/change/",
        "/admin/qualifications/document/",
        f"/admin/qualifications/categoryqualification/{category.pk}/change/",
        "/admin/catalog/category/",
        "/admin/wechat/accountinfo/",
        "/admin/console/job/",
        "/admin/sign-ins/",
        "/admin/second-factor/own/",
        "/admin/wechat/callback/",
        "/admin/wechat/step/",
        "/sandbox/",
        "/admin/catalog/spu/",
        "/admin/catalog/spu/add/",
        f"/admin/catalog/spu/{spu.pk}/change/",
        "/admin/catalog/batch/",
        "/admin/catalog/batch/add/",
        f"/admin/catalog/batch/{batch.pk}/change/",
        "/admin/catalog/difference/",
        "/admin/orders/order/",
        f"/admin/orders/order/{order.pk}/change/",
        "/admin/orders/order/ship-many/",
        "/admin/orders/order/shipping/",
        "/admin/aftersales/aftersale/",
        "/admin/aftersales/dispute/",
        f"/admin/aftersales/aftersale/{aftersale.pk}/change/",
        "/admin/aftersales/complaint/",
        "/admin/orders/expresscompany/",
        "/admin/console/apikey/",
        "/admin/scenes/access/1/change/",
        "/admin/scenes/sharer/",
        f"/admin/scenes/sharer/{sharer.pk}/change/",
        "/admin/scenes/sharer/invite-many/",
        "/admin/scenes/promoter/",
        "/admin/scenes/promoter/sales/",
        "/admin/scenes/scenegroup/1/change/",
        "/admin/scenes/scene/",
        "/admin/scenes/liveday/add/",
        "/admin/scenes/sellingsettings/",
        "/admin/console/apikey/add/",
        f"/admin/console/apikey/{key.pk}/change/",
        f"/admin/console/apikey/{key.pk}/limits/",
        "/admin/funds/merchantaccount/1/change/",
        "/admin/funds/balance/1/change/",
        "/admin/funds/bankaccount/1/change/",
        "/admin/funds/bankchange/",
        "/admin/funds/bankchange/add/",
        f"/admin/funds/bankchange/{change.pk}/change/",
        "/admin/funds/bank/",
        "/admin/funds/city/",
        "/admin/sales/figure/",
        "/admin/funds/flow/",
        f"/admin/funds/flow/{flow.pk}/change/",
        "/admin/funds/flow/ledger/",
        "/admin/funds/flowday/",
        "/admin/funds/flowday/add/",
        "/admin/funds/settlement/",
        "/admin/funds/withdrawal/",
        "/admin/funds/withdrawal/add/",
        f"/admin/funds/withdrawal/{withdrawal.pk}/change/",
        "/admin/funds/paymentorder/",
        f"/admin/funds/paymentorder/{payment.pk}/change/",
        "/admin/coupons/coupon/",
        "/admin/coupons/coupon/add/",
        f"/admin/coupons/coupon/{coupon.pk}/change/",
        "/admin/coupons/usercoupon/",
        f"/admin/coupons/usercoupon/{user_coupon.pk}/change/",
        "/admin/coupons/couponsetup/1/change/",
    ]


def sign_in(page, live_server, user) -> None:
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")
    page.wait_for_selector("#content")


def wait_for(true) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
