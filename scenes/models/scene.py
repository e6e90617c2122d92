from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CHANNELS_GROUP, UNION_GROUP = 1, 3
# Entry scenes that BEHAVIOUR 4.1 names; for 1176 and 1177 the platform's employees said so, the others are inferred.
KNOWN_SCENES = {
    1175: _("Channels: home and shop"),
    1176: _("Live room, as its anchor sees it"),
    1177: _("Live room, goods opened by a viewer"),
    1184: _("Channels: link"),
    1191: _("Channels: activity"),
    1193: _("Channels home: service menu"),
    1195: _("Channels home: goods"),
}
TEST_SCENE = 1177  # 1176 is the anchor's own client: tests go through the viewers'


class GroupStatus(models.IntegerChoices):
    """The state of a group's review; done is not passed (BEHAVIOUR 1.4)."""

    IN_REVIEW = 0, _("In review")
    DONE = 1, _("Reviewed")
    FAILED = 2, _("Rejected")
    NOT_REVIEWED = 3, _("Not reviewed")


class ItemStatus(models.IntegerChoices):
    IN_REVIEW = 0, _("In review")
    PASSED = 1, _("Passed")
    FAILED = 2, _("Rejected")
    NOT_REVIEWED = 3, _("Not reviewed")


class SceneGroup(models.Model):
    """A group of scenes to sell in, and what WeChat's review says of it (BEHAVIOUR 1.6)."""

    group_id = models.IntegerField(pgettext_lazy("of scenes", "group"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    # WeChat's values, empty before there are any.
    status = models.IntegerField(_("review"), null=True)
    reason = models.TextField(_("WeChat's words"), blank=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    # When it first passed, whatever became of it since; empty once the access has ended.
    passed_at = models.DateTimeField(_("passed at"), null=True)

    class Meta:
        verbose_name = _("scene group")
        verbose_name_plural = _("scene groups")
        ordering = ["group_id"]

    def __str__(self) -> str:
        usual = {CHANNELS_GROUP: _("Channels and Official Account"), UNION_GROUP: _("Mini-program affiliate union")}
        return self.name or str(usual.get(self.group_id, self.group_id))

    @property
    def failed_items(self) -> list["SceneItem"]:
        return [item for item in self.items.all() if item.status == ItemStatus.FAILED]

    @property
    def has_passed(self) -> bool:
        """A review that is done has passed only where each of its items has; one that names no items has not."""
        items = list(self.items.all())
        passed = bool(items) and all(item.status == ItemStatus.PASSED for item in items)
        return self.status == GroupStatus.DONE and passed

    @property
    def is_in_review(self) -> bool:
        waiting = any(item.status == ItemStatus.IN_REVIEW for item in self.items.all())
        return self.status == GroupStatus.IN_REVIEW or (self.status == GroupStatus.DONE and waiting)

    @property
    def is_refused(self) -> bool:
        failed = self.status == GroupStatus.DONE and bool(self.failed_items)
        return self.status == GroupStatus.FAILED or (failed and not self.is_in_review)

    @property
    def is_unknown(self) -> bool:
        """Whether WeChat says of it what this console does not know."""
        return self.status is not None and self.status not in GroupStatus.values

    @property
    def may_apply(self) -> bool:
        return not self.has_passed and not self.is_in_review and not self.is_unknown

    @property
    def state_label(self) -> str:
        if self.has_passed:
            return str(_("Passed"))
        if self.is_in_review:
            return str(GroupStatus.IN_REVIEW.label)
        if self.is_refused:
            return str(GroupStatus.FAILED.label)
        if self.status == GroupStatus.DONE:
            return str(GroupStatus.DONE.label)
        if self.status is not None and self.is_unknown:
            return _status(self.status)
        return str(GroupStatus.NOT_REVIEWED.label)


def _status(number: int) -> str:
    return str(_("status %(number)s") % {"number": number})


class SceneItem(models.Model):
    """One check of a group's review. Names differ from answer to answer: the platform's own is kept."""

    group = models.ForeignKey(SceneGroup, models.CASCADE, related_name="items")
    ext_id = models.IntegerField()
    name = models.CharField(_("check"), max_length=100, blank=True)
    status = models.IntegerField(_("review"), default=ItemStatus.NOT_REVIEWED)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["ext_id"]
        constraints = [models.UniqueConstraint(fields=["group", "ext_id"], name="one_item_per_check")]

    def __str__(self) -> str:
        usual = {1: _("Customer service and after-sales"), 2: _("E-commerce platform")}
        return self.name or str(usual.get(self.ext_id, self.ext_id))

    @property
    def status_label(self) -> str:
        return str(ItemStatus(self.status).label) if self.status in ItemStatus.values else _status(self.status)


class SceneVerdict(models.Model):
    """What a review of a group came to; kept for ever."""

    group = models.ForeignKey(SceneGroup, models.CASCADE, related_name="verdicts")
    status = models.IntegerField()
    reason = models.TextField(blank=True)
    items = models.JSONField(default=list)  # [{name, status}]
    passed = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("scene review")
        verbose_name_plural = _("scene reviews")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)


class Scene(models.Model):
    """An entry scene, and whether the cash register is verified in it: `scene/check` (BEHAVIOUR 4.1)."""

    scene = models.IntegerField(_("scene"), unique=True)
    is_matched = models.BooleanField(_("verified"), null=True)
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("entry scene")
        verbose_name_plural = _("entry scenes")
        ordering = ["scene"]

    def __str__(self) -> str:
        return f"{self.scene} {KNOWN_SCENES.get(self.scene, '')}".strip()

    @property
    def state_label(self) -> str:
        if self.is_matched is None:
            return str(_("Not read yet"))
        return str(_("Orders have to be placed first") if self.is_matched else _("Free to choose"))
