from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Need
from console.models import AuditedRecord

from .document import Document
from .round import AuditStatus, BrandRound, CategoryRound

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class QualificationQuerySet(models.QuerySet):
    def drafts(self) -> Self:
        return self.filter(last_round=None)

    def pending(self) -> Self:
        return self.filter(last_round__status=AuditStatus.PENDING)

    def approved(self) -> Self:
        return self.filter(last_round__status=AuditStatus.APPROVED)

    def rejected(self) -> Self:
        return self.filter(last_round__status=AuditStatus.REJECTED)

    def to_submit(self) -> Self:
        """Applications never submitted, or changed since the rejection: unchanged they would be rejected again."""
        changed = Q(last_round__status=AuditStatus.REJECTED, changed_at__gt=models.F("last_round__decided_at"))
        return self.filter(Q(last_round=None) | changed)


class Qualification(AuditedRecord):
    """An application with documents, which WeChat reviews in rounds."""

    # Each subclass has a column `last_round` to its own model of rounds.
    rounds: Any
    last_round: Any
    last_round_id: int | None

    objects = QualificationQuerySet.as_manager()

    class Meta:
        abstract = True

    def may_submit(self) -> bool:
        """Papers are submitted once, or again after a rejection."""
        last = self.last_round
        return last is None or last.status == AuditStatus.REJECTED

    def may_refresh(self) -> bool:
        return self.last_round is not None

    @property
    def audit_id(self) -> str:
        """Of the last round; "" before the first."""
        return self.last_round.audit_id if self.last_round else ""

    @property
    def state_label(self) -> str:
        return self.last_round.status_label if self.last_round else str(_("Draft"))

    def open_round(self, audit_id: str, sent: dict) -> None:
        """WeChat accepted the submission: create its round, which is now in review."""
        self.last_round = self.rounds.create(audit_id=audit_id, sent=sent)
        self.save(update_fields=["last_round"])  # type: ignore[misc]  # a column of each subclass


def _documents(label: "str | _StrPromise", help_text: "str | _StrPromise" = "") -> models.ManyToManyField:
    return models.ManyToManyField(Document, verbose_name=label, help_text=help_text, related_name="+", blank=True)


class BrandQualification(Qualification):
    """A brand and the papers that prove the merchant may sell it: `audit/audit_brand` (BEHAVIOUR 2.3)."""

    class AuditType(models.IntegerChoices):
        DOMESTIC_R = 1, _("Domestic, registered (R)")
        DOMESTIC_TM = 2, _("Domestic, applied for (TM)")
        OVERSEAS_R = 3, _("Overseas, registered (R)")
        OVERSEAS_TM = 4, _("Overseas, applied for (TM)")

    class Management(models.IntegerChoices):
        OWN = 1, _("Own brand")
        AGENT = 2, _("Agent of the brand")
        NONE = 3, _("No brand")

    class Origin(models.IntegerChoices):
        IMPORTED = 1, _("Imported goods")
        DOMESTIC = 2, _("Not imported")

    brand_wording = models.CharField(
        _("brand"), max_length=100, db_index=True, help_text=_("Exactly as on the trademark certificate.")
    )
    brand_audit_type = models.IntegerField(
        _("trademark"),
        choices=AuditType,
        default=AuditType.DOMESTIC_R,
        help_text=_("® on the certificate is registered; an acceptance notice alone is TM."),
    )
    trademark_type = models.CharField(
        _("class of goods"),
        max_length=2,
        choices=[(str(number), str(number)) for number in range(1, 46)],
        help_text=_("The international class on the certificate, 1 to 45; food is 29 or 30, cosmetics 3, clothes 25."),
    )
    brand_management_type = models.IntegerField(
        _("you are"),
        choices=Management,
        default=Management.OWN,
        help_text=_("An agent needs a sales authorisation."),
    )
    commodity_origin_type = models.IntegerField(
        _("origin of the goods"),
        choices=Origin,
        default=Origin.DOMESTIC,
        help_text=_("Imported goods need a customs form."),
    )
    license = _documents(_("business licence"), _("The whole page, readable, not cropped."))
    sale_authorization = _documents(
        _("sales authorisation"),
        _(
            "For agents: the whole chain. "
            "If the trademark's holder is a person, add both sides of the identity card, signed."
        ),
    )
    trademark_registrant_nu = models.CharField(
        _("registration or application number"),
        max_length=60,
        blank=True,
        help_text=_("Digits as on the certificate."),
    )
    trademark_registrant = models.CharField(_("registrant"), max_length=100, blank=True)
    trademark_authorization_period = models.DateField(
        _("trademark valid until"), null=True, blank=True, help_text=_("The last day on the certificate.")
    )
    trademark_registration_certificate = _documents(_("registration certificate"), _("For registered trademarks."))
    trademark_change_certificate = _documents(_("change certificate"), _("If name, address or holder were changed."))
    trademark_applicant = models.CharField(_("applicant"), max_length=100, blank=True)
    trademark_application_time = models.DateField(_("applied on"), null=True, blank=True)
    trademark_registration_application = _documents(_("acceptance notice"), _("For trademarks applied for (TM)."))
    imported_goods_form = _documents(_("customs declaration"), _("For imported goods."))
    brand_id = models.BigIntegerField(_("brand_id"), null=True, blank=True, editable=False)
    last_round = models.ForeignKey(BrandRound, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("brand application")
        verbose_name_plural = _("brand applications")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.brand_wording

    @property
    def is_registered(self) -> bool:
        return self.brand_audit_type in (self.AuditType.DOMESTIC_R, self.AuditType.OVERSEAS_R)


class CategoryQualification(Qualification):
    """A category and the papers it requires: `audit/audit_category` (BEHAVIOUR 2.2)."""

    category = models.OneToOneField(
        Category,
        models.PROTECT,
        verbose_name=_("category"),
        help_text=_("Type a few letters of any level. Categories that need no papers are yours already."),
    )
    license = _documents(_("business licence"), _("The whole page, readable, not cropped."))
    certificate = _documents(_("certificates"), _("What this category asks for; it is written beside the category."))
    last_round = models.ForeignKey(
        CategoryRound, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("category application")
        verbose_name_plural = _("category applications")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.category)

    def may_submit(self) -> bool:
        granted = self.category.granted or self.category.qualification_type == Need.NONE
        return not granted and super().may_submit()

    @property
    def state_label(self) -> str:
        if self.category.granted:
            return str(AuditStatus.APPROVED.label)
        if self.category.qualification_type == Need.NONE:
            return str(_("No papers needed"))
        return super().state_label
