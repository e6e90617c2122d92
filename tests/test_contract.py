"""The platform's document (docs/platform) and its own samples against our client, the sandbox and our handlers.

The samples are read from `../shared/wechat/samples`, where that folder is beside the checkout.
"""

import ast
import builtins
import json
import keyword
import re
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode

import pytest
import responses
from django.conf import settings

from sandbox.models import Entry
from sandbox.platform import ENDPOINTS
from tests.conftest import SAMPLES
from tests.contract import unknown
from wechat import callbacks, client, crypto, messages
from wechat.errors import Refused
from wechat.models import Callback
from wechat.shop import (
    account,
    aftersale,
    audit,
    cat,
    complaint,
    coupon,
    delivery,
    ec,
    ecaftersale,
    funds,
    img,
    order,
    pay,
    promoter,
    register,
    sharer,
    spu,
    token,
    wxpay,
)

SECTIONS = (
    "token",
    "register",
    "img",
    "cat",
    "audit",
    "account",
    "spu",
    "scene",
    "order",
    "delivery",
    "aftersale",
    "ecaftersale",
    "complaint",
    "promoter",
    "sharer",
    "wxpay",
    "funds",
    "pay",
    "coupon",
)
REQUESTS = [path for section in SECTIONS for path in sorted(SAMPLES.glob(f"api/{section}/*.request.json"))]
ANSWERS = [path for section in SECTIONS for path in sorted(SAMPLES.glob(f"api/{section}/*.response.json"))]
EVENTS = sorted(SAMPLES.glob("events/*"))
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples of ../shared are not beside this checkout")

