"""Coupons through admin, API and command: who may, what is refused, and what a page costs."""

import html
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.coupons.cards import before_the_address_is_confirmed, running_out
from catalog.coupons.models import Coupon, CouponSetup, UserCoupon
from catalog.coupons.operations import add_user_coupon, publish_coupon, refresh_coupon, submit_coupon, update_coupon
from catalog.coupons.tasks import send_stock
from console.models import Edit
from sandbox.models import Coupon as Theirs
from tests.catalog.coupons.conftest import make_coupon
from tests.catalog.coupons.test_receiving import BUYER, OTHER, stock, want
from tests.factories import make_key, make_spu, make_user
from tests.test_commands import run
from wechat.models import Step
from wechat.steps.operations import new_step

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, USERS, SETUP = "/admin/coupons/coupon/", "/admin/coupons/usercoupon/", "/admin/coupons/couponsetup/"
API, GIVEN = "/api/v1/coupons/", "/api/v1/user-coupons/"


@pytest.fixture(autouse=True)
def any_mode(settings):
    settings.WECHAT_CALLBACK_MODE = "compatible"


@pytest.fixture
def product(client):
    client.force_login(make_user("product"))
    return client


@pytest.fixture
def machine(client):
    """A machine with the scope, and what it asks."""
    _key, header = make_key("coupons")

    def ask(method, url, body=None):
        return getattr(client, method)(url, body, content_type="application/json", headers=header)

    return ask


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())).split())


def form(**fields) -> dict:
    """What the browser sends; amounts in yuan."""
    now = timezone.localtime()
    known = {
        "out_coupon_id": "autumn-1",
        "name": "满 50 减 5",
        "type": 102,
        "promote_type": 4,
        "discount_fee": "5.00",
        "product_price": "50",
        "total_num": 30,
        "valid_type": 1,
    }
    for name, days in (("valid_start_time", 0), ("valid_end_time", 7), ("receive_end_time", 1)):
        at = now + timedelta(days=days)
        known |= {f"{name}_0": f"{at:%Y-%m-%d}", f"{name}_1": f"{at:%H:%M:%S}"}
    return known | fields


# --- the handshake


def test_the_set_up_page_guides_and_confirms(product, platform, drain):
    page = words(product.get(SETUP, follow=True))
    for wanted in ("not confirmed yet", "test_coupon", "1090020", "1090032", "A developer", "within 5 seconds"):
        assert wanted in page, wanted
    product.post(f"{SETUP}1/do/confirm_coupons/")
    drain()
    assert CouponSetup.load().is_confirmed
    page = words(product.get(SETUP, follow=True))
    assert "http://testserver/wechat/callback/" in page and "not confirmed yet" not in page


def test_a_refused_confirmation_says_what_it_means(product, platform, drain):
    platform.fault("error", "/shop/coupon/confirm", errcode=1090032)
    product.post(f"{SETUP}1/do/confirm_coupons/")
    drain()
    assert not CouponSetup.load().is_confirmed
    assert "WeChat could not reach our address" in words(product.get(f"{SETUP}1/change/"))


def test_who_only_looks_does_not_confirm(client, platform):
    client.force_login(make_user("finance"))
    assert client.get(f"{SETUP}1/change/").status_code == 200
    assert client.post(f"{SETUP}1/do/confirm_coupons/").status_code == 403


# --- coupons on their pages


def test_a_coupon_is_written_in_yuan_and_sent_as_it_is_saved(product, confirmed, drain, platform):
    product.post(f"{PAGE}add/", form(_operation="submit_coupon"))
    drain()
    coupon = Coupon.objects.get()
    assert (coupon.discount_fee, coupon.product_price, coupon.status) == (500, 5000, 1)
    assert platform.ledger("coupon/add")[0].request["coupon"]["out_coupon_id"] == "autumn-1"
    page = words(product.get(f"{PAGE}{coupon.pk}/change/"))
    assert "Being edited" in page and "Save and: Publish" in page


