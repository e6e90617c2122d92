"""What people press on an evening's page: begin, end, go on, ask for approval, move pieces, settle a price."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SPU, Unsent
from catalog.operations import update_spu_stock, update_spu_without_audit
from console import jobs
from console.edits import trace_edit
from console.models import Job
from orders import stock
from orders.models import MoveKind
from wechat.models import Step
from wechat.steps import actors
from wechat.steps.errors import Asked, Conflict
from wechat.steps.operations import Operation

from ..models import LiveDay, LiveProduct, LiveState, LiveTerm, Wanted
from ..models.evening import LiveProductQuerySet
from ..operations import clear_live_price, send_live_terms
from . import evening, goods

TRIES = 20  # of the schedule, a minute apart
HAS_TERMS = Q(terms__price__isnull=False) | Q(terms__stock__isnull=False)


class Pressed(NamedTuple):
    job: Job | None
    products: int
    elsewhere: list[str]  # products that another evening has


def begin(day: LiveDay, user: Any) -> Pressed:
    """Set the evening's price and stock of every product that has some and does not run yet; again after an accident.

    Of those that run, prices that were changed since.
    """
    with transaction.atomic():
        day = LiveDay.objects.select_for_update().get(pk=day.pk)
        if day.ended_at:
            raise Conflict(_("This evening is over: plan the next one as a new live day."))
        goods.fill(day)
        if LiveDay.objects.filter(pk=day.pk, started_at=None).update(started_at=timezone.now()):
            trace_edit(day, {"started_at": ["", _now()]})
        return _want(to_set(day), Wanted.TERMS, user)


def to_set(day: LiveDay) -> list[LiveProduct]:
    """What `begin` sets: planned products with terms, and those that run whose price was changed since."""
    planned = day.goods.filter(HAS_TERMS, state=LiveState.PLANNED).select_related("spu").distinct()
    return [*planned.in_order(), *repriced(day)]


def repriced(day: LiveDay) -> list[LiveProduct]:
    """The running products with a price that is not set yet."""
    running = to_put_back(day).prefetch_related("terms")
    return [row for row in running if any(term.price not in (None, term.set_price) for term in row.terms.all())]


def to_put_back(day: LiveDay) -> LiveProductQuerySet:
    return day.goods.filter(state=LiveState.RUNNING).select_related("spu").in_order()


def end(day: LiveDay, user: Any) -> Pressed:
    """Put everything back, row by row; pressed again it goes on with what is left."""
    if day.started_at is None:
        raise Conflict(_("This evening has not begun."))
    with transaction.atomic():
        LiveDay.objects.select_for_update().get(pk=day.pk)
        if LiveDay.objects.filter(pk=day.pk, ended_at=None).update(ended_at=timezone.now()):
            trace_edit(day, {"ended_at": ["", _now()]})
        drop_unsent(day)
        pressed = _want(to_put_back(day), Wanted.END, user)
        # Their start is under way: they end once it is done.
        day.goods.filter(state=LiveState.PLANNED, wanted=Wanted.TERMS).update(wanted=Wanted.END)
    gone = Q(spu__online=None) | Q(spu__draft=None) | Q(spu__removed_at__isnull=False)
    for row in day.goods.filter(gone, state=LiveState.RUNNING):
        evening.end_here(row)
    return pressed


def drop_unsent(day: LiveDay) -> None:
    """Of an evening that is over: nothing more is wanted of products whose terms were never sent."""
    left = day.goods.filter(state=LiveState.PLANNED).exclude(wanted=Wanted.NOTHING)
    left.exclude(Exists(_open_steps())).update(wanted=Wanted.NOTHING)


def _open_steps() -> QuerySet[Step]:
    """Steps of the evening that may have reached WeChat, or will."""
    kind = ContentType.objects.get_for_model(SPU)
    steps = Step.objects.open().filter(operation=send_live_terms.full_name, content_type=kind)
    return steps.filter(object_id=OuterRef("spu"))


def _want(rows: Iterable[LiveProduct], what: str, user: Any) -> Pressed:
    """Note what is wanted, and make its job in the same commit."""
    keys, elsewhere = [], []
    for row in rows:
        try:
            with transaction.atomic():
                LiveProduct.objects.filter(pk=row.pk).update(wanted=what, asked_by=user, tries=0, refusal={})
        except IntegrityError:
            elsewhere.append(str(row.spu))
        else:
            keys.append(row.spu_id)
    return Pressed(_job(keys), len(keys), elsewhere)


def _job(keys: list[int]) -> Job | None:
    """A job in the evening's order; where all of them are under way already, the job that has them."""
    if not keys:
        return None
    kind = ContentType.objects.get_for_model(SPU)
    steps = Step.objects.open().filter(operation=send_live_terms.full_name, content_type=kind, object_id__in=keys)
    under_way = set(steps.values_list("object_id", flat=True))
    by_key = SPU.objects.only("pk").in_bulk([key for key in keys if key not in under_way])
    if not by_key:
        return Job.objects.filter(steps__in=steps).order_by("-pk").first()
    return jobs.start(send_live_terms, [by_key[key] for key in keys if key in by_key])