# What the sandbox is to answer where a sample is not right as it stands.
EXPECTED = {
    "audit_audit_brand": 1070010,  # its pictures lie on a foreign host
    "audit_audit_category": 1070010,
    "spu_add": 1000009,  # its category is none of the sandbox's
    "spu_del": 1000011,  # these name a product that nobody has added
    "spu_del_audit": 1000011,
    "spu_delisting": 1000011,
    "spu_update": 1000011,
    "aftersale_update": 1010011,
    "aftersale_update_deadline": 1010011,
    **dict.fromkeys(
        (
            "ecaftersale_acceptrefund",
            "ecaftersale_acceptreturn",
            "ecaftersale_cancel",
            "ecaftersale_get",
            "ecaftersale_merchanttest",
            "ecaftersale_update",
            "ecaftersale_upload_certificates",
            "ecaftersale_uploadreturninfo",
        ),
        2747007,  # these name an after-sale that nobody has raised
    ),
    **dict.fromkeys(
        (
            "coupon_add",
            "coupon_add_user_coupon",
            "coupon_get_list",
            "coupon_get_usercoupon_list",
            "coupon_update",
            "coupon_update_user_coupon",
        ),
        48001,  # before coupon/confirm
    ),
    **dict.fromkeys(
        ("funds_getorderflow", "funds_getwithdrawdetail", "funds_scanorderflow", "funds_scanwithdraw"),
        9710001,  # the account has seen no money yet
    ),
    "funds_submitwithdraw": 40097,
    "funds_qrcode_check": 60208,
    "funds_setbankaccount": 60208,  # before the administrator's scan
    "pay_createorder": 40097,  # these name a merchant number that is not ours
    "pay_profitsharingorder": 40097,
    "pay_refundorder": 40097,
    "pay_getorder": 1010011,
    "order_add": 1010040,  # its lines' paid sums are 100 fen more than its price
    "order_close": 1010011,  # these name an order that nobody has placed
    "order_getpaymentparams": 1010011,
    "delivery_recieve": 1010011,
    "sharer_search_sharer": 990001,  # nobody has invited this person
    "register_finish_access_info": 1040004,  # no product of ours has been approved yet
}
# Our function for each answer, and what of the sample it is to give.
READERS = {
    "account_get_category_list": (account.get_category_list, lambda answer: answer["data"]),
    "account_get_info": (account.get_info, lambda answer: answer["data"]),
    "aftersale_get": (lambda: aftersale.get("o", "u"), lambda answer: answer["aftersale_infos"]),
    "complaint_get": (lambda: complaint.get(123), lambda answer: answer),
    "complaint_get_list": (lambda: complaint.get_list(0, 1, 0), lambda answer: (answer["orders"], answer["total"])),
    "ecaftersale_get": (lambda: ecaftersale.get(aftersale_id=1), lambda answer: answer["after_sales_order"]),
    "ecaftersale_get_list": (
        lambda: ecaftersale.get_list(0, 1, 0),
        lambda answer: (answer["after_sales_orders"], answer["has_more"]),
    ),
    "audit_audit_brand": (lambda: audit.audit_brand({}), lambda answer: answer["audit_id"]),
    "audit_audit_category": (lambda: audit.audit_category({}), lambda answer: answer["audit_id"]),
    "audit_result": (lambda: audit.result("x"), lambda answer: answer["data"]),
    "cat_get": (cat.get, lambda answer: answer["third_cat_list"]),
    "coupon_get": (lambda: coupon.get("c"), lambda answer: answer["result"]["coupon"]),
    "coupon_get_list": (lambda: coupon.get_list(0), lambda answer: (answer["result_list"], answer["total_num"])),
    "coupon_get_usercoupon_list": (
        lambda: coupon.get_usercoupon_list("u", 0),
        lambda answer: (answer["result_list"], answer["total_num"]),
    ),
    "funds_getbalance": (funds.getbalance, lambda answer: tuple(answer["balance_info"].values())),
    "funds_getbankaccount": (funds.getbankaccount, lambda answer: answer["account_info"]),
    "funds_getbanklist": (funds.getbanklist, lambda answer: answer["data"]),
    "funds_getprovince": (funds.getprovince, lambda answer: answer["data"]),
    "funds_qrcode_check": (
        lambda: funds.qrcode_check("t"),
        lambda answer: {name: value for name, value in answer.items() if name not in ("errcode", "errmsg")},
    ),
    "funds_qrcode_get": (lambda: funds.qrcode_get("t"), lambda answer: answer["qrcode_buf"]),
    "funds_scanorderflow": (
        lambda: funds.scanorderflow("20211120", 1),
        lambda answer: (answer["funds_flow_ids"], answer["total_num"]),
    ),
    "funds_submitwithdraw": (
        lambda: funds.submitwithdraw(1),
        lambda answer: (answer["out_request_no"], answer["qrcode_ticket"]),
    ),
    "pay_createorder": (lambda: pay.createorder({}), lambda answer: answer["payment_params"]),
    "pay_getorderlist": (
        lambda: pay.getorderlist(1, 2),
        lambda answer: (answer["trade_no_list"], answer["has_more"], answer["last_index"]),
    ),
    "wxpay_get_info": (wxpay.get_info, lambda answer: answer["pay_req"]),
    "img_upload": (lambda: img.upload("a.png", b"x", "image/png"), lambda answer: answer["img_info"]),
    "delivery_get_company_list": (delivery.get_company_list, lambda answer: answer["company_list"]),
    "order_add": (lambda: order.add({}), lambda answer: answer["data"]),
    "order_get_list": (lambda: order.get_list("", "", 1), lambda answer: answer["orders"]),
    "order_get_list_by_finder": (lambda: order.get_list_by_finder("p", "", "", 1), lambda answer: answer["orders"]),
    "register_check": (register.check, lambda answer: answer["data"]),
    "promoter_list": (lambda: promoter.list_(1), lambda answer: (answer["promoters"], answer["total_num"])),
    "sharer_bind": (lambda: sharer.bind(["o"]), lambda answer: answer["result_list"]),
    "sharer_get_sharer_data_summary": (lambda: sharer.get_sharer_data_summary("o"), lambda answer: answer),
    "sharer_get_sharer_list": (
        lambda: sharer.get_sharer_list(1),
        lambda answer: (answer["sharers"], answer["total_num"]),
    ),
    "sharer_search_sharer": (lambda: sharer.search_sharer("o"), lambda answer: answer),
    "spu_get": (lambda: spu.get("x"), lambda answer: answer["spu"]),
    "spu_get_list": (lambda: spu.get_list(5, 1), lambda answer: (answer["spus"], answer["total_num"])),
    "spu_update": (lambda: spu.update({}), lambda answer: answer["data"]),
    "spu_update_without_audit": (lambda: spu.update_without_audit({}), lambda answer: answer["data"]),
    "token": (token.token, lambda answer: answer),
}
PATHS = {
    "token": "/cgi-bin/token",
    **{f"funds_qrcode_{name}": f"/shop/funds/qrcode/{name}" for name in ("gen", "get", "check")},
}