def test_a_new_coupon_is_offered_nothing_but_sending(product, confirmed):
    buttons = product.get(f"{PAGE}add/").context["save_buttons"]
    assert [button["name"] for button in buttons if button["allowed"]] == ["submit_coupon"]


def test_what_is_missing_stands_at_its_field(product, confirmed, platform):
    product.post(f"{PAGE}add/", form(type=2, _operation="submit_coupon"))
    page = product.get(f"{PAGE}{Coupon.objects.get().pk}/change/")
    assert page.context["adminform"].form.errors == {"out_product_ids": ["A coupon of this type needs it."]}
    assert not platform.ledger("coupon/add")


def test_before_the_confirmation_the_page_leads_to_it(product, platform):
    coupon = make_coupon()
    assert SETUP in product.get(f"{PAGE}{coupon.pk}/change/").content.decode()
    page = product.post(f"{PAGE}{coupon.pk}/do/submit_coupon/", follow=True)
    assert "Confirm the push address first" in words(page)


def test_goods_are_named_one_a_line(product, confirmed):
    spu = make_spu()
    goods = f"{spu.out_product_id}\n hat-1\n{spu.out_product_id}"
    product.post(f"{PAGE}add/", form(type=2, out_product_ids=goods))
    coupon = Coupon.objects.get()
    assert coupon.out_product_ids == [spu.out_product_id, "hat-1"]
    page = words(product.get(f"{PAGE}{coupon.pk}/change/"))
    assert spu.title in page and "hat-1: not known here" in page


def test_saving_a_form_takes_nothing_back_from_the_count(product, published, monkeypatch):
    coupon = make_coupon()
    really = Coupon.save

    def after_a_receipt(self, *args, **kwargs):
        Coupon.objects.update(left=3, given=27)
        really(self, *args, **kwargs)

    monkeypatch.setattr(Coupon, "save", after_a_receipt)
    product.post(f"{PAGE}{coupon.pk}/change/", form(out_coupon_id=coupon.out_coupon_id, name="新名"))
    coupon.refresh_from_db()
    assert (coupon.name, stock(coupon)) == ("新名", (3, 27))
    assert Edit.objects.get(object_id=coupon.pk).changes["name"] == ["满 50 减 5", "新名"]


