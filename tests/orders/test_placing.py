"""Orders come in: once, whole, checked, whatever happens on the way."""

import threading

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from console.models import Edit
from orders import placing
from orders.models import Order, OrderLine
from orders.tasks import push_unplaced_orders
from sandbox.models import Order as TheirOrder
from tests.factories import OPENID, make_key, make_order, make_spu, order_body, own_number
from wechat import client, pace
from wechat.models import Call, Step
from wechat.steps import recovery

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = "/api/v1/orders/"


@pytest.fixture
def shop(client):
    """The mini program's backend, with its key."""
    _key, header = make_key("orders")

    def post(path="", body=None, **headers):
        return client.post(f"{ORDERS}{path}", body or {}, content_type="application/json", headers=header | headers)

    return post


def test_an_order_is_kept_pushed_and_answered_with_how_to_pay(shop, platform):
    body = order_body()
    answer = shop(body=body)
    assert answer.status_code == 201, answer.content
    order = Order.objects.get()
    theirs = platform.order(body["out_order_id"])
    assert (order.order_id, order.status, order.order_price) == (theirs.order_id, 10, 2 * 19990 + 1000 - 500)
    data = answer.json()
    assert (data["order_id"], data["final_price"], data["next"]) == (
        str(theirs.order_id),
        40480,
        "get_payment_params",
    )
    assert data["order_info"]["order_detail"]["product_infos"][0]["sku_real_price"] == 2 * 19990 - 500
    sent = theirs.content
    assert sent["order_detail"]["price_info"] == {
        "order_price": 40480,
        "freight": 1000,
        "discounted_price": 500,
        "additional_price": 0,
    }
    assert sent["address_info"]["receiver_name"] == "张三"
    assert sent["expire_time"] == int(order.expire_at.timestamp())
    step = Step.objects.get()
    assert (step.operation, step.state, step.door, step.user.username) == (
        "orders.place_order",
        "done",
        "api",
        "api:shop",
    )


def test_goods_that_are_products_here_bring_their_title_page_and_picture(shop, platform):
    from catalog.operations import submit_spu

    spu = make_spu()
    submit_spu(spu)
    line = {
        "out_product_id": spu.out_product_id,
        "out_sku_id": f"{spu.out_product_id}-0",
        "product_cnt": 1,
        "sale_price": 19900,
    }
    assert shop(body=order_body(product_infos=[line])).status_code == 201
    kept = OrderLine.objects.get()
    spu.load_content()
    assert (kept.sku, kept.title, kept.path) == (spu.skus.get(), spu.title, spu.path)
    assert kept.head_img == spu.links("head_img")[0].link


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"out_order_id": ""}, "out_order_id"),
        ({"openid": ""}, "openid"),
        ({"scene": "live"}, "scene"),
        ({"fund_type": 2}, "fund_type"),
        ({"product_infos": []}, "product_infos"),
        (
            {"product_infos": [{"out_product_id": "a", "out_sku_id": "b", "product_cnt": 1, "sale_price": 1}]},
            "product_infos[0].title",
        ),
        (
            {
                "product_infos": [
                    {
                        "out_product_id": "a",
                        "out_sku_id": "b",
                        "product_cnt": 0,
                        "sale_price": 1,
                        "title": "t",
                        "path": "p",
                        "head_img": "h",
                    }
                ]
            },
            "product_infos[0].product_cnt",
        ),
        (
            {
                "product_infos": [
                    {
                        "out_product_id": "a",
                        "out_sku_id": "b",
                        "product_cnt": 1,
                        "sale_price": 19.99,
                        "title": "t",
                        "path": "p",
                        "head_img": "h",
                    }
                ]
            },
            "product_infos[0].sale_price",
        ),
        ({"price_info": {"order_price": 1}}, "price_info.order_price"),
        ({"price_info": {"discounted_price": 10**6}}, "price_info.discounted_price"),
        ({"address_info": None}, "address_info"),
        ({"address_info": {"receiver_name": "张三", "tel_number": "1"}}, "address_info.detailed_address"),
        ({"delivery_type": 2}, "delivery_type"),
        ({"expire_time": "2020-01-01T00:00:00+08:00"}, "expire_time"),
        ({"fund_type": 0}, "pay_info.prepay_id"),
    ],
)
def test_what_is_wrong_is_named_by_the_path_of_its_field_and_never_sent(shop, platform, change, path):
    answer = shop(body=order_body(**change))
    assert answer.status_code == 400
    assert path in answer.json()["fields"], answer.json()
    assert platform.ledger("order/add") == []
    assert not Order.objects.exists()