def stem(path) -> str:
    return path.name.split(".")[0]


def endpoint_of(path) -> str:
    name = stem(path)
    section, rest = path.parent.name, name.removeprefix(f"{path.parent.name}_")
    return PATHS.get(name, f"/shop/{section}/{rest}")


@needs_samples
def test_there_are_samples_to_test():
    assert len(REQUESTS) >= 4
    assert {stem(path) for path in ANSWERS} == set(READERS)


@pytest.mark.parametrize("path", REQUESTS, ids=stem)
def test_a_request_sample_is_accepted_by_the_sandbox_or_refused_as_expected(platform, path):
    try:
        client.post(endpoint_of(path), json.loads(path.read_text()))
        errcode = 0
    except Refused as refusal:
        errcode = refusal.errcode
    assert errcode == EXPECTED.get(stem(path), 0)


@pytest.mark.parametrize("name", ["audit_brand", "audit_category"])
@needs_samples
def test_a_review_sample_is_accepted_once_foreign_pictures_are_allowed(platform, name):
    platform.configure(switches={"images_must_be_ours": False})
    sample = json.loads((SAMPLES / f"api/audit/audit_{name}.request.json").read_text())
    if name == "audit_category":
        sample["audit_req"]["category_info"]["certificate"] = ["https://mmecimage.cn/p/a"]
    assert client.post(f"/shop/audit/{name}", sample)["audit_id"]


@needs_samples
def test_the_product_samples_are_accepted_once_their_world_exists(platform):
    """Category, foreign pictures and the product itself: with these in place every request of the section is right."""
    from sandbox.models import Category, Product

    platform.configure(switches={"images_must_be_ours": False, "platform_id_wins": False})
    Category.objects.create(third_cat_id=6666, second_cat_id=1, first_cat_id=1)
    samples = {stem(path): json.loads(path.read_text()) for path in sorted(SAMPLES.glob("api/spu/*.request.json"))}
    add, update = samples["spu_add"], samples["spu_update"]
    answer = client.post("/shop/spu/add", add)
    assert answer["data"]["out_product_id"] == add["out_product_id"]
    platform.reject_product(add["out_product_id"], "不通过")
    client.post("/shop/spu/update", update)
    read = client.post("/shop/spu/get", {"out_product_id": add["out_product_id"], "need_edit_spu": 1})["spu"]
    shown = {name: value for name, value in update.items() if name in read and name != "product_id"}
    assert {name: read[name] for name in shown} == shown
    platform.approve_product(add["out_product_id"])
    now = Product.objects.get()
    listing = {
        **samples["spu_get_list"],
        "start_create_time": "2020-01-01 00:00:00",
        "end_create_time": "2099-01-01 00:00:00",
    }
    assert client.post("/shop/spu/get_list", listing)["total_num"] == 1
    for name in ("spu_delisting", "spu_del"):
        assert client.post(f"/shop/spu/{name[4:]}", {**samples[name], "out_product_id": now.out_product_id})


@needs_samples
def test_the_coupon_samples_are_accepted_once_their_world_exists(platform):
    """The address confirmed, and the coupons they name."""
    from sandbox.models import Coupon

    platform.configure(coupon_url="http://testserver/wechat/callback/")
    samples = {stem(path): json.loads(path.read_text()) for path in sorted(SAMPLES.glob("api/coupon/*.request.json"))}
    add = samples["coupon_add"]["coupon"]
    coupon.add(add)
    coupon.update(samples["coupon_update"]["coupon"])
    read = coupon.get(add["out_coupon_id"])
    assert {name: read[name] for name in add} == add
    now = Coupon.objects.get()
    Coupon.objects.create(
        out_coupon_id="out_coupon_id_3", content=add, created_at=now.created_at, updated_at=now.updated_at
    )
    client.post("/shop/coupon/add_user_coupon", samples["coupon_add_user_coupon"])
    given = samples["coupon_update_user_coupon"]
    named = {**given["user_coupon"], "status": 100}
    coupon.add_user_coupon(given["openid"], named, given["recv_time"])
    client.post("/shop/coupon/update_user_coupon", given)
    listing = {**samples["coupon_get_usercoupon_list"], "offset": 0}
    assert client.post("/shop/coupon/get_usercoupon_list", listing)["total_num"] == 2
    assert client.post("/shop/coupon/get_list", samples["coupon_get_list"])["total_num"] == 2


