"""WeChat's copies become other than what was sent: found, listed, and settled either way."""

import pytest

from catalog import content
from catalog.models import SKU, SPU, Difference, Unsent
from catalog.operations import pull_products, refresh_spu, submit_spu, update_spu_without_audit
from catalog.tracing import take_theirs
from console.models import Edit, Job
from sandbox.models import Product
from tests.console.pages import act
from tests.factories import make_spu, make_user
from wechat.errors import Unreachable
from wechat.steps.pulls import listed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pull(drain):
    def run():
        pull_products(listed("products"))
        drain()

    return run


def on_sale(platform, count=1) -> list[SPU]:
    spus = [make_spu() for _nth in range(count)]
    for spu in spus:
        submit_spu(spu)
        platform.approve_product(spu.out_product_id)
    return spus


def fields() -> dict[str, tuple]:
    return {row.field: (row.ours, row.theirs) for row in Difference.objects.order_by("field")}


def test_what_was_sent_is_no_difference(platform, pull):
    (spu,) = on_sale(platform)
    pull()
    assert fields() == {}
    assert SPU.objects.get(pk=spu.pk).status == 5


def test_an_edit_of_ours_that_is_not_sent_yet_is_no_difference(platform, pull):
    on_sale(platform)
    pull()
    SPU.objects.update(title="还没提交的标题")
    pull()
    assert fields() == {}
    assert SPU.objects.get().unsent == Unsent.REVIEW


def test_what_was_changed_past_us_is_listed_field_by_field(platform, pull):
    (spu,) = on_sale(platform)
    platform.drift(spu.out_product_id)
    pull()
    sku = f"skus[{spu.out_product_id}-0]"
    assert fields() == {
        f"{sku}.market_price": (19900, 19901),
        f"{sku}.sale_price": (19900, 19901),
        "title": (spu.title, f"{spu.title} (WeChat)"),
    }
    pull()
    assert Difference.objects.count() == 3  # still there, not doubled


def test_taking_wechats_changes_ours_and_leaves_a_trace(platform, pull):
    (spu,) = on_sale(platform)
    platform.drift(spu.out_product_id)
    pull()
    for row in Difference.objects.all():
        take_theirs(row)
    spu = SPU.objects.get()
    assert (spu.title.endswith("(WeChat)"), spu.skus.get().sale_price, spu.unsent) == (True, 19901, Unsent.NOTHING)
    assert fields() == {}
    assert any("¥199.01" in str(edit.changes) for edit in Edit.objects.all())


def test_pushing_ours_puts_wechat_right(platform, pull):
    (spu,) = on_sale(platform)
    platform.drift(spu.out_product_id)
    pull()
    submit_spu(SPU.objects.get())
    assert fields() == {}
    platform.approve_product(spu.out_product_id)
    pull()
    assert fields() == {}
    assert platform.product(spu.out_product_id).online["title"] == spu.title


def test_pushing_prices_alone_settles_the_prices(platform, pull):
    (spu,) = on_sale(platform)
    platform.drift(spu.out_product_id)
    pull()
    update_spu_without_audit(SPU.objects.get())
    assert list(fields()) == ["title"]


def test_a_difference_that_went_away_at_wechat_goes_away_here(platform, pull):
    (spu,) = on_sale(platform)
    before = Product.objects.get()
    platform.drift(spu.out_product_id)
    pull()
    Product.objects.update(draft=before.draft, online=before.online)
    pull()
    assert fields() == {}


def test_a_sku_added_or_lost_at_wechat_is_taken_or_pushed(platform, pull):
    on_sale(platform)
    found = Product.objects.get()
    new = {**found.draft["skus"][0], "out_sku_id": "theirs", "sku_attrs": [{"attr_key": "颜色", "attr_value": "绿"}]}
    for copy in (found.draft, found.online):
        copy["skus"] = [new]
    found.save()
    pull()
    for row in Difference.objects.order_by("id"):
        if Difference.objects.filter(pk=row.pk).exists():
            take_theirs(row)
    assert [(sku.out_sku_id, sku.attributes) for sku in SKU.objects.all()] == [("theirs", "绿")]
    assert SPU.objects.get().unsent == Unsent.NOTHING


