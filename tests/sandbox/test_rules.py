"""The pretend platform by itself: its rules, each inferred one both ways, its faults and its pushes."""

import json
import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from sandbox import platform, pushes
from sandbox.endpoints import audit as audits
from sandbox.endpoints import register as registers
from sandbox.endpoints import spu as spus
from sandbox.models import SWITCHES, Account, Audit, Category, Fault, Picture, Product, Push, Token
from tests.factories import picture

from .conftest import post
from .test_access import BOTH_WAYS as OF_ACCESS
from .test_aftersales import BOTH_WAYS as OF_AFTERSALES
from .test_coupons import BOTH_WAYS as OF_COUPONS
from .test_money import BOTH_WAYS as OF_MONEY
from .test_numbers import BOTH_WAYS as OF_NUMBERS
from .test_orders import BOTH_WAYS as OF_ORDERS


def brand(link, **info):
    known = {
        "brand_audit_type": 1,
        "trademark_type": "29",
        "brand_management_type": 1,
        "commodity_origin_type": 2,
        "brand_wording": "茶里",
        "trademark_registrant_nu": "1",
        "trademark_registrant": "某公司",
        "trademark_authorization_period": "2030-01-01 00:00:00",
        "trademark_registration_certificate": [link],
    }
    merged = {key: value for key, value in {**known, **info}.items() if value is not None}
    return {"audit_req": {"license": [link], "brand_info": merged}}


# --- talking to it (sections 0, 11, 12)


@pytest.mark.parametrize(
    ("raw", "errcode"),
    [
        (b"", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        (b"a=b", 47001),
        ('{"a":"\ud800"}'.encode("utf-8", "surrogatepass"), 47001),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(shop, raw, errcode):
    assert shop("account/get_info", raw=raw)["errcode"] == errcode


def test_refusals_end_with_a_rid(shop):
    import re

    assert re.search(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", shop("audit/result", {"audit_id": "x"})["errmsg"])


@pytest.mark.parametrize(("given", "errcode"), [("", 41001), ("nonsense", 40001)])
def test_a_token_is_needed(account, given, errcode):
    assert post("/shop/account/get_info", {}, {"access_token": given})["errcode"] == errcode


def test_an_expired_token_is_said_to_be_expired(shop):
    from django.utils import timezone

    Token.objects.update(expires_at=timezone.now())
    assert shop("account/get_info")["errcode"] == 42001


def test_an_unknown_path_and_a_wrong_method(shop):
    assert shop("no/such")["errcode"] == 40066
    assert shop("account/get_info", method="GET")["errcode"] == 43002


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "x"}, 40013),
        ({"secret": "x"}, 40125),
        ({"grant_type": "x"}, 40002),
    ],
)
def test_wrong_credentials(account, change, errcode):
    right = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    assert post("/cgi-bin/stable_token", {**right, **change})["errcode"] == errcode


def test_a_stable_token_stays_the_same_until_its_last_five_minutes(account, token):
    from datetime import timedelta

    from django.utils import timezone

    right = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    assert post("/cgi-bin/stable_token", right)["access_token"] == token
    Token.objects.update(expires_at=timezone.now() + timedelta(seconds=299))
    fresh = post("/cgi-bin/stable_token", right)
    assert (fresh["access_token"] != token, fresh["expires_in"]) == (True, 7200)
    assert post("/shop/account/get_info", {}, {"access_token": token})["errcode"] == 0


def test_a_forced_refresh_kills_the_old_token_but_not_within_thirty_seconds(account, token):
    right = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret, "force_refresh": True}
    first = post("/cgi-bin/stable_token", right)["access_token"]
    assert first != token
    assert post("/shop/account/get_info", {}, {"access_token": token})["errcode"] == 40001
    assert post("/cgi-bin/stable_token", right)["access_token"] == first


def test_the_address_must_be_on_the_whitelist(shop, account):
    Account.objects.update(ip_allowed=False)
    assert shop("account/get_info")["errcode"] == 40164


