"""A live evening: the goods of a live day in their order, with the price and stock that hold while it runs."""

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import SKU, SPU
from wechat.values import MOST

from .liveday import LiveDay


class LiveState(models.TextChoices):
    """What holds of a product: only a step that WeChat has answered moves it."""

    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("In the evening")
    ENDED = "ended", pgettext_lazy("evening", "Ended")


class Wanted(models.TextChoices):
    """What a press asked for, and WeChat has not answered yet."""

    NOTHING = "", _("Nothing")
    TERMS = "terms", _("Set the evening's price and stock")
    END = "end", _("End the evening")


ACTIVE = Q(state=LiveState.RUNNING) | ~Q(wanted=Wanted.NOTHING)


class LiveProductQuerySet(models.QuerySet["LiveProduct"]):
    def active(self) -> Self:
        """Those that run, or wait for a step: one of each product at most."""
        return self.filter(ACTIVE)

    def in_order(self) -> Self:
        return self.order_by("position", "pk")


class LiveProduct(models.Model):
    """A product of a live day, in its place; what is wanted of it, and what WeChat has taken."""

    day = models.ForeignKey(LiveDay, models.CASCADE, related_name="goods", verbose_name=_("live day"))
    spu = models.ForeignKey(SPU, models.CASCADE, related_name="live_goods", verbose_name=_("product"))
    position = models.PositiveIntegerField(_("place"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=LiveState, default=LiveState.PLANNED)
    wanted = models.CharField(_("asked for"), max_length=10, choices=Wanted, default=Wanted.NOTHING, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    tries = models.PositiveSmallIntegerField(default=0)  # of the schedule, since the press
    refusal = models.JSONField(default=dict)  # {errcode, errmsg}: WeChat refused what was asked for last
    cleared = models.CharField(max_length=80, blank=True)  # the mark of the cuts that two people agreed to
    began_at = models.DateTimeField(_("began at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = LiveProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product of an evening")
        verbose_name_plural = _("products of an evening")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["day", "spu"], name="one_place_per_product"),
            models.UniqueConstraint(fields=["spu"], condition=ACTIVE, name="one_evening_per_product"),
        ]
        indexes = [
            # go_on_with_evenings
            models.Index(fields=["id"], name="live_wanted", condition=~Q(wanted="")),
        ]

    def __str__(self) -> str:
        return str(self.spu)

    @property
    def state_label(self) -> str:
        return str(LiveState(self.state).label)

    @property
    def shown_on(self) -> LiveDay:
        """The record on whose page it is shown."""
        return self.day


class LiveTerm(models.Model):
    """The evening's price and stock of one SKU: what was asked for, what was set, what was left at its end."""

    product = models.ForeignKey(LiveProduct, models.CASCADE, related_name="terms")
    sku = models.ForeignKey(SKU, models.SET_NULL, null=True, related_name="live_terms", verbose_name=_("SKU"))
    out_sku_id = models.CharField(_("SKU id"), max_length=100)
    price = models.PositiveIntegerField(
        _("price of the evening"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )  # fen; empty: as it is
    stock = models.PositiveIntegerField(
        _("stock of the evening"), null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )  # empty: the shop's whole stock

    # What was set, and what was found at the end.
    set_price = models.PositiveIntegerField(null=True)  # fen
    was_price = models.PositiveIntegerField(null=True)  # fen, before the evening
    hold = models.PositiveIntegerField(_("held for the evening"), null=True)
    left = models.PositiveIntegerField(_("left of it"), null=True)
    merged = models.PositiveIntegerField(_("stock after the evening"), null=True)
    price_open = models.BooleanField(default=False)  # it was no longer the evening's: a person decides

    class Meta:
        verbose_name = _("terms of an evening")
        verbose_name_plural = _("terms of an evening")
        ordering = ["sku__position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "out_sku_id"], name="one_term_per_sku")]
        indexes = [
            # prices that a person has to settle (Today page)
            models.Index(fields=["product"], name="live_price_open", condition=Q(price_open=True)),
        ]

    def __str__(self) -> str:
        return self.out_sku_id


class LiveBoard(models.Model):
    """What the board of an evening shows, made every few seconds by one of those who look at it."""

    day = models.OneToOneField(LiveDay, models.CASCADE, primary_key=True, related_name="board")
    figures = models.JSONField(default=dict)
    version = models.CharField(max_length=20, blank=True)  # of the figures
    made_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)  # somebody makes it anew, until then at most

    class Meta:
        verbose_name = _("board of an evening")
        verbose_name_plural = _("boards of evenings")

    def __str__(self) -> str:
        return str(self.day)
