"""Coupons: staff make, publish and end them; buyers take them in WeChat or are given them, and use them."""

from datetime import timedelta

from django.utils import timezone

from catalog.coupons import operations
from catalog.coupons.models import Coupon, CouponSetup, UserCoupon
from sandbox.endpoints import coupon as booklet
from sandbox.models import Coupon as Theirs
from sandbox.platform import Refusal

from ..seams import chance
from ..shop import BUYERS
from .registry import act

KINDS = (
    {"type": 102, "discount_fee": 500, "product_price": 5_000},
    {"type": 103, "discount_num": 8_000},
    {"type": 4, "discount_fee": 100, "out_product_ids": ["goods-0", "goods-2"]},
)


def coupon_body(number: str) -> dict:
    """A coupon as the backend makes it; some are over within a day."""
    until = timezone.now() + timedelta(days=chance.choice((2, 9)))
    valid = (
        {"valid_type": 2, "valid_day_num": 3},
        {"valid_type": 3, "valid_second": 50_000},
        {"valid_type": 1, "valid_start_time": timezone.now().isoformat(), "valid_end_time": until.isoformat()},
    )
    limit = chance.choice(({}, {"limit_num_one_person": 1}, {"limit_num_one_person": 2}))
    total = {"name": f"券 {number}", "total_num": chance.choice((2, 20, 60))}
    return {"out_coupon_id": number, **total, **chance.choice(KINDS), **chance.choice(valid), **limit}


def _id(row) -> str:
    return row.out_coupon_id


def _given(row) -> str:
    return f"{row.coupon.out_coupon_id} {row.pk}"


def _effective(world) -> Coupon:
    return world.pick(Coupon.objects.effective(), _id)


def _ask(world, coupon: Coupon, name: str, body: dict | None = None) -> str:
    return f"{coupon.out_coupon_id} {world.ask('post', f'coupons/{coupon.out_coupon_id}/{name}/', body).status_code}"


@act(1.5, "staff make a coupon and send it to WeChat", "coupon")
def make_coupon(world):
    number = f"c-{world.salt}"
    world.follow(number)
    made = world.ask("post", "coupons/", coupon_body(number)).status_code
    return f"{made}, {_ask(world, Coupon.objects.get(out_coupon_id=number), 'submit_coupon')}"


@act(0.7, "staff send a coupon to WeChat that it does not have", "coupon")
def send_coupon(world):
    return _ask(world, world.pick(Coupon.objects.filter(status=None), _id), "submit_coupon")


@act(2, "staff change a coupon before it is published", "coupon")
def change_coupon(world):
    coupon = world.pick(Coupon.objects.filter(status=1), _id)
    changed = world.ask("patch", f"coupons/{coupon.out_coupon_id}/", {"name": f"券 {world.salt}"}).status_code
    return f"{changed}, {_ask(world, coupon, 'update_coupon')}"


@act(2, "staff publish a coupon", "coupon")
def publish_coupon(world):
    return _ask(world, world.pick(Coupon.objects.filter(status=1), _id), "publish_coupon")


@act(1.5, "staff set how many of a coupon are left", "coupon")
def set_coupon_stock(world):
    return _ask(world, _effective(world), "set_stock", {"left": chance.choice((0, 5, 40))})


@act(0.7, "staff send the stock of a coupon", "coupon")
def send_coupon_stock(world):
    return _ask(world, _effective(world), "update_coupon_stock")


@act(4, "a buyer takes a coupon in WeChat", "coupon")
def take_coupon(world):
    theirs = world.pick(Theirs.objects.filter(status=Theirs.EFFECTIVE), _id)
    openid = chance.choice(BUYERS)
    try:
        booklet.receive(theirs, openid)
    except Refusal:
        # Where we gave one all the same, WeChat counts it as not given.
        world.memory.setdefault("uncounted coupons", set()).add(theirs.out_coupon_id)
        raise
    return f"{theirs.out_coupon_id} {openid[-4:]}"


@act(2.5, "the backend gives a buyer a coupon", "coupon")
def give_coupon(world):
    coupon = _effective(world)
    gift = {"request_id": f"g-{world.salt}", "out_coupon_id": coupon.out_coupon_id, "openid": chance.choice(BUYERS)}
    world.memory.setdefault("gifts", {})[gift["request_id"]] = gift
    return f"{coupon.out_coupon_id} {world.ask('post', 'user-coupons/', gift).status_code}"


@act(1, "the backend gives the same coupon once more", "coupon")
def repeat_gift(world):
    gift = world.memory.get("gifts", {})[world.pick(sorted(world.memory.get("gifts", {})))]
    return f"{gift['out_coupon_id']} {world.ask('post', 'user-coupons/', gift).status_code}"


def _ask_of_given(world, kept: UserCoupon, name: str, body: dict | None = None) -> str:
    answer = world.ask("post", f"user-coupons/{kept.out_user_coupon_id}/{name}/", body)
    return f"{kept.coupon.out_coupon_id} of {kept.openid[-4:]} {answer.status_code}"


@act(3, "a buyer uses a coupon in the mini program", "coupon")
def use_coupon(world):
    kept = world.pick(UserCoupon.objects.filter(status=100).select_related("coupon"), _given)
    used = chance.choice(({}, {"used_at": timezone.now().isoformat()}))
    return _ask_of_given(world, kept, "use_user_coupon", used)


@act(0.7, "the backend ends a buyer's coupon", "coupon")
def end_users_coupon(world):
    kept = world.pick(UserCoupon.objects.filter(status=100).select_related("coupon"), _given)
    return _ask_of_given(world, kept, "expire_user_coupon")


@act(1, "somebody reads a buyer's coupons, or records one at WeChat", "coupon")
def record_users_coupon(world):
    kept = world.pick(UserCoupon.objects.select_related("coupon"), _given)
    return _ask_of_given(world, kept, "add_user_coupon" if kept.is_unseen else "pull_user_coupons")


@act(1.2, "somebody reads a coupon again", "coupon")
def refresh_coupon(world):
    return _ask(world, world.pick(Coupon.objects.exclude(status=None), _id), "refresh_coupon")


@act(1.3, "staff let a coupon expire, or void it", "coupon")
def end_coupon(world):
    coupon = _effective(world)
    return _ask(world, coupon, chance.choice(("expire_coupon", "void_coupon")))


@act(0.4, "a coupon ends on WeChat's pages", "coupon")
def end_coupon_at_wechat(world):
    theirs = world.pick(Theirs.objects.filter(status=Theirs.EFFECTIVE), _id)
    booklet.set_status(theirs, chance.choice((Theirs.EXPIRED, Theirs.VOIDED)))
    return theirs.out_coupon_id


@act(1, "the owner confirms the push address for coupons again", "coupon")
def confirm_coupons(world):
    return world.press(operations.confirm_coupons, CouponSetup.load(), "owner")
