"""The category tree, flat (BEHAVIOUR 2.1)."""

from ..models import Category
from ..platform import Request, endpoint

LEVELS = (
    "first_cat_id",
    "first_cat_name",
    "second_cat_id",
    "second_cat_name",
    "third_cat_id",
    "third_cat_name",
)
NEEDS = ("qualification", "qualification_type", "product_qualification", "product_qualification_type")


@endpoint("/shop/cat/get")
def get(request: Request) -> dict:
    return {"third_cat_list": list(Category.objects.order_by("third_cat_id").values(*LEVELS, *NEEDS))}
