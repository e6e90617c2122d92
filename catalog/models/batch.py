from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .spu import SPU


class BatchQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Neither paused nor finished."""
        return self.filter(paused=False, state__in=Batch.WORKING)

    def seen_by(self, user: PermissionsMixin | AnonymousUser) -> Self:
        """All imports for users who may view steps, else the user's own."""
        return self if user.has_perm("wechat.view_step") else self.filter(user=user)

    def mendable_by(self, user: PermissionsMixin | AnonymousUser | None, door: str) -> Self:
        """Those whose pictures may be used again by who brings the mended rows."""
        if user is not None:
            return self.seen_by(user)
        return self if door == "command" else self.filter(user=None, door=door)


class Batch(models.Model):
    """One sheet of products: checked first, then imported in the background; can be undone as a whole.

    `position` is the last row that is done, committed together with that row's outcome: an import whose worker was
    killed continues after it.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being imported")
        IMPORTED = "imported", _("Imported")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    WORKING = (State.CHECKING, State.IMPORTING, State.UNDOING)

    class Kind(models.TextChoices):
        PRODUCTS = "products", _("Products")
        PRICES = "prices", _("Prices and stock")

    sheet = models.FileField(_("sheet"), upload_to="sheets/%Y/%m")
    name = models.CharField(_("file"), max_length=200)
    pictures = models.FileField(_("pictures"), upload_to="sheets/%Y/%m", blank=True)
    mends = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("mended import")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    paused = models.BooleanField(_("paused"), default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    door = models.CharField(_("through"), max_length=10)
    total = models.PositiveIntegerField(_("rows"), default=0)
    position = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(_("good rows"), default=0)
    bad = models.PositiveIntegerField(_("bad rows"), default=0)
    created = models.PositiveIntegerField(_("new products"), default=0)
    updated = models.PositiveIntegerField(_("changed products"), default=0)
    unchanged = models.PositiveIntegerField(_("rows that change nothing"), default=0)
    unknown = models.JSONField(_("columns that are not read"), default=list)  # headers as they are written
    warned = models.PositiveIntegerField(_("warnings"), default=0)
    warnings = models.JSONField(default=list)  # the first of them: {row, product, text}
    message = models.TextField(_("what was said"), blank=True)
    picture_notes = models.JSONField(default=list, editable=False)  # sentences: what was done to them
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    faults = models.PositiveSmallIntegerField(default=0)  # tries since the last row that was done: see IMPORT_TRIES
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        indexes = [
            # `BatchQuerySet.standing`, queried each minute: finished imports are left out.
            models.Index(
                fields=["id"], name="batch_standing", condition=Q(state__in=["checking", "importing", "undoing"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def to_import(self) -> int:
        """Good rows that change something."""
        return self.good - self.unchanged

    @property
    def may_undo(self) -> bool:
        """Whether it is imported, or failed after something was imported."""
        if self.state == self.State.FAILED:
            return self.changes.filter(outcome="").exists()
        return self.state == self.State.IMPORTED and bool(self.created + self.updated)

    @property
    def done(self) -> int:
        """Rows done so far; during an undo, products."""
        return self.undone_count if self.state in (self.State.UNDOING, self.State.UNDONE) else self.good + self.bad

    @property
    def undone_count(self) -> int:
        return self.changes.exclude(outcome="").count()

    def mine(self) -> models.QuerySet:
        """This row, as long as no other worker has claimed it."""
        return Batch.objects.filter(pk=self.pk, attempts=self.attempts)

    def close(self, state: str, message: str = "") -> None:
        self.mine().update(state=state, message=message, lease_until=None, finished_at=Now())


class BatchRow(models.Model):
    """A row of a sheet that was not imported, with the errors of each column."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(default=dict)
    errors = models.JSONField(_("errors"), default=dict)  # {column: [sentences]}

    class Meta:
        verbose_name = _("row not imported")
        verbose_name_plural = _("rows not imported")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_row_per_number")]

    def __str__(self) -> str:
        return str(self.number)


class BatchChange(models.Model):
    """What an import did to one product, and how that product was before."""

    class Outcome(models.TextChoices):
        RESTORED = "restored", _("Restored")
        DELETED = "deleted", _("Deleted again")
        EDITED = "edited", _("Kept: changed since")
        SENT = "sent", _("Kept: sent to WeChat since")

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="changes")
    spu = models.ForeignKey(SPU, models.SET_NULL, null=True, related_name="+")
    out_product_id = models.CharField(_("product id"), max_length=100)
    before = models.JSONField(null=True)  # null: the import created it
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    changed_at = models.DateTimeField()
    outcome = models.CharField(_("undone"), max_length=10, blank=True, choices=Outcome)

    class Meta:
        verbose_name = _("change by an import")
        verbose_name_plural = _("changes by imports")
        # `batches._undo`: changes without an outcome, last first, in chunks.
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="change_of_batch")]

    def __str__(self) -> str:
        return self.out_product_id
