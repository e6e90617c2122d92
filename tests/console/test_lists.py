"""The kit of every list: days, filters, chosen columns, saved views, sums, downloads, and what an empty one says."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from console import exports
from console.lists import ListAdmin
from console.models import Export, SavedView
from console.operation_admin import SingleAdmin
from orders.models import Order
from tests.console.pages import document, words
from tests.console.test_posts import ADMINS, KINDS, MAKERS, sample
from tests.factories import make_companies, make_order, make_spu, make_user, order_body
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = "/admin/orders/order/"
LISTS = [(model, one) for model, one in ADMINS if isinstance(one, ListAdmin)]


@pytest.fixture
def staff(client):
    client.force_login(make_user("owner", is_superuser=True))
    return client


@pytest.fixture
def orders(platform):
    now = timezone.localtime().replace(hour=12)
    made = []
    for nth, back in enumerate((0, 1, 6, 29, 400)):
        order = make_order(order_body(out_order_id=f"o-{nth}"))
        Order.objects.filter(pk=order.pk).update(
            placed_at=now - timedelta(days=back), promoter_id=f"p{nth % 2}", order_price=40480 + 100 * nth
        )
        made.append(order)
    return made


def shown(page) -> list[str]:
    return [cell.text_content().strip() for cell in document(page).xpath("//*[contains(@class,'field-number')]//code")]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "43210"),
        ("since={0}&until={0}", "0"),
        ("since={1}&until={1}", "1"),
        ("since={6}", "210"),
        ("until={6}", "432"),
        ("promoter_id=p1", "31"),
        ("promoter_id=nobody", ""),
        ("out_product_id=dress-1001", "43210"),
        ("out_product_id=other", ""),
        ("amount_from=404.80&amount_to=405.80", "10"),
        ("since=not-a-day", "43210"),
        ("since=0001-01-01", "43210"),
        ("amount_from=x", "43210"),
        ("scene=x", "43210"),
        ("fund_type=1", "43210"),
        ("fund_type=77", "43210"),
    ],
)
def test_the_filters_of_orders(staff, orders, query, numbers):
    days = [str(timezone.localdate() - timedelta(days=back)) for back in range(7)]
    page = staff.get(f"{ORDERS}?{query.format(*days)}")
    assert page.status_code == 200
    assert sorted(shown(page)) == sorted(f"o-{number}" for number in numbers)
    if query.endswith(("not-a-day", "0001-01-01")):
        assert "is not a day" in words(page)


@pytest.mark.parametrize("few", [1, 2_000])
def test_many_rows_of_an_amount_or_scene_are_the_same_as_few(staff, orders, monkeypatch, few):
    monkeypatch.setattr("console.list_filters.FEW", few)
    assert sorted(shown(staff.get(f"{ORDERS}?amount_from=404.80&amount_to=406.80"))) == ["o-0", "o-1", "o-2"]
    assert len(shown(staff.get(f"{ORDERS}?scene={orders[0].scene}&promoter_id=p1"))) == 2
    assert shown(staff.get(f"{ORDERS}?scene=99999999999999999999")) == []


def test_an_order_with_two_lines_of_a_product_is_listed_and_summed_once(staff, orders):
    line = orders[0].lines.first()
    line.pk, line.out_sku_id, line.position = None, "another", 9
    line.save(force_insert=True)
    page = staff.get(f"{ORDERS}?out_product_id={line.out_product_id}&amount_to=405")
    assert shown(page) == ["o-0"] and "Sum ¥404.80" in words(page)


def test_the_presets_of_days_keep_the_other_filters(staff, orders):
    page = staff.get(f"{ORDERS}?promoter_id=p0")
    (link,) = document(page).xpath("//a[@class='preset'][normalize-space()='7 days']")
    assert sorted(shown(staff.get(ORDERS + link.get("href")))) == ["o-0", "o-2"]


def test_the_sum_of_what_is_shown(staff, orders):
    assert "Sum ¥404.80" in words(staff.get(f"{ORDERS}?amount_to=405"))


def test_columns_are_chosen_and_stay_while_filtering(staff, orders):
    page = staff.get(f"{ORDERS}?cols=price&cols=-&promoter_id=p1", follow=True)
    heads = document(page).xpath("//table[@id='result_list']/thead//th")
    assert [head.text_content().strip() for head in heads[1:]] == ["Order", "Price"]
    assert sorted(shown(page)) == ["o-1", "o-3"]


def test_a_view_is_saved_shared_and_deleted(staff, orders, client):
    staff.post(f"{ORDERS}views/", {"name": "推广员一", "query": "promoter_id=p1", "shared": "1"})
    view = SavedView.objects.get()
    page = staff.get(ORDERS)
    (link,) = document(page).xpath("//span[@class='view']/a")
    assert sorted(shown(staff.get(ORDERS + link.get("href")))) == ["o-1", "o-3"]
    client.force_login(make_user("warehouse"))
    assert "推广员一" in words(client.get(ORDERS))
    assert client.post(f"{ORDERS}views/{view.pk}/delete/").status_code == 404
    client.force_login(view.user)
    client.post(f"{ORDERS}views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_that_is_not_shared_is_ones_own(staff, orders, client):
    staff.post(f"{ORDERS}views/", {"name": "only-for-me", "query": ""})
    assert "only-for-me" in words(staff.get(ORDERS))
    client.force_login(make_user("warehouse"))
    assert "only-for-me" not in words(client.get(ORDERS))


def test_what_is_shown_is_what_is_written(staff, orders):
    answer = staff.get(f"{ORDERS}download/?as=csv&promoter_id=p1&cols=price,since")
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows[0] == ["Order", "Price"]
    assert sorted(row[0] for row in rows[1:]) == ["o-1", "o-3"]
    book = openpyxl.load_workbook(io.BytesIO(staff.get(f"{ORDERS}download/?as=xlsx&promoter_id=p1").content))
    cells = list(book.active.values)
    assert cells[0][:2] == ("Order", "State") and sorted(row[0] for row in cells[1:]) == ["o-1", "o-3"]
    assert all(isinstance(cell, str) for row in cells[1:] for cell in row if cell is not None)


def test_goods_without_a_picture_are_written_without_its_place(staff, orders):
    text = b"".join(staff.get(f"{ORDERS}download/?as=csv&cols=goods").streaming_content).decode()
    assert ",法式碎花连衣裙 × 2" in text and "–" not in text


def test_a_title_that_looks_like_a_formula_is_text(staff):
    make_spu(title="=cmd|' /C calc'!A0")
    answer = staff.get("/admin/catalog/spu/download/?as=csv")
    assert "'=cmd" in b"".join(answer.streaming_content).decode()


def test_too_many_rows_for_one_xlsx_are_said(staff, orders, monkeypatch):
    monkeypatch.setattr("console.list_export.MOST_XLSX", 2)
    assert "take CSV" in words(staff.get(f"{ORDERS}download/?as=xlsx", follow=True))


@pytest.fixture
def large(monkeypatch):
    """Three rows are too many to wait for."""
    monkeypatch.setattr("console.list_export.MOST", 2)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_large_download_is_written_by_a_worker_and_waits_for_who_asked(staff, orders, large, drain, client, kind):
    page = staff.get(f"{ORDERS}download/?as={kind}&cols=price&promoter_id=p0", follow=True)
    assert "being written" in words(page) and page.headers["Refresh"]
    drain()
    export = Export.objects.get()
    assert (export.rows, export.query) == (3, "cols=price&promoter_id=p0")
    page = staff.get(f"/admin/console/export/{export.pk}/change/")
    (link,) = document(page).xpath("//a[normalize-space()='Download']/@href")
    content = b"".join(staff.get(link).streaming_content)
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode().lstrip("\ufeff"))))
    else:
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert [row[0] for row in rows] == ["Order", "o-4", "o-2", "o-0"]
    staff.get("/admin/")
    user = export.user
    type(user).objects.filter(pk=user.pk).update(is_superuser=False)
    user.groups.clear()
    assert client.get(link).status_code == 403  # who may no longer see the list
    client.force_login(make_user("auditor"))
    assert "Only who asked for it" in words(client.get(f"/admin/console/export/{export.pk}/change/"))
    assert client.get(link).status_code == 404
    client.force_login(make_user("warehouse"))
    assert client.get(f"/admin/console/export/{export.pk}/change/").status_code == 404


def test_a_file_whose_worker_was_killed_is_written_again_and_ends_after_three_tries(staff, orders, large, monkeypatch):
    staff.get(f"{ORDERS}download/?as=csv")
    export = Export.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr("console.list_export.write", lambda *args: 1 / 0)
        for _nth in range(exports.TRIES):
            with pytest.raises(ZeroDivisionError):
                exports.write(export.pk)
            exports.write(export.pk)  # another worker meanwhile: nothing, for as long as the lease lasts
            Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert Export.objects.get().tries == exports.TRIES
    exports.write(export.pk)
    assert "could not be written" in words(staff.get(f"/admin/console/export/{export.pk}/change/"))


def test_a_worker_that_comes_too_late_leaves_the_file_of_the_other(staff, orders, large, monkeypatch):
    staff.get(f"{ORDERS}download/?as=csv")
    export, folder = Export.objects.get(), Path(Export._meta.get_field("file").storage.path("exports"))
    before, write = set(folder.glob("*")), exports.list_export.write

    def slow(*args):
        Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        monkeypatch.setattr("console.list_export.write", write)
        exports.write(export.pk)  # another worker, which is faster
        write(*args)

    monkeypatch.setattr("console.list_export.write", slow)
    exports.write(export.pk)
    export.refresh_from_db()
    assert (export.tries, export.rows, export.fault) == (2, 5, "")
    assert set(folder.glob("*")) - before == {Path(export.file.path)}  # and none that nobody knows


def test_who_lost_the_permission_gets_no_file(orders, large, client):
    user = make_user("warehouse")
    client.force_login(user)
    client.get(f"{ORDERS}download/?as=csv")
    user.groups.clear()
    exports.write(Export.objects.get().pk)
    export = Export.objects.get()
    assert export.fault == exports.GONE and not export.file


def test_each_download_is_kept_and_a_files_end_is_a_week(staff, orders, large, drain):
    staff.get(f"{ORDERS}download/?as=csv&promoter_id=p1")
    staff.get(f"{ORDERS}download/?as=csv")
    drain()
    small, big = Export.objects.order_by("id")
    assert (small.rows, small.file, big.rows) == (2, "", 5)
    name = big.file.path
    Export.objects.update(done_at=timezone.now() - timedelta(days=8))
    assert exports.prune() == 1
    assert not Path(name).exists()
    assert "no longer kept" in words(staff.get(f"/admin/console/export/{big.pk}/change/"))
    assert "Orders" in words(staff.get("/admin/console/export/"))


def test_a_view_with_too_many_filters_is_refused_instead_of_cut(staff):
    page = staff.post(f"{ORDERS}views/", {"name": "long", "query": "promoter_id=" + "p" * 1000}, follow=True)
    assert "too many filters" in words(page) and not SavedView.objects.exists()


def test_a_download_needs_the_permission_of_the_list(client):
    client.force_login(make_user("warehouse"))
    assert client.get("/admin/funds/flow/download/").status_code == 403


@pytest.mark.parametrize(("model", "model_admin"), LISTS, ids=[model._meta.label_lower for model, _one in LISTS])
def test_every_list_downloads_and_filters_by_day(staff, platform, model, model_admin):
    make_companies()
    sample(model)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    if staff.get(url).status_code == 302:
        return  # a single record
    days = {"since": "2020-01-01", "until": "2030-01-01"} if model_admin.day_column else {}
    assert staff.get(url, days).status_code == 200
    answer = staff.get(f"{url}download/")
    assert len(list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))) >= 2


def test_every_list_of_things_that_happen_has_days():
    happens = {
        "orders.order", "aftersales.aftersale", "aftersales.dispute", "aftersales.complaint", "funds.flow",
        "funds.settlement", "funds.withdrawal", "funds.paymentorder", "console.job", "console.edit", "console.reveal",
        "wechat.step", "wechat.call", "wechat.callback", "catalog.batch", "coupons.usercoupon", "scenes.liveday",
    }  # fmt: skip
    with_days = {
        model._meta.label_lower for model, one in admin.site._registry.items() if getattr(one, "day_column", "")
    }
    assert happens <= with_days
    assert set(KINDS) >= happens


def test_a_list_takes_few_queries_whatever_it_holds(staff, platform, django_assert_max_num_queries):
    make_companies()
    staff.get("/admin/")
    for model, _one in LISTS:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        counted = []
        if model is Step:
            Step.objects.all().delete()  # of other samples: each kind of record is one question more
        for again in range(2):
            if not again or model in MAKERS:
                sample(model)
            most = 6 if model is Order else 7 if again else 8  # content types are remembered after the first
            with django_assert_max_num_queries(most) as queries:
                staff.get(url)
            counted.append(len(queries))
        assert counted[0] >= counted[1], url


def test_every_list_says_what_it_will_hold():
    silent = {model._meta.label for model, one in LISTS if not (one.empty_text or isinstance(one, SingleAdmin))}
    assert silent == {"auth.User", "auth.Group", "wechat.AccountInfo"}  # never empty


def test_an_empty_list_says_so_and_one_without_a_match_offers_all(staff):
    assert "A job comes of each action" in words(staff.get("/admin/console/job/"))
    page = staff.get("/admin/catalog/spu/")
    assert "Add a product, import a sheet" in words(page)
    links = document(page).xpath("//div[@class='empty-list']//a/@href")
    assert links == ["/admin/catalog/spu/add/", "/admin/guides/products/"]
    assert "No row fits what is chosen." in words(staff.get(f"{ORDERS}?promoter_id=nobody"))