def test_what_is_wrong_is_said_in_the_language_of_each_request(shop, platform):
    said = [
        shop(body=order_body(openid="x" * 65), **{"Accept-Language": language}).json()["fields"]["openid"]
        for language in ("en", "zh-hans", "en")
    ]
    assert said[0] == said[2] == ["Ensure this field has no more than 64 characters."]
    assert said[1] != said[0]


def test_eight_statements_on_postgresql_seven_and_two_commits_an_order(shop, platform, known_keys):
    assert shop(body=order_body()).status_code == 201  # warm: token, pace row, content types, throttle
    with CaptureQueriesContext(connections["default"]) as captured:
        assert shop(body=order_body()).status_code == 201
    said = [query["sql"].split(" ", 1)[0] for query in captured.captured_queries]
    statements = [word for word in said if word in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")]
    assert len(statements) == (7 if connection.vendor == "postgresql" else 8), captured.captured_queries
    assert said.count("COMMIT") == 2
    assert said.count("SAVEPOINT") == 0


def test_no_transaction_is_open_while_wechat_is_asked(shop, platform, monkeypatch):
    seen = []
    send = client._session

    def session():
        seen.append(connections["default"].in_atomic_block)
        return send()

    monkeypatch.setattr(client, "_session", session)
    assert shop(body=order_body()).status_code == 201
    assert seen and not any(seen)


def test_a_repeat_gets_the_same_answer_and_makes_no_call(shop, platform):
    body = order_body()
    first = shop(body=body, **{"Idempotency-Key": "k1"})
    platform.pay(body["out_order_id"])
    for headers in ({"Idempotency-Key": "k1"}, {"Idempotency-Key": "k2"}, {}):
        again = shop(body=body, **headers)
        assert (again.status_code, again.json()) == (201, first.json())
    assert len(platform.ledger("order/add")) == 1
    assert Order.objects.count() == TheirOrder.objects.count() == 1


def test_a_repeat_gets_its_answer_also_when_the_body_would_no_longer_do(shop, platform):
    import time_machine
    from django.utils import timezone

    soon = (timezone.now() + timezone.timedelta(minutes=5)).isoformat()
    body = order_body(expire_time=soon)
    first = shop(body=body)
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=1)):
        again = shop(body=body)
        assert (again.status_code, again.json()) == (201, first.json())
        assert shop(body=body | {"scene": 1176}).status_code == 400


def test_other_content_under_the_same_number_or_key_is_409(shop, platform):
    body = order_body()
    shop(body=body, **{"Idempotency-Key": "k1"})
    assert shop(body=body | {"scene": 1176}).status_code == 409
    assert shop(body=order_body(), **{"Idempotency-Key": "k1"}).status_code == 409
    assert Order.objects.count() == 1


def test_keys_of_different_machines_do_not_meet(client, platform):
    for name in ("a", "b"):
        _key, header = make_key("orders", name=name)
        headers = header | {"Idempotency-Key": "same"}
        assert client.post(ORDERS, order_body(), content_type="application/json", headers=headers).status_code == 201
    assert Order.objects.count() == 2


