from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Need(models.IntegerChoices):
    """Whether papers are needed, in the numbers of cat/get (BEHAVIOUR 2.1)."""

    NONE = 0, _("not needed")
    REQUIRED = 1, _("required")
    OPTIONAL = 2, _("optional")


def need_of(kind: int) -> str:
    """The label of a `Need`; an unknown number is shown as it is."""
    return str(Need(kind).label) if kind in Need.values else str(kind)


class CategoryQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Those WeChat still lists."""
        return self.filter(gone=False)

    def usable(self) -> Self:
        """Those that products may be in: granted, or needing no papers first."""
        return self.current().filter(models.Q(granted=True) | ~models.Q(qualification_type=Need.REQUIRED))

    def grant(self) -> None:
        """WeChat has granted these."""
        self.filter(granted=False).update(granted=True, granted_at=timezone.now())


class Category(models.Model):
    """A third-level category with its parents, as WeChat lists it."""

    third_cat_id = models.IntegerField(_("third_cat_id"), unique=True)
    third_cat_name = models.CharField(_("third level"), max_length=100)
    second_cat_id = models.IntegerField()
    second_cat_name = models.CharField(_("second level"), max_length=100)
    first_cat_id = models.IntegerField()
    first_cat_name = models.CharField(_("first level"), max_length=100)
    qualification = models.TextField(_("category papers"), blank=True)
    qualification_type = models.IntegerField(_("category papers needed"), default=Need.NONE)
    product_qualification = models.TextField(_("product papers"), blank=True)
    product_qualification_type = models.IntegerField(_("product papers needed"), default=Need.NONE)
    granted = models.BooleanField(_("granted"), default=False)
    granted_at = models.DateTimeField(_("granted at"), null=True, editable=False)  # as we learned of it
    gone = models.BooleanField(_("no longer listed"), default=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["first_cat_name", "second_cat_name", "third_cat_name", "id"]
        indexes = [
            # The list's order, and its filter by `qualification_type`.
            models.Index(fields=["first_cat_name", "second_cat_name", "third_cat_name"], name="category_path"),
            models.Index(fields=["qualification_type"], name="category_need"),
        ]

    def __str__(self) -> str:
        return f"{self.first_cat_name} › {self.second_cat_name} › {self.third_cat_name}"

    @property
    def is_usable(self) -> bool:
        return not self.gone and (self.granted or self.qualification_type != Need.REQUIRED)

    @property
    def picker_label(self) -> str:
        """Its path, and which papers the category and its products need."""
        needs = {"category": need_of(self.qualification_type), "products": need_of(self.product_qualification_type)}
        papers = _("papers: category %(category)s, products %(products)s") % needs
        return f"{self} ({papers})"


class BrandQuerySet(models.QuerySet):
    def grant(self, brands: list[Any]) -> None:
        """WeChat has granted these, which may be stored already."""
        keys = {brand.brand_id for brand in brands}
        held = self.filter(brand_id__in=keys, gone=False).values_list("brand_id", flat=True)
        new = keys - set(held)
        self.bulk_create(
            brands, update_conflicts=True, unique_fields=["brand_id"], update_fields=["brand_wording", "gone"]
        )
        self.filter(brand_id__in=new).update(granted_at=timezone.now())


class Brand(models.Model):
    """A brand granted to the merchant, from WeChat's list."""

    brand_id = models.BigIntegerField(_("brand_id"), unique=True)
    brand_wording = models.CharField(_("brand"), max_length=200, db_index=True)  # the list's order and search
    gone = models.BooleanField(_("no longer granted"), default=False)
    granted_at = models.DateTimeField(_("granted at"), null=True, editable=False)  # as we learned of it

    objects = BrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("granted brand")
        verbose_name_plural = _("granted brands")
        ordering = ["brand_wording", "id"]

    def __str__(self) -> str:
        return self.brand_wording
