"""After any history the figures equal what is counted one by one from the rows, and each day equals its parts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from books.sales.changed import note_coupons, rebuild, refresh, span
from books.sales.models import DayToCount, Figure, SalesMark
from catalog.models import SPU
from orders.models import Order, OrderLine
from tests.books.sales import naive
from tests.catalog.coupons.conftest import make_coupon
from tests.factories import free_category, make_category, make_spu

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 15, 59, 59, 999999, tzinfo=UTC)  # the last moment of the 20th in Shanghai
MOMENTS = [NOON, LATE, LATE + timedelta(microseconds=1), LATE + timedelta(hours=9), NOON - timedelta(days=8)]
PRODUCTS = ["dress-1", "dress-2", "gone-3"]
BUYERS = ["oBuyer_1", "oBuyer_2", "oBuyer_3"]
PEOPLE = ["", "p1", "p2"]
numbers, moments = st.integers(1, 4), st.sampled_from(MOMENTS)
fen = st.integers(0, 100_003)
LINE = st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 2), st.integers(1, 3), fen, fen)
PLACED = st.tuples(
    st.just("place"),
    st.fixed_dictionaries(
        {
            "openid": st.sampled_from(BUYERS),
            "scene": st.sampled_from([1177, 1175]),
            "fund_type": st.integers(0, 1),
            "freight": st.integers(0, 1500),
            "additional_price": st.sampled_from([0, 0, 700]),
        }
    ),
    st.lists(LINE, max_size=3),
)
ACTS = st.one_of(
    PLACED,
    st.tuples(st.just("pay"), numbers, moments),
    st.tuples(st.just("pay"), numbers, moments),
    st.tuples(st.just("state"), numbers, st.sampled_from([100, 181, 200, 250])),
    st.tuples(st.just("state"), numbers, st.sampled_from([100, 181, 200, 250])),
    st.tuples(st.just("refund"), numbers, st.integers(0, 2), fen),
    st.tuples(st.just("attribute"), numbers, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), moments),
    st.tuples(st.just("erase"), st.sampled_from(BUYERS)),
    st.tuples(st.just("delete"), numbers),
    st.tuples(st.just("coupon"), st.sampled_from(BUYERS), moments | st.none()),
    st.tuples(st.just("category"), st.booleans()),
    st.tuples(st.just("refresh")),
    st.tuples(st.just("refresh")),
)


class Shop:
    """A shop whose rows are changed as the console, a message or a person at the database may change them."""

    def __init__(self) -> None:
        self.spus = [make_spu(out_product_id=number, head_img=[]) for number in PRODUCTS[:2]]
        self.other = make_category()
        self.coupon = make_coupon(out_coupon_id="c-1")
        self.count = 0

    def place(self, fields, lines) -> None:
        self.count += 1
        values = [price * count for _product, _sku, count, price, _off in lines]
        off = [min(off, value) for (*_line, off), value in zip(lines, values, strict=True)]
        price = sum(values) - sum(off) + fields["freight"] + fields["additional_price"]
        order = Order.objects.create(
            out_order_id=f"o-{self.count}",
            path="p",
            placed_at=Now(),
            order_price=price,
            discounted_price=sum(off),
            **fields,
        )
        for nth, (product, sku, count, price, _off) in enumerate(lines):
            real = values[nth] - off[nth]
            OrderLine.objects.create(
                order=order,
                position=nth,
                out_product_id=product,
                out_sku_id=f"{product}-{sku}",
                product_cnt=count,
                sale_price=price,
                sku_real_price=real,
                title="裙",
                path="p",
                head_img="h",
            )

    def of(self, number):
        return Order.objects.filter(out_order_id=f"o-{number}")

    def pay(self, number, moment) -> None:
        self.of(number).update(status=20, paid_at=moment)

    def state(self, number, status) -> None:
        self.of(number).update(status=status)

    def refund(self, number, position, amount) -> None:
        OrderLine.objects.filter(order__in=self.of(number), position=position).update(refunded_fen=amount)

    def attribute(self, number, promoter, sharer, moment) -> None:
        self.of(number).update(
            promoter_id=promoter,
            finder_nickname=promoter,
            sharer_openid=sharer,
            live_started_at=moment if promoter else None,
        )

    def erase(self, openid) -> None:
        Order.objects.filter(openid=openid).update(openid="")

    def delete(self, number) -> None:
        self.of(number).delete()

    def use_coupon(self, openid, moment) -> None:
        if moment is None:
            self.coupon.user_coupons.filter(openid=openid).update(used_at=None)
        else:
            self.coupon.user_coupons.create(openid=openid, used_at=moment)

    def category(self, other) -> None:
        SPU.objects.filter(pk=self.spus[0].pk).update(category=self.other if other else free_category())

    def act(self, name, *values) -> None:
        if name == "refresh":
            refresh()
        else:
            getattr(self, {"coupon": "use_coupon"}.get(name, name))(*values)


def stored() -> dict[tuple, tuple]:
    columns = ("orders", "buyers", *naive.AMOUNTS)
    rows = Figure.objects.values_list("day", "dimension", "key", "part", *columns)
    return {row[:4]: row[4:] for row in rows if any(row[4:])}


def assert_each_dimension_adds_up() -> None:
    sums: Counter = Counter()
    for (day, dimension, *_key), row in stored().items():
        for name, amount in zip(naive.AMOUNTS, row[2:], strict=True):
            sums[day, dimension, name] += amount
    for (day, _dimension, name), amount in sums.items():
        assert amount == sums[day, "day", name]


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(placed=st.lists(PLACED, min_size=3, max_size=4), acts=st.lists(ACTS, min_size=12, max_size=40))
def test_after_any_history_the_figures_equal_the_rows(db, placed, acts):
    with transaction.atomic():
        shop = Shop()
        for act in [*placed, *acts]:
            shop.act(*act)
        refresh()
        note_coupons(date.min)
        refresh()
        assert stored() == naive.figures()
        assert_each_dimension_adds_up()
        assert (DayToCount.objects.count(), SalesMark.load().current_at is None) == (0, False)
        if days := span():
            rebuild(*days)
            assert stored() == naive.figures()
        transaction.set_rollback(True)