@needs_samples
def test_the_payment_samples_are_accepted_once_their_world_exists(platform):
    """The merchant number is theirs, the order paid, and the money there."""
    from sandbox import books
    from sandbox.endpoints import pay as payer
    from sandbox.models import Flow, Trade

    samples = {stem(path): json.loads(path.read_text()) for path in sorted(SAMPLES.glob("api/pay/*.request.json"))}
    refund = samples["pay_refundorder"]
    platform.configure(mchid=refund["mchid"])
    assert pay.createorder(samples["pay_createorder"])["package"].startswith("prepay_id=")
    pay.createorder({**refund, "amount": refund["total_amount"]})
    payer.pay(Trade.objects.get(trade_no=refund["trade_no"]))
    Trade.objects.filter(trade_no=refund["trade_no"]).update(transaction_id=refund["transaction_id"])
    pay.refundorder(refund)
    pay.profitsharingorder(samples["pay_profitsharingorder"])
    found = pay.getorder(refund["trade_no"])
    assert [(row["refund_no"], row["amount"]) for row in found["refund_list"]] == [(refund["refund_no"], 50)]
    assert [row["amount"] for row in found["profit_sharing_list"]] == [50]
    books.enter(Flow.TRADE, "x", available=1)
    withdraw = json.loads((SAMPLES / "api/funds/funds_submitwithdraw.request.json").read_text())
    number, ticket = funds.submitwithdraw(**withdraw)
    assert funds.getwithdrawdetail(number)["remark"] == withdraw["remark"]
    assert funds.qrcode_check(ticket)["status"] == 0
    scanned = funds.qrcode_gen()
    platform.scan(scanned)
    platform.confirm(scanned)
    account_info = json.loads((SAMPLES / "api/funds/funds_setbankaccount.request.json").read_text())["account_info"]
    funds.setbankaccount(account_info)
    assert funds.getbankaccount() == account_info


def test_a_product_sample_is_understood_whole(platform):
    """What is read of the sample answer becomes a product of ours, to the fen, the reason from where it stands."""
    if not SAMPLES.exists():
        pytest.skip("the samples of ../shared are not beside this checkout")
    from django.utils import timezone

    from catalog import content
    from catalog.models import EditStatus
    from catalog.snapshots import Snapshot, apply_snapshot

    sample = json.loads((SAMPLES / "api/spu/spu_get.response.json").read_text())["spu"]
    product = content.import_product(sample["out_product_id"], sample)
    apply_snapshot(product, Snapshot(timezone.now(), {**sample, "edit_status": EditStatus.REJECTED, "status": 0}))
    product.refresh_from_db()
    sku = product.skus.get()
    assert (product.title, product.reject_reason) == (sample["title"], "不通过")
    assert (sku.sale_price, sku.market_price, sku.stock_num) == (1300, 1500, 100)
    assert (sku.out_sku_id, sku.barcode, sku.attributes) == ("1024", "13251454", "红蓝主机 / 主机+保护套")
    assert product.path == "pages/productDetail/productDetail?productId=2176180"


@needs_samples
def test_the_order_sample_is_accepted_once_its_sums_are_right_and_read_back_as_sent(platform):
    """Only one line's paid sum is other than the sample has it: the discount of 100 fen is taken off."""
    sample = json.loads((SAMPLES / "api/order/order_add.request.json").read_text())
    sample["order_detail"]["product_infos"][0]["sku_real_price"] -= 100
    del sample["expire_time"]  # long past
    answer = client.post("/shop/order/add", {"scene": 1175, **sample})["data"]
    assert answer["final_price"] == sample["order_detail"]["price_info"]["order_price"]
    read = order.get(sample["out_order_id"], sample["openid"])
    assert read["order_detail"]["price_info"] == sample["order_detail"]["price_info"]
    line = sample["order_detail"]["product_infos"][0]
    assert {name: read["order_detail"]["product_infos"][0][name] for name in line} == line
    ids = {"order_id": answer["order_id"], "out_order_id": sample["out_order_id"]}
    params = json.loads((SAMPLES / "api/order/order_getpaymentparams.request.json").read_text())
    assert client.post("/shop/order/getpaymentparams", params | ids)["payment_params"]["paySign"]
    assert client.post("/shop/order/close", {**params, **ids})


