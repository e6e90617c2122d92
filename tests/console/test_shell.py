"""The shell of every page: the menu by work, what waits, and the front page."""

from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console import guides, today
from console.menu import GROUPS
from console.roles import ROLES
from qualifications.operations import submit_brand
from scenes.models import Access
from tests.console.pages import document, words
from tests.console.test_posts import ADMINS, KINDS, sample
from tests.factories import make_brand, make_companies, make_order, make_spu, make_user

pytestmark = pytest.mark.django_db


def menu(response) -> list[tuple[str, str]]:
    return [(a.text_content().strip(), a.get("href")) for a in document(response).xpath("//nav[@class='groups']/a")]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_at_most_eight_groups_and_only_pages_it_may_open(client, role):
    client.force_login(make_user(role))
    page = client.get("/admin/")
    assert 2 <= len(menu(page)) <= 8
    links = {a.get("href") for a in document(page).xpath("//details[@class='drawer']//a")}
    assert {link: client.get(link).status_code for link in links if client.get(link).status_code >= 400} == {}


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_the_front_page_is_forbidden(client, role, platform):
    client.force_login(make_user(role))
    brand = make_brand()
    links = {a.get("href") for a in document(client.get("/admin/")).xpath("//main//a")}
    assert {link for link in links if link and client.get(link).status_code >= 400} == set(), brand


@pytest.mark.parametrize(("model", "model_admin"), ADMINS, ids=KINDS)
def test_every_page_has_the_menu_and_knows_where_it_is(client, platform, model, model_admin):
    make_companies()
    client.force_login(make_user("owner", is_superuser=True))
    at = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for url in (reverse(f"{at}_changelist"), reverse(f"{at}_change", args=[sample(model).pk])):
        page = client.get(url, follow=True)
        assert page.status_code == 200
        assert next(label for label, _url in menu(page)) == "Today"
        here = document(page).xpath("//nav[@class='groups']/a[@aria-current]/text()")
        assert len(here) == 1, url
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    # The page of the access looks for the evidence of each of its 17 steps.
    assert len(asked) <= (22 if model is Access else 12)


def test_what_waits_is_counted_in_the_menu(client, platform):
    client.force_login(make_user("product"))
    make_brand()
    make_brand()
    groups = dict.fromkeys(text.split(" ")[0] for text, _url in menu(client.get("/admin/")))
    assert "Papers" in groups
    assert ("Papers 2", reverse("admin:qualifications_brandqualification_changelist")) in menu(client.get("/admin/"))


def test_the_menus_counts_are_as_old_as_allowed_and_no_older(client, platform, settings):
    client.force_login(make_user("product"))
    papers = reverse("admin:qualifications_brandqualification_changelist")
    make_brand()
    for fresh, counted in ((3600, 1), (3600, 1), (0, 3)):
        settings.MENU_FRESH = fresh
        assert (f"Papers {counted}", papers) in menu(client.get(papers)), fresh
        if fresh:
            make_brand()


def test_every_group_of_work_is_one_of_the_menu():
    assert {work.group for work in today.works} <= set(GROUPS)
    placed = {model_admin.menu[0] for model_admin in admin.site._registry.values() if hasattr(model_admin, "menu")}
    assert placed == set(GROUPS)


@pytest.mark.django_db(transaction=True)
def test_the_front_page_takes_at_most_fifteen_queries(client, platform):
    client.force_login(make_user("owner"))
    make_companies()
    client.get("/admin/")
    counts = []
    for _round in range(2):
        submit_brand(make_brand())
        platform.pay(make_order().out_order_id)
        make_spu()
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, [query["sql"][:80] for query in queries]


def test_zeros_are_one_line(client):
    client.force_login(make_user("warehouse"))
    page = client.get("/admin/")
    assert document(page).xpath("//a[contains(@class,'card')]") == []
    assert "All quiet: " in words(page)


@pytest.mark.parametrize(
    ("role", "title"),
    [
        ("owner", "Orders, 14 days"),
        ("warehouse", "Orders, 14 days"),
        ("finance", "Account movements, 14 days"),
        ("customer_service", "After-sales, 14 days"),
        ("product", "Submitted for review, 14 days"),
        ("auditor", "Orders, 14 days"),
    ],
)
def test_each_role_has_its_chart(client, role, title):
    client.force_login(make_user(role))
    page = client.get("/admin/")
    assert title in words(page)
    assert len(document(page).xpath("//*[local-name()='rect'][@class='bar']")) == 14


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", guides.GUIDES)
def test_each_guide_is_readable_from_inside_in_both_languages(client, name, language):
    client.force_login(make_user("warehouse"))
    client.cookies["django_language"] = language
    page = client.get(reverse("admin:guide", args=[name]))
    assert document(page).xpath("//article//h1")
    (article,) = document(page).xpath("//article")
    assert ("的" in article.text_content()) == (language == "zh-hans")
    for link in document(page).xpath("//article//a/@href"):
        assert link.startswith("http") or client.get(urljoin(page.wsgi_request.path, link)).status_code == 200, link


def test_a_page_links_to_its_guide_and_an_unknown_guide_is_none(client):
    client.force_login(make_user("owner"))
    for page, guide in (("/admin/orders/order/", "orders"), ("/admin/coupons/coupon/", "coupons")):
        assert document(client.get(page)).xpath("//a[@class='guide-link']/@href") == [f"/admin/guides/{guide}/"]
    assert client.get("/admin/guides/").status_code == 200
    assert client.get("/admin/guides/nothing/").status_code == 404