def test_fifty_at_once_make_one_order_and_get_one_answer(platform):
    from django.test import Client

    _key, header = make_key("orders")
    body, answers = order_body(), []
    barrier = threading.Barrier(50)

    def post():
        try:
            barrier.wait()
            for _try in range(10):
                answer = Client().post(
                    ORDERS, body, content_type="application/json", headers=header | {"Idempotency-Key": "k"}
                )
                if answer.status_code != 409:  # still in flight after five seconds: the machine is busy
                    break
                assert answer.headers["Retry-After"] == "1"
            answers.append((answer.status_code, answer.json()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _nth in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _data in answers] == [201] * 50
    assert len({str(data) for _status, data in answers}) == 1
    assert len(platform.ledger("order/add")) == 1


def test_a_repeat_that_read_the_order_just_before_the_first_ended_gets_its_outcome(shop, platform, monkeypatch):
    body, read = order_body(), []
    really = placing.place_order.run

    def read_and_run(*args, **kwargs):
        read.append(Order.objects.get())
        return really(*args, **kwargs)

    monkeypatch.setattr(placing.place_order, "run", read_and_run)
    assert shop(body=body).status_code == 201
    (known,) = read
    assert known.order_id is None
    assert placing._ended(known).order_id == platform.order(body["out_order_id"]).order_id
    assert len(platform.ledger("order/add")) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "garbage"])
def test_wechat_acted_and_fell_silent_one_order_and_the_repeat_gets_it(shop, platform, kind):
    body = order_body()
    platform.fault(kind, "/shop/order/add")
    answer = shop(body=body)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert Order.objects.get().order_id is None
    again = shop(body=body)
    assert again.status_code == 201
    assert again.json()["order_id"] == str(platform.order(body["out_order_id"]).order_id)
    assert len(platform.ledger("order/add")) == 1


@pytest.mark.parametrize("kind", ["timeout_before", "error"])
def test_wechat_never_got_it_the_repeat_sends_it(shop, platform, kind):
    body = order_body()
    platform.fault(kind, "/shop/order/add")
    assert shop(body=body).status_code == 503
    assert shop(body=body).status_code == 201
    assert TheirOrder.objects.count() == 1


def test_without_a_repeat_the_sweep_finishes_it(shop, platform):
    body = order_body()
    platform.fault("timeout_after", "/shop/order/add")
    assert shop(body=body).status_code == 503
    Step.objects.update(next_attempt_at="2026-01-01T00:00:00Z")
    recovery.sweep()
    assert Order.objects.get().order_id == platform.order(body["out_order_id"]).order_id
    assert Step.objects.get().state == "done"


def test_what_was_never_sent_is_pushed_by_the_schedule_while_it_is_worth_it(platform):
    kept, late = make_order(place=False), make_order(place=False)
    Order.objects.update(created_at="2026-11-25T00:55:00+08:00")
    Order.objects.filter(pk=late.pk).update(expire_at="2026-11-25T00:30:00+08:00")
    import time_machine

    with time_machine.travel("2026-11-25T01:00:00+08:00"):
        Order.objects.filter(pk=kept.pk).update(expire_at="2026-11-25T02:00:00+08:00")
        assert push_unplaced_orders() == 1
    assert [order.out_order_id for order in TheirOrder.objects.all()] == [kept.out_order_id]


def test_an_order_that_nobody_asked_for_again_is_closed_here_and_never_pushed(shop, platform):
    left, asked, unknown = order_body(), order_body(), order_body()
    platform.fault("timeout_before", "/shop/order/add", left=3)
    assert [shop(body=body).status_code for body in (left, asked, unknown)] == [503] * 3
    known = Step.objects.exclude(object_id=Order.objects.get(out_order_id=unknown["out_order_id"]).pk)
    known.update(state="skipped", created_at="2026-11-25T00:00:00+08:00")  # as resolved: WeChat does not have it
    Order.objects.update(created_at="2026-11-25T00:00:00+08:00")
    Step.objects.create(
        operation="orders.place_order",
        content_type=Step.objects.first().content_type,
        object_id=Order.objects.get(out_order_id=asked["out_order_id"]).pk,
        state="skipped",
        door="api",
    )
    push_unplaced_orders()
    order = Order.objects.get(out_order_id=left["out_order_id"])
    assert (order.given_up_at is not None, order.state_label) == (True, "Closed here, never at WeChat")
    assert Order.objects.filter(given_up_at=None).count() == 2
    assert [order.out_order_id for order in TheirOrder.objects.all()] == [asked["out_order_id"]]
    assert Edit.objects.get().object_id == order.pk
    answer = shop(body=left)
    assert (answer.status_code, "Closed here" in answer.json()["detail"]) == (409, True)
    assert push_unplaced_orders() == 0