@needs_samples
def test_an_order_sample_is_understood_whole(platform):
    from django.utils import timezone

    from orders.models import Order
    from orders.snapshots import Snapshot, apply_snapshot, import_order

    sample = json.loads((SAMPLES / "api/order/order_get_list_by_finder.response.json").read_text())["orders"][0]
    apply_snapshot(import_order(sample), Snapshot(timezone.now(), sample))
    found = Order.objects.get()
    assert (found.order_id, found.status, found.order_price, found.freight) == (123455, 20, 1600, 500)
    assert (found.transaction_id, found.promoter_id, found.finder_nickname) == (
        "131456479687",
        "PROMOTER_ID",
        "FINDER_NICKNAME",
    )
    assert found.paid_at.isoformat() == "2020-03-25T06:05:25+00:00"
    line = found.lines.get()
    assert (line.product_cnt, line.sale_price, line.sku_real_price) == (10, 200, 2000)  # real_price is of one piece


@needs_samples
def test_samples_of_a_claim_and_a_dispute_are_understood_whole(platform):
    from django.utils import timezone

    from aftersales.models import Aftersale, Dispute
    from aftersales.operations import disputes
    from aftersales.snapshots import Snapshot, apply_snapshot, import_aftersale
    from tests.factories import make_order

    sample = json.loads((SAMPLES / "api/ecaftersale/ecaftersale_get.response.json").read_text())["after_sales_order"]
    order = make_order(place=False, out_order_id=sample["out_order_id"])
    order.lines.update(out_product_id="410", out_sku_id="730")
    apply_snapshot(import_aftersale(sample), Snapshot(timezone.now(), sample))
    claim = Aftersale.objects.get()
    assert (claim.aftersale_id, claim.status, claim.orderamt, claim.refund_reason) == (
        4000000001596225,
        2,
        2,
        "不想要了",
    )
    assert (claim.out_aftersale_id, claim.line.out_sku_id, claim.return_info) == (None, "730", {})
    assert claim.moved_at.isoformat() == "2022-04-25T08:44:55.006000+00:00"
    told = json.loads((SAMPLES / "api/complaint/complaint_get.response.json").read_text())
    dispute = Dispute.objects.create(complaint_order_id=123)
    disputes.apply_snapshot(dispute, disputes.Snapshot(timezone.now(), told["order"], told["flow_info"]["list"]))
    dispute.refresh_from_db()
    assert (dispute.state, dispute.state_label, dispute.judge_result) == (230001, "商家售后处理中", 8)
    assert dispute.flow[0]["at"] == "2022-03-16T11:54:27.908000+00:00"
    assert dispute.expired_at is None