def test_too_many_calls_at_once_are_refused(shop, account):
    Account.objects.update(rate=3)
    assert [shop("account/get_info")["errcode"] for _time in range(4)] == [0, 0, 0, 300000]


def test_it_does_not_start_without_debug(settings):
    from django.apps import apps

    settings.TESTING = False
    with pytest.raises(ImproperlyConfigured, match="only with DEBUG"):
        apps.get_app_config("sandbox").ready()


# --- access (BEHAVIOUR 1)


def test_access_from_closed_to_open(shop, account):
    Account.objects.update(access="closed")
    assert shop("register/check")["errcode"] == 1040003
    assert shop("cat/get")["errcode"] == 48001
    assert shop("register/apply")["errcode"] == 0
    assert shop("register/check")["errcode"] == 1040003
    registers.sign(Account.only())
    assert shop("register/check")["data"]["status"] == 2
    assert Push.objects.get().event == "open_product_account_register"


def test_an_agreement_is_signed_within_24_hours_of_its_own_clock(shop, account):
    Account.objects.update(access="closed")
    shop("register/apply")
    Account.objects.update(clock=25 * 3600)
    with pytest.raises(platform.Refusal):
        registers.sign(Account.only())


def test_tasks_are_declared_only_when_seen_and_in_order(shop, account):
    assert shop("register/finish_access_info", {"access_info_item": 6})["errcode"] == 1040004
    Account.objects.update(observed={"spu_audit": 1, "pay_order": 1, "send_delivery": 1, "add_aftersale": 1})
    assert shop("register/finish_access_info", {"access_info_item": 10})["errcode"] == 1040004
    for item in (9, 6, 6, 8, 7, 10, 11):
        assert shop("register/finish_access_info", {"access_info_item": item})["errcode"] == 0
    assert shop("register/check")["data"]["access_info"]["open_product_task_finished"] == 1
    assert shop("register/apply_scene", {"scene_group_id": 1})["errcode"] == 0
    registers.judge_scene(Account.only(), "1", passed=False, reason="没有客服")
    group = shop("register/check")["data"]["scene_group_list"][0]
    assert (group["status"], group["reason"], group["scene_group_ext_list"][0]["status"]) == (1, "没有客服", 2)


# --- every inferred rule, both ways


def _switch(name, on):
    Account.objects.update(switches={name: on})


def _imported(shop, link):
    return shop("audit/audit_brand", brand(link, commodity_origin_type=1))["errcode"]


def _audit_type(shop, link):
    audit_id = shop("audit/audit_brand", brand(link))["audit_id"]
    audits.decide(Audit.objects.get(audit_id=audit_id), approved=True)
    return Push.objects.get().fields["QualificationAuditResult"]["audit_type"]


def _old_item(shop, link):
    return shop("register/finish_access_info", {"access_info_item": 3})["errcode"]


def _out_of_order(shop, link):
    return shop("register/finish_access_info", {"access_info_item": 11})["errcode"]


def _task_finished(shop, link):
    Account.objects.update(declared=[6, 7, 8, 9, 10, 11])
    return shop("register/check")["data"]["access_info"]["open_product_task_finished"]


def _agreement(shop, link):
    Account.objects.update(access="closed")
    shop("register/apply")
    return Account.only().access


def _category(shop, link, **req):
    info = {"level1": 7419, "level2": 7439, "level3": 7448, "certificate": [link]}
    return shop("audit/audit_category", {"audit_req": {"license": [link], "category_info": info, **req}})["errcode"]


def _foreign(shop, link):
    return shop("audit/audit_brand", brand("https://example.com/a.jpg"))["errcode"]


def product(link, **fields):
    sku = {"out_sku_id": "1", "thumb_img": link, "sale_price": 1999, "market_price": 2999, "stock_num": 5}
    known = {
        "out_product_id": "p1",
        "title": "法式碎花连衣裙",
        "path": "pages/p?id=1",
        "head_img": [link],
        "third_cat_id": 6040,
        "brand_id": 2100000000,
        "skus": [sku],
    }
    return {key: value for key, value in {**known, **fields}.items() if value is not None}


