"""A record's page asks the database for what there is beside it: at most 12 questions for what has had a usual life."""

import pytest
from django.contrib.contenttypes.models import ContentType

from catalog.models import SPU, Difference
from catalog.operations import submit_spu
from console.beside import found
from console.edits import trace_edit
from console.models import Note, Reveal
from orders import parcels
from orders.models import Order
from orders.operations import ship_order
from tests.factories import make_companies, make_image, make_order, make_spu, make_user

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 12


@pytest.fixture
def on_sale(platform, hear) -> SPU:
    """A product that was edited, reviewed by WeChat, which pushed its decision, and is on sale."""
    spu = make_spu(head_img=[make_image()], imgs=[make_image(), make_image()])
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    hear()
    trace_edit(spu, {"title": ["a", "b"]})
    return SPU.objects.get()


@pytest.fixture
def on_its_way(platform, hear) -> Order:
    """An order that was paid, as WeChat pushed, and shipped."""
    make_companies()
    order = make_order()
    platform.pay_as_asked(order)
    hear()
    order.refresh_from_db()
    parcels.add(order, [{"delivery_id": "SF", "waybill_id": "1"}])
    ship_order(order)
    return Order.objects.get()


def test_the_pages_of_a_product_and_of_an_order_ask_at_most_12(
    client, on_sale, on_its_way, django_assert_max_num_queries
):
    client.force_login(make_user("owner"))
    for url, state in (
        (f"/admin/catalog/spu/{on_sale.pk}/change/", "On sale"),
        (f"/admin/orders/order/{on_its_way.pk}/change/", "On its way"),
    ):
        client.get(url)
        with django_assert_max_num_queries(MOST):
            assert state in client.get(url).content.decode()


def test_what_is_seldom_beside_a_record_is_one_question_more_where_it_is_there(
    client, on_sale, django_assert_max_num_queries
):
    client.force_login(make_user("owner"))
    url = f"/admin/catalog/spu/{on_sale.pk}/change/"
    kind = ContentType.objects.get_for_model(SPU)
    for nth in range(3):
        Note.objects.write(on_sale, f"note {nth}")
        Reveal.objects.create(content_type=kind, object_id=on_sale.pk, what=f"number {nth}")
        Difference.objects.create(spu=on_sale, field=f"skus[{nth}].stock_num", ours=1, theirs=90 + nth)
    client.get(url)
    # The notes are also ticked off as seen by who was mentioned in one.
    with django_assert_max_num_queries(MOST + 3 + 1):
        page = client.get(url).content.decode()
    for nth in range(3):
        assert f"note {nth}" in page
        assert f"looked at: number {nth}" in page
        assert f"<td>{90 + nth}</td>" in page


def test_what_is_found_is_named_and_what_is_gone_has_nothing_beside_it(platform):
    spu, other = make_spu(), make_spu()
    Note.objects.write(other, "of another")
    rows = {"this": SPU.objects.filter(pk=spu.pk), "none": SPU.objects.none(), "notes": Note.objects.all()}
    assert found(spu, rows) == {"this", "notes"}
    key = spu.pk
    spu.delete()
    spu.pk = key
    assert found(spu, rows) == frozenset()