@pytest.mark.parametrize("path", ANSWERS, ids=stem)
def test_an_answer_sample_is_read_by_our_function(path):
    answer = json.loads(path.read_text())
    read, expected = READERS[stem(path)]
    client.mount(None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        url = f"{settings.WECHAT_API_BASE}{endpoint_of(path)}"
        mock.post(f"{settings.WECHAT_API_BASE}/cgi-bin/stable_token", json={"access_token": "T", "expires_in": 7200})
        mock.add("GET" if stem(path) == "token" else "POST", url, body=path.read_bytes())
        assert read() == expected(answer)


@pytest.mark.parametrize("sealed", [True, False], ids=["encrypted", "plain"])
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "xml"])
@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.name)
def test_an_event_sample_is_accepted_in_both_forms_and_modes(client_http, settings, path, as_json, sealed):
    body = path.read_bytes()
    if as_json and path.suffix == ".xml":
        body = json.dumps(messages.parse(body), ensure_ascii=False).encode()
    elif not as_json and path.suffix == ".json":
        pytest.skip("this sample exists as JSON only")
    settings.WECHAT_CALLBACK_MODE = "safe" if sealed else "plaintext"
    stamp, nonce = str(int(time.time())), "n"
    query = {"timestamp": stamp, "nonce": nonce, "signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce)}
    sent = body
    if sealed:
        envelope = crypto.encrypt(body, settings.WECHAT_APPID, settings.WECHAT_AES_KEY)
        query |= {"encrypt_type": "aes", "msg_signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce, envelope)}
        sent = (messages.to_json if as_json else messages.to_xml)({"ToUserName": "gh", "Encrypt": envelope})
    response = client_http.post(f"/wechat/callback/?{urlencode(query)}", sent, content_type="text/xml")
    if path.stem in callbacks.repliers:
        answer = messages.parse(response.content)
        assert ("Encrypt" in answer, answer.get("ret_code")) == (sealed, None if sealed else "1")
    else:
        assert response.content == b"success"
    assert Callback.objects.get().message == messages.Event(messages.parse(path.read_bytes()))


@pytest.fixture
def client_http():
    from django.test import Client

    return Client()


# Those that no sample shows: our function asks the sandbox, which has nothing of what most of them name.
NAMES = ("o1", "oTVP50O53a7jgmawAmxKukNlq3XI")
CALLS = {
    "/cgi-bin/stable_token": (client.stable_token, 0),
    "/cgi-bin/token": (token.token, 0),
    "/shop/account/get_brand_list": (account.get_brand_list, 0),
    "/shop/aftersale/add": (lambda: aftersale.add({"out_order_id": "o1", "openid": NAMES[1]}), 1010011),
    "/shop/audit/get_miniapp_certificate": (lambda: audit.get_miniapp_certificate(2), 1050006),
    "/shop/complaint/upload_material": (lambda: complaint.upload_material(1, "x", []), 2747007),
    "/shop/coupon/confirm": (coupon.confirm, 0),
    "/shop/coupon/update_coupon_stock": (lambda: coupon.update_coupon_stock("c", 1, 0), 48001),
    "/shop/coupon/update_status": (lambda: coupon.update_status("c", 2), 48001),
    "/shop/coupon/update_usercoupon_status": (
        lambda: coupon.update_usercoupon_status(NAMES[1], "u", "c", 102),
        48001,
    ),
    "/shop/delivery/send": (lambda: delivery.send(*NAMES, {"delivery_list": [], "finish_all_delivery": 0}), 1010011),
    "/shop/ec/category/getcategoryrule": (lambda: ec.category_getcategoryrule(6040, 1), 0),
    "/shop/ecaftersale/add": (lambda: ecaftersale.add({"out_order_id": "o1", "openid": NAMES[1]}), 2747006),
    "/shop/ecaftersale/reject": (lambda: ecaftersale.reject(1), 2747007),
    "/shop/funds/getbankbynum": (lambda: funds.getbankbynum("6214830000001234"), 0),
    "/shop/funds/qrcode/check": (lambda: funds.qrcode_check("none"), 60208),
    "/shop/funds/qrcode/gen": (funds.qrcode_gen, 0),
    "/shop/funds/qrcode/get": (lambda: funds.qrcode_get("none"), 60208),
    "/shop/order/get": (lambda: order.get(*NAMES), 1010011),
    "/shop/order/pay": (lambda: order.pay(*NAMES, {"action_type": 2}), 1010011),
    "/shop/pay/closeorder": (
        lambda: pay.closeorder({"openid": NAMES[1], "combine_trade_no": "c", "sub_orders": []}),
        None,
    ),
    "/shop/register/apply": (register.apply, 0),
    "/shop/register/apply_scene": (lambda: register.apply_scene(1), 1040004),
    "/shop/sharer/set_share_mode": (lambda: sharer.set_share_mode(1), 0),
    "/shop/sharer/unbind": (lambda: sharer.unbind([NAMES[1]]), 0),
    "/shop/spu/listing": (lambda: spu.listing("none"), 1000011),
    "/shop/wxpay/apply": (lambda: wxpay.apply({"organization_type": 2}), 40097),
    "/shop/wxpay/get": (wxpay.get, 0),
}
# The endpoints of which there is a sample, so that a gap in CALLS also shows where the samples are not.
SAMPLED = {"/cgi-bin/token"} | {
    f"/shop/{name}"
    for name in [
        "account/get_category_list",
        "account/get_info",
        "account/update_info",
        "aftersale/get",
        "aftersale/update",
        "aftersale/update_deadline",
        "audit/audit_brand",
        "audit/audit_category",
        "audit/result",
        "cat/get",
        "complaint/get",
        "complaint/get_list",
        "coupon/add",
        "coupon/add_user_coupon",
        "coupon/get",
        "coupon/get_list",
        "coupon/get_usercoupon_list",
        "coupon/update",
        "coupon/update_user_coupon",
        "delivery/get_company_list",
        "delivery/recieve",
        "ecaftersale/acceptrefund",
        "ecaftersale/acceptreturn",
        "ecaftersale/cancel",
        "ecaftersale/get",
        "ecaftersale/get_list",
        "ecaftersale/merchanttest",
        "ecaftersale/update",
        "ecaftersale/upload_certificates",
        "ecaftersale/uploadreturninfo",
        "funds/getbalance",
        "funds/getbankaccount",
        "funds/getbanklist",
        "funds/getcity",
        "funds/getorderflow",
        "funds/getprovince",
        "funds/getsubbranch",
        "funds/getwithdrawdetail",
        "funds/qrcode/check",
        "funds/qrcode/gen",
        "funds/qrcode/get",
        "funds/scanorderflow",
        "funds/scanwithdraw",
        "funds/setbankaccount",
        "funds/submitwithdraw",
        "img/upload",
        "order/add",
        "order/close",
        "order/get_list",
        "order/get_list_by_finder",
        "order/get_list_by_sharer",
        "order/getpaymentparams",
        "pay/createorder",
        "pay/getorder",
        "pay/getorderlist",
        "pay/profitsharingorder",
        "pay/refundorder",
        "promoter/list",
        "register/check",
        "register/finish_access_info",
        "scene/check",
        "sharer/bind",
        "sharer/get_sharer_data_summary",
        "sharer/get_sharer_list",
        "sharer/get_sharer_live_order_list",
        "sharer/get_sharer_live_summary_list",
        "sharer/search_sharer",
        "spu/add",
        "spu/del",
        "spu/del_audit",
        "spu/delisting",
        "spu/get",
        "spu/get_list",
        "spu/update",
        "spu/update_without_audit",
        "wxpay/get_info",
    ]
}


@pytest.mark.parametrize("path", CALLS)
def test_what_no_sample_shows_is_asked_of_the_sandbox_and_answered_as_the_document_says(platform, api_json, path):
    ask, errcode = CALLS[path]
    with suppress(Refused):
        ask()
    entry = Entry.objects.filter(endpoint=path).latest("id")
    known = api_json["endpoints"][path]
    assert unknown({**known["request"], **known.get("query", {})}, entry.request) == []
    if errcode is not None:
        assert entry.answer["errcode"] == errcode, entry.answer
    if entry.answer["errcode"] == 0:
        needed = {name for name, field in known["response"].items() if field.get("required")}
        assert needed <= entry.answer.keys()


def test_every_endpoint_has_a_function_a_counterpart_and_a_contract_test(api_json):
    wanted = {path for path, known in api_json["endpoints"].items() if known["sources"] != ["path only"]}
    assert set(ENDPOINTS) == wanted
    assert SAMPLED | set(CALLS) == wanted
    if SAMPLES.exists():
        assert {endpoint_of(path) for path in (*REQUESTS, *ANSWERS)} == SAMPLED
    for path in wanted:
        group = api_json["endpoints"][path]["group"]
        module = import_module(f"wechat.shop.{group}")
        name = path.removeprefix(f"/shop/{group}/").rpartition("cgi-bin/")[2].replace("/", "_")
        # `del` and `list` are words of Python's own.
        own = keyword.iskeyword(name) or hasattr(builtins, name)
        assert callable(getattr(module, f"{name}_" if own else name)), path


def test_every_event_has_a_handler_and_is_pushed_by_the_sandbox(api_json):
    heard = callbacks.handlers.keys() | callbacks.repliers.keys()
    assert set(api_json["events"]) <= heard
    pushed = [pattern for file in Path("sandbox").rglob("*.py") for pattern in _pushed(ast.parse(file.read_text()))]
    silent = {event for event in api_json["events"] if not any(re.fullmatch(pattern, event) for pattern in pushed)}
    assert silent == set()


def _pushed(tree: ast.AST):
    """What is handed to `push` and `ask`, as patterns: the variable parts of a name match anything."""
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        called = getattr(node, "func", None)
        if not isinstance(node, ast.Call) or getattr(called, "id", getattr(called, "attr", "")) not in ("push", "ask"):
            continue
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant):
            yield re.escape(name.value)
        elif isinstance(name, ast.Name) and name.id in constants:
            yield re.escape(constants[name.id])
        elif isinstance(name, ast.JoinedStr):
            yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in name.values)
