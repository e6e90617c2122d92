"""A live evening: its price and stock are set and put back row by row, whatever dies in between."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU, SPU, Unsent
from catalog.operations import refresh_spu, submit_spu, update_spu_without_audit
from console import approvals
from console.models import Approval, Job
from orders.models import Oversold, StockMove
from orders.operations import refresh_order
from orders.tasks import push_sold_stock
from scenes.live_days import cuts, evening, goods, presses
from scenes.models import LiveDay, LiveProduct, LiveState, LiveTerm, Wanted
from scenes.operations import clear_live_price
from scenes.tasks import go_on_with_evenings
from tests.factories import make_order, make_spu, make_user, order_body
from wechat.models import Step
from wechat.shop import spu as shop
from wechat.steps import queue, recovery
from wechat.steps.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)


def on_sale(platform, **fields) -> SPU:
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return SPU.objects.get(pk=spu.pk)


def make_evening(*products: SPU, price: int | None = 18900, stock: int | None = 4) -> LiveDay:
    day = LiveDay.objects.create(date=timezone.localdate(), title="双十二")
    goods.add(day, [spu.pk for spu in products])
    LiveTerm.objects.filter(product__day=day).update(price=price, stock=stock)
    return day


def sell(platform, spu: SPU, pieces: int = 1) -> None:
    sku = spu.skus.first()
    line = {
        "out_product_id": spu.out_product_id,
        "out_sku_id": sku.out_sku_id,
        "product_cnt": pieces,
        "sale_price": 1000,
        "title": spu.title,
        "path": "p",
        "head_img": "https://mmecimage.cn/p/x/1",
    }
    order = make_order(order_body(product_infos=[line], price_info={}))
    platform.pay(order.out_order_id)
    refresh_order(order)


def here(spu: SPU) -> tuple[int, int, int | None]:
    return SKU.objects.values_list("sale_price", "stock_num", "kept_back").get(spu=spu)


def there(platform, spu: SPU) -> tuple[int, int]:
    (sku,) = platform.product(spu.out_product_id).online["skus"]
    return sku["sale_price"], sku["stock_num"]


def states(day: LiveDay) -> list[str]:
    return list(day.goods.in_order().values_list("state", flat=True))


def rest(drain) -> None:
    """Until nothing is due any more: lost leases, unknown outcomes, sold stock."""
    for _round in range(4):
        Step.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timezone.timedelta(1))
        Step.objects.exclude(next_attempt_at=None).update(next_attempt_at=timezone.now())
        recovery.sweep()
        drain()
        go_on_with_evenings()
        push_sold_stock()
        drain()


# --- the rule


def test_after_an_evening_the_stock_is_the_shops_part_and_what_is_left_of_the_hold(platform, drain):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu)
    presses.begin(day, owner)
    drain()
    assert (here(spu), there(platform, spu)) == ((18900, 4, 6), (18900, 4))
    sell(platform, spu, 3)
    push_sold_stock()
    drain()
    assert (here(spu), there(platform, spu)) == ((18900, 1, 6), (18900, 1))
    presses.end(LiveDay.objects.get(), owner)
    drain()
    assert (here(spu), there(platform, spu)) == ((19900, 7, None), (19900, 7))
    term = LiveTerm.objects.get()
    assert (term.hold, term.left, term.merged, term.price_open) == (4, 1, 7, False)
    assert SPU.objects.get().unsent == Unsent.NOTHING
    assert list(StockMove.objects.values_list("kind", "was", "now").order_by("id")) == [
        ("evening", 10, 10),
        ("evening_end", 7, 7),
    ]


def test_what_is_sold_beyond_the_hold_is_the_shops_and_what_is_nowhere_is_oversold(platform, drain):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu)
    presses.begin(day, owner)
    drain()
    sell(platform, spu, 6)
    assert here(spu)[1:] == (0, 4)
    assert Oversold.objects.values_list("from_shop", "missing").get() == (2, 0)
    sell(platform, spu, 7)
    assert here(spu)[1:] == (0, 0)
    assert Oversold.objects.open().pieces() == 3
    presses.end(LiveDay.objects.get(), owner)
    rest(drain)
    assert (here(spu)[1:], there(platform, spu)[1]) == ((0, None), 0)


def test_a_price_that_is_no_longer_the_evenings_is_for_a_person(platform, drain):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu)
    presses.begin(day, owner)
    drain()
    SKU.objects.update(sale_price=17900)
    SPU.objects.update(unsent=Unsent.FREE)
    update_spu_without_audit(SPU.objects.get())
    presses.end(LiveDay.objects.get(), owner)
    drain()
    assert (here(spu), there(platform, spu)) == ((17900, 10, None), (17900, 10))
    term = LiveTerm.objects.get()
    assert (term.price_open, term.was_price) == (True, 19900)
    assert presses.settle_price(term, back=True)
    drain()
    assert (here(spu)[0], there(platform, spu)[0]) == (19900, 19900)
    assert not presses.settle_price(term, back=True)


def test_only_the_evenings_terms_are_sent_and_other_changes_stay_unsent(platform, drain):
    colours = [{"sku_attrs": [{"attr_key": "颜色", "attr_value": value}]} for value in ("蓝", "红")]
    spu = on_sale(platform, skus=colours)
    first, second = spu.skus.all()
    day = make_evening(spu)
    LiveTerm.objects.filter(sku=second).update(price=None, stock=None)
    SKU.objects.filter(pk=second.pk).update(sale_price=100)
    presses.begin(day, make_user())
    drain()
    sent = {sku["out_sku_id"]: sku for sku in platform.ledger("update_without_audit")[-1].request["skus"]}
    assert sent[second.out_sku_id]["sale_price"] == 19900
    assert (sent[first.out_sku_id]["sale_price"], sent[first.out_sku_id]["stock_num"]) == (18900, 4)


def test_pieces_are_moved_and_a_price_is_changed_while_it_runs(platform, drain):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu)
    presses.begin(day, owner)
    drain()
    term = LiveTerm.objects.select_related("product__day").get()
    assert presses.move(term, 2, owner) == 2
    assert presses.move(term, 9, owner) == 4
    goods.set_terms(day, {term.pk: {"price": 17900, "stock": 99}})
    presses.begin(LiveDay.objects.get(), owner)  # while the steps of the moved pieces are open
    rest(drain)
    assert (here(spu), there(platform, spu)) == ((17900, 10, 0), (17900, 10))
    presses.end(LiveDay.objects.get(), owner)
    drain()
    assert (here(spu), there(platform, spu)) == ((19900, 10, None), (19900, 10))


# --- what has to be done first


def test_a_large_cut_waits_for_a_second_person_before_the_evening(platform, drain, settings):
    settings.PRICE_CUT_SECOND_PERSON = 30
    spu, asker, other = on_sale(platform), make_user(), make_user()
    day = make_evening(spu, price=9900)
    presses.begin(day, asker)
    drain()
    assert (states(day), there(platform, spu)) == ([LiveState.PLANNED], (19900, 10))
    assert presses.ask_approval(day, asker) == (1, [])
    (asked,) = Approval.objects.waiting("live-price-cut")
    assert asked.changes == [[f"{spu.skus.get()} ({spu.skus.get().out_sku_id})", 19900, 9900]]
    with pytest.raises(Conflict):
        approvals.approve(asked, asker)
    approvals.approve(asked, other)
    clear_live_price(LiveProduct.objects.get())
    assert there(platform, spu) == (19900, 10)  # agreed to, not begun
    presses.begin(day, asker)
    drain()
    assert there(platform, spu) == (9900, 4)
    goods.set_terms(day, {LiveTerm.objects.get().pk: {"price": 100}})
    presses.begin(day, asker)
    drain()
    assert there(platform, spu) == (9900, 4)  # agreed to another price


def test_what_is_put_back_is_the_price_that_buyers_saw_whatever_was_edited(platform, drain, monkeypatch):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu, price=None)
    presses.begin(day, owner)
    drain()
    SKU.objects.update(sale_price=199)
    goods.set_terms(day, {LiveTerm.objects.get().pk: {"price": 15000}})
    presses.begin(day, owner)
    drain()
    assert there(platform, spu) == (19900, 4)  # the edited price has to be sent first
    SKU.objects.update(sale_price=19900)
    answer = shop.update_without_audit

    def edited_meanwhile(body):
        answer(body)
        SKU.objects.update(sale_price=199)

    monkeypatch.setattr(shop, "update_without_audit", edited_meanwhile)
    go_on_with_evenings()
    drain()
    monkeypatch.undo()
    assert (LiveTerm.objects.get().was_price, there(platform, spu)) == (19900, (15000, 4))
    presses.end(LiveDay.objects.get(), owner)
    drain()
    assert there(platform, spu) == (19900, 10)


def test_a_large_cut_for_the_evening_is_not_kept_by_one_person(platform, drain, settings):
    settings.PRICE_CUT_SECOND_PERSON = 30
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu, price=2000)
    row = LiveProduct.objects.get()
    LiveProduct.objects.update(cleared=cuts.mark(row))
    presses.begin(day, owner)
    drain()
    SKU.objects.update(sale_price=2100)
    SPU.objects.update(unsent=Unsent.FREE)
    presses.end(LiveDay.objects.get(), owner)
    drain()
    term = LiveTerm.objects.get(price_open=True)
    for price in (2100, 18000):  # that here, and the one that buyers still see
        SKU.objects.update(sale_price=price)
        with pytest.raises(Conflict, match="put it back"):
            presses.settle_price(term, back=False)
    assert presses.settle_price(term, back=True)
    drain()
    assert there(platform, spu) == (19900, 10)


def test_a_price_that_is_back_here_before_the_end_is_put_back_at_wechat_too(platform, drain):
    spu, owner = on_sale(platform), make_user()
    presses.begin(make_evening(spu), owner)
    drain()
    SKU.objects.update(sale_price=19900)
    presses.end(LiveDay.objects.get(), owner)
    drain()
    assert (there(platform, spu), LiveTerm.objects.get().price_open) == ((19900, 10), False)


def test_a_cut_that_nobody_agreed_to_is_not_sent_though_it_came_after_the_look(platform, settings):
    settings.PRICE_CUT_SECOND_PERSON = 30
    spu, asker, other = on_sale(platform), make_user(), make_user()
    day = make_evening(spu, price=9900)
    LiveProduct.objects.update(wanted=Wanted.TERMS)
    with pytest.raises(Conflict, match="second person"):
        evening.payload(spu)
    presses.ask_approval(day, asker)
    approvals.approve(Approval.objects.waiting("live-price-cut").get(), other)
    step = clear_live_price.open(row := LiveProduct.objects.get())
    LiveTerm.objects.update(price=100)
    with pytest.raises(Conflict):
        clear_live_price.run(step, row)
    assert LiveProduct.objects.get().cleared == ""


def test_a_refused_product_stops_no_other_and_can_be_ended_here(platform, drain):
    spus, owner = [on_sale(platform) for _nth in range(3)], make_user()
    day = make_evening(*spus)
    platform.fault("error", "/shop/spu/update_without_audit", errcode=1000004)
    presses.begin(day, owner)
    drain()
    assert sorted(states(day)) == [LiveState.PLANNED, LiveState.RUNNING, LiveState.RUNNING]
    refused = day.goods.get(state=LiveState.PLANNED)
    assert refused.refusal["errcode"] == 1000004
    presses.begin(day, owner)
    drain()
    assert states(day) == [LiveState.RUNNING] * 3
    platform.fault("error", "/shop/spu/update_without_audit", errcode=1000004)
    presses.end(LiveDay.objects.get(), owner)
    drain()
    row = day.goods.get(state=LiveState.RUNNING)
    presses.end_one_here(row)
    assert here(row.spu) == (19900, 10, None)
    assert (states(day), SPU.objects.get(pk=row.spu_id).unsent) == ([LiveState.ENDED] * 3, Unsent.FREE)


def test_two_evenings_never_have_the_same_product(platform, drain):
    spu, owner = on_sale(platform), make_user()
    first, second = make_evening(spu), make_evening(spu)
    presses.begin(first, owner)
    drain()
    pressed = presses.begin(second, owner)
    assert (pressed.job, pressed.elsewhere) == (None, [str(spu)])


def test_a_begin_that_comes_after_the_end_changes_nothing(platform, drain):
    spu, owner = on_sale(platform), make_user()
    day = make_evening(spu)
    presses.begin(day, owner)
    drain()
    goods.set_terms(day, {LiveTerm.objects.get().pk: {"price": 17900}})
    before = LiveDay.objects.get()  # as a press looks at it that waits for the end's lock
    presses.end(LiveDay.objects.get(), owner)
    with pytest.raises(Conflict):
        presses.begin(before, owner)
    assert LiveProduct.objects.get().wanted == Wanted.END
    drain()
    assert there(platform, spu) == (19900, 10)


# --- whatever dies in between


def carry_out(job: Job, count: int) -> None:
    """A worker that dies after so many rows: it has claimed more, and they stay claimed."""
    for step in queue.claim(job.steps.all(), 10)[:count]:
        queue.carry_out(step)


ACCIDENTS = ["", "timeout_before", "timeout_after", "reset_after", "garbage"]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_killed_between_rows_each_row_is_begun_and_ended_exactly_once(platform, drain, data):
    owner = make_user()
    spus = [on_sale(platform) for _nth in range(3)]
    day = make_evening(*spus)
    sold, restocked = dict.fromkeys(spus, 0), dict.fromkeys(spus, 0)

    def live() -> None:
        for spu in spus:
            if pieces := data.draw(st.integers(0, 3)):
                sell(platform, spu, pieces)
                sold[spu] += pieces
            if data.draw(st.booleans()) and SKU.objects.get(spu=spu).kept_back is None:
                SKU.objects.filter(spu=spu).update(stock_num=SKU.objects.get(spu=spu).stock_num + 5)
                restocked[spu] += 5
        if data.draw(st.booleans()):
            push_sold_stock()

    for press in (presses.begin, presses.end):
        if accident := data.draw(st.sampled_from(ACCIDENTS)):
            platform.fault(accident, "/shop/spu/update_without_audit")
        job = press(LiveDay.objects.get(pk=day.pk), owner).job
        carry_out(job, data.draw(st.integers(0, 3)))
        live()
        press(LiveDay.objects.get(pk=day.pk), owner)  # again, while some rows are claimed by the dead
        rest(drain)
        live()
    rest(drain)
    assert states(day) == [LiveState.ENDED] * 3
    assert not day.goods.exclude(wanted=Wanted.NOTHING).exists()
    for spu in spus:
        missing = sum(Oversold.objects.filter(sku__spu=spu).values_list("missing", flat=True))
        left = 10 + restocked[spu] - sold[spu] + missing
        assert here(spu) == (19900, left, None)
        if not restocked[spu]:
            assert there(platform, spu) == (19900, left)
        assert StockMove.objects.filter(sku__spu=spu, kind="evening").count() == 1
        assert StockMove.objects.filter(sku__spu=spu, kind="evening_end").count() == 1
