"""Submitting and refreshing brands and categories: what is sent and kept, a refusal, silence, a repeat."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Brand, Category, Need
from qualifications import payloads
from qualifications.forms import KINDS
from qualifications.materials import missing_of_brand
from qualifications.models import AuditStatus, BrandQualification, Document
from qualifications.operations import (
    pull_filed_certificates,
    refresh_brand,
    refresh_category,
    submit_brand,
    submit_category,
)
from qualifications.snapshots import Snapshot, apply_to_brand
from tests.factories import make_brand, make_category, make_category_qualification, make_document
from wechat.errors import BadInput, NotSent, StateConflict, Unreachable
from wechat.models import Call, Image, Step
from wechat.operations import upload_image
from wechat.shop import audit
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete
from wechat.steps.pulls import listed

Kind = Document.Kind


def test_a_brand_is_sent_with_its_papers_as_links_in_a_list(platform):
    brand = make_brand(brand_wording="茶里 & Co")
    submit_brand(brand)
    (sent,) = platform.ledger("audit_brand")
    request = sent.request["audit_req"]
    assert request["license"] == [brand.license.get().image.link]
    assert request["license"][0].startswith("https://mmecimage.cn/p/")
    assert request["brand_info"] == {
        "brand_audit_type": 1,
        "trademark_type": "30",
        "brand_management_type": 1,
        "commodity_origin_type": 2,
        "brand_wording": "茶里 & Co",
        "trademark_registrant_nu": "1249305",
        "trademark_registrant": "杭州茶里有限公司",
        "trademark_authorization_period": "2030-03-25 00:00:00",
        "trademark_registration_certificate": [brand.trademark_registration_certificate.get().image.link],
    }


def test_a_submitted_brand_has_an_open_round_with_the_platforms_audit_id(platform):
    brand = make_brand()
    submit_brand(brand)
    brand = BrandQualification.objects.get()
    assert brand.last_round.audit_id == platform.ledger("audit_brand")[0].answer["audit_id"]
    assert brand.last_round.status == AuditStatus.PENDING
    assert brand.rounds.count() == 1


def test_a_brand_under_review_is_not_sent_twice(platform):
    brand = make_brand()
    submit_brand(brand)
    with pytest.raises(Conflict, match="In review"):
        submit_brand(brand)
    assert len(platform.ledger("audit_brand")) == 1


def test_the_same_picture_is_uploaded_once_for_two_brands(platform):
    licence = make_document()
    submit_brand(make_brand(license=[licence]))
    submit_brand(make_brand(license=[licence]))
    sent = [entry.request["media"] for entry in platform.ledger("upload")]
    assert len(sent) == 3  # one licence, two certificates


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, {"license", "trademark_registration_certificate"}),
        ({"trademark_registrant": ""}, {"license", "trademark_registration_certificate", "trademark_registrant"}),
        ({"brand_management_type": 2}, {"license", "trademark_registration_certificate", "sale_authorization"}),
        ({"commodity_origin_type": 1}, {"license", "trademark_registration_certificate", "imported_goods_form"}),
        (
            {"brand_audit_type": 2},
            {"license", "trademark_applicant", "trademark_application_time", "trademark_registration_application"},
        ),
        (
            {"brand_audit_type": 4, "brand_management_type": 2, "trademark_registrant_nu": ""},
            {
                "license",
                "trademark_registrant_nu",
                "sale_authorization",
                "trademark_applicant",
                "trademark_application_time",
                "trademark_registration_application",
            },
        ),
        ({"brand_management_type": 3}, {"brand_management_type"}),
    ],
)
def test_each_missing_material_is_named_at_its_field_before_anything_is_sent(platform, fields, missing):
    brand = make_brand(license=[], trademark_registration_certificate=[], **fields)
    with pytest.raises(Incomplete) as caught:
        submit_brand(brand)
    assert set(caught.value.fields) == missing
    assert platform.ledger("audit_brand") == platform.ledger("upload") == []
    assert not Step.objects.exists()


def test_an_expired_paper_is_named_at_its_field(platform):
    old = make_document(Kind.LICENCE, expires_on=date(2020, 1, 1))
    with pytest.raises(Incomplete, match="has expired") as caught:
        submit_brand(make_brand(license=[old]))
    assert list(caught.value.fields) == ["license"]


def test_a_refused_brand_keeps_wechats_words_and_may_be_sent_again(platform):
    brand = make_brand()
    platform.fault("error", "/shop/audit/audit_brand", errcode=1070010)
    with pytest.raises(BadInput) as caught:
        submit_brand(brand)
    assert (caught.value.errcode, caught.value.rid != "") == (1070010, True)
    step = Step.objects.get(operation="qualifications.submit_brand")
    assert (step.state, step.errcode) == (Step.State.REFUSED, 1070010)
    assert caught.value.rid in step.message
    submit_brand(brand)
    assert len(platform.ledger("audit_brand")) == 2


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "garbage", "error_after"])
def test_a_brand_whose_answer_was_lost_is_unknown_and_never_blindly_sent_again(platform, kind):
    brand = make_brand()
    platform.fault(kind, "/shop/audit/audit_brand", errcode=-1)
    with pytest.raises(Unreachable):
        submit_brand(brand)
    recovery.sweep()
    recovery.sweep()
    with pytest.raises(Conflict, match="Another step is open"):
        submit_brand(brand)
    assert Step.objects.unknown().get().operation == "qualifications.submit_brand"
    assert len(platform.ledger("audit_brand")) == 1


def test_a_brand_that_wechat_never_got_is_freed_by_a_person_and_sent_again(platform):
    brand = make_brand()
    platform.fault("timeout_before", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    recovery.resolve_as_lost(Step.objects.unknown().get())
    submit_brand(brand)
    assert len(platform.ledger("audit_brand")) == 1


def test_a_lost_answer_is_adopted_under_the_audit_id_a_person_found(platform, hear):
    brand = make_brand()
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    audit_id = platform.ledger("audit_brand")[0].answer["audit_id"]
    platform.approve(audit_id)
    hear()
    recovery.resolve_as_done(Step.objects.unknown().get(), audit_id)
    assert platform.ledger("result") == []
    recovery.sweep()
    brand.refresh_from_db()
    assert (brand.last_round.audit_id, brand.last_round.status, brand.brand_id) == (audit_id, 1, 10001)
    assert len(platform.ledger("audit_brand")) == 1


def test_an_invented_audit_id_is_not_adopted(platform):
    brand = make_brand()
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    recovery.resolve_as_done(Step.objects.unknown().get(), "invented")
    for _time in range(2):
        recovery.sweep()
    step = Step.objects.unknown().get()
    assert (step.key, "unknown audit_id" in step.message) == ("", True)
    assert len(platform.ledger("result")) == 1


def test_nothing_is_sent_where_no_connection_comes_about(platform, settings):
    from wechat import client

    brand = make_brand()
    client.mount(None)
    settings.WECHAT_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        submit_brand(brand)
    assert not Step.objects.unknown().exists()


def test_a_picture_that_wechat_refuses_is_named_and_the_brand_is_not_sent(platform):
    platform.fault("error", "/shop/img/upload", errcode=1070001)
    brand = make_brand()
    with pytest.raises(BadInput, match=brand.license.get().title):
        submit_brand(brand)
    assert platform.ledger("audit_brand") == []
    assert not Step.objects.open().exists()


def test_approval_brings_the_brand_id_onto_the_record_and_the_granted_list(platform):
    brand = make_brand()
    submit_brand(brand)
    platform.approve(brand.last_round.audit_id)
    refresh_brand(brand)
    brand.refresh_from_db()
    assert (brand.brand_id, brand.last_round.status) == (10001, AuditStatus.APPROVED)
    assert Brand.objects.get().brand_id == 10001


def test_rejection_keeps_the_whole_reason_and_opens_a_second_round(platform):
    brand = make_brand()
    submit_brand(brand)
    reason = "商标注册证不清晰，请重新上传。" * 20
    platform.reject(brand.last_round.audit_id, reason)
    refresh_brand(brand)
    brand.refresh_from_db()
    assert (brand.last_round.status, brand.last_round.reject_reason) == (AuditStatus.REJECTED, reason)
    submit_brand(brand)
    assert [one.status for one in brand.rounds.order_by("id")] == [9, 0]
    assert len(platform.ledger("audit_brand")) == 2


def test_an_older_snapshot_never_replaces_a_newer_one(platform):
    from datetime import timedelta

    from django.utils import timezone

    brand = make_brand()
    submit_brand(brand)
    now = timezone.now()
    assert apply_to_brand(brand, Snapshot(now, {"status": 9, "reject_reason": "no"}))
    assert not apply_to_brand(brand, Snapshot(now - timedelta(seconds=1), {"status": 0}))
    assert brand.last_round.status == AuditStatus.REJECTED


def test_a_status_never_heard_of_is_stored_and_shown_raw(platform):
    from django.utils import timezone

    brand = make_brand()
    submit_brand(brand)
    apply_to_brand(brand, Snapshot(timezone.now(), {"status": 7}))
    assert (brand.last_round.status, brand.state_label) == (7, "status 7")


def test_a_read_that_fails_leaves_the_record_open_for_everything(platform):
    brand = make_brand()
    submit_brand(brand)
    platform.fault("timeout_before", "/shop/audit/result")
    with pytest.raises(Unreachable):
        refresh_brand(brand)
    refresh_brand(brand)
    assert brand.last_round.status == AuditStatus.PENDING


def test_a_category_is_sent_with_its_levels_certificates_and_scene_group(platform):
    qualification = make_category_qualification()
    submit_category(qualification)
    request = platform.ledger("audit_category")[0].request["audit_req"]
    assert request["scene_group_list"] == [1]
    assert request["category_info"] == {
        "level1": 7419,
        "level2": 7439,
        "level3": 7448,
        "certificate": [qualification.certificate.get().image.link],
    }


def test_an_approved_category_becomes_usable(platform):
    qualification = make_category_qualification()
    submit_category(qualification)
    platform.approve(qualification.last_round.audit_id)
    refresh_category(qualification)
    assert Category.objects.usable().get().third_cat_id == 7448


def test_a_category_approved_already_counts_as_granted(platform):
    from sandbox.models import Category as Known

    platform.configure(mode="safe")
    Known.objects.filter(third_cat_id=7448).update(granted=True)
    submit_category(make_category_qualification())
    assert Category.objects.get().granted is True
    assert Step.objects.filter(operation="qualifications.submit_category").get().state == Step.State.DONE


def test_a_category_that_needs_no_papers_after_all_is_corrected(platform):
    category = make_category(
        third_cat_id=6040,
        third_cat_name="连衣裙",
        second_cat_id=6034,
        second_cat_name="女装",
        first_cat_id=6033,
        first_cat_name="服饰内衣",
    )
    submit_category(make_category_qualification(category))
    category.refresh_from_db()
    assert category.qualification_type == Need.NONE


def test_another_state_refusal_stays_a_refusal(platform):
    platform.fault("error", "/shop/audit/audit_category", errcode=100000)
    with pytest.raises(StateConflict):
        submit_category(make_category_qualification())


def test_certificates_filed_with_the_mini_program_are_offered_and_usable(platform):
    pull_filed_certificates(listed("filed_certificates"))
    filed = Document.objects.get()
    assert (filed.kind, bool(filed.image.file), filed.image.link.endswith("food-licence")) == (
        Kind.CERTIFICATE,
        False,
        True,
    )
    qualification = make_category_qualification(certificate=[filed])
    submit_category(qualification)
    assert platform.ledger("audit_category")[0].acted
    assert Image.objects.filter(link=filed.image.link).count() == 1


def test_pulling_filed_certificates_twice_makes_nothing_twice(platform):
    for _time in range(2):
        pull_filed_certificates(listed("filed_certificates"))
    assert Document.objects.count() == 1


def test_every_call_of_a_step_is_kept_under_it_without_a_token(platform):
    brand = make_brand()
    submit_brand(brand)
    step = Step.objects.get(operation="qualifications.submit_brand")
    calls = [call.endpoint for call in step.calls.order_by("id")]
    assert calls == ["/shop/audit/audit_brand"]
    call = step.calls.get()
    assert call.request["audit_req"]["brand_info"]["trademark_registrant"] == "杭州茶****公司"
    assert (call.errcode, call.asked_by, call.attempt) == (0, "command", 1)
    assert not Call.objects.filter(request__icontains="access_token").exists()


OPTIONAL = {
    "brand_audit_type": st.sampled_from([1, 2, 3, 4]),
    "brand_management_type": st.sampled_from([1, 2]),
    "commodity_origin_type": st.sampled_from([1, 2]),
    "trademark_type": st.sampled_from([str(number) for number in range(1, 46)]),
    "trademark_registrant_nu": st.sampled_from(["", "1249305"]),
    "trademark_registrant": st.sampled_from(["", "某公司"]),
    "trademark_applicant": st.sampled_from(["", "张三"]),
    "trademark_authorization_period": st.sampled_from([None, date(2031, 1, 1)]),
    "trademark_application_time": st.sampled_from([None, date(2026, 1, 1)]),
    "brand_wording": st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
}
PAPERS = (
    "license",
    "sale_authorization",
    "trademark_registration_certificate",
    "trademark_registration_application",
    "imported_goods_form",
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries(OPTIONAL), st.sets(st.sampled_from(PAPERS)))
def test_whatever_passes_our_check_the_platform_accepts_and_nothing_else_is_stopped(platform, fields, papers):
    """Two writings of one matrix, ours and the sandbox's, agree on every case."""
    brand = make_brand(**fields, **{name: [make_document(KINDS[name])] if name in papers else [] for name in PAPERS})
    for name in papers:
        upload_image(getattr(brand, name).get().image)
    ours = not missing_of_brand(brand)
    try:
        audit.audit_brand(payloads.brand(brand))
        theirs = True
    except BadInput as refusal:
        assert refusal.errcode == 990007
        theirs = False
    assert ours == theirs
