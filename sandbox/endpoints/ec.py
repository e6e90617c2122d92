"""Rules of categories, documented for a similar product only: the simplest answer with its fields."""

from ..models import Category
from ..platform import Refusal, Request, endpoint

DEPOSIT = 100_000  # fen, where papers are needed
DELIVERY = [{"deliver_type": 1, "acct_type": [1, 2]}]


@endpoint("/shop/ec/category/getcategoryrule")
def getcategoryrule(request: Request) -> dict:
    if not str(request.query.get("rule_id") or "").isdigit():
        raise Refusal(990007, "missing parameter rule_id")
    category = Category.objects.filter(third_cat_id=request.data.get("category_id") or 0).first()
    if category is None:
        raise Refusal(1000009, "the category does not exist")
    return {"deposit": DEPOSIT if category.qualification_type == 1 else 0, "list": DELIVERY}
