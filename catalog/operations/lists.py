"""The lists this app pulls whole; each replaces our copy in one transaction."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import account, cat
from wechat.steps import Operation, operation

from ..models import Brand, Category

Name = PulledList.Name
LEVELS = ["first_cat_id", "first_cat_name", "second_cat_id", "second_cat_name", "third_cat_name"]
NEEDS = ["qualification", "qualification_type", "product_qualification", "product_qualification_type"]


def is_categories(pulled: PulledList) -> bool:
    return pulled.name == Name.CATEGORIES


def is_granted_categories(pulled: PulledList) -> bool:
    return pulled.name == Name.GRANTED_CATEGORIES


def is_granted_brands(pulled: PulledList) -> bool:
    return pulled.name == Name.GRANTED_BRANDS


@operation(_("Pull all categories"), allowed=is_categories, reads=True)
def pull_categories(pulled: PulledList):
    """Read WeChat's whole category tree. Once a day is enough; more is refused."""
    rows = [_category(row) for row in cat.get()]
    if not rows:
        raise Unreachable("cat/get answered without a single category")

    def swap():
        known = [row.third_cat_id for row in rows]
        Category.objects.exclude(third_cat_id__in=known).update(gone=True)
        Category.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["third_cat_id"],
            update_fields=[*LEVELS, *NEEDS, "gone"],
            batch_size=500,
        )
        mark_pulled(pulled, len(rows))

    return swap


@operation(_("Pull granted categories"), allowed=is_granted_categories, reads=True)
def pull_granted_categories(pulled: PulledList):
    """Read which categories WeChat has granted."""
    ids = {int(row["third_cat_id"]) for row in account.get_category_list()}

    def swap():
        Category.objects.exclude(third_cat_id__in=ids).filter(granted=True).update(granted=False)
        Category.objects.filter(third_cat_id__in=ids).update(granted=True)
        mark_pulled(pulled, len(ids))

    return swap


@operation(_("Pull granted brands"), allowed=is_granted_brands, reads=True)
def pull_granted_brands(pulled: PulledList):
    """Read which brands WeChat has granted."""
    rows = [
        Brand(brand_id=int(row["brand_id"]), brand_wording=str(row.get("brand_wording") or ""))
        for row in account.get_brand_list()
    ]

    def swap():
        Brand.objects.exclude(brand_id__in=[row.brand_id for row in rows]).update(gone=True)
        Brand.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["brand_id"], update_fields=["brand_wording", "gone"]
        )
        mark_pulled(pulled, len(rows))

    return swap


def mark_pulled(pulled: PulledList, count: int) -> None:
    pulled.count, pulled.pulled_at = count, timezone.now()
    pulled.save(update_fields=["count", "pulled_at"])


def listed(name: str) -> PulledList:
    """The record of a list."""
    return PulledList.objects.get(name=name)


PULLS: dict[str, Operation] = {
    Name.CATEGORIES: pull_categories,
    Name.GRANTED_CATEGORIES: pull_granted_categories,
    Name.GRANTED_BRANDS: pull_granted_brands,
}


def _category(row: dict) -> Category:
    fields = {name: row.get(name) or 0 for name in [*LEVELS, *NEEDS] if not name.endswith(("name", "qualification"))}
    texts = {name: str(row.get(name) or "") for name in [*LEVELS, *NEEDS] if name.endswith(("name", "qualification"))}
    return Category(third_cat_id=int(row["third_cat_id"]), **fields, **texts)