def _decided(shop, link, approved=True, **fields):
    assert shop("spu/add", product(link, **fields))["errcode"] == 0
    spus.decide(Product.objects.get(), approved=approved)


def _status():
    found = Product.objects.get()
    return found.edit_status, found.status


def _both_ids(shop, link):
    _decided(shop, link)
    other = Product.objects.get()
    shop("spu/add", product(link, out_product_id="p2"))
    return shop("spu/get", {"product_id": other.product_id, "out_product_id": "p2"})["spu"]["out_product_id"]


def _approval(shop, link):
    _decided(shop, link)
    return _status()[1]


def _approved_after_delisting(shop, link):
    _decided(shop, link)
    shop("spu/delisting", {"out_product_id": "p1"})
    shop("spu/update", product(link, title="另一个标题"))
    spus.decide(Product.objects.get(), approved=True)
    return _status()[1]


def _handed_over(shop, link):
    shop("spu/add", product(link))
    return _status()[0]


def _price_update(shop, link):
    _decided(shop, link)
    dearer = [{**product(link)["skus"][0], "sale_price": 2099}]
    shop("spu/update", product(link, skus=dearer))
    return _status()[0]


def _list_a_violation(shop, link):
    _decided(shop, link)
    spus.set_status(Product.objects.get(), 13, "违规")
    return shop("spu/listing", {"out_product_id": "p1"})["errcode"]


def _delete_a_violation(shop, link):
    _decided(shop, link)
    spus.set_status(Product.objects.get(), 13, "违规")
    return shop("spu/del", {"out_product_id": "p1"})["errcode"]


def _short_title(shop, link):
    return shop("spu/add", product(link, title="裙"))["errcode"]


def _status_update(shop, link):
    _decided(shop, link)
    spus.set_status(Product.objects.get(), 13, "违规")
    return "OpenProductSpuStatusUpdate" in Push.objects.order_by("-id").first().fields


BOTH_WAYS = {
    "platform_id_wins": (_both_ids, "p1", "p2"),
    "approval_lists": (_approval, 5, 0),
    "delisted_stays_delisted": (_approved_after_delisting, 11, 5),
    "handed_over_at_once": (_handed_over, 2, 1),
    "price_changes_pass": (_price_update, 4, 2),
    "listing_needs_delisted": (_list_a_violation, 9401023, 0),
    "violations_stay": (_delete_a_violation, 1000011, 0),
    "product_limits": (_short_title, 1000045, 0),
    "status_update_own_body": (_status_update, True, False),
    "imported_needs_customs_form": (_imported, 990007, 0),
    "brand_audit_type_is_1": (_audit_type, 1, 0),
    "old_items_are_invalid": (_old_item, 40097, 0),
    "finish_in_order": (_out_of_order, 1040004, 0),
    "all_six_finish_the_task": (_task_finished, 1, 0),
    "agreement_before_access": (_agreement, "pending_agreement", "open"),
    "scene_group_wanted": (_category, 1040035, 0),
    "images_must_be_ours": (_foreign, 1070010, 0),
    **OF_NUMBERS,
    **OF_ACCESS,
    **OF_ORDERS,
    **OF_AFTERSALES,
    **OF_MONEY,
    **OF_COUPONS,
}


def test_every_switch_is_tested_both_ways():
    assert set(BOTH_WAYS) == set(SWITCHES)


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("name", BOTH_WAYS)
def test_an_inferred_rule_holds_or_not(shop, link, name, on):
    ask, held, released = BOTH_WAYS[name]
    _switch(name, on)
    assert ask(shop, link) == (held if on else released)


