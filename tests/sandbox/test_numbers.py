"""Numbers that come as text, as numbers, or as the platform's samples have them."""

import pytest
from django.utils import timezone

from sandbox import numbers
from sandbox.endpoints import complaint, ecaftersale
from sandbox.models import Sharer

from .test_aftersales import BUYER, switched
from .test_money import MCHID, applied
from .test_orders import added, named, order

# as the samples have them, with numbers_as_text, with text_as_numbers
FORMS = [({}, None), ({"numbers_as_text": True}, str), ({"text_as_numbers": True}, int)]


def _dispute(shop):
    claim = ecaftersale.apply(added(shop, status=30), "1")
    type(claim).objects.update(status=4)
    return complaint.start(claim, "x")


def _sharer(_shop):
    openid, now = "oSharer_of_the_tests_00000001", timezone.now()
    return Sharer.objects.create(openid=openid, nickname="A", status=Sharer.BOUND, invited_at=now, bound_at=now)


def _payment(_shop):
    return {"trade_no": "t1", "amount": 1, "openid": BUYER, "mchid": MCHID}


# path: what is asked there, once its world exists
CALLS = {
    "/shop/complaint/get": lambda shop: {"complaint_order_id": _dispute(shop).pk},
    "/shop/complaint/get_list": lambda shop: _dispute(shop) and {"offset": 0, "limit": 10},
    "/shop/ecaftersale/get": lambda shop: {"aftersale_id": _dispute(shop).claim_id},
    "/shop/order/add": lambda shop: order(),
    "/shop/order/getpaymentparams": lambda shop: added(shop) and named(),
    "/shop/pay/createorder": _payment,
    "/shop/sharer/get_sharer_data_summary": lambda shop: {"openid": _sharer(shop).openid},
    "/shop/sharer/get_sharer_list": lambda shop: _sharer(shop) and {"page": 1, "page_size": 10},
    "/shop/sharer/search_sharer": lambda shop: {"openid": _sharer(shop).openid},
    "/shop/wxpay/get": lambda shop: applied(shop) and {},
    "/shop/wxpay/get_info": lambda shop: {},
}


def _values(answer, names):
    if isinstance(answer, list):
        return [value for item in answer for value in _values(item, names)]
    return _values(answer[names[0]], names[1:]) if names else [answer]


@pytest.mark.parametrize(("switches", "form"), FORMS)
@pytest.mark.parametrize("path", numbers.AS_TEXT_TOO)
def test_a_number_has_the_form_that_is_switched(shop, path, switches, form):
    asked = CALLS[path](shop)
    switched(**switches)
    answer = shop(path.removeprefix("/shop/"), asked)
    assert answer["errcode"] == 0, answer
    for place in numbers.AS_TEXT_TOO[path]:
        values = _values(answer, place.split("."))
        assert values
        assert form is None or {type(value) for value in values} == {form}


def test_text_and_number_are_what_the_document_says_is_read(api_json):
    for path, places in numbers.AS_TEXT_TOO.items():
        for place in places:
            fields, field = api_json["endpoints"][path]["response"], {}
            for name in place.split("."):
                field = fields[name]
                fields = field.get("fields") or (field.get("items") or {}).get("fields") or {}
            assert field["type"] == "integer"
            assert field.get("also_seen") == "string" or "numeric string" in field["wire"], place


BOTH_WAYS = {
    "numbers_as_text": (lambda shop, _link: type(shop("order/add", order())["data"]["order_id"]), str, int),
    "text_as_numbers": (lambda shop, _link: type(shop("wxpay/get_info")["pay_req"]["organization_type"]), int, str),
}
