"""Draws a month: a list of acts that describe themselves, so that any part of it can be played again."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from . import diary
from .acts import ACTS
from .acts.registry import Act
from .faults import KINDS, OF_CALLS

DAYS = 32
ACTS_A_MONTH = 500
SHANGHAI = ZoneInfo("Asia/Shanghai")
FAULTY = 0.16  # of the acts that carry a fault
# What BEHAVIOUR only infers, and may be one way or the other.
SWITCHES = (
    "part_shipped_is_21",
    "refunds_arrive_at_once",
    "withdrawals_accepted_at_once",
    "expired_tickets_close_withdrawals",
    "flows_in_yuan_text",
    "refunds_free_unshipped",
    "numbers_as_text",
    "listed_by_arrival",
    "fund_0_overwrites",
)

# Acts that follow each other within minutes or hours, about one record where they can, beside those that come alone.
BURSTS = (
    (10, ("place_order", "pay_order")),
    (3, ("place_order", "pay_order", "report_payment")),
    (1, ("place_order", "repeat_order", "pay_order")),
    (1, ("place_order", "cancel_order")),
    (1, ("place_order", "close_order")),
    (1, ("place_order", "forge_payment", "pay_order")),
    (1, ("place_order",)),
    (2, ("make_payment", "pay_payment")),
    (1.5, ("ask_withdrawal", "approve_withdrawal", "submit_withdrawal", "scan")),
    (1, ("submit_withdrawal", "scan", "pay_out")),
    (5, ("ship_order", "ship_order", "ship_order")),
    (2, ("claim_in_wechat", "agree")),
    (1, ("submit_product", "review_product")),
    (0.7, ("submit_product", "withdraw_product", "review_product")),
    (0.7, ("add_product", "review_product", "remove_product")),
    (1, ("claim_in_wechat", "agree", "return_in_wechat", "change_pickup")),
    (1, ("claim_in_wechat", "refuse", "intervene", *("go_on_with_dispute", "hand_in_evidence") * 2)),
    (1, ("claim_in_wechat", "fail_refund", "agree", "prove", "confirm_proof")),
    (0.5, ("make_payment", "close_payment")),
    (0.8, ("make_payment", "pay_payment", "refund_payment", "approve_trade_refund", "finish_refund")),
    (0.8, ("make_payment", "pay_payment", "share_payment", "approve_release", "finish_sharing")),
    (0.8, ("claim_in_wechat", "agree", "approve_refund")),
    (0.5, ("make_coupon", "change_coupon")),
    (0.7, ("ask_withdrawal", "approve_withdrawal", "submit_withdrawal", "lose_withdrawal")),
    (0.5, ("let_go", "let_go")),
    (1, ("ask_bank_change", "approve_bank_change", "ask_scan", "scan_for_bank", "submit_bank_account")),
    (1, ("make_coupon", "publish_coupon", "set_coupon_stock", "take_coupon")),
    (0.5, ("take_coupon", "take_coupon", "use_coupon")),
    (0.7, ("invite", "answer_invitation")),
    (0.7, ("submit_brand", "review_papers")),
    (0.7, ("submit_category", "review_papers", "submit_papers_again")),
    (1.2, ("release", "declare_tasks", "apply_scene", "judge_scene")),
    (0.25, ("cancel_access", "apply_access", "sign")),
    (2, ("place_order", "pay_order", "ship_order", "confirm_receipt", "claim_in_wechat", "agree", "return_in_wechat")),
    (2, ("place_order", "pay_order", "ship_part", "claim_in_wechat", "agree", "ship_order", "ship_order")),
    (1, ("place_order", "pay_order", "claim_in_wechat", "change_in_wechat", "agree", "approve_refund")),
    (1, ("place_order", "forge_payment", "refresh_order", "ship_order", "pay_order", "ship_order")),
    (1, ("place_order", "pay_order", "claim_by_api", "refuse", "change_by_api", "agree", "return_by_api")),
    (1, ("make_payment", "pay_payment", "pay_payment", "refund_payment", "refund_payment", "approve_trade_refund")),
    (0.5, ("plan_evening", "begin_evening", "change_evening_price", "change_evening_price", "end_evening")),
    (1, ("ask_withdrawal", "approve_withdrawal", "submit_withdrawal", "scan", "accept", "pay_out", "give_back")),
    (1, ("take_coupon", "give_coupon", "give_coupon", "repeat_gift", "use_coupon")),
)
BURST = 0.35
ODD = 0.5  # of the months: each act and burst comes equally often there, however rare it is in others


def draw(seed: int, count: int = ACTS_A_MONTH) -> dict:
    """{begin, account, acts: [{number, at, name, burst, faults}], …}; at is in seconds from the beginning."""
    chance = random.Random(seed)
    day = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(days=chance.randrange(700))
    if chance.random() < 0.4:  # a day before a month ends
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=chance.randrange(1, 4))
    begin = day + timedelta(minutes=chance.randrange(1440))
    on = {name: chance.random() < 0.5 for name in SWITCHES if chance.random() < 0.15}
    account = {"switches": on, "format": chance.choice(("xml", "json"))}
    odd = chance.random() < ODD
    without_merchant = odd and chance.random() < 0.4
    acts = [_act(chance, at, name) for at, name in diary.entries(chance, begin, without_merchant)]
    free = max(count // 2, count - len(acts) // 2)
    acts += _bursts(chance, begin, free * 2, _each(chance)) if odd else _bursts(chance, begin, free, _any(chance))
    acts += [{"at": _night(begin, day), "name": "night", "burst": "", "faults": []} for day in range(DAYS + 1)]
    acts.sort(key=lambda act: act["at"])
    for number, act in enumerate(acts):
        act["number"] = str(number)
    drawn = {"seed": seed, "begin": begin.timestamp(), "account": account, "acts": acts}
    return drawn | {"without_merchant": without_merchant}


def _bursts(chance: random.Random, begin: datetime, count: int, bursts: Iterator[Sequence[str]]) -> list[dict]:
    """Trade goes in bursts; some of them close to midnight."""
    acts: list[dict] = []
    for nth, names in enumerate(bursts):
        if len(acts) >= count:
            break
        at = chance.random() * DAYS * 86400
        if chance.random() < 0.1:
            at += 86400 - (begin.timestamp() + at + 8 * 3600) % 86400 - chance.uniform(-90, 90)
        for name in names:
            acts.append(_act(chance, max(0.0, at), name, str(nth)))
            at += chance.choice((1, 5, 30, 300, 300, 7200))
    return acts


def _any(chance: random.Random) -> Iterator[Sequence[str]]:
    weights, bursts = zip(*BURSTS, strict=True)
    while True:
        if chance.random() < BURST:
            yield chance.choices(bursts, weights)[0]
        else:
            yield [_name(chance) for _one in range(chance.choice((1, 1, 2, 3)))]


def _each(chance: random.Random) -> Iterator[Sequence[str]]:
    """Most come when there is nothing for them to do, which costs little."""
    while True:
        bursts = [burst for _weight, burst in BURSTS] * 2
        bursts += [(name,) for name, one in ACTS.items() if one.weight]
        yield from chance.sample(bursts, len(bursts))


def _night(begin: datetime, day: int) -> float:
    return (begin + timedelta(days=day)).replace(hour=4, minute=15, second=0).timestamp() - begin.timestamp()


def _act(chance: random.Random, at: float, name: str, burst: str = "") -> dict:
    act: dict = {"at": at, "name": name, "burst": burst, "faults": []}
    if chance.random() < FAULTY:
        act["faults"] = [_fault(chance, name) for _one in range(chance.choice((1, 1, 1, 2)))]
    return act


def _name(chance: random.Random, about: str = "") -> str:
    names = [name for name, one in ACTS.items() if not about or one.about == about]
    return chance.choices(names, [ACTS[name].weight for name in names])[0]


def _fault(chance: random.Random, name: str) -> dict:
    kind = chance.choice(KINDS)
    fault: dict = {"kind": kind, "nth": min(chance.choice((1, 1, 2, 3, 5)) + chance.randrange(3), 9)}
    if kind in OF_CALLS:
        fault["nth"] = chance.choice((1, 1, 1, 2, 3))
    if kind.startswith("meanwhile"):
        about: Act = ACTS[name]
        fault["act"] = {"name": _name(chance, "" if about.about == "any" else about.about)}
    return fault