# --- products (BEHAVIOUR 3)


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"out_product_id": None}, 1000001),
        ({"title": None}, 1000014),
        ({"path": ""}, 1000014),
        ({"head_img": []}, 1000014),
        ({"third_cat_id": 6034}, 1000007),
        ({"third_cat_id": 1}, 1000009),
        ({"third_cat_id": 7448}, 1000005),
        ({"third_cat_id": 6493}, 1000008),
        ({"brand_id": 7}, 1000006),
        ({"skus": []}, 1000020),
        ({"skus": None}, 1000020),
        ({"head_img": ["https://example.com/a.jpg"]}, 1070010),
        ({"head_img": "not a list"}, 40097),
        ({"desc_info": {"desc": "x", "imgs": ["https://example.com/a.jpg"]}}, 1070010),
        ({"title": "裙" * 61}, 1000045),
    ],
)
def test_a_products_fields_are_checked(shop, link, fields, errcode):
    assert shop("spu/add", product(link, **fields))["errcode"] == errcode


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"out_sku_id": ""}, 1000014),
        ({"thumb_img": ""}, 1000014),
        ({"stock_num": 0}, 1000015),
        ({"sale_price": 19.99}, 40097),
        ({"sale_price": "1999"}, 40097),
        ({"sale_price": True}, 40097),
        ({"stock_num": 2**31}, 40097),
        ({"out_product_id": "other"}, 40097),
        ({"out_sku_id": 7}, 40097),
        ({"sku_attrs": [{"attr_key": "颜色"}]}, 990007),
        ({"thumb_img": "https://example.com/a.jpg"}, 1070010),
    ],
)
def test_a_skus_fields_are_checked(shop, link, change, errcode):
    sku = {**product(link)["skus"][0], **change}
    assert shop("spu/add", product(link, skus=[sku]))["errcode"] == errcode


def test_several_skus_need_attributes_and_ids_of_their_own(shop, link):
    one = product(link)["skus"][0]
    assert shop("spu/add", product(link, skus=[one, one]))["errcode"] in (1000014, 40097)
    red, blue = (
        {**one, "out_sku_id": str(nth), "sku_attrs": [{"attr_key": "颜色", "attr_value": name}]}
        for nth, name in enumerate(("红", "蓝"))
    )
    assert shop("spu/add", product(link, skus=[red, blue]))["errcode"] == 0


def test_products_need_official_customer_service(shop, link, account):
    Account.objects.update(info={"service_agent_type": [1]})
    assert shop("spu/add", product(link))["errcode"] == 1040042


def test_a_product_is_submitted_so_often_in_an_hour(shop, link):
    Account.objects.update(product_submissions=2)
    codes = []
    for nth in range(3):
        codes.append(shop("spu/update" if nth else "spu/add", product(link, title=f"法式连衣裙{nth}"))["errcode"])
        spus.decide(Product.objects.get(), approved=False) if codes[-1] == 0 else None
    assert codes == [0, 0, 1000019]


def test_a_failed_hand_over_keeps_the_draft(shop, link):
    Account.objects.update(push_to_review_fails=True)
    assert shop("spu/add", product(link))["errcode"] == 1000017
    assert _status() == (1, 0)
    Account.objects.update(push_to_review_fails=False)
    assert shop("spu/update", product(link))["errcode"] == 0
    assert _status() == (2, 0)


def test_a_product_has_two_copies(shop, link):
    shop("spu/add", product(link))
    read = [shop("spu/get", {"out_product_id": "p1", "need_edit_spu": draft})["spu"] for draft in (0, 1)]
    assert [(copy["title"], copy["skus"] == [], copy["edit_status"]) for copy in read] == [
        ("", True, 2),
        ("法式碎花连衣裙", False, 2),
    ]
    spus.decide(Product.objects.get(), approved=True)
    shop("spu/update", product(link, title="新标题新标题"))
    read = [shop("spu/get", {"out_product_id": "p1", "need_edit_spu": draft})["spu"] for draft in (0, 1)]
    # BEHAVIOUR 14.10: on sale and read online, its edit_status is 0
    assert [(copy["title"], copy["edit_status"], copy["status"]) for copy in read] == [
        ("法式碎花连衣裙", 0, 5),
        ("新标题新标题", 2, 5),
    ]


