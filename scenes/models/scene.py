from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wechat.entry_scenes import KNOWN_SCENES

CHANNELS_GROUP, UNION_GROUP = 1, 3
TEST_SCENE = 1177  # the viewers' client; 1176 is the anchor's


class GroupStatus(models.IntegerChoices):
    """The state of a group's review; done does not mean passed (BEHAVIOUR 1.4)."""

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
    """A group of scenes to sell in, and WeChat's review of it (BEHAVIOUR 1.6)."""

    group_id = models.IntegerField(pgettext_lazy("of scenes", "group"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    # WeChat's values, empty until the first read.
    status = models.IntegerField(_("review"), null=True)
    reason = models.TextField(_("WeChat's words"), blank=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    # When it first passed, even if it was rejected since; empty once the access has ended.
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
        """Whether its review is done and each of its items has passed; a review without items has not passed."""
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
    """One check of a group's review, with WeChat's name, which differs from answer to answer."""

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
    """The result of a review of a group; never deleted."""

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
    """An entry scene, and whether orders from it have to go through the component: `scene/check` (BEHAVIOUR 4.1)."""

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
