"""The figures of an evening's board: kept in one row, made anew every few seconds by one of those who look.

What is kept is codes and numbers; the words are chosen when it is shown.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMinute
from django.utils import timezone

from catalog.models import EditStatus, SPUPicture, SPURound, Status
from orders.models import Order, OrderLine, OrderStatus, Oversold
from orders.models.order import PAID, UNPAID

from ..models import LiveBoard, LiveDay, LiveProduct, LiveState, LiveTerm, Wanted
from .findings import usual_review

FRESH = timedelta(seconds=3)
MAKING = timedelta(seconds=15)  # whoever makes it has died, if it takes longer
MINUTES = 30  # of the chart
Figures = dict[int | None, dict[str, Any]]  # by the key of a SKU
LATE = timedelta(hours=1)  # after its end nothing is made anew


def current(day: LiveDay) -> LiveBoard:
    """The board as it is: one query, and some more for the one who finds it older than FRESH seconds."""
    board = LiveBoard.objects.filter(pk=day.pk).first()
    if board is None:
        board, _made = LiveBoard.objects.get_or_create(day=day)
    now = timezone.now()
    if board.made_at and (board.made_at > now - FRESH or (day.ended_at and board.made_at > day.ended_at + LATE)):
        return board
    mine = LiveBoard.objects.filter(Q(until=None) | Q(until__lt=now), pk=day.pk, made_at=board.made_at)
    return make(day) if mine.update(until=now + MAKING) else board


def make(day: LiveDay) -> LiveBoard:
    figures = figures_of(day)
    version = sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()[:20]
    LiveBoard.objects.filter(pk=day.pk).update(figures=figures, version=version, made_at=timezone.now(), until=None)
    return LiveBoard(day=day, figures=figures, version=version, made_at=timezone.now())


def figures_of(day: LiveDay) -> dict[str, Any]:
    """Everything that the board and the summary show, in a constant number of queries."""
    sold, over = _sold(day), _oversold(day)
    goods = [_product(row, sold, over) for row in _goods(day)]
    orders = _orders(day)
    counted = orders.aggregate(
        orders=Count("pk", distinct=True, filter=Q(status__in=PAID)),
        unpaid=Count("pk", distinct=True, filter=Q(status__in=UNPAID)),
        cancelled=Count("pk", distinct=True, filter=Q(status__in=[OrderStatus.TIMED_OUT, OrderStatus.CANCELLED])),
    )
    minutes = _minutes(day, orders)
    return {
        "state": "ended" if day.ended_at else "running" if day.started_at else "planned",
        **counted,
        "pieces": sum(row["sold"] for row in goods),
        "fen": sum(row["fen"] for row in goods),
        "refunded": sum(row["refunded"] for row in goods),
        "left": sum(row["left"] for row in goods),
        "goods": goods,
        "minutes": minutes,
        "pace": round(sum(count for _at, count in minutes[-6:-1]) / 5, 1),  # the last five whole minutes
        "reviews": _reviews(day),
    }


def _goods(day: LiveDay) -> QuerySet[LiveProduct]:
    rows = day.goods.select_related("spu").defer("spu__draft", "spu__online", "spu__desc")
    with_pictures: Any = rows.annotate(picture=Subquery(SPUPicture.objects.heads(spu=OuterRef("spu"))))
    return with_pictures.prefetch_related("terms__sku").in_order()


def span_of(day: LiveDay) -> Q:
    """Orders placed during the evening."""
    if day.started_at is None:
        return Q(pk=None)
    return Q(placed_at__gte=day.started_at) & (Q(placed_at__lte=day.ended_at) if day.ended_at else Q())


def _skus(day: LiveDay) -> QuerySet:
    return LiveTerm.objects.filter(product__day=day).exclude(sku=None).order_by().values("sku")


def _orders(day: LiveDay) -> QuerySet[Order]:
    """The evening's orders that have some of its goods."""
    return Order.objects.order_by().filter(span_of(day), lines__sku__in=_skus(day))


def _sold(day: LiveDay) -> Figures:
    """{SKU: pieces sold, paid fen, refunded and unpaid pieces} of the orders placed during the evening."""
    lines = OrderLine.objects.order_by().filter(sku__in=_skus(day), order__in=Order.objects.filter(span_of(day)))
    paid, unpaid = Q(order__status__in=PAID), Q(order__status__in=UNPAID)
    rows = lines.values("sku").annotate(
        sold=Sum("product_cnt", filter=paid, default=0),
        fen=Sum("sku_real_price", filter=paid, default=0),
        refunded=Sum("refunded_cnt", filter=paid, default=0),
        unpaid=Sum("product_cnt", filter=unpaid, default=0),
    )
    return {row["sku"]: dict(row) for row in rows}


