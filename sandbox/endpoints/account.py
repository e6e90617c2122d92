"""The merchant's own settings, and what is granted (BEHAVIOUR 1.7 and 2.5)."""

from ..models import Brand, Category
from ..platform import Refusal, Request, endpoint, need
from .cat import LEVELS, NEEDS


@endpoint("/shop/account/get_category_list")
def get_category_list(request: Request) -> dict:
    return {"data": list(Category.objects.filter(granted=True).order_by("third_cat_id").values(*LEVELS, *NEEDS))}


@endpoint("/shop/account/get_brand_list")
def get_brand_list(request: Request) -> dict:
    return {"data": list(Brand.objects.order_by("brand_id").values("brand_id", "brand_wording"))}


@endpoint("/shop/account/get_info")
def get_info(request: Request) -> dict:
    return {"data": {key: value for key, value in request.account.info.items() if key.startswith("service_")}}


@endpoint("/shop/account/update_info")
def update_info(request: Request) -> dict:
    given = request.data
    kinds = given.get("service_agent_type")
    if kinds is not None:
        if not isinstance(kinds, list) or not set(kinds) <= {0, 1, 2}:
            raise Refusal(40097, "service_agent_type is a list of 0, 1, 2")
        if 1 in kinds:
            need(given, "service_agent_path")
        if 2 in kinds:
            need(given, "service_agent_phone")
    if address := given.get("default_receiving_address"):
        need(address, "receiver_name", "detailed_address", "tel_number")
    known = ("service_agent_type", "service_agent_path", "service_agent_phone", "default_receiving_address")
    request.account.info = {**request.account.info, **{key: given[key] for key in known if key in given}}
    request.account.save()
    return {}
