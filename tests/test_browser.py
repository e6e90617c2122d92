"""One walk in a real Chromium: sign in, submit, be rejected by WeChat, read why, correct it, be approved."""

import io

import openpyxl
import pytest
from django.utils import timezone
from PIL import Image

from aftersales.models import Aftersale
from catalog.coupons.models import CouponSetup
from catalog.models import SPU
from catalog.operations import submit_spu
from orders.operations import refresh_order
from qualifications.models import BrandQualification
from sandbox.models import Product
from scenes.models import Access
from tests.catalog.test_sheets import as_xlsx, line, zipped
from tests.factories import (
    free_category,
    make_companies,
    make_image,
    make_order,
    make_spu,
    make_user,
    picture,
)
from tests.sheets import workbook
from tests.shop import sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_newcomer_gets_a_brand_approved(page, live_server, workers, platform, tmp_path):
    licence, certificate, no_picture = tmp_path / "licence.png", tmp_path / "certificate.jpg", tmp_path / "text.png"
    licence.write_bytes(picture())
    certificate.write_bytes(picture("JPEG"))
    no_picture.write_text("this is no picture")
    user = make_user("product")

    page.goto(f"{live_server.url}/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")
    page.goto(f"{live_server.url}/admin/")
    page.click(".groups >> text=Papers")
    page.click(".pages >> text=Brand applications")
    page.click("text=Add brand application")

    page.fill("#id_brand_wording", "茶里")
    page.select_option("#id_trademark_type", "30")
    page.fill("#id_trademark_registrant_nu", "1249305")
    assert page.locator("#id_trademark_registrant").is_visible()
    page.select_option("#id_brand_audit_type", "2")
    assert not page.locator("#id_trademark_registrant").is_visible()
    page.select_option("#id_brand_audit_type", "1")
    page.set_input_files("[name=license-files]", [licence, no_picture])
    page.click("button[value=submit_brand]")
    page.wait_for_selector("text=text.png: This is not a JPG or PNG picture")
    assert page.input_value("#id_brand_wording") == "茶里"
    assert page.locator("[name=license]:checked").count() == 1

    page.click("button[value=submit_brand]")
    page.wait_for_selector("text=A registered trademark needs its registration certificate.")
    page.set_input_files("[name=trademark_registration_certificate-files]", certificate)
    page.fill("#id_trademark_registrant", "杭州茶里有限公司")
    page.fill("#id_trademark_authorization_period", "2030-03-25")
    page.click("button[value=submit_brand]")
    page.wait_for_selector(".record-head .badge-blue:has-text('In review')")
    record = page.url

    page.goto(f"{live_server.url}/sandbox/")
    page.fill("[name=reason]", "商标注册证不清晰，请上传原件。")
    page.click("form[action$='/reject/'] button")
    wait_for(lambda: BrandQualification.objects.get().last_round.status == 9)
    page.goto(record)
    page.wait_for_selector(".refusal .reason:has-text('商标注册证不清晰，请上传原件。')")
    page.fill("#id_brand_wording", "茶里 CHALI")
    page.click("button[value=submit_brand]")
    page.wait_for_selector(".record-head .badge-blue:has-text('In review')")

    page.goto(f"{live_server.url}/sandbox/")
    page.click("form[action$='/approve/'] button")
    wait_for(lambda: BrandQualification.objects.get().brand_id == 10001)
    page.goto(record)
    page.wait_for_selector(".record-head .badge-green:has-text('Approved')")
    page.wait_for_selector(".timeline :text('Review 2')")
    assert page.locator("button[value=submit_brand]").count() == 0
    assert page.complaints == []


