"""What must hold of coupons, people, papers, the access and the bank account: always, and once all is at rest."""

from collections import Counter
from collections.abc import Iterator

from catalog.coupons import payloads
from catalog.coupons.models import Coupon, UserCoupon
from catalog.models import Brand, Category
from orders.funds.models import BankAccount, BankChange
from qualifications.models import BrandRound, CategoryRound
from sandbox import models as theirs
from sandbox.endpoints import register
from sandbox.endpoints import scene as verified
from scenes.models import Access, Promoter, Scene, SceneGroup, SellingSettings, Sharer
from wechat.models import AccountInfo

from .rules import always, at_rest

STATUS = {"open": 2, "banned": 3}  # of the access, as register/check has it


@always
def nobody_has_more_coupons_than_allowed(world) -> Iterator[str]:
    counted = Counter(UserCoupon.objects.values_list("coupon_id", "openid"))
    coupons = Coupon.objects.in_bulk()
    for (pk, openid), count in counted.items():
        if (limit := coupons[pk].limit_num_one_person) and count > limit:
            yield f"{openid} has {count} of {coupons[pk].out_coupon_id}, {limit} are allowed"


@always
def each_coupon_given_is_counted_once(world) -> Iterator[str]:
    counted = Counter(UserCoupon.objects.values_list("coupon_id", flat=True))
    for coupon in Coupon.objects.all():
        if coupon.given != counted[coupon.pk]:
            yield f"{coupon.out_coupon_id}: {coupon.given} are counted as given, buyers have {counted[coupon.pk]}"
    for kept in UserCoupon.objects.filter(request=None):
        yield f"{kept.out_user_coupon_id} was given without a request"


@always
def a_gift_is_one_coupon(world) -> Iterator[str]:
    """Whatever the backend repeats: one for each of its requests, of the coupon and for the buyer that it named."""
    gifts = world.memory.get("gifts", {})
    for kept in UserCoupon.objects.filter(request__request_id__startswith="own:").select_related("coupon", "request"):
        gift = gifts.get(kept.request.request_id.removeprefix("own:"))
        if gift is None or (gift["out_coupon_id"], gift["openid"]) != (kept.coupon.out_coupon_id, kept.openid):
            yield f"{kept.request.request_id} gave {kept.coupon.out_coupon_id} to {kept.openid}, asked for: {gift}"


@always
def two_people_for_the_bank_account(world) -> Iterator[str]:
    """Where withdrawals go to was there at the beginning, or approved by another than who asked."""
    now = theirs.Account.only().bank_account.get("account_number")
    first = world.memory.setdefault("bank account", now)
    approved = [row.account_number for row in BankChange.objects.exclude(approved_by=None) if row.is_approved]
    if now != first and now not in approved:
        yield f"withdrawals go to {now}, which nobody approved"


@at_rest
def coupons_are_equal(world) -> Iterator[str]:
    ours = {row.out_coupon_id: row for row in Coupon.objects.exclude(status=None)}
    uncounted = world.memory.get("uncounted coupons", ())
    for their in theirs.Coupon.objects.all():
        our = ours.pop(their.out_coupon_id, None)
        if our is None:
            yield f"coupon {their.out_coupon_id} is at WeChat only"
            continue
        if our.status != their.status:
            yield f"coupon {our.out_coupon_id}: {our.status} here, {their.status} at WeChat"
        if not our.may_change and (wrong := payloads.differences(payloads.coupon(our), their.content)):
            yield f"coupon {our.out_coupon_id} differs: {wrong}"
        if their.stocked_at and (our.issued_num, our.receive_num) != (their.issued_num, their.receive_num):
            yield f"coupon {our.out_coupon_id}: WeChat's stock was not read, {our.issued_num} {our.receive_num}"
        if our.is_effective and our.left != their.issued_num and our.out_coupon_id not in uncounted:
            yield f"coupon {our.out_coupon_id}: {our.left} left here, {their.issued_num} at WeChat"
    for number in ours:
        yield f"coupon {number} is here only"


@at_rest
def buyers_coupons_are_equal(world) -> Iterator[str]:
    ours = {row.out_user_coupon_id: row for row in UserCoupon.objects.select_related("coupon")}
    for their in theirs.UserCoupon.objects.select_related("coupon"):
        our = ours.pop(their.out_user_coupon_id, None)
        if our is None:
            yield f"{their.openid} has a {their.coupon.out_coupon_id} at WeChat only"
            continue
        one = (our.coupon.out_coupon_id, our.openid, our.status)
        two = (their.coupon.out_coupon_id, their.openid, their.status)
        if one != two:
            yield f"a buyer's coupon is {one} here, {two} at WeChat"
    for our in ours.values():
        yield f"{our.openid} has a {our.coupon.out_coupon_id} here only"


