"""Scheduled tasks of coupons: their state is polled, as no message reports it."""

from datetime import timedelta

from celery import shared_task
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from console import schedule
from wechat.models import Step
from wechat.steps.operations import Operation
from wechat.steps.unread import line

from .models import Coupon, CouponSetup, UserCoupon
from .operations import add_user_coupon, expire_user_coupon, pull_user_coupons, update_coupon_stock

RECORDED_WITHIN = timedelta(minutes=5)  # until then WeChat may still repeat its request and record the answer by itself
REFUSED_FOR = timedelta(hours=6)  # before a call that WeChat refused is repeated
MOST = 500  # calls per run


@shared_task
def pull_all_coupons() -> int:
    """Read every coupon and its stock."""
    return schedule.pull("coupons") if CouponSetup.load().is_confirmed else 0


@shared_task
def send_stock() -> int:
    """Send the stock of published coupons where it changed, or where sending it failed."""
    return schedule.each(update_coupon_stock, Coupon.objects.stock_to_send().order_by("id")[:MOST])


@shared_task
def settle_user_coupons() -> int:
    """Read for each buyer whether WeChat recorded the coupons given; send it those that it did not."""
    unseen = UserCoupon.objects.unseen().filter(received_at__lt=timezone.now() - RECORDED_WITHIN).exclude(openid="")
    unread = unseen.filter(Q(read_at=None) | Q(read_at__lt=F("received_at") + RECORDED_WITHIN))
    _read_buyers(unread.order_by("received_at"))
    missing = unseen.filter(read_at__gte=F("received_at") + RECORDED_WITHIN).exclude(pk__in=_refused(add_user_coupon))
    return schedule.each(add_user_coupon, missing.select_related("coupon").order_by("received_at")[:MOST])


@shared_task
def expire_user_coupons() -> int:
    """Report expired coupons to WeChat. Where it refuses one, read the buyer's coupons: it may have been used."""
    over = UserCoupon.objects.over(timezone.now()).exclude(openid="").exclude(pk__in=_refused(expire_user_coupon))
    tried = list(over.select_related("coupon").order_by("ends_at")[:MOST])
    done = schedule.each(expire_user_coupon, tried)
    _read_buyers(
        UserCoupon.objects.filter(pk__in=[user_coupon.pk for user_coupon in tried]).filter(
            pk__in=_refused(expire_user_coupon)
        )
    )
    return done


def _read_buyers(user_coupons: QuerySet) -> None:
    """Read each buyer once, except those whose read was refused lately."""
    refused = UserCoupon.objects.filter(pk__in=_refused(pull_user_coupons))
    waiting = line(pull_user_coupons.full_name, user_coupons.exclude(openid__in=refused.values("openid")), MOST)
    schedule.each(pull_user_coupons, {user_coupon.openid: user_coupon for user_coupon in waiting}.values())


def _refused(op: Operation) -> QuerySet:
    """The records on which WeChat refused this operation lately."""
    since = timezone.now() - REFUSED_FOR
    steps = Step.objects.filter(operation=op.full_name, state=Step.State.REFUSED, closed_at__gt=since)
    return steps.values("object_id")