def test_an_update_without_review_writes_both_copies_and_only_what_is_free(shop, link):
    _decided(shop, link)
    changed = {"out_sku_id": "1", "sale_price": 1, "stock_num": 0, "thumb_img": "https://example.com/x.jpg"}
    assert shop("spu/update_without_audit", {"out_product_id": "p1", "skus": [changed]})["errcode"] == 0
    found = Product.objects.get()
    for copy in (found.draft, found.online):
        assert (copy["skus"][0]["sale_price"], copy["skus"][0]["stock_num"], copy["skus"][0]["thumb_img"]) == (
            1,
            0,
            link,
        )
    unknown = {"out_product_id": "p1", "skus": [{"out_sku_id": "new", "stock_num": 1}]}
    assert shop("spu/update_without_audit", unknown)["errcode"] == 1000004


def test_the_list_of_products_has_pages_and_ranges(shop, link):
    for nth in range(3):
        shop("spu/add", product(link, out_product_id=f"p{nth}"))
    for found in Product.objects.all():
        spus.decide(found, approved=True)
    shop("spu/add", product(link, out_product_id="never approved"))
    ask = {"status": 5, "page": 1, "page_size": 2}
    first = shop("spu/get_list", ask)
    assert (len(first["spus"]), first["total_num"]) == (2, 3)
    assert len(shop("spu/get_list", {**ask, "page": 2})["spus"]) == 1
    assert shop("spu/get_list", {**ask, "page_size": 101})["errcode"] == 990005
    assert shop("spu/get_list", {**ask, "status": 4})["errcode"] == 40097
    assert shop("spu/get_list", {**ask, "page": 0})["errcode"] in (40097, 990007)
    late, early = "2099-01-01 00:00:00", "2020-01-01 00:00:00"
    assert shop("spu/get_list", {**ask, "start_create_time": late, "end_create_time": early})["errcode"] == 990009
    assert shop("spu/get_list", {**ask, "start_create_time": early})["errcode"] == 40097
    assert shop("spu/get_list", {**ask, "start_create_time": late, "end_create_time": late})["total_num"] == 0
    by_update = {"start_update_time": early, "end_update_time": late}
    assert shop("spu/get_list", {**ask, **by_update})["total_num"] == 3


# --- reviews and pictures (sections 2 and 3.5)


@pytest.mark.parametrize(
    ("info", "errcode"),
    [
        ({}, 0),
        ({"trademark_registrant_nu": None}, 990007),
        ({"trademark_registration_certificate": None}, 990007),
        ({"brand_management_type": 2}, 990007),
        ({"brand_audit_type": 2}, 990007),
        ({"brand_audit_type": 9}, 40097),
        ({"trademark_type": 29}, 40097),
        ({"trademark_type": "46"}, 40097),
        ({"trademark_authorization_period": "2030-01-01"}, 40097),
        ({"trademark_registration_certificate": "not a list"}, 40097),
        ({"trademark_registration_certificate": ["https://example.com/a.jpg"]}, 1070010),
        ({"trademark_registration_certificate": ["https://mmecimage.cn/p/never-given"]}, 1070010),
    ],
)
def test_a_brands_papers_are_checked(shop, link, info, errcode):
    assert shop("audit/audit_brand", brand(link, **info))["errcode"] == errcode


@pytest.mark.parametrize(
    ("levels", "errcode"),
    [
        ((7419, 7439, 7448), 0),
        ((7419, 7439, 7439), 1000007),
        ((1, 2, 3), 1000009),
        ((7419, 7440, 7448), 1000009),
        ((6033, 6034, 6040), 1050011),
    ],
)
def test_a_categorys_levels_are_checked(shop, link, levels, errcode):
    info = dict(zip(("level1", "level2", "level3"), levels, strict=True)) | {"certificate": [link]}
    request = {"audit_req": {"license": [link], "category_info": info}}
    assert shop("audit/audit_category", request)["errcode"] == errcode


