import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.masking import mask

from .coupon import Coupon


class UserCouponStatus(models.IntegerChoices):
    VALID = 100, _("Valid")
    EXPIRED = 101, _("Expired")
    USED = 102, _("Used")


def new_number() -> str:
    return uuid.uuid4().hex


class UserCouponQuerySet(models.QuerySet):
    def unseen(self) -> Self:
        """Given by us, and not seen at WeChat yet."""
        return self.filter(status=None)

    def over(self, now: datetime) -> Self:
        """Still valid at WeChat, although their time has passed."""
        return self.filter(status=UserCouponStatus.VALID, ends_at__lt=now)


class UserCoupon(models.Model):
    """One coupon that one buyer has."""

    Status = UserCouponStatus

    out_user_coupon_id = models.CharField(max_length=200, unique=True, default=new_number)
    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="user_coupons", verbose_name=_("coupon"))
    openid = models.CharField(_("openid"), max_length=64, db_index=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    starts_at = models.DateTimeField(_("valid from"), null=True)
    ends_at = models.DateTimeField(_("valid until"), null=True)

    # WeChat's values, empty until the first read.
    status = models.IntegerField(_("state"), null=True)
    # As reported by the shop where it was used, else as read from WeChat.
    used_at = models.DateTimeField(_("used"), null=True)
    read_at = models.DateTimeField(_("last read"), null=True)

    objects = UserCouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("user coupon")
        verbose_name_plural = _("user coupons")
        ordering = ["-id"]
        indexes = [
            # The limit per person, counted while WeChat waits for the answer.
            models.Index(fields=["coupon", "openid"], name="user_coupon_of_person"),
            # The list's filter by state.
            models.Index(fields=["status", "-id"], name="user_coupon_status"),
            # `unseen()` and `over()`: the few among all coupons ever given that the schedule has to look at.
            models.Index(fields=["received_at"], name="user_coupon_unseen", condition=Q(status=None)),
            models.Index(fields=["ends_at"], name="user_coupon_valid", condition=Q(status=100)),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} · {mask(self.openid)}"

    @property
    def is_unseen(self) -> bool:
        return self.status is None

    @property
    def is_valid(self) -> bool:
        return self.status == UserCouponStatus.VALID

    @property
    def state_label(self) -> str:
        if self.status is None:
            return str(_("Given, not seen at WeChat yet"))
        if self.status in UserCouponStatus.values:
            return str(UserCouponStatus(self.status).label)
        return str(_("status %(number)s") % {"number": self.status})


class RetCode(models.IntegerChoices):
    """Our answers to WeChat's request for a coupon: 0 means given, the other codes are our own."""

    GIVEN = 0, "ok"
    UNKNOWN = 1, _("There is no such coupon.")
    NOT_EFFECTIVE = 2, _("This coupon cannot be received at the moment.")
    NOT_NOW = 3, _("This coupon cannot be received at this time.")
    LIMIT = 4, _("You have received as many of this coupon as one person may.")
    OUT = 5, _("All of these coupons have been given out.")
    NOBODY = 6, _("It is not known who wants this coupon.")


class CouponRequest(models.Model):
    """One request for a coupon and its answer, kept as long as the coupon: a repeat gets the same answer."""

    request_id = models.CharField(max_length=128, unique=True)
    out_coupon_id = models.CharField(max_length=200)
    openid = models.CharField(_("openid"), max_length=64, blank=True)
    ret_code = models.IntegerField()
    ret_msg = models.CharField(max_length=200)
    user_coupon = models.OneToOneField(UserCoupon, models.CASCADE, null=True, related_name="request")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("coupon request")
        verbose_name_plural = _("coupon requests")
        ordering = ["-id"]
        # The refused requests of one coupon, for its timeline.
        indexes = [models.Index(fields=["out_coupon_id", "-id"], name="coupon_request_of")]

    def __str__(self) -> str:
        return self.request_id

    @property
    def answer(self) -> dict:
        given_id = self.user_coupon.out_user_coupon_id if self.user_coupon else ""
        return {
            "ret_code": self.ret_code,
            "ret_msg": self.ret_msg,
            "out_coupon_id": self.out_coupon_id,
            "out_user_coupon_id": given_id,
            "request_id": self.request_id,
        }
