from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Max, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from console.models import AuditedRecord
from wechat.models import Image
from wechat.values import MOST, out_id

from .category import Brand, Category

NO_BRAND = 2100000000
USED_UP = _(
    "This id belonged to a product that was deleted at WeChat, and WeChat never takes it again. Choose another."
)


class EditStatus(models.IntegerChoices):
    """The state of the draft copy (BEHAVIOUR 3.2)."""

    INITIAL = 0, _("New at WeChat")
    EDITING = 1, _("Not in review")
    IN_REVIEW = 2, _("In review")
    REJECTED = 3, _("Rejected")
    APPROVED = 4, _("Approved")


class Status(models.IntegerChoices):
    """The state of the online copy (BEHAVIOUR 3.2)."""

    NEVER = 0, _("Never on sale")
    LISTED = 5, _("On sale")
    DELISTED = 11, _("Off sale")
    VIOLATION = 13, _("Taken off sale by WeChat")


class Unsent(models.IntegerChoices):
    """Which of our changes WeChat does not have yet."""

    NOTHING = 0, _("Nothing")
    FREE = 1, _("Prices, stock or codes: no review")
    REVIEW = 2, _("Needs a review")


def scene_groups() -> list[int]:
    return list(settings.WECHAT_SCENE_GROUPS)


class SPUQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Products that were not deleted at WeChat."""
        return self.filter(removed_at=None)

    def in_review(self) -> Self:
        return self.current().filter(edit_status=EditStatus.IN_REVIEW)

    def to_resubmit(self) -> Self:
        """Products in review with other content than ours."""
        return self.in_review().exclude(unsent=Unsent.NOTHING)

    def removable(self) -> Self:
        """Products that WeChat has, and that it did not take off sale itself."""
        return self.current().exclude(draft__isnull=True).exclude(status=Status.VIOLATION)

    def rejected(self) -> Self:
        return self.current().filter(edit_status=EditStatus.REJECTED)

    def to_submit(self) -> Self:
        """Products with changes that need a review, and not in review."""
        return self.current().filter(unsent=Unsent.REVIEW).exclude(edit_status=EditStatus.IN_REVIEW)

    def to_update(self) -> Self:
        """Products whose changes need no review: prices, stock, codes."""
        return self.current().filter(unsent=Unsent.FREE)

    def on_sale(self) -> Self:
        return self.current().filter(status=Status.LISTED)

    def off_sale(self) -> Self:
        return self.current().filter(status=Status.DELISTED)

    def is_used_up(self, out_product_id: str) -> bool:
        return self.filter(out_product_id=out_product_id).exclude(removed_at=None).exists()

    def with_figures(self) -> Self:
        """With `lowest` and `highest` price (fen), `stock` and `picture`, in the same query, for lists."""
        skus = SKU.objects.filter(spu=models.OuterRef("pk")).order_by().values("spu")
        figures = {"lowest": Min("sale_price"), "highest": Max("sale_price"), "stock": Sum("stock_num")}
        return self.annotate(
            picture=models.Subquery(SPUPicture.objects.heads(spu=models.OuterRef("pk"))),
            **{name: models.Subquery(skus.annotate(figure=of).values("figure")) for name, of in figures.items()},
        )

    def with_content(self) -> Self:
        """With SKUs and pictures, always in three queries."""
        return self.prefetch_related(*_content())


class SPU(AuditedRecord):
    """A product: our copy, which staff edit, and WeChat's two copies (BEHAVIOUR section 3)."""

    out_product_id = models.CharField(
        _("product id"),
        max_length=100,
        unique=True,
        validators=[out_id],
        error_messages={"unique": _("There is a product with this id already.")},
        help_text=_("Your own id. It cannot be changed once sent, nor ever be used again after a deletion."),
    )
    title = models.CharField(
        _("title"),
        max_length=200,
        db_index=True,  # the list's search, by the beginning of the title
        help_text=_("Brand, name and what sets it apart. No words such as “test”."),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        to_field="third_cat_id",
        null=True,
        blank=True,
        related_name="spus",
        verbose_name=_("category"),
        help_text=_("Type a few letters of any level."),
    )
    brand = models.ForeignKey(
        Brand,
        models.PROTECT,
        to_field="brand_id",
        null=True,
        blank=True,
        related_name="spus",
        verbose_name=_("brand"),
        help_text=_("Leave empty for goods without a brand; then no brand may be seen in the pictures either."),
    )
    path = models.CharField(
        _("page"),
        max_length=300,
        blank=True,
        help_text=_("The product's page in the mini program, such as pages/product/detail?id=1001."),
    )
    direct_path = models.CharField(
        _("page for buying at once"), max_length=300, blank=True, help_text=_("Only if the mini program has one.")
    )
    desc = models.TextField(_("description"), blank=True)
    info_version = models.CharField(
        _("version mark"), max_length=50, blank=True, help_text=_("Your own; WeChat only keeps it.")
    )
    scene_group_list = models.JSONField(_("scene groups"), default=scene_groups)
    images = models.ManyToManyField(Image, through="SPUPicture", related_name="spus", verbose_name=_("pictures"))

    # WeChat's values, empty until the first read.
    product_id = models.BigIntegerField(_("product_id"), null=True, unique=True, editable=False)
    edit_status = models.IntegerField(_("review"), null=True, editable=False)
    status = models.IntegerField(_("on sale"), null=True, editable=False)
    draft = models.JSONField(_("WeChat's draft"), null=True, editable=False)
    online = models.JSONField(_("WeChat's online copy"), null=True, editable=False)
    reject_reason = models.TextField(_("reason"), blank=True, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    removed_at = models.DateTimeField(_("deleted at WeChat"), null=True, editable=False)

    # Computed from both copies whenever one of them changes.
    unsent = models.IntegerField(_("not sent yet"), choices=Unsent, default=Unsent.REVIEW, editable=False)

    # Of a product that a worker loaded ahead: that its content is at hand, and the account's settings as `info`.
    loaded_ahead = False
    account: Any = None

    objects = SPUQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["-id"]
        indexes = [
            # The list's chips and filters, each in the list's order.
            models.Index(fields=["edit_status", "-id"], name="spu_review"),
            models.Index(fields=["status", "-id"], name="spu_shelf"),
            models.Index(fields=["unsent", "-id"], name="spu_unsent"),
            models.Index(fields=["category", "-id"], name="spu_category"),
            models.Index(fields=["brand", "-id"], name="spu_brand"),
            # The list sorted by its one sortable column.
            models.Index(fields=["-changed_at"], name="spu_changed"),
            # `tasks.refresh_products`: most of the table is approved or rejected, and left out.
            models.Index(fields=["read_at"], name="spu_to_read", condition=Q(edit_status__in=[1, 2])),
        ]

    def __str__(self) -> str:
        return self.title or self.out_product_id

    def unique_error_message(self, model_class: type[models.Model], unique_check: Sequence[str]) -> ValidationError:
        error = super().unique_error_message(model_class, unique_check)
        if unique_check == ("out_product_id",) and SPU.objects.is_used_up(self.out_product_id):
            error.message = USED_UP
        return error

    @property
    def is_known(self) -> bool:
        """Whether WeChat has it."""
        return self.draft is not None and self.removed_at is None

    @property
    def may_submit(self) -> bool:
        again = self.unsent != Unsent.NOTHING or self.edit_status in (EditStatus.EDITING, EditStatus.REJECTED)
        return self.removed_at is None and again and self.edit_status != EditStatus.IN_REVIEW

    @property
    def may_resubmit(self) -> bool:
        return self.is_known and self.edit_status == EditStatus.IN_REVIEW

    @property
    def may_update_without_audit(self) -> bool:
        return self.is_known and self.online is not None and self.unsent != Unsent.NOTHING

    @property
    def may_list(self) -> bool:
        return self.is_known and self.online is not None and self.status == Status.DELISTED

    @property
    def may_delist(self) -> bool:
        return self.is_known and self.status in (Status.NEVER, Status.LISTED)

    @property
    def may_remove(self) -> bool:
        return self.is_known and self.status != Status.VIOLATION

    @property
    def may_refresh(self) -> bool:
        return self.removed_at is None

    @property
    def review_label(self) -> str:
        if self.removed_at:
            return str(_("Deleted at WeChat"))
        if self.edit_status is None:
            return str(_("Draft"))
        is_named = self.edit_status in EditStatus.values
        return str(EditStatus(self.edit_status).label) if is_named else _status(self.edit_status)

    @property
    def shelf_label(self) -> str:
        if self.status is None or self.removed_at:
            return ""
        return str(Status(self.status).label) if self.status in Status.values else _status(self.status)

    @property
    def sku_ids(self) -> str:
        """The ids that WeChat gave its SKUs."""
        return ", ".join(str(sku.sku_id) for sku in self.skus.all() if sku.sku_id)

    @property
    def state_label(self) -> str:
        return " · ".join(label for label in (self.review_label, self.shelf_label) if label)

    def load_content(self) -> None:
        """Load SKUs and pictures again into the prefetch cache."""
        self._prefetched_objects_cache: dict[str, Any] = {}
        models.prefetch_related_objects([self], *_content())

    def links(self, kind: str) -> list[Image]:
        """Its pictures of a kind, in their order."""
        rows = [row for row in self.pictures.all() if row.kind == kind]
        return [row.image for row in sorted(rows, key=lambda row: (row.position, row.pk or 0))]


def _status(number: int) -> str:
    return str(_("status %(number)s") % {"number": number})


def _content() -> list[models.Prefetch]:
    return [
        models.Prefetch("skus", SKU.objects.select_related("thumb_img")),
        models.Prefetch("pictures", SPUPicture.objects.select_related("image")),
    ]


class SPUPictureManager(models.Manager["SPUPicture"]):
    def heads(self, **where: Any) -> models.QuerySet:
        """Keys of the first pictures of such products, where the picture itself is here, for a Subquery."""
        heads = self.filter(kind=SPUPicture.Kind.HEAD, position=0, **where)
        return heads.exclude(image__file="").order_by().values("image")[:1]


class SPUPicture(models.Model):
    """A picture of a product, with its kind and position."""

    class Kind(models.TextChoices):
        HEAD = "head_img", _("Pictures")
        DETAIL = "imgs", _("Detail pictures")
        QUALIFICATION = "qualification_pics", _("Product papers")

    spu = models.ForeignKey(SPU, models.CASCADE, related_name="pictures")
    image = models.ForeignKey(Image, models.PROTECT, related_name="places")
    kind = models.CharField(max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(default=0)

    objects = SPUPictureManager()

    class Meta:
        verbose_name = _("product picture")
        verbose_name_plural = _("product pictures")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(self.image)


class SKU(models.Model):
    """One variant of a product that can be bought, with its price in fen."""

    spu = models.ForeignKey(SPU, models.CASCADE, related_name="skus", verbose_name=_("product"))
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    # Indexed for the goods of a new order (orders.serializers.placing), looked up by out_sku_id.
    out_sku_id = models.CharField(_("SKU id"), max_length=100, db_index=True, validators=[out_id])
    sku_attrs = models.JSONField(_("attributes"), default=list, blank=True)  # [{attr_key, attr_value}]
    thumb_img = models.ForeignKey(
        Image, models.PROTECT, null=True, blank=True, related_name="skus", verbose_name=_("picture")
    )
    sale_price = models.PositiveIntegerField(_("price"), validators=[MaxValueValidator(MOST)])  # fen
    market_price = models.PositiveIntegerField(
        _("list price"), null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )  # fen; empty is the same as sale_price
    stock_num = models.PositiveIntegerField(_("stock"), default=0, validators=[MaxValueValidator(MOST)])
    # While a live evening runs: the shop's part, which is not for sale; `stock_num` is what is left of the evening's.
    kept_back = models.PositiveIntegerField(_("kept back for the shop"), null=True, editable=False)
    sku_code = models.CharField(_("code"), max_length=100, blank=True)
    barcode = models.CharField(_("barcode"), max_length=100, blank=True)
    sku_id = models.BigIntegerField(_("sku_id"), null=True, editable=False)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["spu", "out_sku_id"], name="one_sku_per_id")]
        indexes = [
            models.Index(fields=["-id"], name="sku_none_left", condition=Q(stock_num=0)),  # the stock page's chips
            models.Index(fields=["-id"], name="sku_in_evening", condition=Q(kept_back__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.attributes or self.out_sku_id

    @property
    def attributes(self) -> str:
        return " / ".join(str(attr.get("attr_value", "")) for attr in self.sku_attrs)