def test_a_published_coupon_is_not_edited_nor_deleted(product, published):
    coupon = published()
    page = product.get(f"{PAGE}{coupon.pk}/change/")
    assert "¥50.00" in words(page) and "Buy and get" not in words(page) and 'name="name"' not in page.content.decode()
    assert {button["name"] for button in page.context["save_buttons"] if button["allowed"]} == {
        "update_coupon_stock",
        "expire_coupon",
        "void_coupon",
    }
    assert product.post(f"{PAGE}{coupon.pk}/change/", form(name="新名")).status_code == 403
    assert product.post(f"{PAGE}{coupon.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_stock_is_set_on_the_page_and_told_to_wechat(product, client, published, drain):
    coupon = published()
    want(coupon)
    product.post(f"{PAGE}{coupon.pk}/stock/", {"left": 50})
    drain()
    assert stock(coupon) == (50, 1)
    assert (Theirs.objects.get().issued_num, Theirs.objects.get().receive_num) == (50, 1)
    assert Edit.objects.filter(changes={"left": ["29", "50"]}).exists()
    page = product.post(f"{PAGE}{coupon.pk}/stock/", {"left": -1}, follow=True)
    assert "to 0 or more" in words(page)
    client.force_login(make_user("finance"))
    assert client.post(f"{PAGE}{coupon.pk}/stock/", {"left": 9}).status_code == 403
    assert stock(coupon) == (50, 1)


def test_the_timeline_tells_who_was_refused_and_why(product, published):
    coupon = published(limit_num_one_person=1)
    want(coupon), want(coupon)
    page = words(product.get(f"{PAGE}{coupon.pk}/change/"))
    assert "was not given the coupon." in page and "您已达到" in page and BUYER not in page


def test_chips_filter_by_state(product, published):
    published(name="快领完"), make_coupon(name="未发送的")
    Coupon.objects.filter(name="快领完").update(left=3, given=27)
    assert "快领完" in words(product.get(f"{PAGE}?state=out")) and "快领完" in words(
        product.get(f"{PAGE}?state=effective")
    )
    assert "快领完" not in words(product.get(f"{PAGE}?state=new"))


@pytest.mark.parametrize("url", [PAGE, USERS])
def test_a_list_costs_the_same_however_long(product, published, url):
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert product.get(url).status_code == 200
        return len(queries)

    coupon = published()
    want(coupon)
    product.get(url)
    few = cost()
    for number in range(5):
        want(coupon, f"oBuyer_sandbox_000000000000{number}")
        make_coupon()
    assert cost() == few


# --- user coupons on their pages


def test_openids_are_masked_and_searched_in_full(product, published):
    coupon = published()
    want(coupon, BUYER), want(coupon, OTHER)
    page = words(product.get(f"{USERS}?q={BUYER}"))
    ours, other = UserCoupon.objects.get(openid=BUYER), UserCoupon.objects.get(openid=OTHER)
    assert ours.out_user_coupon_id in page and other.out_user_coupon_id not in page
    assert "oBu****01" in page
    assert not re.search(rf">[^<]*{BUYER}", product.get(USERS).content.decode())
    assert BUYER not in words(product.get(f"{USERS}{ours.pk}/change/"))


def test_a_user_coupon_is_used_by_a_button_and_not_edited(product, client, published, drain, platform):
    want(published())
    user_coupon = UserCoupon.objects.get()
    add_user_coupon(user_coupon)
    product.post(f"{USERS}{user_coupon.pk}/do/use_user_coupon/")
    drain()
    user_coupon.refresh_from_db()
    assert user_coupon.status == 102 and user_coupon.used_at
    assert product.post(f"{USERS}{user_coupon.pk}/change/", {"status": 100}).status_code == 403
    client.force_login(make_user("customer_service"))
    assert client.post(f"{USERS}{user_coupon.pk}/do/use_user_coupon/").status_code == 403


# --- machines


def test_a_machine_makes_changes_and_sends_a_coupon(machine, confirmed, drain):
    times = {name: getattr(make_coupon(), name).isoformat() for name in ("valid_start_time", "valid_end_time")}
    body = {"out_coupon_id": "api-1", "name": "减 5", "type": 104, "discount_fee": 500, "total_num": 3, **times}
    assert machine("post", API, body).status_code == 201
    assert machine("post", API, body).status_code == 400
    assert machine("post", API, body | {"out_coupon_id": "券"}).status_code == 400
    assert machine("patch", f"{API}api-1/", {"name": "立减 5", "out_coupon_id": "other"}).json()["name"] == "立减 5"
    for name in ("submit_coupon", "publish_coupon"):
        assert machine("post", f"{API}api-1/{name}/").status_code == 202
        drain()
    read = machine("get", f"{API}api-1/").json()
    assert (read["status"], read["state"], read["left"], read["given"]) == (2, "Effective", 3, 0)
    assert machine("patch", f"{API}api-1/", {"name": "x"}).status_code == 409
    assert machine("post", f"{API}api-1/set_stock/", {"left": 9}).status_code == 202
    drain()
    assert Theirs.objects.get().issued_num == 9


def test_a_machine_is_told_what_is_missing(machine, confirmed):
    coupon = make_coupon(total_num=None)
    answer = machine("post", f"{API}{coupon.out_coupon_id}/submit_coupon/")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["total_num"])


def test_a_machine_without_the_scope_is_refused(client, published):
    coupon = published()
    _key, header = make_key("read")
    for url in (API, GIVEN, f"{API}{coupon.out_coupon_id}/"):
        assert client.get(url, headers=header).status_code == 403
    assert client.post(f"{API}{coupon.out_coupon_id}/void_coupon/", headers=header).status_code == 403
    assert not Step.objects.filter(operation="coupons.void_coupon").exists()