def test_an_approved_category_is_not_applied_for_again(shop, link):
    assert _category(shop, link) == 0
    audits.decide(Audit.objects.get(), approved=True)
    assert _category(shop, link) == 1050003
    assert [row["third_cat_id"] for row in shop("account/get_category_list")["data"]] == [7448]


def test_a_decision_falls_once(shop, link):
    shop("audit/audit_brand", brand(link))
    audits.decide(Audit.objects.get(), approved=False, reason="模糊")
    with pytest.raises(platform.Refusal):
        audits.decide(Audit.objects.get(), approved=True)
    assert Push.objects.count() == 1


def test_the_papers_of_a_brand_are_filed_on_the_page_and_can_be_used(shop, press):
    press("file_brand", brand_wording="茶里")
    press("file_brand", brand_wording="茶外")
    answer = shop("audit/get_miniapp_certificate", {"req_type": 2})
    brand = answer["brand_info"]
    assert brand["brand_wording"] == "茶外"
    for name in ("sale_authorization", "trademark_registration_certificate"):
        (link,) = brand[name]
        assert Picture.objects.filter(link=link).count() == 1


def test_certificates_filed_long_ago(shop):
    assert shop("audit/get_miniapp_certificate", {"req_type": 1})["category_info_list"]
    assert shop("audit/get_miniapp_certificate", {"req_type": 2})["errcode"] == 1050006
    assert shop("audit/get_miniapp_certificate", {"req_type": 3})["errcode"] == 40097


def test_the_tree_has_every_kind_of_need(shop):
    rows = shop("cat/get")["third_cat_list"]
    assert {(row["qualification_type"], row["product_qualification_type"]) for row in rows} >= {
        (0, 0),
        (1, 1),
        (1, 0),
        (0, 1),
    }
    assert len(rows) == Category.objects.count() > 35


def upload(token, content, **fields):
    from requests import Request

    files = {"media": ("a.png", content, "image/png")} if content is not None else {}
    given = {"resp_type": 1, "upload_type": 0, **fields}
    request = Request("POST", "https://x/", data=given, files=files or {"other": b""}).prepare()
    answer = platform.call(
        "POST", "/shop/img/upload", {"access_token": token}, request.body, request.headers["Content-Type"]
    )
    return json.loads(answer.body)


@pytest.mark.parametrize(
    ("content", "fields", "errcode"),
    [
        (picture(), {}, 0),
        (picture("JPEG"), {"resp_type": 0}, 0),
        (None, {}, 1070001),
        (b"text", {}, 1070001),
        (picture() + b"0" * 2 * 1024 * 1024, {}, 40097),
        (picture(), {"resp_type": 5}, 40097),
        (None, {"upload_type": 1, "img_url": "https://example.com/a.png"}, 0),
        (None, {"upload_type": 1}, 1070001),
        (None, {"upload_type": 1, "img_url": "a.png"}, 1070010),
        (None, {"upload_type": 1, "img_url": "ftp://example.com/a.png"}, 1070010),
        (None, {"upload_type": 1, "img_url": "http://["}, 1070010),
        (None, {"upload_type": 1, "img_url": "https://example.com/a b.png"}, 1070010),
        (None, {"upload_type": 1, "img_url": "https://example.com/a.png", "resp_type": 5}, 40097),
        (picture(), {"resp_type": ""}, 990007),
    ],
)
def test_pictures_are_checked(token, content, fields, errcode):
    assert upload(token, content, **fields)["errcode"] == errcode


@pytest.mark.parametrize(("kind", "name"), [(0, "media_id"), (1, "link"), (2, "pay_media_id")])
def test_a_picture_uploaded_by_its_address_is_one_of_the_platforms(token, kind, name):
    answer = upload(token, None, upload_type=1, img_url="https://example.com/a.png", resp_type=kind)
    (info,) = answer["img_info"].values()
    assert Picture.objects.filter(**{name: info}).count() == 1