def test_a_product_we_never_knew_comes_as_it_is(platform, pull):
    (spu,) = on_sale(platform)
    sent = Product.objects.get().draft
    SPU.objects.all().delete()
    pull()
    spu = SPU.objects.with_content().get()
    assert (spu.title, spu.status, spu.unsent) == (sent["title"], 5, Unsent.NOTHING)
    assert (spu.skus.get().sale_price, [image.link for image in spu.links("head_img")]) == (19900, sent["head_img"])
    assert fields() == {}


def test_the_unapproved_are_read_one_by_one(platform, pull, drain):
    """get_list never lists them."""
    listed_one, waiting, refused = on_sale(platform)[0], make_spu(), make_spu()
    for spu in (waiting, refused):
        submit_spu(spu)
    platform.reject_product(refused.out_product_id, "不通过")
    pull()
    states = dict(SPU.objects.values_list("out_product_id", "edit_status"))
    assert states == {listed_one.out_product_id: 4, waiting.out_product_id: 2, refused.out_product_id: 3}
    assert Job.objects.get(operation=refresh_spu.full_name).steps.count() == 2
    assert {entry.request["out_product_id"] for entry in platform.ledger("spu/get")} == {
        waiting.out_product_id,
        refused.out_product_id,
    }


def test_what_was_deleted_past_us_is_found_out(platform, pull):
    on_sale(platform)
    pull()
    Product.objects.update(deleted=True)
    pull()
    assert SPU.objects.get().removed_at


def test_many_pages_are_read_whole(platform, pull):
    on_sale(platform)
    known = Product.objects.get()
    for nth in range(205):
        known.pk, known.out_product_id = known.pk + 1000, f"other-{nth:03}"
        known._state.adding = True
        known.save()
    pull()
    assert SPU.objects.count() == 206
    assert listed("products").count == 206
    assert len(platform.ledger("spu/get_list")) == 2 * (3 + 1 + 1)


def test_a_pull_cut_off_keeps_what_it_had_and_loses_nothing(platform, pull):
    """Unlike others' refresh, which left an empty tree behind."""
    on_sale(platform, 2)
    pull()
    platform.fault("timeout_before", "/shop/spu/get_list")
    with pytest.raises(Unreachable):
        pull()
    assert SPU.objects.filter(status=5, removed_at=None).count() == 2


def test_a_path_read_behind_its_plugin_is_the_same_path(platform, pull):
    on_sale(platform)
    pull()
    found = Product.objects.get()
    for copy in (found.draft, found.online):
        copy["path"] = f"plugin-private://wx34345ae5855f892d/{copy['path']}"
    found.save()
    pull()
    assert fields() == {}


def test_differences_are_settled_in_the_admin_from_the_list_and_the_record(platform, pull, client):
    first, second = on_sale(platform, 2)
    for spu in (first, second):
        platform.drift(spu.out_product_id)
    pull()
    client.force_login(make_user("product"))
    page = client.get("/admin/catalog/difference/").content.decode()
    assert "¥199.01" in page
    assert f"{first.title} (WeChat)" in page
    title = Difference.objects.get(spu=first, field="title")
    record = client.get(f"/admin/catalog/spu/{first.pk}/change/").content.decode()
    assert f"/admin/catalog/spu/{first.pk}/difference/{title.pk}/" in record
    client.post(f"/admin/catalog/spu/{first.pk}/difference/{title.pk}/", {"take": "theirs"})
    assert SPU.objects.get(pk=first.pk).title.endswith("(WeChat)")
    rows = Difference.objects.filter(spu=second)
    act(client, "/admin/catalog/difference/", "push", rows)
    assert Job.objects.get(operation=submit_spu.full_name).steps.get().object_id == second.pk
    rows = Difference.objects.filter(spu=first)
    act(client, "/admin/catalog/difference/", "take", rows)
    assert not Difference.objects.filter(spu=first).exists()


def test_who_may_only_look_settles_nothing(platform, pull, client):
    (spu,) = on_sale(platform)
    platform.drift(spu.out_product_id)
    pull()
    row = Difference.objects.get(field="title")
    client.force_login(make_user("auditor"))
    for how in ("theirs", "ours"):
        url = f"/admin/catalog/spu/{spu.pk}/difference/{row.pk}/"
        assert client.post(url, {"take": how}).status_code == 403
    assert client.post(f"/api/v1/product-differences/{row.pk}/take_theirs/").status_code == 403
    assert Difference.objects.filter(pk=row.pk).exists()
    content.update_unsent(SPU.objects.get())
    assert SPU.objects.get().title == spu.title
