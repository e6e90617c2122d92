"""The lists that this app pulls; each replaces our copy in one transaction."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from wechat.errors import UnreadableAnswer
from wechat.models import PulledList
from wechat.shop import account, cat
from wechat.steps.operations import Applies
from wechat.steps.pulls import pull
from wechat.steps.unread import LeftOut
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
    """Read WeChat's whole category tree. Once a day is enough; more is refused."""
    left_out = LeftOut()
    rows = left_out.readable(cat.get(), _category, "third_cat_id")
    if not rows:
        raise UnreadableAnswer("cat/get answered without a single category")

    def replace() -> None:
        listed = [row.third_cat_id for row in rows]
        if not left_out:  # else one of those left out may be what seems to be gone
            Category.objects.exclude(third_cat_id__in=listed).update(gone=True)
        Category.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["third_cat_id"],
            update_fields=[*COLUMNS, "gone"],
            batch_size=500,
        )
        pulled.mark(len(rows), left_out.note)

    return replace


@pull("granted_categories", _("Granted categories"), name="pull_granted_categories", label=_("Pull granted categories"))
def pull_granted_categories(pulled: PulledList, sent: dict) -> Applies:
    """Read which categories WeChat has granted."""
    left_out = LeftOut()
    ids = set(left_out.readable(account.get_category_list(), lambda row: _id(row["third_cat_id"]), "third_cat_id"))
    left_out.refuse_if_all(len(ids))

    def replace() -> None:
        if not left_out:
            Category.objects.exclude(third_cat_id__in=ids).filter(granted=True).update(granted=False)
        Category.objects.filter(third_cat_id__in=ids).grant()
        pulled.mark(len(ids), left_out.note)

    return replace


@pull("granted_brands", _("Granted brands"), name="pull_granted_brands", label=_("Pull granted brands"))
def pull_granted_brands(pulled: PulledList, sent: dict) -> Applies:
    """Read which brands WeChat has granted."""
    left_out = LeftOut()
    rows = left_out.readable(account.get_brand_list(), _brand, "brand_id", "brand_wording")
    left_out.refuse_if_all(len(rows))

    def replace() -> None:
        if not left_out:
            Brand.objects.exclude(brand_id__in=[row.brand_id for row in rows]).update(gone=True)
        Brand.objects.grant(rows)
        pulled.mark(len(rows), left_out.note)

    return replace


def _brand(row: dict) -> Brand:
    wording = text(Brand, "brand_wording", row.get("brand_wording"))
    return Brand(brand_id=_id(row["brand_id"]), brand_wording=wording)


def _category(row: dict) -> Category:
    names = {name: row.get(name) for name in COLUMNS if name.endswith(("name", "qualification"))}
    numbers = {name: _id(row.get(name) or 0) for name in COLUMNS if name not in names}
    return Category(third_cat_id=_id(row["third_cat_id"]), **numbers, **texts(Category, **names))


def _id(value: Any) -> int:
    """An id as our columns take it. Raises TypeError, ValueError."""
    found = int(value)
    if not 0 <= found < 2**63:
        raise ValueError("an id of more than 64 bits")
    return found