def test_a_fault_lets_the_download_of_a_picture_fail(token):
    Fault.objects.create(kind="error", target="/shop/img/upload", errcode=1070010)
    by_address = {"upload_type": 1, "img_url": "https://example.com/a.png"}
    assert [upload(token, None, **by_address)["errcode"] for _time in range(2)] == [1070010, 0]


@pytest.mark.parametrize(
    ("info", "errcode"),
    [
        ({"service_agent_type": [0]}, 0),
        ({"service_agent_type": [1]}, 990007),
        ({"service_agent_type": [2]}, 990007),
        ({"service_agent_type": 0}, 40097),
        ({"service_agent_type": [3]}, 40097),
        ({"default_receiving_address": {"receiver_name": "a"}}, 990007),
    ],
)
def test_the_service_settings_are_checked(shop, info, errcode):
    assert shop("account/update_info", info)["errcode"] == errcode


# --- faults and pushes (BEHAVIOUR 10)


@pytest.mark.parametrize(("kind", "acted"), [("timeout_before", 0), ("timeout_after", 1), ("reset_after", 1)])
def test_silence_before_or_after_acting(shop, link, kind, acted):
    Fault.objects.create(kind=kind, target="/shop/audit/audit_brand")
    with pytest.raises(platform.Silence):
        shop("audit/audit_brand", brand(link))
    assert Audit.objects.count() == acted
    assert shop("audit/audit_brand", brand(link))["errcode"] == 0


@pytest.mark.parametrize(("kind", "acted"), [("error", 0), ("error_after", 1)])
def test_any_errcode_before_or_after_acting(shop, link, kind, acted):
    Fault.objects.create(kind=kind, errcode=45011, target="/shop/audit/audit_brand")
    assert shop("audit/audit_brand", brand(link))["errcode"] == 45011
    assert Audit.objects.count() == acted


def test_a_fault_lasts_as_often_as_it_says(shop):
    Fault.objects.create(kind="error", errcode=-1, left=2)
    assert [shop("account/get_info")["errcode"] for _time in range(3)] == [-1, -1, 0]


def _deliver(answer=(200, "success")):
    sent = []

    def send(url, body, content_type):
        sent.append((url, body, content_type))
        return answer

    pushes.deliver_due(send)
    return sent


@pytest.mark.parametrize("answer", [(200, "SUCCESS"), (200, "ok"), (500, "success"), (404, "")])
def test_any_other_answer_is_a_failure_and_after_three_retries_the_event_is_lost(account, answer):
    from django.utils import timezone

    pushes.push("e", {})
    for _try in range(6):
        _deliver(answer)
        Push.objects.update(due_at=timezone.now())
    push = Push.objects.get()
    assert (push.state, push.attempts) == (Push.LOST, 4)


@pytest.mark.parametrize("answer", [(200, "success"), (200, "")])
def test_success_or_nothing_is_accepted(account, answer):
    pushes.push("e", {})
    _deliver(answer)
    assert Push.objects.get().state == Push.DELIVERED


def test_lost_doubled_late_and_swapped_pushes(account):
    for kind in ("push_lost", "push_twice", "push_late"):
        Fault.objects.create(kind=kind, target=kind, seconds=60)
        pushes.push(kind, {})
    assert Push.objects.count() == 4
    assert len(_deliver()) == 2
    assert list(Push.objects.filter(state=Push.LOST).values_list("event", flat=True)) == ["push_lost"]
    Fault.objects.create(kind="push_swapped", target="first", seconds=600)
    pushes.push("first", {})
    assert _deliver() == []
    pushes.push("second", {})
    time.sleep(0.002)
    order = [push.event for push in Push.objects.filter(event__in=["first", "second"]).order_by("due_at")]
    assert order == ["second", "first"]
    assert len(_deliver()) == 2


def test_a_retry_is_signed_anew_over_the_same_message(account):
    from django.utils import timezone

    pushes.push("e", {"a": {"b": "汉字 ]]> <x>"}})
    first = _deliver((500, ""))
    Push.objects.update(due_at=timezone.now())
    second = _deliver()
    assert first[0][0] != second[0][0]
    assert first[0][1] != second[0][1]