def test_a_machine_gives_one_by_the_same_rules(machine, published, drain):
    coupon = published(limit_num_one_person=1)
    body = {"request_id": "r1", "out_coupon_id": coupon.out_coupon_id, "openid": BUYER}
    first = machine("post", GIVEN, body)
    drain()
    again = machine("post", GIVEN, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["out_user_coupon_id"] == again.json()["out_user_coupon_id"]
    assert (again.json()["status"], again.json()["openid"]) == (100, "oBu****01")
    assert machine("post", GIVEN, body | {"openid": OTHER}).status_code == 409
    refused = machine("post", GIVEN, body | {"request_id": "r2"})
    assert (refused.status_code, "您已达到" in refused.json()["detail"]) == (409, True)
    assert stock(coupon) == (29, 1)


def test_wechats_stock_follows_what_a_machine_gives_and_counts_what_wechat_asked_for_itself(
    machine, published, platform, drain
):
    coupon = published()
    platform.receive_coupon(coupon.out_coupon_id, BUYER)
    assert (send_stock(), Theirs.objects.get().issued_num) == (0, 29)
    machine("post", GIVEN, {"request_id": "r1", "out_coupon_id": coupon.out_coupon_id, "openid": BUYER})
    drain()
    assert send_stock() == 1
    assert (Theirs.objects.get().issued_num, Theirs.objects.get().receive_num) == stock(coupon) == (28, 2)
    assert send_stock() == 0


def test_what_a_machine_is_refused_is_said_in_the_readers_language(client, published):
    coupon, (_key, header) = published(), make_key("coupons")
    how = {"content_type": "application/json", "headers": header | {"Accept-Language": "zh-hans"}}
    body = {"request_id": "r1", "out_coupon_id": coupon.out_coupon_id, "openid": BUYER}
    assert client.post(GIVEN, body, **how).status_code == 201
    again = client.post(GIVEN, body | {"openid": OTHER}, **how)
    assert (again.status_code, "其他优惠券" in again.json()["detail"]) == (409, True)
    changed = client.patch(f"{API}{coupon.out_coupon_id}/", {"name": "x"}, **how)
    assert (changed.status_code, "不能修改" in changed.json()["detail"]) == (409, True)


def test_a_machine_says_when_it_was_used(machine, client, published, drain):
    want(published())
    user_coupon = UserCoupon.objects.get()
    add_user_coupon(user_coupon)
    url = f"{GIVEN}{user_coupon.out_user_coupon_id}/use_user_coupon/"
    assert machine("post", url, {"used_at": "2026-11-25T12:00:00+08:00"}).status_code == 202
    drain()
    (row,) = machine("get", f"{GIVEN}?openid={BUYER}").json()["results"]
    assert (row["status"], row["used_at"][:19]) == (102, "2026-11-25T12:00:00")
    assert machine("post", url).status_code == 409
    _key, header = make_key("coupons", "personal", name="full")
    assert client.get(GIVEN, headers=header).json()["results"][0]["openid"] == BUYER


# --- command and front page


def test_the_command_pulls_coupons(published, platform):
    published()
    out = StringIO()
    call_command("pull_coupons", stdout=out)
    assert "1 rows" in out.getvalue()
    platform.fault("error", errcode=48001)
    with pytest.raises(SystemExit):
        call_command("pull_coupons", stdout=out, stderr=StringIO())


def test_the_command_voids_those_that_are_named(published, platform):
    coupon = published()
    with pytest.raises(CommandError, match="There is no coupon none"):
        run("void_coupons", "--yes", coupon.out_coupon_id, "none")
    assert run("void_coupons", "--yes", coupon.out_coupon_id)[2] == 0
    assert Coupon.objects.get().status == 4
    _out, err, code = run("void_coupons", "--yes", coupon.out_coupon_id)
    assert (code, "is not possible while the state is" in err) == (1, True)


def test_the_front_page_tells_what_waits(platform, confirmed):
    CouponSetup.objects.update(confirmed_at=None)
    assert (before_the_address_is_confirmed().count(), running_out().count()) == (0, 0)
    coupon = make_coupon()
    assert before_the_address_is_confirmed().count() == 1
    CouponSetup.objects.update(confirmed_at=timezone.now())
    assert before_the_address_is_confirmed().count() == 0
    submit_coupon(coupon), publish_coupon(coupon)
    Coupon.objects.update(left=3, given=27)
    assert list(running_out()) == [coupon]


def test_what_was_changed_at_wechat_is_shown_beside_ours_and_taken(product, published):
    coupon = published(discount_fee=500, limit_num_one_person=2)
    Theirs.objects.update(content=_changed(Theirs.objects.get().content))
    refresh_coupon(coupon)
    page = words(product.get(f"{PAGE}{coupon.pk}/change/"))
    assert "Amount off ¥6.00 ¥5.00" in page
    assert "Limit per person – 2" in page
    product.post(f"{PAGE}{coupon.pk}/theirs/")
    coupon.refresh_from_db()
    assert (coupon.discount_fee, coupon.limit_num_one_person) == (600, None)
    assert Edit.objects.latest("id").changes == {"Amount off": ["¥5.00", "¥6.00"], "Limit per person": ["2", "–"]}
    assert "WeChat's copy is other" not in words(product.get(f"{PAGE}{coupon.pk}/change/"))


def _changed(content: dict) -> dict:
    info = content["coupon_info"]
    info["discount_info"]["discount_fee"] = 600
    del info["receive_info"]["limit_num_one_person"]
    return content


def test_what_a_coupon_of_this_kind_has_not_is_no_difference(product, published):
    coupon = published(discount_fee=500)
    content = Theirs.objects.get().content
    content["coupon_info"]["valid_info"]["valid_day_num"] = 7  # beside a fixed interval
    del content["coupon_info"]["name"]
    del content["promote_type"]
    coupon.theirs = content
    coupon.save()
    assert "WeChat's copy is other" not in words(product.get(f"{PAGE}{coupon.pk}/change/"))
    product.post(f"{PAGE}{coupon.pk}/theirs/")
    coupon.refresh_from_db()
    assert (coupon.name, coupon.promote_type, coupon.valid_day_num) == ("满 50 减 5", 4, None)


def test_a_coupon_that_wechat_does_not_have_has_nothing_to_take(product):
    coupon = make_coupon()
    assert product.post(f"{PAGE}{coupon.pk}/theirs/").status_code == 302
    assert Edit.objects.count() == 0


def test_theirs_is_not_taken_by_who_may_not_or_while_it_is_being_sent(client, published):
    coupon = published(discount_fee=500)
    Coupon.objects.update(discount_fee=700)
    client.force_login(make_user("auditor"))
    assert client.post(f"{PAGE}{coupon.pk}/theirs/").status_code == 403
    new_step(update_coupon, coupon.pk, state=Step.State.SENT).save()
    client.force_login(make_user("product"))
    assert "It is being sent" in words(client.post(f"{PAGE}{coupon.pk}/theirs/", follow=True))
    assert Coupon.objects.get().discount_fee == 700


def test_the_form_is_told_what_each_type_and_way_of_being_valid_has(product, confirmed):
    page = product.get(f"{PAGE}add/").content.decode()
    told = json.loads(re.search(r'<script id="coupon-columns" type="application/json">(.*?)</script>', page)[1])
    assert told["type"]["104"] == ["discount_fee"]
    assert told["type"]["4"] == ["discount_fee", "out_product_ids"]
    assert told["valid_type"] == {
        "1": ["valid_start_time", "valid_end_time"],
        "2": ["valid_day_num"],
        "3": ["valid_second"],
    }
