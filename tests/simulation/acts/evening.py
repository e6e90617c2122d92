"""Live evenings: planned, begun, changed while they run, ended; large cuts take two people."""

from django.utils import timezone

from catalog.models import SPU
from console.models import Approval
from scenes.live_days import goods, presses
from scenes.live_days.cuts import LIVE_CUT
from scenes.models import LiveDay, LiveProduct, LiveState, LiveTerm, Wanted
from scenes.operations import clear_live_price

from ..seams import chance
from ..shop import all_skus
from ..world import Idle
from .registry import act
from .stock import edit

WHO = "pat"


def _title(day: LiveDay) -> str:
    return day.title


def _product(row) -> str:
    return row.spu.out_product_id


def _sku(term: LiveTerm) -> str:
    return term.product.spu.out_product_id


def running_terms():
    """Those of which the evening holds a part, or has set the price."""
    return LiveTerm.objects.filter(product__state=LiveState.RUNNING).select_related(
        "product__day", "product__spu", "sku"
    )


@act(0.3, "product staff plan a live evening", "product")
def plan_evening(world):
    if LiveDay.objects.filter(ended_at=None).count() > 1:
        raise Idle
    spus = chance.sample(list(SPU.objects.current().order_by("out_product_id")), chance.choice((1, 2, 3)))
    with world.as_person(WHO):
        day = LiveDay.objects.create(date=timezone.localdate(), title=f"直播 {world.salt}")
        goods.add(day, [spu.pk for spu in spus])
        terms = LiveTerm.objects.filter(product__day=day).select_related("sku").order_by("out_sku_id")
        goods.set_terms(day, {term.pk: _terms(term.sku.sale_price) for term in terms})
    return f"{day.title} of {', '.join(spu.out_product_id for spu in spus)}"


def _terms(price: int) -> dict[str, int | None]:
    return {
        "price": chance.choice((None, price * 9 // 10, price * 7 // 10, price * 4 // 10)),
        "stock": chance.choice((None, 2, 10, 500)),
    }


@act(0.4, "product staff put an evening's large cuts before somebody", "product")
def ask_cuts(world):
    day = world.pick(LiveDay.objects.filter(ended_at=None), _title)
    with world.as_person(WHO):
        asked, said = presses.ask_approval(day, world.people[WHO])
    return f"{day.title}: {asked} asked, {len(said)} not"


@act(0.6, "a second person agrees to an evening's cut", "product")
def agree_to_cut(world):
    waiting = [row for row in Approval.objects.waiting(LIVE_CUT.kind) if row.record]
    asked = world.pick(waiting, lambda row: _product(row.record))
    row, who = asked.record, chance.choice(("owner", "owner", WHO))
    with world.as_person(who):
        clear_live_price.refuse_unless_allowed(row)
        clear_live_price.ask_second(row, world.people[who], asked.mark)
    return f"{_product(row)} by {who}: {world.press(clear_live_price, row, who)}"


@act(0.6, "product staff begin an evening", "product")
def begin_evening(world):
    day = world.pick(LiveDay.objects.filter(ended_at=None), _title)
    return _pressed(world, day, presses.begin)


@act(0.8, "product staff end an evening", "product")
def end_evening(world):
    running = LiveDay.objects.filter(started_at__isnull=False, goods__state=LiveState.RUNNING).distinct()
    day = world.pick(running | LiveDay.objects.filter(started_at__isnull=False, ended_at=None).distinct(), _title)
    return _pressed(world, day, presses.end)


def _pressed(world, day: LiveDay, press) -> str:
    first = day.goods.select_related("spu").in_order().first()
    if first and not world.salt.endswith("m"):
        world.focus = _product(first)
    with world.as_person(WHO):
        pressed = press(day, world.people[WHO])
    return f"{day.title}: {pressed.products} products, elsewhere {len(pressed.elsewhere)}"


@act(0.8, "product staff move pieces between the evening and the shop", "product")
def move_pieces(world):
    term = world.pick(running_terms().filter(hold__isnull=False, merged=None), _sku)
    with world.as_person(WHO):
        moved = presses.move(term, chance.choice((-1, -500, 1, 5, 500)), world.people[WHO])
    return f"{term.out_sku_id}: {moved}"


@act(0.6, "product staff change a price of an evening", "product")
def change_evening_price(world):
    term = world.pick(running_terms(), _sku)
    price = max(1, term.sku.sale_price * chance.choice((70, 95, 103)) // 100)
    world.memory.setdefault("repriced", set()).add((term.product.day.title, term.out_sku_id))
    with world.as_person(WHO):
        goods.set_terms(term.product.day, {term.pk: {"price": price}})
        presses.begin(term.product.day, world.people[WHO])
    return f"{term.out_sku_id}: ¥{price / 100:.2f}"


@act(1.5, "product staff change a price", "product")
def change_price(world):
    sku = world.pick(all_skus(), lambda row: row.spu.out_product_id)
    price = max(100, sku.sale_price * chance.choice((90, 97, 110)) // 100)
    edit(world, sku, "sale_price", price)
    return f"{sku.out_sku_id}: ¥{price / 100:.2f}"


@act(1, "somebody settles a price after an evening", "product")
def settle_price(world):
    opened = LiveTerm.objects.filter(price_open=True).select_related("product__day", "product__spu", "sku")
    term, back = world.pick(opened, _sku), chance.random() < 0.7
    world.memory.setdefault("settled", set()).add((term.product.day.title, term.out_sku_id))
    with world.as_person(WHO):
        presses.settle_price(term, back)
    return f"{term.out_sku_id}: {'back' if back else 'as it is'}"


@act(0.3, "product staff end a product of an evening here alone", "product")
def end_one_here(world):
    refused = LiveProduct.objects.filter(wanted=Wanted.END).exclude(refusal={}).select_related("day", "spu")
    row = world.pick(refused, _product)
    with world.as_person(WHO):
        presses.end_one_here(row)
    return _product(row)
