"""The bulk commands: what they choose, say, and leave."""

import openpyxl
import pytest
from django.core.management import CommandError

from catalog.models import SPU, Batch, Difference, Unsent
from catalog.operations import delist_spu, refresh_spu, remove_spu, submit_spu
from console.models import Job
from tests.catalog.test_sheets import as_csv, line, zipped
from tests.factories import free_category, make_spu, picture
from tests.test_commands import run
from wechat.models import Step

pytestmark = pytest.mark.django_db(transaction=True)


def on_sale(platform, **fields) -> SPU:
    spu = make_spu(**fields)
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    return SPU.objects.get(pk=spu.pk)


def test_what_waits_is_submitted_and_what_does_not_is_left(platform):
    good, bad, waiting, sold = make_spu(), make_spu(path=""), make_spu(), on_sale(platform)
    submit_spu(waiting)
    calls = len(platform.ledger("spu/add"))
    out, err, code = run("submit_products", "--all", "--yes")
    assert (code, "1 done, 0 refused, 1 skipped" in out) == (1, True)
    assert f"{bad.out_product_id}\tskipped" in err
    assert len(platform.ledger("spu/add")) == calls + 1
    good.refresh_from_db()
    sold.refresh_from_db()
    assert (good.edit_status, sold.edit_status) == (2, 4)


def test_named_products_only(platform):
    first, second = make_spu(), make_spu()
    assert run("submit_products", "--yes", first.out_product_id)[2] == 0
    assert SPU.objects.get(pk=second.pk).edit_status is None


def test_a_dry_run_sends_nothing(platform):
    make_spu()
    out, _err, code = run("submit_products", "--all", "--dry-run")
    assert (code, "would be done" in out, Step.objects.count()) == (0, True, 0)


def test_prices_and_stock_are_pushed_without_a_review(platform):
    spu = on_sale(platform)
    spu.skus.update(stock_num=3)
    SPU.objects.update(unsent=Unsent.FREE)
    assert run("push_stock", "--all", "--yes")[2] == 0
    assert platform.product(spu.out_product_id).online["skus"][0]["stock_num"] == 3


def test_on_and_off_sale_by_name_or_all(platform):
    first, second = on_sale(platform), on_sale(platform)
    for command in ("list_products", "delist_products"):
        with pytest.raises(CommandError, match="--all"):
            run(command)
    assert run("delist_products", "--yes", first.out_product_id)[2] == 0
    assert [platform.product(spu.out_product_id).status for spu in (first, second)] == [11, 5]
    assert run("delist_products", "--yes", "--all")[2] == 0
    assert run("list_products", "--yes", "--category", "6040")[2] == 0
    assert [platform.product(spu.out_product_id).status for spu in (first, second)] == [5, 5]


def test_pulling_reads_all_and_says_what_differs(platform):
    sold, waiting = on_sale(platform), make_spu()
    submit_spu(waiting)
    platform.drift(sold.out_product_id)
    platform.approve_product(waiting.out_product_id)
    delist_spu(SPU.objects.get(pk=sold.pk))
    out, _err, code = run("pull_products")
    assert (code, "2 rows" in out, "3 differences" in out) == (0, True, True)
    assert Difference.objects.count() == 3
    assert SPU.objects.get(pk=waiting.pk).status == 5


def test_pulling_reads_the_unapproved_one_by_one(platform):
    waiting = make_spu()
    submit_spu(waiting)
    platform.reject_product(waiting.out_product_id, "不通过")
    out, _err, code = run("pull_products")
    assert (code, "catalog.refresh_spu" in out) == (0, True)
    assert SPU.objects.get().reject_reason == "不通过"


def test_a_pull_that_failed_says_so(platform):
    platform.fault("timeout_before", "/shop/spu/get_list")
    assert run("pull_products")[2] == 1


def test_a_file_is_imported_and_undone(platform, tmp_path):
    free_category()
    sheet, packed = tmp_path / "s.csv", tmp_path / "p.zip"
    sheet.write_bytes(as_csv([line(1, head_img="a.png"), line(2, sale_price="x")]).read())
    packed.write_bytes(zipped(a_dot_png=picture()).read())
    out, err, code = run("import_products", "--yes", str(sheet), pictures=packed)
    assert (code, "1 rows good, 1 bad, 0 without a change; 1 products new" in out) == (1, True)
    assert "row 3\tp2\tsale_price\t“x” is not an amount" in err
    assert SPU.objects.count() == 1
    out, _err, _code = run("import_products", "--yes", undo=Batch.objects.get().pk)
    assert ("undone" in out, SPU.objects.count()) == (True, 0)
    with pytest.raises(CommandError, match="cannot be undone"):
        run("import_products", "--yes", undo=Batch.objects.get().pk)


def test_a_dry_run_of_an_import_changes_nothing(tmp_path):
    free_category()
    sheet = tmp_path / "s.csv"
    sheet.write_bytes(as_csv([line(1)]).read())
    out, _err, code = run("import_products", str(sheet), "--dry-run")
    assert (code, "checked" in out, SPU.objects.count()) == (0, True, 0)
    _out, _err, code = run("import_products", resume=Batch.objects.get().pk)
    assert (code, SPU.objects.count()) == (0, 1)


