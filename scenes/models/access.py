from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from wechat.models import Single

ACCESSED, BANNED = 2, 3
TIME_TO_SIGN = timedelta(hours=24)
# The tasks' names in register/check, and their items in finish_access_info (BEHAVIOUR 1.4, 1.5).
PRODUCTS, ORDERS, DELIVERY, AFTERSALES, TESTED, RELEASED = range(6, 12)
TASKS = {
    PRODUCTS: "spu_audit",
    ORDERS: "pay_order",
    DELIVERY: "send_delivery",
    AFTERSALES: "add_aftersale",
    TESTED: "test_api",
    RELEASED: "deploy_wxa",
}
# Some answers have the bits of the newer interfaces instead.
ALSO = {"pay_order": "ec_order", "add_aftersale": "ec_after_sale"}


class Access(Single):
    """The state of the mini program's access to the component: `register/check` (BEHAVIOUR section 1). One record."""

    # WeChat's values; the status is empty before access (1040003).
    status = models.IntegerField(_("access"), null=True, editable=False)
    info = models.JSONField(_("tasks"), default=dict, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    # When each bit, the access itself and a ban that is still in force were first read as true.
    first_seen = models.JSONField(default=dict, editable=False)
    # When this console last read that there is no access. A release before that time was before the access opened.
    not_open_at = models.DateTimeField(null=True, editable=False)

    # When a read first showed that a former access has ended; empty while there is an access.
    ended_at = models.DateTimeField(null=True, editable=False)

    applied_at = models.DateTimeField(_("applied at"), null=True, editable=False)
    released_at = models.DateTimeField(
        _("released at"),
        null=True,
        blank=True,
        help_text=_("When the mini program's code with the component went live. It has to be later than the access."),
    )
    # Orders of the test drive, which continues with the last one that WeChat has.
    test_orders = models.ManyToManyField(Order, related_name="+", editable=False)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access")
        permissions = [
            ("tick_step", _("Can tick the steps of the access that no interface shows")),
            ("drive_test", _("Can exercise the interfaces with small real calls")),
        ]

    def __str__(self) -> str:
        return str(_("Access to the trading component"))

    @property
    def is_open(self) -> bool:
        """Whether there is access: 0 and 1 are older values with the same meaning as 2."""
        return self.status in (0, 1, ACCESSED)

    @property
    def is_banned(self) -> bool:
        return self.status == BANNED

    @property
    def banned_at(self) -> datetime | None:
        return self.seen_at("banned")

    @property
    def is_unknown(self) -> bool:
        """Whether WeChat says of it what this console does not know."""
        return self.status is not None and not self.is_open and not self.is_banned

    @property
    def opened_at(self) -> datetime | None:
        return self.seen_at("opened")

    @property
    def began_at(self) -> datetime | None:
        """When it opened, else when the former access ended: refusals from before that concern another access."""
        return self.opened_at or self.ended_at

    def is_since_opening(self, at: datetime | None) -> bool:
        """Whether something happened since the access was first read as open."""
        return bool(at and self.opened_second and at >= self.opened_second)

    @property
    def opened_second(self) -> datetime | None:
        """`opened_at` in whole seconds, to be compared with WeChat's times, which are whole seconds."""
        return self.opened_at.replace(microsecond=0) if self.opened_at else None

    @property
    def turned_at(self) -> datetime | None:
        """When it last opened, ended or was released: WeChat's answers about scenes from before that are invalid."""
        times = [self.opened_at, self.ended_at, self.declared_at(RELEASED)]
        return max((at for at in times if at), default=None)

    @property
    def is_release_too_old(self) -> bool:
        """Whether a read after the release showed that there was no access."""
        return bool(self.released_at and self.not_open_at and self.released_at <= self.not_open_at)

    @property
    def is_release_doubtful(self) -> bool:
        """Whether it was before the first read of the open access: then nobody knows if the access was open already."""
        return bool(self.released_at and self.opened_at and self.released_at <= self.opened_at)

    @property
    def may_apply(self) -> bool:
        return self.status is None

    @property
    def sign_until(self) -> datetime | None:
        """Until when the administrator may sign the agreement."""
        return self.applied_at + TIME_TO_SIGN if self.applied_at and self.status is None else None

    @cached_property
    def test_order(self) -> Order | None:
        """The last test order that WeChat has."""
        return self.test_orders.filter(order_id__isnull=False).order_by("-id").first()

    @cached_property
    def unplaced_order(self) -> Order | None:
        """A later test order that WeChat does not have: refused, or not answered yet."""
        last = self.test_orders.order_by("-id").first()
        return last if last and last.order_id is None else None

    @property
    def all_declared(self) -> bool:
        return all(self.declared(item) for item in TASKS)

    def observed(self, item: int) -> bool:
        """Whether WeChat has seen the task done (`*_success`)."""
        return self._bit(TASKS[item], "success")

    def declared(self, item: int) -> bool:
        """Whether we have declared it done (`*_finished`)."""
        return self._bit(TASKS[item], "finished")

    def seen_at(self, what: str) -> datetime | None:
        """When something was first read as true: `opened`, `banned` or a bit of access_info."""
        return parse_datetime(self.first_seen.get(what, ""))

    def observed_at(self, item: int) -> datetime | None:
        return self._when(item, "success")

    def declared_at(self, item: int) -> datetime | None:
        return self._when(item, "finished")

    def _when(self, item: int, what: str) -> datetime | None:
        name = TASKS[item]
        return self.seen_at(f"{name}_{what}") or self.seen_at(f"{ALSO.get(name, name)}_{what}")

    def _bit(self, name: str, what: str) -> bool:
        return any(bool(self.info.get(f"{one}_{what}")) for one in (name, ALSO.get(name, name)))

    @property
    def state_label(self) -> str:
        if self.read_at is None:
            return str(_("Not read yet"))
        if self.is_banned:
            return str(_("Banned by WeChat"))
        if self.is_open:
            return str(_("Accessed"))
        if self.is_unknown:
            return str(_("status %(number)s") % {"number": self.status})
        until = self.sign_until
        return str(_("Waiting for a signature") if until and until > timezone.now() else _("Not accessed"))


class Tick(models.Model):
    """A step of the guide that no endpoint of WeChat shows, ticked by a person as done."""

    number = models.PositiveSmallIntegerField(_("step"), unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ticked by")
    )
    at = models.DateTimeField(_("ticked at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ticked step")
        verbose_name_plural = _("ticked steps")

    def __str__(self) -> str:
        return str(self.number)
