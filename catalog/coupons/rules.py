"""What each type of coupon needs, and what else is looked at before anything is sent (BEHAVIOUR section 8)."""

from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict

from .models import Coupon, CouponSetup, CouponType, ValidType


class Terms(NamedTuple):
    """The columns one type of coupon has: all of `needed`, one of `either` at least, any of `free`."""

    needed: tuple[str, ...]
    either: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        return {*self.needed, *self.either, *self.free}


GOODS = ("out_product_ids",)
VALID = {
    ValidType.FIXED: ("valid_start_time", "valid_end_time"),
    ValidType.DAYS: ("valid_day_num",),
    ValidType.SECONDS: ("valid_second",),
}
TERMS = {
    CouponType.CONDITIONAL: Terms(("discount_num",), either=("product_cnt", "product_price")),
    CouponType.REDUCTION: Terms(("discount_fee", "product_price")),
    CouponType.DISCOUNT: Terms(("discount_num",)),
    CouponType.DIRECT: Terms(("discount_fee",)),
    CouponType.TRADE_IN: Terms(
        ("tradein_out_product_id", "tradein_price"), free=("product_price", "product_cnt", "out_product_ids")
    ),
    CouponType.BUY_AND_GET: Terms(("buy_out_product_id", "buy_product_cnt", "get_out_product_id", "get_product_cnt")),
}
COLUMNS = sorted({*GOODS, *(name for terms in TERMS.values() for name in terms.columns)})


def terms_of(coupon: Coupon) -> Terms:
    """A type that is not known has everything: it came from WeChat."""
    terms = TERMS.get(coupon.kind)
    if terms is None:
        return Terms((), free=tuple(COLUMNS))
    on_goods = not coupon.is_for_shop and coupon.kind <= CouponType.DIRECT
    return terms._replace(needed=(*terms.needed, *GOODS)) if on_goods else terms


def columns_by_choice() -> dict[str, dict]:
    """For the form: which columns each type, and each way of being valid, has; all others of these it has not."""
    types = {kind.value: sorted(terms_of(Coupon(type=kind)).columns) for kind in CouponType}
    return {"type": types, "valid_type": VALID}


def refuse_unless_confirmed(record=None) -> None:
    """Raises Conflict: WeChat takes no coupon call before coupon/confirm."""
    if not CouponSetup.load().is_confirmed:
        raise Conflict(_("Confirm the push address first, under “Coupon set-up”: WeChat takes no coupons before."))


def faults_of_coupon(coupon: Coupon) -> dict[str, list[str]]:
    """What keeps this coupon from being sent, by column; raises Conflict before the confirmation."""
    refuse_unless_confirmed()
    faults: dict[str, list[str]] = {}
    for column, said in [*_terms(coupon), *_receiving(coupon), *_validity(coupon)]:
        faults.setdefault(column, []).append(said)
    return faults


def faults_of_publishing(coupon: Coupon) -> dict[str, list[str]]:
    """What WeChat has is published, so what was changed here has to be sent before."""
    from .payloads import coupon as payload
    from .payloads import differences

    faults = faults_of_coupon(coupon)
    for column in differences(payload(coupon), coupon.theirs):
        faults.setdefault(column, []).append(_("Changed here and not sent yet: press “Send the changes” first."))
    return faults


def _terms(coupon: Coupon):
    if not coupon.name.strip():
        yield "name", _("A coupon needs a name.")
    terms = terms_of(coupon)
    for column in terms.needed:
        if not getattr(coupon, column):
            yield column, _("A coupon of this type needs it.")
    if terms.either and not any(getattr(coupon, column) for column in terms.either):
        yield terms.either[0], _("Say from how many pieces, or from what amount.")
    for column in COLUMNS:
        if column not in terms.columns and getattr(coupon, column):
            yield column, _("A coupon of this type has none of this: leave it empty.")
    if coupon.kind == CouponType.REDUCTION and (coupon.discount_fee or 0) > (coupon.product_price or 0) > 0:
        yield "discount_fee", _("It takes off more than the goods have to cost.")
    if coupon.discount_num and not 1000 <= coupon.discount_num <= 10000:
        yield "discount_num", _("1000 to 10000: 5100 means that the buyer pays 51 %.")


def _receiving(coupon: Coupon):
    if not coupon.total_num:
        yield "total_num", _("Say how many there are.")
    elif coupon.limit_num_one_person and coupon.limit_num_one_person > coupon.total_num:
        yield "limit_num_one_person", _("This is more than there are.")
    yield from _span(coupon, "receive_start_time", "receive_end_time")


def _validity(coupon: Coupon):
    if coupon.valid_type == ValidType.FIXED:
        for column in ("valid_start_time", "valid_end_time"):
            if getattr(coupon, column) is None:
                yield column, _("Say from when to when it is valid.")
        yield from _span(coupon, "valid_start_time", "valid_end_time")
    elif coupon.valid_type == ValidType.DAYS and not coupon.valid_day_num:
        yield "valid_day_num", _("Say for how many days it is valid.")
    elif coupon.valid_type == ValidType.SECONDS and not coupon.valid_second:
        yield "valid_second", _("Say for how many seconds it is valid.")


def _span(coupon: Coupon, start: str, end: str):
    begins, ends = getattr(coupon, start), getattr(coupon, end)
    if begins and ends and begins >= ends:
        yield end, _("The end has to lie after the start.")
    elif ends and ends <= timezone.now():
        yield end, _("This is over already.")