def test_a_sheet_with_three_bad_rows_is_mended_imported_and_submitted(page, live_server, workers, platform, tmp_path):
    """Through the downloads and uploads a person makes: bad rows named, mended in their own file, then to review."""
    rows = [line(number, head_img="a.png") for number in range(1, 41)]
    rows[9]["third_cat_id"], rows[19]["sale_price"], rows[29]["head_img"] = "没有这个类目", "十九", "missing.png"
    sheet, packed, bad = tmp_path / "products.xlsx", tmp_path / "pictures.zip", tmp_path / "bad.xlsx"
    free_category()
    sheet.write_bytes(as_xlsx(rows).read())
    packed.write_bytes(zipped(a_dot_png=picture()).read())
    sign_in(page, live_server, make_user("product"))

    page.goto(f"{live_server.url}/admin/catalog/spu/")
    page.click("text=Import a sheet")
    page.set_input_files("[name=sheet]", sheet)
    page.set_input_files("[name=pictures]", packed)
    page.click("button:has-text('Check it')")
    for fault in (
        "“没有这个类目” is not a third-level category",
        "“十九” is not an amount in yuan",
        "“missing.png” is not in the zip",
    ):
        page.wait_for_selector(f"td:has-text('{fault}')")
    assert page.locator("table.rows tbody tr").count() == 3
    page.click("button:has-text('Import the 37 good rows')")
    page.wait_for_selector(".record-head .badge-green:has-text('Imported')")

    with page.expect_download() as download:
        page.click("text=Download the bad rows")
    download.value.save_as(bad)
    mend(bad, {"Category": "6040", "Price (yuan)": "19.90", "Pictures": "a.png"})
    page.click("text=Upload another sheet")
    page.set_input_files("[name=sheet]", bad)
    page.set_input_files("[name=pictures]", packed)
    page.click("button:has-text('Check it')")
    page.click("button:has-text('Import the 3 good rows')")
    page.wait_for_selector(".record-head .badge-green:has-text('Imported')")

    page.click("text=Go on: submit for review")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "submit_spu")
    page.click("button[name=index]")
    page.click("button:has-text('Submit for review (40)')")
    page.wait_for_selector(".record-head .badge-green:has-text('Finished')")
    assert page.locator(".job-counts b").inner_text() == "40"
    assert Product.objects.filter(edit_status=2).count() == 40

    page.goto(f"{live_server.url}/sandbox/")
    page.click("button:has-text('Approve all 40 products')")
    wait_for(lambda: SPU.objects.filter(status=5).count() == 40)
    page.goto(f"{live_server.url}/admin/catalog/spu/?state=on-sale")
    page.wait_for_selector(".chip[aria-current]:has-text('On sale 40')")
    assert page.complaints == []


def mend(path, cells: dict[str, str]) -> None:
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book.active[1]]
    for row in book.active.iter_rows(min_row=2):
        for name, cell in cells.items():
            row[heads.index(name)].value = cell
    book.save(path)


def test_one_form_edits_orders_pictures_and_warns_before_a_review(page, live_server, workers, platform):
    spu = make_spu(head_img=[make_image(), make_image()])
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    wait_for(lambda: SPU.objects.get().status == 5)
    sign_in(page, live_server, make_user("product"))
    page.goto(f"{live_server.url}/admin/catalog/spu/{spu.pk}/change/")
    warning = page.locator("#review-warning")
    page.fill("#id_skus-0-stock_num", "7")
    page.keyboard.press("Tab")
    assert not warning.is_visible()
    page.click(".field-head_img li:nth-child(2) .earlier")
    assert warning.is_visible()
    page.reload()
    page.fill("#id_skus-0-stock_num", "7")
    page.click("button[value=send]")
    page.wait_for_selector("text=Update price and stock: done.")
    assert platform.product(spu.out_product_id).online["skus"][0]["stock_num"] == 7
    page.click(".field-head_img li:nth-child(2) .earlier")
    page.click("button[value=send]")
    page.wait_for_selector(".record-head .badge-blue:has-text('In review')")
    before = platform.product(spu.out_product_id).online["head_img"]
    assert platform.product(spu.out_product_id).draft["head_img"] == before[::-1]
    assert page.complaints == []


def test_a_coupons_form_shows_what_its_type_has_and_hides_nothing_filled(page, live_server, workers, platform):
    CouponSetup.objects.update(confirmed_at=timezone.now())
    sign_in(page, live_server, make_user("product"))
    page.goto(f"{live_server.url}/admin/coupons/coupon/add/")
    fee, rate, goods = (
        page.locator("#id_discount_fee"),
        page.locator("#id_discount_num"),
        page.locator("#id_out_product_ids"),
    )
    days, end = page.locator("#id_valid_day_num"), page.locator("#id_valid_end_time_0")
    assert [one.is_visible() for one in (fee, rate, goods, days, end)] == [True, False, False, False, True]
    assert not page.locator("fieldset:has(#id_buy_product_cnt)").is_visible()
    page.fill("#id_discount_fee", "5")
    page.select_option("#id_type", "3")
    page.select_option("#id_valid_type", "2")
    assert [one.is_visible() for one in (fee, rate, goods, days, end)] == [True, True, True, True, False]
    page.fill("#id_name", "八折")
    page.fill("#id_discount_num", "8000")
    page.click("button[value=submit_coupon]")
    page.wait_for_selector("text=A coupon of this type does not have this: leave it empty.")
    assert fee.is_visible()
    assert page.complaints == []


def test_a_claim_arrives_its_clock_counts_it_is_agreed_to_and_the_refund_arrives(page, live_server, workers, platform):
    order = make_order()
    platform.pay(order.out_order_id)
    wait_for(lambda: order.__class__.objects.get().status == 20)
    sign_in(page, live_server, make_user("customer_service"))
    page.goto(f"{live_server.url}/sandbox/")
    page.click("button:has-text('Apply as the buyer')")
    wait_for(lambda: Aftersale.objects.filter(status=2).exists())
    page.goto(f"{live_server.url}/admin/aftersales/aftersale/?state=ours")
    clock = page.locator("time.clock")
    first = clock.inner_text()
    assert first.startswith("47:59:")
    wait_for(lambda: clock.inner_text() != first)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=WeChat agrees in your place")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click(".record-buttons button:has-text('Agree to refund')")
    page.wait_for_selector(".record-head .badge-green:has-text('Refunded')")
    assert platform.aftersale(Aftersale.objects.get().aftersale_id).status == 13
    assert page.complaints == []


