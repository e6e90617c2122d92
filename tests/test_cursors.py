"""No write under an open cursor: SQLite answers it with "database is locked" once another process has written."""

import ast
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from catalog.models import SKU, SPU, Difference
from catalog.operations import submit_spu
from orders import stock
from orders.models import Order, OrderLine
from sandbox.models import Order as TheirOrder
from sandbox.models import Product
from sandbox.models import Sharer as TheirSharer
from tests.console.pages import act
from tests.factories import make_order, make_spu, make_user
from wechat.chunks import chunks_of, in_chunks

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)


@pytest.fixture
def written_under_a_cursor():
    """The writes of this test that were sent while a cursor of `.iterator()` was open on the same connection."""
    written: list[str] = []

    def watch(connection):
        open_cursors: set[int] = set()
        chunked_cursor = connection.chunked_cursor

        def noted():
            cursor = chunked_cursor()
            close = cursor.close

            def closed():
                open_cursors.discard(id(cursor))
                close()

            open_cursors.add(id(cursor))
            cursor.close = closed
            return cursor

        def look(execute, sql, params, many, context):
            if open_cursors and WRITES.match(sql):
                written.append(sql)
            return execute(sql, params, many, context)

        connection.chunked_cursor = noted
        stack.callback(setattr, connection, "chunked_cursor", chunked_cursor)
        stack.enter_context(connection.execute_wrapper(look))

    with ExitStack() as stack:
        for alias in ("default", "sandbox"):
            connections[alias].ensure_connection()
            watch(connections[alias])
        yield written


def test_the_watch_sees_a_write_under_a_cursor(written_under_a_cursor):
    make_user("product")
    users = type(make_user("owner")).objects
    for user in users.order_by("pk").iterator():
        users.filter(pk=user.pk).update(first_name="x")
    assert len(written_under_a_cursor) == 2


def test_no_source_file_iterates_over_an_open_cursor():
    """`wechat.chunks` reads a chunk whole before its loop goes on."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    places = [
        f"{name}:{node.lineno}"
        for name in files.stdout.split()
        if not name.startswith("tests/") and (ROOT / name).exists()
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("iterator", "aiterator")
    ]
    assert places == []


def test_chunks_are_read_whole_and_survive_what_the_loop_does():
    for _nth in range(7):
        make_spu()
    seen = []
    for chunk in chunks_of(SPU.objects.all(), 3):
        seen.append(len(chunk))
        SPU.objects.filter(pk=chunk[0].pk).update(title="x")
    assert seen == [3, 3, 1]
    newest_first = list(SPU.objects.order_by("-id").values_list("pk", flat=True))
    assert [spu.pk for spu in in_chunks(SPU.objects.order_by("-id"), 3)] == newest_first


def test_taking_wechats_differences_writes_under_no_cursor(client, platform, written_under_a_cursor):
    for _nth in range(3):
        spu = make_spu()
        submit_spu(spu)
        Difference.objects.create(spu=spu, field="title", ours=spu.title, theirs=f"theirs {spu.pk}")
    client.force_login(make_user("product"))
    act(client, "/admin/catalog/difference/", "take", Difference.objects.all())
    assert set(SPU.objects.values_list("title", flat=True)) == {f"theirs {spu.pk}" for spu in SPU.objects.all()}
    assert written_under_a_cursor == []


def test_pushing_the_stock_of_many_products_writes_under_no_cursor(platform, written_under_a_cursor):
    """Up to 200 products were read before the first was written; the cursor stayed open from the next one on."""
    order, category = make_order(), make_spu().category
    SPU.objects.bulk_create(SPU(out_product_id=f"many-{nth}", title="x", category=category) for nth in range(201))
    many = SPU.objects.filter(title="x")
    skus = SKU.objects.bulk_create(SKU(spu=spu, out_sku_id=str(spu.pk), sale_price=1, stock_num=1) for spu in many)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, sku=sku, position=nth, product_cnt=1, sale_price=1, sku_real_price=1)
        for nth, sku in enumerate(skus, 9)
    )
    Order.objects.update(stock_pushed=False)
    stock.push()
    assert Order.objects.get().stock_pushed is True
    assert written_under_a_cursor == []


def test_the_sandboxs_buttons_for_many_write_under_no_cursor(client, platform, written_under_a_cursor):
    for nth in range(2):
        submit_spu(make_spu())
        make_order()
        TheirSharer.objects.create(openid=f"sharer-{nth}", nickname="x", invited_at=timezone.now())
    client.force_login(make_user("owner"))
    for name in ("approve_all_products", "pay_all_orders", "all_sharers_agree"):
        client.post(f"/sandbox/do/{name}/")
    assert set(Product.objects.values_list("edit_status", flat=True)) == {Product.APPROVED}
    assert set(TheirOrder.objects.values_list("status", flat=True)) == {TheirOrder.TO_SHIP}
    assert set(TheirSharer.objects.values_list("status", flat=True)) == {TheirSharer.BOUND}
    assert written_under_a_cursor == []
