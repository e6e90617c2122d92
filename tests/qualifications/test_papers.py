"""One document: what hangs on it, when it is reminded of, and its replacement in every record that may be edited."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import SPU, Brand, Unsent
from catalog.operations import refresh_spu, submit_spu
from console.models import Edit
from orders.funds.models import MerchantAccount
from qualifications.models import AuditStatus, Document
from qualifications.operations import refresh_brand, submit_brand, submit_category
from tests.catalog.test_refusals import QUESTION
from tests.console.pages import document, words
from tests.factories import (
    make_brand,
    make_category,
    make_category_qualification,
    make_document,
    make_spu,
    make_user,
    upload,
)
from wechat.models import Step
from wechat.steps.operations import new_step

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENTS, BRANDS = "/admin/qualifications/document/", "/admin/qualifications/brandqualification/"


@pytest.fixture
def staff(client):
    client.force_login(make_user("owner"))
    return client


def replace(client, old: Document, **fields):
    values = {"title": "Licence, 2027", "file": upload(), **fields}
    return client.post(f"{DOCUMENTS}{old.pk}/replace/", values, follow=True)


# --- what hangs on it


def test_the_page_names_what_hangs_on_the_document(staff):
    paper = make_document()
    brand = make_brand(brand_wording="茶里", license=[paper], brand_id=10001)
    application = make_category_qualification(make_category(), license=[paper])
    own = make_spu(title="有资质的连衣裙", qualification_pics=[paper.image])
    granted = Brand.objects.create(brand_id=10001, brand_wording="茶里")
    under = [make_spu(title="品牌下的茶", brand=granted), make_spu(title="类目下的坚果", category=application.category)]
    make_brand(brand_wording="别的")
    MerchantAccount.objects.update_or_create(pk=MerchantAccount.load().pk, defaults={"license_copy": paper.image})
    page = document(staff.get(f"{DOCUMENTS}{paper.pk}/change/"))
    (section,) = page.xpath("//section[contains(@class, 'papers')]")
    heads = [head.text for head in section.xpath(".//h3")]
    links = [[link.text for link in group.xpath(".//a")] for group in section.xpath(".//ul")]
    found = dict(zip(heads, links, strict=True))
    assert found["Brand applications"] == [str(brand)]
    assert found["Category applications"] == [str(application)]
    assert found["Products"] == [own.title]
    assert found["Merchant account"] == ["Merchant account"]
    assert set(found["Products of these brands and categories"]) == {spu.title for spu in under}


def test_a_long_list_is_cut_and_counted_in_one_query_more(staff):
    few, many = make_document(), make_document()
    make_brand(license=[few])
    for _nth in range(13):
        make_brand(license=[many], trademark_registration_certificate=[])
    counts = []
    for paper in (few, many, few):
        with CaptureQueriesContext(connection) as asked:
            page = words(staff.get(f"{DOCUMENTS}{paper.pk}/change/"))
        counts.append(len(asked))
        assert ("and 3 more" in page) == (paper == many)
    assert counts[1] == counts[2] + 1


def test_only_what_a_person_may_see_is_named(client):
    paper = make_document()
    make_brand(brand_wording="茶里", license=[paper])
    MerchantAccount.objects.update_or_create(pk=MerchantAccount.load().pk, defaults={"license_copy": paper.image})
    client.force_login(make_user("product"))
    page = words(client.get(f"{DOCUMENTS}{paper.pk}/change/"))
    assert "茶里" in page
    assert "Merchant account" not in page


# --- reminders


@pytest.mark.parametrize(("days", "card"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-3, 7)])
def test_a_document_is_reminded_of_at_60_30_and_7_days(staff, days, card):
    paper = make_document(title="执照", expires_on=timezone.localdate() + timedelta(days=days))
    titles = {60: "31 to 60 days left", 30: "8 to 30 days left", 7: "7 days left or less"}
    today = words(staff.get("/admin/"))
    for one, title in titles.items():
        assert ("执照" in words(staff.get(f"{DOCUMENTS}?expiry={one}"))) == (one == card)
        assert (f"1 Documents: {title}" in today) == (one == card)
    assert (paper in Document.objects.expiring()) == (card is not None)


def test_the_nearer_the_end_the_more_pressing_the_card(staff):
    for days in (60, 30, 7):
        make_document(title=f"执照 {days}", expires_on=timezone.localdate() + timedelta(days=days))
    cards = document(staff.get("/admin/")).xpath("//a[starts-with(@class, 'card ')][contains(@href, 'expiry=')]")
    assert [(card.get("class"), card.get("href")[-2:].strip("=")) for card in cards] == [
        ("card card-red", "7"),
        ("card card-amber", "30"),
        ("card card-amber", "60"),
    ]


def test_a_replaced_document_is_reminded_of_no_more(staff):
    old = make_document(expires_on=timezone.localdate())
    replace(staff, old)
    assert not Document.objects.expiring().exists()
    assert "Replaced by Licence, 2027" in words(staff.get(f"{DOCUMENTS}{old.pk}/change/"))


# --- the replacement


def test_a_new_document_takes_its_place_where_it_may_and_the_others_are_named(staff, platform):
    old = make_document()
    draft, waiting = make_brand(brand_wording="草稿", license=[old]), make_brand(brand_wording="审核中", license=[old])
    approved = make_brand(brand_wording="已通过", license=[old])
    for brand in (waiting, approved):
        submit_brand(brand)
    platform.approve(approved.last_round.audit_id)
    refresh_brand(approved)
    rejected = make_category_qualification(make_category(), license=[old])
    submit_category(rejected)
    rejected.last_round.status = AuditStatus.REJECTED
    rejected.last_round.save()
    until = timezone.localdate() + timedelta(days=400)
    page = words(replace(staff, old, expires_on=until))
    new = Document.objects.get(title="Licence, 2027")
    assert (new.kind, new.expires_on) == (old.kind, until)
    assert [list(one.license.all()) for one in (draft, rejected, waiting, approved)] == [[new], [new], [old], [old]]
    assert "Replaced in 2 records." in page
    assert "审核中 : It is in review: replace the document after WeChat's decision." in page
    assert "已通过 : WeChat has approved it with the old document, and takes no second submission." in page
    changes = [
        edit.changes for edit in Edit.objects.filter(object_id=draft.pk, content_type__model="brandqualification")
    ]
    assert changes == [{"papers": [str(old), "Licence, 2027"]}]


def test_a_product_on_sale_has_to_be_reviewed_again_with_the_new_paper(staff, platform):
    old, other = make_document(), make_document()
    spu = make_spu(qualification_pics=[other.image, old.image])
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    page = words(replace(staff, old))
    spu = SPU.objects.with_content().get(pk=spu.pk)
    new = Document.objects.get(title="Licence, 2027")
    assert (spu.links("qualification_pics"), spu.unsent) == ([other.image, new.image], Unsent.REVIEW)
    assert "1 product now has to be submitted for review." in page


def test_the_merchant_accounts_papers_are_replaced_while_it_may_apply(staff):
    old = make_document()
    account = MerchantAccount.load()
    MerchantAccount.objects.filter(pk=account.pk).update(license_copy=old.image)
    account.other_certs.add(old.image)
    replace(staff, old)
    account.refresh_from_db()
    new = Document.objects.get(title="Licence, 2027").image
    assert (account.license_copy, list(account.other_certs.all())) == (new, [new])
    MerchantAccount.objects.update(state="AUDITING")
    page = words(replace(staff, Document.objects.get(title="Licence, 2027"), title="Licence, 2028"))
    assert "Its application cannot be changed while the state is “In review”." in page


def test_of_very_many_the_others_are_left_for_another_press(staff, monkeypatch):
    monkeypatch.setattr("console.papers.MOST", 2)
    old = make_document()
    brands = [make_brand(license=[old]) for _nth in range(3)]
    assert "Others still have the old document" in words(replace(staff, old))
    new = Document.objects.get(title="Licence, 2027")
    assert sum(brand.license.get() == new for brand in brands) == 2
    assert Document.objects.current().filter(pk=old.pk).exists()
    assert "Others still" not in words(replace(staff, old, file="", document=new.pk))
    assert all(brand.license.get() == new for brand in brands)
    assert Document.objects.get(pk=old.pk).replaced_by == new


def test_who_may_not_change_the_account_leaves_it(client):
    old = make_document()
    MerchantAccount.objects.update_or_create(pk=MerchantAccount.load().pk, defaults={"license_copy": old.image})
    client.force_login(make_user("product"))
    assert "You may not change it." in words(replace(client, old))
    assert MerchantAccount.objects.get().license_copy == old.image


def test_what_is_being_sent_keeps_its_papers(staff):
    old = make_document()
    brand = make_brand(license=[old])
    new_step(submit_brand, brand.pk, state=Step.State.SENT).save()
    assert "It is being sent to WeChat." in words(replace(staff, old))
    assert brand.license.get() == old


def test_a_document_that_is_here_takes_the_place_and_others_do_not(staff):
    old, new = make_document(), make_document()
    expired, certificate = make_document(expires_on=timezone.localdate() - timedelta(1)), make_document("certificate")
    brand = make_brand(license=[old])
    for wrong in (expired.pk, certificate.pk, old.pk, ""):
        assert "marked below" in words(replace(staff, old, file="", document=wrong))
    with old.image.file.open() as file:
        assert "This is the old picture." in words(replace(staff, old, file=upload("again.png", file.read())))
    assert brand.license.get() == old
    replace(staff, old, file="", document=new.pk)
    assert brand.license.get() == new


def test_who_may_not_change_documents_replaces_none(client):
    old = make_document()
    brand = make_brand(license=[old])
    client.force_login(make_user("auditor"))
    assert replace(client, old).status_code == 403
    assert "Replace it everywhere" not in words(client.get(f"{DOCUMENTS}{old.pk}/change/"))
    assert brand.license.get() == old


def test_the_picture_of_a_used_document_is_not_exchanged_under_it(staff):
    used, free = make_document(), make_document()
    make_brand(license=[used])
    inputs = [
        document(staff.get(f"{DOCUMENTS}{one.pk}/change/")).xpath("//input[@name='file']") for one in (used, free)
    ]
    assert [len(found) for found in inputs] == [0, 1]
    before = used.image
    staff.post(f"{DOCUMENTS}{used.pk}/change/", {"kind": used.kind, "title": "x", "expires_on": "", "file": upload()})
    used.refresh_from_db()
    assert (used.title, used.image) == ("x", before)


# --- after a rejection


def rejected_brand(platform, reason: str, **fields):
    brand = make_brand(**fields)
    submit_brand(brand)
    platform.reject(brand.last_round.audit_id, reason)
    refresh_brand(brand)
    brand.refresh_from_db()
    return brand


def test_a_rejected_brand_says_what_changed_and_where_its_reason_points(staff, platform):
    brand = rejected_brand(platform, "商标注册证不清晰，注册号与营业执照不符")
    url = f"{BRANDS}{brand.pk}/change/"
    page = staff.get(url)
    assert "Nothing has changed since then." in words(page)
    links = document(page).xpath("//p[@class='reason']//a/@href")
    assert links == ["#id_trademark_registration_certificate", "#id_trademark_registrant_nu", "#id_license"]
    old, new = brand.license.get(), make_document(title="新执照")
    brand.license.set([new])
    brand.trademark_type = "29"
    brand.save()
    page = words(staff.get(url))
    assert "Changed since then:" in page
    assert f"business licence {old.title} a new document" in page
    assert "class of goods 30 29" in page


def test_an_unchanged_brand_is_asked_about_before_it_is_sent_again(staff, platform, drain):
    brand = rejected_brand(platform, "图片模糊")
    page = staff.post(f"{BRANDS}{brand.pk}/do/submit_brand/")
    assert QUESTION in words(page)
    staff.post(f"{BRANDS}{brand.pk}/do/submit_brand/", {"confirmed": "1"})
    drain()
    assert len(platform.ledger("audit_brand")) == 2
