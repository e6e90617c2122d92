"""The lists that this app pulls; each replaces our copy in one transaction."""

from django.utils.translation import gettext_lazy as _

from wechat.errors import Unreachable
from wechat.models import PulledList
from wechat.shop import account, cat
from wechat.steps.operations import Applies
from wechat.steps.pulls import pull
from wechat.values import text, texts

from ..models import Brand, Category

COLUMNS = [
    "first_cat_id",
    "first_cat_name",
    "second_cat_id",
    "second_cat_name",
    "third_cat_name",
    "qualification",
    "qualification_type",
    "product_qualification",
    "product_qualification_type",
]


@pull("categories", _("All categories"), name="pull_categories", label=_("Pull all categories"))
def pull_categories(pulled: PulledList, sent: dict) -> Applies:
    """Read WeChat's whole category tree. Once a day is enough; WeChat refuses more."""
    rows = [_category(row) for row in cat.get()]
    if not rows:
        raise Unreachable("cat/get answered without a single category")

    def replace() -> None:
        listed = [row.third_cat_id for row in rows]
        Category.objects.exclude(third_cat_id__in=listed).update(gone=True)
        Category.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["third_cat_id"],
            update_fields=[*COLUMNS, "gone"],
            batch_size=500,
        )
        pulled.mark(len(rows))

    return replace


@pull("granted_categories", _("Granted categories"), name="pull_granted_categories", label=_("Pull granted categories"))
def pull_granted_categories(pulled: PulledList, sent: dict) -> Applies:
    """Read which categories WeChat has granted."""
    ids = {int(row["third_cat_id"]) for row in account.get_category_list()}

    def replace() -> None:
        Category.objects.exclude(third_cat_id__in=ids).filter(granted=True).update(granted=False)
        Category.objects.filter(third_cat_id__in=ids).update(granted=True)
        pulled.mark(len(ids))

    return replace


@pull("granted_brands", _("Granted brands"), name="pull_granted_brands", label=_("Pull granted brands"))
def pull_granted_brands(pulled: PulledList, sent: dict) -> Applies:
    """Read which brands WeChat has granted."""
    rows = [
        Brand(brand_id=int(row["brand_id"]), brand_wording=text(Brand, "brand_wording", row.get("brand_wording")))
        for row in account.get_brand_list()
    ]

    def replace() -> None:
        Brand.objects.exclude(brand_id__in=[row.brand_id for row in rows]).update(gone=True)
        Brand.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["brand_id"], update_fields=["brand_wording", "gone"]
        )
        pulled.mark(len(rows))

    return replace


def _category(row: dict) -> Category:
    names = {name: row.get(name) for name in COLUMNS if name.endswith(("name", "qualification"))}
    numbers = {name: row.get(name) or 0 for name in COLUMNS if name not in names}
    return Category(third_cat_id=int(row["third_cat_id"]), **numbers, **texts(Category, **names))