def test_a_refusal_is_422_with_wechats_words_and_repeated_without_a_call(shop, platform):
    body = order_body(openid="x" + OPENID[1:])
    first = shop(body=body)
    assert first.status_code == 422
    assert first.json()["errcode"] == 1010014
    assert first.json()["rid"]
    again = shop(body=body)
    assert (again.status_code, again.json()) == (422, first.json())
    assert len(platform.ledger("order/add")) == 1


def test_a_quota_is_503_and_the_order_is_kept(shop, platform):
    body = order_body()
    platform.fault("error", "/shop/order/add", errcode=45009)
    answer = shop(body=body)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    pace.Pace.objects.all().delete()
    assert shop(body=body).status_code == 201


def test_payment_parameters_are_asked_each_time(shop, platform):
    order = make_order()
    first = shop(f"{order.out_order_id}/get_payment_params/")
    second = shop(f"{order.out_order_id}/get_payment_params/")
    assert first.status_code == second.status_code == 200
    assert set(first.json()) == {"timeStamp", "nonceStr", "package", "paySign", "signType"}
    assert len(platform.ledger("getpaymentparams")) == 2
    assert "paySign" not in str(Call.objects.get(pk=Call.objects.order_by("-id").first().pk).request)
    assert (
        Call.objects.filter(endpoint__endswith="getpaymentparams").first().answer["payment_params"]["paySign"] == "****"
    )


def test_an_order_that_is_paid_on_delivery_has_nothing_to_pay_now(shop, platform):
    answer = shop(body=own_number(pay_info={"pay_method_type": 1}))
    assert (answer.status_code, answer.json()["next"]) == (201, "nothing")


def test_own_merchant_numbers_report_their_payment(shop, platform):
    body = own_number()
    answer = shop(body=body)
    assert (answer.status_code, answer.json()["next"]) == (201, "wx.requestOrderPayment")
    path = f"{body['out_order_id']}/confirm_payment/"
    assert shop(path, {"action_type": 1}).status_code == 400
    paid = {"action_type": 1, "transaction_id": "4200001", "pay_time": "2026-11-25T14:05:25+08:00"}
    answer = shop(path, paid)
    assert (answer.status_code, answer.json()["status"]) == (200, 20), answer.json()
    assert platform.order(body["out_order_id"]).transaction_id == "4200001"
    assert shop(path, paid).status_code == 200  # no error, and no second call
    assert len(platform.ledger("order/pay")) == 1


def test_of_two_reports_at_once_each_sends_its_own_or_none(shop, platform, monkeypatch):
    from orders.operations import confirm_payment
    from wechat.steps.errors import InFlight

    order = make_order(own_number())
    paid = {"action_type": 1, "transaction_id": "42", "pay_time": "2026-11-25T14:05:25+08:00"}
    open_one = Step.objects.create(
        operation="orders.confirm_payment",
        content_type=Step.objects.first().content_type,
        object_id=order.pk,
        state="sent",
    )
    answer = shop(f"{order.out_order_id}/confirm_payment/", {"action_type": 4})
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert Order.objects.get().payment_report == {}  # what was not sent is not put down either
    open_one.delete()
    assert shop(f"{order.out_order_id}/confirm_payment/", paid).json()["status"] == 20
    assert platform.ledger("order/pay")[0].request["action_type"] == 1
    assert confirm_payment and InFlight


