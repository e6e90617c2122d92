"""What the schedule does for coupons: no message tells how they stand at WeChat."""

from datetime import timedelta

from celery import shared_task
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from console import schedule
from wechat.models import Step
from wechat.steps.operations import Operation

from .models import Coupon, CouponSetup, UserCoupon
from .operations import add_user_coupon, expire_user_coupon, pull_user_coupons, update_coupon_stock

SETTLED = timedelta(minutes=5)  # WeChat writes down by itself what it was answered, and tries again before
REFUSED_FOR = timedelta(hours=6)  # what WeChat refused is not put to it again at once
MOST = 500  # calls in one go


@shared_task
def pull_all_coupons() -> int:
    """Read every coupon and its stock."""
    return schedule.pull("coupons") if CouponSetup.load().is_confirmed else 0


@shared_task
def send_stock() -> int:
    """Tell WeChat of the stock of what was published, and of stock whose sending failed."""
    return schedule.each(update_coupon_stock, Coupon.objects.stock_to_send().order_by("id")[:MOST])


@shared_task
def settle_user_coupons() -> int:
    """Look whether WeChat has what it was answered, buyer by buyer; what it has not is told to it."""
    given = UserCoupon.objects.unseen().filter(received_at__lt=timezone.now() - SETTLED).exclude(openid="")
    unread = given.filter(Q(read_at=None) | Q(read_at__lt=F("received_at") + SETTLED))
    _read_buyers(unread.order_by("received_at"))
    missing = given.filter(read_at__gte=F("received_at") + SETTLED).exclude(pk__in=_refused(add_user_coupon))
    return schedule.each(add_user_coupon, missing.select_related("coupon").order_by("received_at")[:MOST])


@shared_task
def expire_user_coupons() -> int:
    """Tell WeChat of those whose time is over. Where it refuses, the buyer is read: it may have been used."""
    over = UserCoupon.objects.over(timezone.now()).exclude(openid="").exclude(pk__in=_refused(expire_user_coupon))
    tried = list(over.select_related("coupon").order_by("ends_at")[:MOST])
    done = schedule.each(expire_user_coupon, tried)
    _read_buyers(
        UserCoupon.objects.filter(pk__in=[one.pk for one in tried]).filter(pk__in=_refused(expire_user_coupon))
    )
    return done


def _read_buyers(user_coupons: QuerySet) -> None:
    """Read each buyer once, but for those whose reading was refused."""
    refused = UserCoupon.objects.filter(pk__in=_refused(pull_user_coupons))
    unread = user_coupons.exclude(openid__in=refused.values("openid"))[:MOST]
    schedule.each(pull_user_coupons, {user_coupon.openid: user_coupon for user_coupon in unread}.values())


def _refused(op: Operation) -> QuerySet:
    """The records on which WeChat refused it of late."""
    since = timezone.now() - REFUSED_FOR
    steps = Step.objects.filter(operation=op.full_name, state=Step.State.REFUSED, closed_at__gt=since)
    return steps.values("object_id")
