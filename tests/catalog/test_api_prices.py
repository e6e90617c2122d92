"""Prices and stock of many products through the API: stored, sent as a job, faulty rows named by their index."""

import pytest

from catalog.models import SKU
from catalog.operations import refresh_spu, submit_spu
from console.models import Approval, Edit, Job
from tests.factories import make_key, make_spu, make_user

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/products/prices/"


def on_sale(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return spu


def row(spu, **fields):
    return {"out_product_id": spu.out_product_id, "out_sku_id": spu.skus.first().out_sku_id, **fields}


@pytest.fixture
def post(client):
    key, header = make_key("products")

    def send(*rows, confirm=None):
        body = {"rows": rows, "confirm": len(rows) if confirm is None else confirm}
        answer = client.post(URL, body, content_type="application/json", headers=header)
        return answer.status_code, answer.json()

    send.key = key
    return send


def test_prices_and_stock_of_many_are_one_job(post, platform, drain):
    first, second, draft = on_sale(platform), on_sale(platform), make_spu()
    price = first.skus.first().sale_price + 100
    status, job = post(row(first, sale_price=price), row(second, stock_num=7), row(draft, stock_num=3))
    assert (status, job["operation"], job["refused"]) == (202, "catalog.update_spu_without_audit", [])
    assert job["to_submit"] == [draft.out_product_id]
    drain()
    online = [platform.product(spu.out_product_id).online["skus"][0] for spu in (first, second)]
    assert [online[0]["sale_price"], online[1]["stock_num"]] == [price, 7]
    assert {edit.user for edit in Edit.objects.all()} == {post.key.user}
    assert [list(edit.changes) for edit in Edit.objects.filter(object_id=second.pk)] == [
        [f"{second.skus.first().out_sku_id} · stock"]
    ]


def test_a_faulty_row_is_named_by_its_index_and_stops_no_other(post, platform):
    good, held = on_sale(platform), on_sale(platform)
    other = SKU.objects.create(spu=held, out_sku_id="other", sale_price=100, stock_num=1, position=9)
    unknown = {"out_product_id": "nobody-has-this", "out_sku_id": "x", "stock_num": 1}
    status, job = post(
        row(held, stock_num=99), unknown, row(good, stock_num=5), "x", row(held, out_sku_id="other", sale_price="1.5")
    )
    assert (status, job["counts"]["wanted"]) == (202, 1)
    refused = {one["index"]: sorted(one["fields"]) for one in job["refused"]}
    assert refused == {0: ["out_product_id"], 1: ["out_product_id"], 3: [""], 4: ["sale_price"]}
    assert [good.skus.get().stock_num, held.skus.first().stock_num == 99] == [5, False]
    other.refresh_from_db()
    assert other.sale_price == 100


def test_a_large_cut_waits_for_a_second_person(post, platform, drain):
    spu = on_sale(platform)
    status, job = post(row(spu, sale_price=1))
    drain()
    (step,) = Job.objects.get(pk=job["id"]).steps.all()
    assert (status, step.state, Approval.objects.get().asked_by) == (202, "skipped", post.key.user)
    assert platform.product(spu.out_product_id).online["skus"][0]["sale_price"] != 1


def test_nothing_is_stored_where_all_are_wrong_or_the_number_is_another(post, platform):
    spu = on_sale(platform)
    status, problem = post(row(spu, market_price=1, sale_price=2), row(spu))
    assert (status, sorted(problem["fields"])) == (400, ["rows[0].market_price", "rows[1]", "rows[1].out_sku_id"])
    assert post(row(spu, stock_num=1), row(spu, stock_num=1), confirm=3)[0] == 400
    assert not Job.objects.exists() and not Edit.objects.exists()


def test_who_may_not_change_products_changes_no_prices(client, platform):
    client.force_login(make_user("auditor"))
    body = {"rows": [row(make_spu(), stock_num=1)]}
    assert client.post(URL, body, content_type="application/json").status_code == 403