@pytest.mark.parametrize(("name", "content"), [("missing.csv", None), ("a.pdf", b"x")])
def test_a_file_that_is_none_ends_with_2(tmp_path, name, content):
    path = tmp_path / name
    if content:
        path.write_bytes(content)
    with pytest.raises(CommandError) as error:
        run("import_products", "--yes", str(path))
    assert error.value.returncode == 2


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_products_are_exported_and_can_come_back(tmp_path, name):
    make_spu(out_product_id="first")
    make_spu(out_product_id="second")
    path = tmp_path / name
    out, _err, code = run("export_products", "--output", str(path))
    assert (code, "2 products" in out) == (0, True)
    assert run("import_products", "--yes", str(path))[2] == 0
    assert (Batch.objects.get().updated, Batch.objects.get().unchanged) == (0, 2)


def test_prices_alone_are_exported(tmp_path):
    make_spu(out_product_id="first")
    path = tmp_path / "prices.xlsx"
    run("export_products", str(path), "--prices")  # the file without --output, as scripts have it
    heads = [cell.value for cell in openpyxl.load_workbook(path).active[1]]
    assert heads[:3] == ["Product id", "SKU id", "Price (yuan)"]
    with pytest.raises(CommandError, match=r"\.xlsx or \.csv"):
        run("export_products", "--output", str(tmp_path / "prices.pdf"))
    out, err, _code = run("export_products")
    assert (out.splitlines()[1][:6], err) == ("first,", "-: 1 products\n")


# --- the names of what is meant


def test_a_mistyped_product_is_named_and_nothing_is_done_for_the_others(platform):
    spu = on_sale(platform)
    with pytest.raises(CommandError, match=r"There is no product nobody, none\. Nothing was done\.") as refused:
        run("delist_products", "--yes", "nobody", spu.out_product_id, "none")
    assert (refused.value.returncode, platform.ledger("delisting")) == (2, [])


@pytest.mark.parametrize("command", ["submit_products", "push_stock", "withdraw_products", "remove_products"])
def test_neither_names_nor_a_filter_want_all(platform, command):
    with pytest.raises(CommandError, match="Name products, a category or a brand, or say --all") as refused:
        run(command, "--yes")
    assert refused.value.returncode == 2


def test_nothing_to_do_is_said(platform):
    assert run("submit_products", "--all", "--yes") == ("Nothing to do.\n", "", 0)
    assert Job.objects.count() == 0


def test_named_products_are_read_one_by_one(platform):
    waiting, other = make_spu(), make_spu()
    for spu in (waiting, other):
        submit_spu(spu)
        platform.approve_product(spu.out_product_id)
    assert run("pull_products", waiting.out_product_id)[2] == 0
    assert [SPU.objects.get(pk=spu.pk).status for spu in (waiting, other)] == [5, 0]


def test_the_results_of_products_in_review_are_asked_for_too(platform):
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    out, _err, code = run("refresh_audits")
    assert (code, "catalog.refresh_spu" in out, SPU.objects.get().status) == (0, True, 5)


def test_a_review_is_withdrawn_and_what_was_changed_in_it_submitted_again(platform):
    first, changed = make_spu(), make_spu()
    for spu in (first, changed):
        submit_spu(spu)
    SPU.objects.filter(pk=changed.pk).update(title="Another dress of linen", unsent=Unsent.REVIEW)
    out, _err, code = run("resubmit_products", "--all", "--yes")
    assert (code, "1 done" in out, platform.product(changed.out_product_id).draft["title"]) == (
        0,
        True,
        "Another dress of linen",
    )
    assert run("withdraw_products", "--yes", first.out_product_id)[2] == 0
    assert [SPU.objects.get(pk=spu.pk).edit_status for spu in (first, changed)] == [1, 2]
    out, err, code = run("withdraw_products", "--yes", first.out_product_id)
    assert (code, "is not possible while the state is" in err, "1 skipped" in out) == (1, True, True)


def test_products_are_deleted_at_wechat_and_a_hundred_take_two_people(platform, monkeypatch):
    first, second = on_sale(platform), on_sale(platform)
    monkeypatch.setattr(remove_spu, "second_above", 1)
    with pytest.raises(CommandError, match="2 take two people"):
        run("remove_products", "--all", "--yes")
    out, _err, _code = run("remove_products", "--dry-run", first.out_product_id)
    assert out == f"remove_spu\t{first.out_product_id}\twould be done\n"
    assert run("remove_products", "--yes", first.out_product_id)[2] == 0
    assert [SPU.objects.get(pk=spu.pk).removed_at is None for spu in (first, second)] == [False, True]
    with pytest.raises(CommandError, match="1 take two people"):  # the one before counts until midnight
        run("remove_products", "--yes", second.out_product_id)
