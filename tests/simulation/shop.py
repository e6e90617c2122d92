"""The shop with which every month begins: people, keys, four products on sale, an open merchant account."""

import sqlite3
from hashlib import sha256

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from catalog.models import SKU
from catalog.operations import refresh_spu, submit_spu
from orders.funds import operations as money
from orders.funds.models import Balance, MerchantAccount
from sandbox.endpoints import spu as shelf
from sandbox.models import Account, Product, Push
from tests.factories import make_companies, make_spu, make_user
from wechat.models import AccountInfo, PulledList

from .seams import clock

OPENING = 1_767_000_000.0  # 2025-12-29, before any month begins
PRICES = (1_990, 19_900, 4_500, 60_000)
STOCK = 40
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
    Push.objects.all().delete()
    money.refresh_merchant(MerchantAccount.load())
    money.refresh_balance(Balance.load())
    for name in ("banks", "cities"):
        getattr(money, f"pull_{name}")(PulledList.objects.get(name=name))
    world.queue.clear()


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
