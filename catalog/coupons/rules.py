"""Checks a coupon before it is sent (BEHAVIOUR section 8); returns messages by column."""

from collections.abc import Iterator

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict

from . import payloads
from .models import Coupon, CouponSetup, CouponType, ValidType
from .terms import COLUMNS, terms_of

Faults = Iterator[tuple[str, str]]  # (column, sentence)


def refuse_unless_confirmed(record: Model | None = None) -> dict[str, list]:
    """Raises Conflict before coupon/confirm succeeded, as WeChat refuses all coupon calls; else returns {}."""
    if not CouponSetup.load().is_confirmed:
        raise Conflict(_("Confirm the push address first, under “Coupon set-up”: WeChat takes no coupons before."))
    return {}


def faults_of_coupon(coupon: Coupon) -> dict[str, list[str]]:
    """Why this coupon cannot be sent, by column; raises Conflict before the push address is confirmed."""
    refuse_unless_confirmed()
    faults: dict[str, list[str]] = {}
    for column, sentence in [*_terms(coupon), *_receiving(coupon), *_validity(coupon)]:
        faults.setdefault(column, []).append(sentence)
    return faults


def faults_of_publishing(coupon: Coupon) -> dict[str, list[str]]:
    """Why this coupon cannot be published. WeChat publishes its own copy, so changes have to be sent first."""
    faults = faults_of_coupon(coupon)
    for column in payloads.differences(payloads.coupon(coupon), coupon.theirs):
        faults.setdefault(column, []).append(_("Changed here and not sent yet: press “Send the changes” first."))
    return faults


def _terms(coupon: Coupon) -> Faults:
    if not coupon.name.strip():
        yield "name", _("A coupon needs a name.")
    terms = terms_of(coupon)
    for column in terms.needed:
        if not getattr(coupon, column):
            yield column, _("A coupon of this type needs it.")
    if terms.either and not any(getattr(coupon, column) for column in terms.either):
        yield terms.either[0], _("Enter from how many pieces, or from what amount.")
    for column in COLUMNS:
        if column not in terms.columns and getattr(coupon, column):
            yield column, _("A coupon of this type does not have this: leave it empty.")
    if coupon.kind == CouponType.REDUCTION and (coupon.discount_fee or 0) > (coupon.product_price or 0) > 0:
        yield "discount_fee", _("The amount off is higher than the amount it starts from.")
    if coupon.discount_num and not 1000 <= coupon.discount_num <= 10000:
        yield "discount_num", _("1000 to 10000: 5100 means that the buyer pays 51 %.")


def _receiving(coupon: Coupon) -> Faults:
    if not coupon.total_num:
        yield "total_num", _("Enter the total number.")
    elif coupon.limit_num_one_person and coupon.limit_num_one_person > coupon.total_num:
        yield "limit_num_one_person", _("This is more than the total number.")
    yield from _span(coupon, "receive_start_time", "receive_end_time")


def _validity(coupon: Coupon) -> Faults:
    if coupon.valid_type == ValidType.FIXED:
        for column in ("valid_start_time", "valid_end_time"):
            if getattr(coupon, column) is None:
                yield column, _("Enter from when to when it is valid.")
        yield from _span(coupon, "valid_start_time", "valid_end_time")
    elif coupon.valid_type == ValidType.DAYS and not coupon.valid_day_num:
        yield "valid_day_num", _("Enter for how many days it is valid.")
    elif coupon.valid_type == ValidType.SECONDS and not coupon.valid_second:
        yield "valid_second", _("Enter for how many seconds it is valid.")


def _span(coupon: Coupon, start: str, end: str) -> Faults:
    begins, ends = getattr(coupon, start), getattr(coupon, end)
    if begins and ends and begins >= ends:
        yield end, _("The end must be after the start.")
    elif ends and ends <= timezone.now():
        yield end, _("This time has passed.")
