"""What comes at its time in a month: live evenings, the close of the week, the pay-outs, a look at the board."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

At = tuple[float, str]  # seconds from the beginning, an act
BEFORE = ("plan_evening", "ask_cuts", "agree_to_cut", "agree_to_cut")
IN_THE_EVENING = ("place_order", "pay_order", "place_order", "pay_order", "move_pieces", "quick_tasks", "begin_evening")
SOMETIMES = ("change_evening_price", "change_price", "update_product", "count_stock", "push_stock", "end_one_here")
PAY_DAYS = {  # after the first period, after the second
    13: ("close_period", "close_period"),  # it is reckoned again first
    14: ("close_period", "pay_statement", "pay_list", "open_period"),
    24: ("close_period", "close_period"),
    25: ("close_period", "pay_statement", "pay_statement", "pay_list"),
}
BOARD = ("release", "declare_tasks", "apply_scene", "judge_scene")
OPENING = ("look_for_bank", "look_for_bank", "apply_merchant", "review_merchant", "review_merchant", "sign_merchant")


def entries(chance: random.Random, begin: datetime, without_merchant: bool) -> Iterator[At]:
    if without_merchant:
        for nth, name in enumerate(OPENING * 3):
            yield _at(begin, 0, 12 + 5 * nth), name
    for day in chance.sample(range(2, 29), chance.choice((1, 2))):
        yield from _evening(chance, begin, day)
    for day in (8, 14, 20, 26):
        for nth, name in enumerate(BOARD):
            yield _at(begin, day, 11 + nth / 2), name
    first = chance.randrange(19, 25)  # the books begin late: each day that is looked at costs a seventh of a second
    for day in (first, first + 3, first + 6):
        yield _at(begin, day, 9.5), "close_days"
    for day in (0, 1, 2, 3):
        yield _at(begin, day, 10 + chance.random()), "set_rate" if day < 3 else "open_period"
    for day in (16, 18, 20):  # some of it comes back after it was paid out
        for nth, name in enumerate(("claim_in_wechat", "agree", "agree")):
            yield _at(begin, day, 15 + nth / 2), name
    for _nth in range(8):
        yield _at(begin, chance.randrange(2, 24), chance.random() * 24), "attribute_order"
    day = chance.randrange(3, 25)
    for hour, name in ((10, "bring_counts"), (10.5, "take_counts"), (chance.choice((11, 80)), "undo_counts")):
        yield _at(begin, day, hour), name
    for day, names in PAY_DAYS.items():
        for nth, name in enumerate(names):
            yield _at(begin, day, 14 + nth / 4), name


def _evening(chance: random.Random, begin: datetime, day: int) -> Iterator[At]:
    for nth, name in enumerate(BEFORE):
        yield _at(begin, day, 17 + nth / 3), name
    yield _at(begin, day, 20), "begin_evening"
    while_it_runs = [*IN_THE_EVENING, *chance.sample(SOMETIMES, 2)]
    chance.shuffle(while_it_runs)
    for nth, name in enumerate(while_it_runs):
        yield _at(begin, day, 20.2 + nth / 4), name
    for hour in (23, 23.3):
        yield _at(begin, day, hour), "end_evening"
    yield _at(begin, day + 1, 11), "settle_price"


def _at(begin: datetime, day: int, hour: float) -> float:
    midnight = (begin + timedelta(days=day)).replace(hour=0, minute=0, second=0)
    return max(0.0, midnight.timestamp() + hour * 3600 - begin.timestamp())
