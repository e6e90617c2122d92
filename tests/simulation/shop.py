"""The shop with which every month begins: people, keys, four products on sale, an open merchant account."""

import sqlite3
from hashlib import sha256

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from catalog.coupons import operations as coupons
from catalog.coupons.models import Coupon, CouponSetup
from catalog.models import SKU
from catalog.operations import pull_categories, refresh_spu, submit_spu
from orders.funds import matching
from orders.funds import operations as money
from orders.funds.models import Balance, FlowDay, MerchantAccount, PaymentOrder
from sandbox import models as theirs
from sandbox.endpoints import pay as till
from sandbox.endpoints import spu as shelf
from sandbox.models import Account, Product, Push
from scenes.operations import pull_promoters, pull_sharers
from tests.factories import make_companies, make_document, make_spu, make_user, merchant_papers
from wechat.models import AccountInfo, PulledList

from .seams import clock

OPENING = 1_767_000_000.0  # 2025-12-29, before any month begins
PRICES = (1_990, 19_900, 4_500, 60_000)
EXTRA = 3_000  # fen, of goods that are added in the month
STOCK = 40
PEOPLE = [f"oSharer_of_the_simulator_{number:04d}" for number in range(14)]  # who share, or may be invited to
BUYERS = [f"oBuyer_of_the_simulator_{number:04d}" for number in range(7)]
ROLES = {
    "owner": "owner",
    "ann": "finance",
    "bob": "finance",
    "eve": "customer_service",
    "sam": "customer_service",
    "pat": "product",
    "max": "warehouse",
}
SCOPES = ("orders", "ship", "after-sale", "after-sale-decide", "payments", "funds", "personal", "stock")
SCOPES += ("scenes", "sharers", "sharers-unbind", "coupons")
SHARERS = 5  # bound since the shop opened: more than the 30 days after which they may be unbound
COUPONS = {"c-days": {"valid_type": 2, "valid_day_num": 3}, "c-hours": {"valid_type": 3, "valid_second": 50_000}}
# What decides on tables, triggers, and the rows that are there after a migrate.
MAKE_TABLES = (
    "[a-z]*/**/migrations/*.py",
    "[a-z]*/**/models/*.py",
    "[a-z]*/**/followed.py",
    "[a-z]*/**/start.py",
    "console/feed/*.py",
    "console/*.py",
    "sandbox/seed.py",
)
HOME = {"receiver_name": "仓库", "tel_number": "020-1", "detailed_address": "龙洞 250 号"}


def open_shop(world) -> None:
    clock.seconds = OPENING
    _migrate()
    Account.only()
    _hire(world)
    AccountInfo.objects.create(official_service=True, **HOME)
    make_companies()
    for nth, price in enumerate(PRICES):
        skus = [
            {
                "out_sku_id": f"goods-{nth}-{which}",
                "sku_attrs": [{"attr_key": "颜色", "attr_value": which}],
                "sale_price": price,
                "stock_num": STOCK,
                "position": at,
            }
            for at, which in enumerate(("red", "blue"))
        ]
        spu = make_spu(out_product_id=f"goods-{nth}", skus=skus)
        submit_spu(spu)
        shelf.decide(Product.objects.get(out_product_id=spu.out_product_id), approved=True)
        refresh_spu(spu)
    _file_papers()
    _bind_people()
    _publish_coupons()
    _earn_money(world)
    Push.objects.all().delete()
    money.refresh_merchant(MerchantAccount.load())
    money.refresh_balance(Balance.load())
    MerchantAccount.objects.update(**merchant_papers())
    for name in ("banks", "cities"):
        getattr(money, f"pull_{name}")(PulledList.objects.get(name=name))
    world.queue.clear()


def _file_papers() -> None:
    """The category tree, and papers that applications use again."""
    pull_categories(PulledList.objects.get(name="categories"))
    for kind in ("licence", "trademark", "certificate"):
        make_document(kind)


def _bind_people() -> None:
    for nth in range(SHARERS):
        person = theirs.Sharer(openid=PEOPLE[nth], nickname=f"分享员 {nth}", status=theirs.Sharer.BOUND)
        person.invited_at = person.bound_at = timezone.now()
        person.save()
    for name, pull in (("sharers", pull_sharers), ("promoters", pull_promoters)):
        pull(PulledList.objects.get(name=name))


def _publish_coupons() -> None:
    """With stock at WeChat, so that buyers take them from the first day on."""
    coupons.confirm_coupons(CouponSetup.load())
    common = {"type": 102, "discount_fee": 500, "product_price": 5_000, "total_num": 60, "limit_num_one_person": 4}
    for number, lasts in COUPONS.items():
        coupon = Coupon.objects.create(out_coupon_id=number, name=number, **common, **lasts)
        for op in (coupons.submit_coupon, coupons.publish_coupon, coupons.update_coupon_stock):
            op(coupon)


def _earn_money(world) -> None:
    """Payments that were released: so there is something to withdraw from the first day on."""
    for nth in range(3):
        number = f"opening-{nth}"
        trade = {"trade_no": number, "mchid": Account.only().mchid, "amount": 99_000, "description": "茶"}
        world.ask("post", "payment-orders/", {"combine_trade_no": number, "openid": BUYERS[0], "trades": [trade]})
        till.pay(theirs.Trade.objects.get(trade_no=number))
        payment = PaymentOrder.objects.get(combine_trade_no=number)
        money.refresh_payment(payment)
        money.share_trade(money.ask_sharing(payment, number, number))
        till.finish_sharing(theirs.Sharing.objects.get(profit_sharing_no=number))
        money.refresh_payment(payment)
    money.pull_flow_day(FlowDay.objects.create(day=timezone.localdate()))
    FlowDay.objects.all().delete()  # else a month would begin with the days since then
    matching.match_unmatched()


def _migrate() -> None:
    """From a file of an earlier run of the same code, where there is one: it takes a quarter of a minute."""
    code = sha256()
    for pattern in MAKE_TABLES:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            code.update(path.read_bytes())
    for alias in ("default", "sandbox"):
        kept = settings.VAR / f"migrated-{alias}-{code.hexdigest()[:16]}.sqlite3"
        connection = connections[alias].connection
        if kept.exists():
            sqlite3.connect(kept).backup(connection)
            continue
        call_command("migrate", database=alias, verbosity=0, interactive=False)
        new = sqlite3.connect(kept)
        connection.backup(new)
        new.close()


def _hire(world) -> None:
    from console.models import APIKey
    from console.scopes import SCOPES as known

    for name, role in ROLES.items():
        world.people[name] = make_user(role, username=name)
    _key, text = APIKey.objects.make("backend", [scope for scope in SCOPES if scope in known], world.people["owner"])
    world.header = {"Authorization": f"Bearer {text}"}


def all_skus() -> list[SKU]:
    return list(SKU.objects.select_related("spu").order_by("out_sku_id"))
