"""The index of parts: finds at once, after a change, after a table was made anew, and after a loss."""

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import SPU
from console import search_index
from console.feed import triggers
from console.models import SearchText
from console.search_index import find, grams
from tests.console.pages import words
from tests.factories import make_order, make_spu, make_user, order_body
from tests.test_commands import run

pytestmark = pytest.mark.django_db(transaction=True)


def hidden(monkeypatch):
    """No row counts as new, so that only the index finds any."""
    monkeypatch.setattr(search_index, "LATE", -10_000)
    monkeypatch.setattr(search_index, "LATE_FOR", -timezone.timedelta(hours=1))


def test_grams_are_characters_and_pairs_of_chinese_and_threes_of_letters():
    assert grams("连衣abc") == {"连", "衣", "连衣", "衣a", "abc"}
    assert grams("ab") == set()


@pytest.mark.parametrize("part", ["裙", "连衣", "碎花连衣裙", "dress-", "RED-RED-R", "red", "9 法式", "d-"])
def test_a_part_is_found_by_the_index_alone(monkeypatch, part):
    spu = make_spu(title="法式碎花连衣裙 2029", out_product_id="dress-1")
    spu.skus.update(out_sku_id="Red-red-RED")
    make_spu(title="帆布包", out_product_id="bag-1")
    assert search_index.refresh() == 2
    hidden(monkeypatch)
    assert find("product", part) == [spu.pk]
    assert search_index.refresh() == 0


def test_what_is_new_or_changed_is_found_before_and_after_the_next_run(monkeypatch):
    spu = make_spu(title="帆布包")
    search_index.refresh()
    spu.title = "羊绒衫"
    spu.save()
    assert find("product", "羊绒") == [spu.pk]
    assert find("product", "帆布") == []
    search_index.refresh()
    hidden(monkeypatch)
    assert find("product", "羊绒") == [spu.pk]
    assert find("product", "帆布") == []


def test_an_order_whose_transaction_commits_late_is_found(platform, monkeypatch):
    first, second = (make_order(order_body(out_order_id=f"o-2026-{nth}")) for nth in (1, 2))
    search_index.refresh()
    # As if the first had not been committed when the index saw the second.
    SearchText.objects.filter(kind="order", source=first.pk).delete()
    assert search_index.refresh() == 1
    hidden(monkeypatch)
    assert set(find("order", "2026-")) == {second.pk, first.pk}


def test_the_index_survives_a_migration_that_makes_its_tables_anew(monkeypatch):
    spu = make_spu(title="法式碎花连衣裙")
    search_index.refresh()
    hidden(monkeypatch)
    for model, name in ((SearchText, "text"), (SPU, "title")):
        old = model._meta.get_field(name)
        new = old.clone()
        new.set_attributes_from_name(name)
        new.model, new.null = model, True
        if connection.vendor == "sqlite":
            with connection.schema_editor() as editor:
                editor.alter_field(model, old, new)
                editor.alter_field(model, new, old)
            triggers.make()  # SQLite made the tables anew, without the feed's
        else:
            with connection.schema_editor() as editor:
                editor.alter_field(model, old, new)
            with connection.schema_editor() as editor:
                editor.alter_field(model, new, old)
    assert find("product", "连衣") == [spu.pk]


def test_a_lost_index_is_made_anew_by_the_command(monkeypatch):
    spu = make_spu(title="法式碎花连衣裙")
    search_index.refresh()
    hidden(monkeypatch)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO console_searchgrams (console_searchgrams) VALUES ('delete-all')")
        else:
            cursor.execute("DELETE FROM console_searchtext")
    assert find("product", "连衣") == []
    assert run("index_search", "--rebuild")[0] == "1 texts written\n"
    assert find("product", "连衣") == [spu.pk]


def test_comparing_mends_what_no_run_saw(monkeypatch):
    spu, gone = make_spu(title="帆布包"), make_spu(title="龙井茶", out_product_id="tea")
    search_index.refresh()
    SPU.objects.filter(pk=spu.pk).update(title="羊绒衫")
    gone.delete()
    hidden(monkeypatch)
    assert find("product", "羊绒") == find("product", "龙井") == []
    assert run("index_search")[0] == "1 texts written\n"
    assert find("product", "羊绒") == [spu.pk]
    texts = list(SearchText.objects.values_list("text", flat=True))
    assert [text.split("\n")[0] for text in texts] == ["羊绒衫"]


def test_odd_queries_find_nothing_and_break_nothing():
    make_spu()
    search_index.refresh()
    for query in ('"', "' OR 1", "%", "_", "*", "\x00无", "NEAR(裙", "\\", "𠮷", " "):
        assert find("product", query) == [], query


def test_the_index_uses_its_grams():
    SearchText.objects.bulk_create(SearchText(kind="product", source=nth, text=f"货品{nth}") for nth in range(3000))
    rows = search_index._with_grams("product", ["299", "999"]).order_by("-pk")[:10]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    index = {"sqlite": "VIRTUAL TABLE INDEX", "postgresql": "console_searchtext_grams"}[connection.vendor]
    assert index in rows.explain()


def test_a_search_that_finds_too_many_is_neither_downloaded_nor_acted_on_as_a_whole(client, monkeypatch):
    for nth in range(3):
        make_spu(title=f"法式碎花连衣裙 {nth}")
    client.force_login(make_user("product"))
    url = "/admin/catalog/spu/"
    assert "Narrow it" not in words(client.get(url, {"q": "连衣裙"}))
    monkeypatch.setattr(search_index, "MOST", 2)
    monkeypatch.setattr("console.lists.MOST_FOUND", 2)
    assert "More than the newest 2 fit" in words(client.get(url, {"q": "连衣裙"}))
    for page in ("download/?q=连衣裙", "export/?as=csv&q=连衣裙"):
        assert "narrow it first" in words(client.get(f"{url}{page}", follow=True))
    chosen = {"action": "delist_spu", "select_across": "1", "_selected_action": [SPU.objects.first().pk]}
    assert "narrow it first" in words(client.post(f"{url}?q=连衣裙", chosen, follow=True))
