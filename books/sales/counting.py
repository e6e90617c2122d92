"""Counts a day from its orders and lines: a few statements a day, whatever the number of orders.

Every amount is an integer in fen. The fee is rounded half up for each order, as settlements are expected
(`orders.funds.settlements`), and for each line; what the lines' fees are off by is in the row without a key.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.fields import DateField
from django.db.models.functions import Cast, Coalesce, ExtractHour, Greatest
from django.utils import timezone

from catalog.coupons.models import UserCoupon
from catalog.models import SPU
from orders.models import FundType, Order, OrderLine, OrderStatus

from .models import Amounts, DayToCount, Dimension, Figure, SalesMark, SoldOrder

AMOUNTS = [field.name for field in Amounts._meta.get_fields()]
NEVER_SOLD = (OrderStatus.TIMED_OUT, OrderStatus.CANCELLED)
BATCH = 1_000
D = Dimension
LINES = "order__lines__"
# What the orders of each dimension are grouped by: key and part.
OF_ORDERS: dict[str, tuple[str, str]] = {
    D.DAY: ("", ""),
    D.HOUR: ("hour", ""),
    D.SCENE: ("order__scene", ""),
    D.ROOM: ("order__finder_nickname", "order__live_started_at"),
    D.PROMOTER: ("order__promoter_id", ""),
    D.SHARER: ("order__sharer_openid", ""),
    D.COUPON: ("coupon", ""),
}
OF_LINES: dict[str, tuple[str, str]] = {
    D.PRODUCT: (f"{LINES}out_product_id", "category"),
    D.SKU: (f"{LINES}out_product_id", f"{LINES}out_sku_id"),
    D.CATEGORY: ("category", ""),
}
UNKNOWN = "?"  # the category of goods that are no product here
BUYERS = Count("openid", distinct=True, filter=~Q(openid="")) + Count("order", distinct=True, filter=Q(openid=""))
COUNTS = {"sum_orders": Count("order", distinct=True), "sum_buyers": BUYERS}


def count_day(day: date) -> None:
    """Make the figures of a day anew; a change that is committed meanwhile has its day counted again."""
    with transaction.atomic():
        SalesMark.load_to_write()
        for model in (DayToCount, SoldOrder, Figure):
            model._default_manager.filter(day=day).delete()
        _insert_orders(day)
        rows = list(_of_orders(day))
        if rows:
            rows += [row for dimension in OF_LINES for row in _of_lines(day, dimension, rows[0])]
        Figure.objects.bulk_create(rows, batch_size=BATCH)


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def sold() -> QuerySet[Order]:
    """The orders that count as sold."""
    return Order.objects.filter(paid_at__isnull=False).exclude(status__in=NEVER_SOLD).order_by()


def coupon_of(order: str, day: Any) -> Coalesce:
    """The coupon that the order's buyer used on that day, the first of several; WeChat does not name an order's."""
    used = UserCoupon.objects.filter(openid=OuterRef(f"{order}openid"), used_at__date=day).exclude(openid="")
    first = used.order_by("used_at", "id").values("coupon__out_coupon_id")[:1]
    return Coalesce(Subquery(first), Value(""), output_field=CharField())


def category_of(product: str) -> Coalesce:
    """The third level's number of a product's category, "?" where it is no product here."""
    of = SPU.objects.filter(out_product_id=OuterRef(product)).order_by()
    number = Cast(Subquery(of.values("category__third_cat_id")[:1]), CharField())
    return Coalesce(number, Value(UNKNOWN), output_field=CharField())


def fee_on(left: Any) -> Any:
    """SETTLEMENT_FEE percent of an amount, rounded half up, in whole numbers of the database."""
    rate = Fraction(Decimal(settings.SETTLEMENT_FEE)) / 100
    return (left * Value(2 * rate.numerator) + Value(rate.denominator)) / Value(2 * rate.denominator)


def _big(column: str) -> Cast:
    return Cast(column, BigIntegerField())


def _fee(fund_type: str, left: Any) -> Case:
    is_platform = Q(**{fund_type: FundType.PLATFORM})
    return Case(
        When(is_platform, then=fee_on(Greatest(left, Value(0, BigIntegerField())))),
        default=Value(0),
        output_field=BigIntegerField(),
    )


def _insert_orders(day: date) -> None:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")

    def sum_of(column: str) -> Coalesce:
        total = Subquery(lines.annotate(total=Sum(column)).values("total"), output_field=BigIntegerField())
        return Coalesce(total, Value(0), output_field=BigIntegerField())

    price, extra = _big("order_price"), _big("additional_price")
    values = {
        "order_id": F("pk"),
        "day": Value(day, DateField()),
        "hour": ExtractHour("paid_at", tzinfo=timezone.get_default_timezone()),
        "openid": F("openid"),
        "coupon": coupon_of("", day),
        "pieces": sum_of("product_cnt"),
        "gross": price - F("freight") + F("discounted_price") - extra,
        "discount": _big("discounted_price"),
        "freight": _big("freight"),
        "extra": extra,
        "refunded": Case(When(status=OrderStatus.REFUNDED, then=price), default=sum_of("refunded_fen")),
    }
    named = {f"sold_{name}": value for name, value in values.items()}
    rows = sold().filter(paid_at__gte=start_of(day), paid_at__lt=start_of(day + timedelta(days=1))).annotate(**named)
    rows = rows.annotate(sold_fee=_fee("fund_type", price - F("sold_refunded")))
    names = [*values, "fee"]
    sql, params = rows.values_list(*(f"sold_{name}" for name in names)).query.sql_with_params()
    with connection.cursor() as cursor:
        # The names of our own columns, and a query made by Django.
        cursor.execute(f"INSERT INTO {SoldOrder._meta.db_table} ({', '.join(names)}) {sql}", params)


def _of_orders(day: date) -> Iterable[Figure]:
    """The figures of all dimensions of orders; the first is the whole day, where anything was sold."""
    sums = {f"sum_{name}": Sum(name) for name in AMOUNTS}
    for dimension, by in OF_ORDERS.items():
        rows = SoldOrder.objects.filter(day=day)
        yield from _figures(day, dimension, grouped(rows, by).annotate(**COUNTS, **sums))


def _of_lines(day: date, dimension: str, whole: Figure) -> Iterable[Figure]:
    paid, refunded = _big(f"{LINES}sku_real_price"), _big(f"{LINES}refunded_fen")
    gross = _big(f"{LINES}sale_price") * _big(f"{LINES}product_cnt")
    back = Case(When(order__status=OrderStatus.REFUNDED, then=paid), default=refunded)
    sums = {
        "sum_pieces": Sum(_big(f"{LINES}product_cnt")),
        "sum_gross": Sum(gross),
        "sum_discount": Sum(gross - paid),
        "sum_freight": Value(0, BigIntegerField()),
        "sum_extra": Value(0, BigIntegerField()),
        "sum_refunded": Sum(back),
        "sum_fee": Sum(_fee("order__fund_type", paid - back)),
    }
    by = OF_LINES[dimension]
    rows = grouped(with_lines(SoldOrder.objects.filter(day=day), by), by).annotate(**COUNTS, **sums)
    found = {(row.key, row.part): row for row in _figures(day, dimension, rows)}
    rest = {name: getattr(whole, name) - sum(getattr(row, name) for row in found.values()) for name in AMOUNTS}
    if any(rest.values()):
        other = found.setdefault(("", ""), Figure(day=day, dimension=dimension))
        for name, amount in rest.items():
            setattr(other, name, getattr(other, name) + amount)
    yield from found.values()


def with_lines(rows: QuerySet, by: tuple[str, str]) -> QuerySet:
    """Each order once for each of its lines, with the category of the goods where they are grouped by it."""
    rows = rows.filter(order__lines__isnull=False)  # first: after an annotation of lines it would join them again
    return rows.annotate(category=category_of(f"{LINES}out_product_id")) if "category" in by else rows


def grouped(rows: QuerySet, by: tuple[str, str]) -> QuerySet:
    named = {name: F(column) if column else Value("") for name, column in zip(("by_key", "by_part"), by, strict=True)}
    return rows.order_by().annotate(**named).values("by_key", "by_part")


def _figures(day: date, dimension: str, rows: QuerySet) -> Iterable[Figure]:
    for row in rows:
        sums = {name.removeprefix("sum_"): value or 0 for name, value in row.items() if name.startswith("sum_")}
        yield Figure(day=day, dimension=dimension, key=text_of(row["by_key"]), part=text_of(row["by_part"]), **sums)


def text_of(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_default_timezone()).isoformat()
    return "" if value is None else str(value)