def oversold_in(day: LiveDay) -> QuerySet[Oversold]:
    """What of the evening's goods was sold beyond what was for sale, while it ran."""
    if day.started_at is None:
        return Oversold.objects.none()
    rows = Oversold.objects.order_by().filter(at__gte=day.started_at, sku__in=_skus(day))
    return rows.filter(at__lte=day.ended_at) if day.ended_at else rows


def _oversold(day: LiveDay) -> Figures:
    summed = oversold_in(day).values("sku").annotate(shop=Sum("from_shop"), lost=Sum("missing"))
    return {row["sku"]: dict(row) for row in summed}


def _product(row: LiveProduct, sold: Figures, over: Figures) -> dict[str, Any]:
    skus = [_sku(term, sold, over) for term in row.terms.all()]
    return {
        "pk": row.pk,
        "spu": row.spu_id,
        "title": row.spu.title,
        "picture": getattr(row, "picture", None),
        "state": row.state,
        "skus": skus,
        "problems": _problems(row, skus),
        **{name: sum(sku[name] for sku in skus) for name in ("sold", "fen", "refunded", "unpaid", "left", "shop")},
    }


def _sku(term: LiveTerm, sold: Figures, over: Figures) -> dict[str, Any]:
    figures = sold.get(term.sku_id or 0, {})
    lost = over.get(term.sku_id or 0, {})
    ended = term.merged is not None
    return {
        "id": term.out_sku_id,
        "name": str(term.sku) if term.sku else term.out_sku_id,
        "price": term.sku.sale_price if term.sku else 0,
        "hold": term.hold,
        "left": (term.left if ended else term.sku.stock_num if term.sku else 0) or 0,
        "shop": (term.sku.kept_back if term.sku else 0) or 0,
        "from_shop": lost.get("shop", 0),
        "missing": lost.get("lost", 0),
        "price_open": term.price_open,
        **{name: figures.get(name, 0) for name in ("sold", "fen", "refunded", "unpaid")},
    }


def _problems(row: LiveProduct, skus: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Codes of what somebody has to look at, with their numbers."""
    spu, found = row.spu, list[dict[str, Any]]()
    if spu.removed_at or spu.status != Status.LISTED:
        found.append({"code": "off_sale", "status": None if spu.removed_at else spu.status})
    if spu.edit_status == EditStatus.REJECTED:
        found.append({"code": "rejected"})
    if row.refusal:
        found.append({"code": "refused", **row.refusal})
    elif row.wanted != Wanted.NOTHING:
        found.append({"code": "waits", "wanted": row.wanted})
    for sku in skus:
        if sku["missing"]:
            found.append({"code": "oversold", "sku": sku["name"], "count": sku["missing"]})
        if sku["from_shop"]:
            found.append({"code": "from_shop", "sku": sku["name"], "count": sku["from_shop"]})
        if row.state == LiveState.RUNNING and not sku["left"]:
            found.append({"code": "sold_out", "sku": sku["name"], "count": sku["shop"]})
        if sku["price_open"]:
            found.append({"code": "price_open", "sku": sku["name"]})
    return found


def _minutes(day: LiveDay, orders: QuerySet[Order]) -> list[list]:
    """[[minute, orders placed in it]] of the last half hour, or of the evening's last."""
    last = (day.ended_at or timezone.now()).replace(second=0, microsecond=0)
    first = last - timedelta(minutes=MINUTES - 1)
    recent = orders.filter(placed_at__gte=first).annotate(minute=TruncMinute("placed_at"))
    found: dict[datetime, int] = defaultdict(int)
    for minute, count in recent.values_list("minute").annotate(Count("pk", distinct=True)):
        found[minute] = count
    every = [first + timedelta(minutes=nth) for nth in range(MINUTES)]
    return [[f"{timezone.localtime(minute):%H:%M}", found.get(minute, 0)] for minute in every]


def _reviews(day: LiveDay) -> list[dict[str, Any]]:
    """What WeChat reviews, and when it is usually done."""
    open_rounds = SPURound.objects.filter(status=EditStatus.IN_REVIEW, spu__live_goods__day=day)
    rows = list(open_rounds.order_by().values("spu", title=F("spu__title")).annotate(since=Max("submitted_at")))
    usual = usual_review() if rows else None
    return [
        {
            "spu": row["spu"],
            "title": row["title"],
            "since": row["since"].isoformat(),
            "expected": (row["since"] + usual).isoformat() if usual else None,
        }
        for row in sorted(rows, key=lambda row: row["since"])
    ]