def test_an_unpaid_own_number_order_is_cancelled_by_its_report(shop, platform):
    body = own_number()
    shop(body=body)
    answer = shop(f"{body['out_order_id']}/confirm_payment/", {"action_type": 3})
    assert answer.json()["status"] == 250


def test_a_state_in_the_way_is_409(shop, platform):
    order = make_order()
    assert shop(f"{order.out_order_id}/confirm_receipt/").status_code == 409
    assert shop(f"{order.out_order_id}/close_order/").json()["status"] == 250
    assert shop(f"{order.out_order_id}/close_order/").status_code == 409


@pytest.mark.parametrize(
    ("said", "push", "fund_type"),
    [
        ((1, 1), True, 1),
        ((1, 0), True, 0),
        ((1, 2), True, 1),
        ((1, 4), True, 1),
        ((0, 1), False, 0),
        ((0, 0), False, 0),
    ],
)
def test_what_to_do_is_decided_by_what_the_mini_program_was_told(shop, said, push, fund_type):
    answer = shop("decide/", {"requireOrder": said[0], "requiredFundType": said[1]}).json()
    assert (answer["push"], answer["fund_type"]) == (push, fund_type)


def test_buyers_are_masked_without_the_scope_for_it(client, platform):
    order = make_order()
    for scopes, name in ((("read",), "张**"), (("read", "personal"), "张三")):
        _key, header = make_key(*scopes, name=name)
        data = client.get(f"{ORDERS}{order.out_order_id}/", headers=header).json()
        assert data["address_info"]["receiver_name"] == name
        assert (OPENID in str(data)) == ("personal" in scopes)


def test_people_see_buyers_masked_through_the_api_whatever_their_role(client, platform):
    from tests.factories import make_user

    order = make_order()
    for role in ("owner", "warehouse", "customer_service"):
        client.force_login(make_user(role))
        data = client.get(f"{ORDERS}{order.out_order_id}/").json()
        assert data["address_info"]["receiver_name"] == "张**"
        assert OPENID not in str(data)


def test_nobodys_openid_is_kept_in_the_log_of_calls(platform):
    order = make_order()
    platform.pay(order.out_order_id)
    platform.attribute(order.out_order_id, sharer={"sharer_openid": "oSHARER0123456789"})
    from orders.operations import refresh_order

    refresh_order(order)
    assert Order.objects.get().sharer_openid == "oSHARER0123456789"
    assert "oSHARER0123456789" not in str(list(Call.objects.values("answer", "request")))


@pytest.mark.parametrize("body", ['{"errcode":0}', '{"errcode":0,"data":[1]}', '{"errcode":0,"data":{"order_id":"x"}}'])
def test_an_answer_without_a_number_is_no_placed_order(shop, body):
    import responses

    client.mount(None)
    with responses.RequestsMock() as mock:
        mock.post(f"{settings.WECHAT_API_BASE}/cgi-bin/stable_token", json={"access_token": "T", "expires_in": 7200})
        mock.post(f"{settings.WECHAT_API_BASE}/shop/order/add", body=body)
        assert shop(body=order_body()).status_code == 503
    assert Order.objects.get().order_id is None


@pytest.mark.parametrize("raw", ['{"x": "\\ud800", "out_order_id": 1}', "[" * 20_000, '{"product_infos": [[[[1]]]]}'])
def test_rubbish_is_400(client, raw):
    _key, header = make_key("orders")
    answer = client.post(ORDERS, raw, content_type="application/json", headers=header)
    assert answer.status_code == 400


def test_a_key_without_the_scope_places_nothing(client, platform):
    _key, header = make_key("read", "ship")
    assert client.post(ORDERS, order_body(), content_type="application/json", headers=header).status_code == 403
    assert not Order.objects.exists()


def test_the_address_lies_sealed_in_the_database(platform):
    make_order()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT address FROM orders_order")
        assert "张三".encode() not in bytes(cursor.fetchone()[0])
    assert "13800138000" not in str(list(Call.objects.values())) + str(list(Step.objects.values()))