def test_a_new_merchant_begins_at_the_board_applies_and_is_let_in(page, live_server, workers, platform):
    platform.configure(access="closed")
    user = make_user("owner")
    page.goto(f"{live_server.url}/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "pass word 1")
    page.click("input[type=submit]")
    page.wait_for_selector("#step-1 .badge:has-text('Not begun')")
    page.click("#step-1 button:has-text('Apply for access')")
    page.wait_for_selector("#step-1 .badge-blue:has-text('With WeChat')")
    assert page.locator("#step-4 button").is_disabled()
    page.goto(f"{live_server.url}/sandbox/")
    page.click("button:has-text('Sign as the administrator')")
    wait_for(lambda: Access.load().is_open)
    page.goto(f"{live_server.url}/")
    page.wait_for_selector(".way:has-text('1 of 17')")
    page.click(".way")
    page.click("#step-2 button:has-text('Tick: done')")
    page.wait_for_selector("#step-2 .badge-green:has-text('Completed')")
    assert page.complaints == []


def test_a_list_that_a_spreadsheet_has_spoilt_is_mended_and_shipped(page, live_server, workers, platform, tmp_path):
    """A long waybill as a number, two waybills in a cell, a header nobody knows: named, mended, sent."""
    make_companies()
    orders = [make_order(), make_order()]
    for order in orders:
        platform.pay(order.out_order_id)
        refresh_order(order)
    headers = ["备注", "快递单号（必填）", "物流公司", "订单编号（必填）"]
    first, second = (order.out_order_id for order in orders)
    spoilt, mended = tmp_path / "spoilt.xlsx", tmp_path / "mended.xlsx"
    two = "SF1234567890203,SF1234567890204"
    rows = [["加急", 773123456789012345, "顺丰", first], ["", two, "顺丰", second]]
    spoilt.write_bytes(workbook([headers, *rows], hidden=[[["省", "市"]]]).getvalue())
    rows = [["加急", "773123456789012345", "顺丰", first], ["", " SF 1234 5678 9020 3\u200b", "顺丰", second]]
    mended.write_bytes(workbook([headers, *rows]).getvalue())
    sign_in(page, live_server, make_user("warehouse"))
    for path in (spoilt, mended):
        page.goto(f"{live_server.url}/admin/orders/order/ship-many/")
        page.set_input_files("[name=sheet]", path)
        page.click("button:has-text('Check it')")
        if path == spoilt:
            page.wait_for_selector("text=has cut this number's digits")
            page.wait_for_selector("text=There are 2 waybills in one cell")
            assert page.locator("button:has-text('Ship what is ticked')").is_disabled()
    page.wait_for_selector("text=2 of 2 lines can be shipped")
    page.click("button:has-text('Ship what is ticked')")
    wait_for(lambda: orders[0].__class__.objects.filter(status=30).count() == 2)
    sent = {parcel.waybill_id for order in orders for parcel in order.parcels.all()}
    assert sent == {"773123456789012345", "SF1234567890203"}
    assert page.complaints == []


def test_a_phone_photo_and_an_unknown_header_are_told_and_imported(page, live_server, workers, platform, tmp_path):
    sheet, packed = tmp_path / "products.xlsx", tmp_path / "pictures.zip"
    free_category()
    rows = [
        ["商品编号", "商品名称", "类目", "页面路径", "主图", "SKU ID", "价格", "库存数量", "采购员"],
        ["p1", "法式碎花连衣裙", 6040, "pages/p", "照片.jpg", "p1-1", 199.79999999999998, 5, "小李"],
    ]
    sheet.write_bytes(workbook(rows).getvalue())
    packed.write_bytes(zipped(照片_dot_jpg=photo()).read())
    sign_in(page, live_server, make_user("product"))
    page.goto(f"{live_server.url}/admin/catalog/batch/add/")
    page.set_input_files("[name=sheet]", sheet)
    page.set_input_files("[name=pictures]", packed)
    page.click("button:has-text('Check it')")
    page.wait_for_selector("text=Columns that are not read: 采购员")
    page.click("button:has-text('Import the good row')")
    page.wait_for_selector(".record-head .badge-green:has-text('Imported')")
    page.wait_for_selector("text=What was done to a picture")
    spu = SPU.objects.with_content().get()
    assert (spu.skus.get().sale_price, len(spu.links("head_img"))) == (19980, 1)
    assert page.complaints == []


def photo() -> bytes:
    """As a phone writes it: lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()