def go_on() -> int:
    """By the schedule: what is still wanted and has no step, as another step was in its way, gets one again."""
    left = LiveProduct.objects.exclude(wanted=Wanted.NOTHING).filter(refusal={}, tries__lt=TRIES)
    left = left.exclude(Exists(_open_steps()))
    left.filter(state=LiveState.PLANNED, wanted=Wanted.END).update(wanted=Wanted.NOTHING)
    count = 0
    for row in left.select_related("spu", "asked_by").prefetch_related("terms__sku").in_order()[:1000]:
        if row.wanted == Wanted.TERMS and evening.faults_of(row):
            continue  # a person has something to do first
        LiveProduct.objects.filter(pk=row.pk).update(tries=row.tries + 1)
        with actors.acting("schedule", row.asked_by):
            jobs.start(send_live_terms, [row.spu])
        count += 1
    return count


def ask_approval(day: LiveDay, user: Any) -> tuple[int, list[str]]:
    """Put the evening's large price cuts before a second person; returns how many, and what was said."""
    asked, said = 0, []
    for row in day.goods.select_related("spu").prefetch_related("terms__sku").in_order():
        if not clear_live_price.is_allowed(row):
            continue
        try:
            clear_live_price.ask_second(row, user)
            clear_live_price(row)
        except Asked:
            asked += 1
        except Conflict as conflict:
            said.append(f"{row}: {conflict}")
    return asked, said


def end_one_here(row: LiveProduct) -> None:
    """End a product here alone whose end WeChat refused."""
    if row.wanted != Wanted.END or not row.refusal:
        raise Conflict(_("WeChat has not refused to end it: press “End the evening”."))
    evening.end_here(row)
    trace_edit(row.day, {str(row): [row.state_label, _("ended here alone")]})


def move(term: LiveTerm, pieces: int, user: Any) -> int:
    """Move pieces from the shop's part to what is for sale, at most those there are, and tell WeChat; how many it was.

    Below zero they go back.
    """
    with transaction.atomic():
        spu = SPU.objects.select_for_update().get(pk=term.product.spu_id)
        sku = next(iter(stock.locked([term.sku_id or 0])), None)
        locked = LiveTerm.objects.select_for_update(of=("self",)).get(pk=term.pk)
        if sku is None or sku.kept_back is None or locked.hold is None or locked.merged is not None:
            raise Conflict(_("Pieces can be moved while the evening holds a part of the stock."))
        moved = max(min(pieces, sku.kept_back), -sku.stock_num)
        if not moved:
            return 0
        was = stock.total(sku)
        sku.stock_num, sku.kept_back = sku.stock_num + moved, sku.kept_back - moved
        type(sku).objects.filter(pk=sku.pk).update(stock_num=sku.stock_num, kept_back=sku.kept_back)
        LiveTerm.objects.filter(pk=term.pk).update(hold=max(locked.hold + moved, 0))
        stock.note(sku, MoveKind.MOVED, was, f"{moved:+d} · {term.product.day}")
        stock.refresh_unsent(spu.pk)
    send_unsent(update_spu_stock, spu.pk)
    return moved


def settle_price(term: LiveTerm, back: bool) -> bool:
    """A person decides on a price that was changed during the evening; False where somebody did already."""
    if not LiveTerm.objects.filter(pk=term.pk, price_open=True).exists():
        return False
    before = term.sku.sale_price if term.sku else 0
    if evening.settle_price(term, back):
        send_unsent(update_spu_without_audit, term.product.spu_id)
    after = term.was_price if back else before
    trace_edit(term.product.day, {" · ".join([term.out_sku_id, _("price")]): [str(before), str(after)]})
    return True


def send_unsent(op: Operation, spu: int) -> None:
    waiting = SPU.objects.filter(pk=spu).exclude(unsent=Unsent.NOTHING).exclude(online=None)
    if waiting.exists():
        jobs.start(op, waiting)


def _now() -> str:
    return timezone.localtime().isoformat(timespec="seconds")
