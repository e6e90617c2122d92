"""The error guide: every code explained, unknown ones collected, and what the team writes shown where they appear."""

import pytest

from console.models import Edit
from qualifications.operations import submit_brand
from tests.console.pages import document, words
from tests.factories import make_brand, make_user
from wechat import call_counts, written_meanings
from wechat.errors import MEANINGS, UNKNOWN, Refused, meaning_of
from wechat.models import ErrorCode

URL = "/admin/errors/"
CODE = 1234567


@pytest.fixture(autouse=True)
def nothing_held():
    written_meanings.forget()
    yield
    written_meanings.forget()


def refused(platform, errcode: int):
    brand = make_brand()
    platform.fault("error", "/shop/audit/audit_brand", errcode=errcode)
    with pytest.raises(Refused):
        submit_brand(brand)
    call_counts.refresh()
    return brand


def test_every_code_is_explained_with_how_often_it_came(client, platform):
    refused(platform, 40013)
    refused(platform, 40013)
    client.force_login(make_user("warehouse"))
    page = document(client.get(URL))
    rows = {row.get("id"): row.text_content() for row in page.xpath("//tr[starts-with(@id, 'e')]")}
    assert rows.keys() == {f"e{errcode}" for errcode in MEANINGS}
    assert "Check WECHAT_APPID" in rows["e40013"] and rows["e40013"].endswith("2")
    assert rows["e40014"].endswith("A new token is fetched, and the call repeated once.0")


def test_a_refusal_leads_to_its_line_of_the_guide(client, platform):
    brand = refused(platform, 990008)
    client.force_login(make_user("product"))
    page = document(client.get(f"/admin/qualifications/brandqualification/{brand.pk}/change/"))
    assert page.xpath("//div[@class='refusal']//a/@href") == ["/admin/errors/#e990008"]


def test_what_the_team_writes_about_an_unknown_code_is_shown_wherever_it_is(client, platform):
    brand = refused(platform, CODE)
    row = ErrorCode.objects.get()
    assert (row.errcode, row.endpoint, row.errmsg.startswith("injected fault")) == (
        CODE,
        "/shop/audit/audit_brand",
        True,
    )
    assert str(meaning_of(CODE).text) == str(UNKNOWN.text)
    client.force_login(make_user("developer"))
    given = {"errcode": CODE, "meaning": "The brand is on a list of banned words.", "who": "Product"}
    page = words(client.post(URL, given, follow=True))
    assert f"Saved. It is shown wherever {CODE} is." in page
    meaning = meaning_of(CODE)
    assert (str(meaning.text), str(meaning.who), meaning.action) == (given["meaning"], "Product", UNKNOWN.action)
    record = words(client.get(f"/admin/qualifications/brandqualification/{brand.pk}/change/"))
    assert given["meaning"] in record
    row.refresh_from_db()
    assert row.written_by.startswith("developer")
    (edit,) = Edit.objects.filter(object_id=row.pk, content_type__model="errorcode")
    assert (edit.changes, edit.user.username) == (
        {"meaning": ["", given["meaning"]], "who": ["", "Product"]},
        row.written_by,
    )
    refused(platform, CODE)
    row.refresh_from_db()
    assert (row.meaning, ErrorCode.objects.count()) == (given["meaning"], 1)


def test_an_unknown_code_costs_no_query_until_somebody_reads_it(django_assert_num_queries):
    ErrorCode.objects.create(errcode=CODE, endpoint="/x", seen_at="2026-01-01T00:00Z", meaning="Written")
    with django_assert_num_queries(0):
        error = Refused("/x", CODE).meaning.action
    with django_assert_num_queries(1):
        assert [str(meaning_of(CODE).text) for _nth in range(9)] == ["Written"] * 9
    assert error == UNKNOWN.action


def test_who_may_not_write_is_refused_and_a_code_that_nobody_saw_is_not_found(client, platform):
    refused(platform, CODE)
    client.force_login(make_user("product"))
    assert client.post(URL, {"errcode": CODE, "meaning": "x"}).status_code == 403
    assert ErrorCode.objects.get().meaning == ""
    client.force_login(make_user("owner"))
    for wrong in ("7654321", "", "²", "9" * 40):
        assert client.post(URL, {"errcode": wrong, "meaning": "x"}).status_code == 404