@at_rest
def sharers_are_equal(world) -> Iterator[str]:
    ours = dict(Sharer.objects.values_list("openid", "bind_status"))
    known = dict(theirs.Sharer.objects.values_list("openid", "status"))
    for openid, status in known.items():
        if ours.get(openid) != status:
            yield f"sharer {openid}: {ours.get(openid)} here, {status} at WeChat"
    for openid, status in ours.items():
        if status is not None and openid not in known:
            yield f"sharer {openid} is {status} here, and nobody at WeChat"


@at_rest
def promoters_are_equal(world) -> Iterator[str]:
    ours = set(Promoter.objects.bound().values_list("promoter_id", flat=True))
    bound = set(theirs.Promoter.objects.filter(bound=True).values_list("promoter_id", flat=True))
    if ours != bound:
        yield f"promoters {sorted(ours)} here, {sorted(bound)} at WeChat"
    selling = SellingSettings.load()
    if selling.mode_sent_at and selling.share_mode != theirs.Account.only().share_mode:
        yield f"sharing mode {selling.share_mode} here, {theirs.Account.only().share_mode} at WeChat"


@at_rest
def reviews_are_equal(world) -> Iterator[str]:
    ours = {row.audit_id: row for model in (BrandRound, CategoryRound) for row in model.objects.all()}
    for audit in theirs.Audit.objects.all():
        our = ours.pop(audit.audit_id, None)
        if our is None:
            yield f"the review of {audit.title()} is at WeChat only"
        elif (our.status, our.reject_reason) != (audit.status, audit.reject_reason):
            yield f"the review of {audit.title()}: {our.status} here, {audit.status} at WeChat"
        elif (getattr(our, "brand_id", None) or 0) != audit.brand_id:
            yield f"the brand {audit.title()} is {our.brand_id} here, {audit.brand_id} at WeChat"
    for audit_id in ours:
        yield f"the review {audit_id} is here only"


@at_rest
def what_is_granted_is_equal(world) -> Iterator[str]:
    names = ("third_cat_id", "brand_id")
    one = set(Category.objects.filter(granted=True).values_list(names[0], flat=True))
    two = set(theirs.Category.objects.filter(granted=True).values_list(names[0], flat=True))
    if one != two:
        yield f"categories {sorted(one - two)} are granted here only, {sorted(two - one)} at WeChat only"
    one = set(Brand.objects.filter(gone=False).values_list(names[1], flat=True))
    two = set(theirs.Brand.objects.values_list(names[1], flat=True))
    if one != two:
        yield f"brands {sorted(one - two)} are granted here only, {sorted(two - one)} at WeChat only"


@at_rest
def the_access_is_equal(world) -> Iterator[str]:
    account, access = theirs.Account.only(), Access.load()
    if access.status != STATUS.get(account.access):
        yield f"the access is {access.status} here, {account.access} at WeChat"
    told = {name: bool(bit) for name, bit in register._tasks(account).items()}
    if access.status is not None and access.info != told:
        yield f"tasks differ: {sorted(name for name in told if access.info.get(name) != told[name])}"
    ours = {group.group_id: group for group in SceneGroup.objects.prefetch_related("items")}
    for row in register._groups(account):
        group = ours.get(row["group_id"])
        one = group and (group.status, sorted(item.status for item in group.items.all()))
        two = (row["status"], sorted(item["status"] for item in row["scene_group_ext_list"]))
        if one != two:
            yield f"scene group {row['group_id']}: {one} here, {two} at WeChat"


@at_rest
def scenes_are_equal(world) -> Iterator[str]:
    account = theirs.Account.only()
    for scene in Scene.objects.exclude(is_matched=None):
        told = verified.verified(account, scene.scene) and verified._released(account)
        if scene.is_matched != told:
            yield f"scene {scene.scene}: {scene.is_matched} here, {told} at WeChat"


@at_rest
def settings_are_equal(world) -> Iterator[str]:
    """The service settings and the bank account, as far as they were sent or read."""
    account, info, kept = theirs.Account.only(), AccountInfo.load(), BankAccount.load()
    told = {name: account.info.get(name) for name in info.platform}
    if info.platform != told:
        yield f"service settings: {info.platform} here, {told} at WeChat"
    if kept.read_at and kept.info != account.bank_account:
        yield f"withdrawals go to {kept.info} as read here, to {account.bank_account} at WeChat"
