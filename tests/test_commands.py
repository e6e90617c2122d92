"""Operators' commands: progress, dry run, exit codes, and what they leave."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from console.models import Job
from qualifications.operations import submit_brand
from tests.factories import make_brand, make_category_qualification, make_document
from wechat.models import Callback, Image, PulledList, Step
from wechat.sealed import seal

pytestmark = pytest.mark.django_db(transaction=True)


def run(*args, **options) -> tuple[str, str, int]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(*args, stdout=out, stderr=err, **options)
    except SystemExit as stop:
        code = stop.code
    return out.getvalue(), err.getvalue(), code


def test_submitting_everything_that_is_complete(platform):
    good, bad, sent = make_brand(), make_brand(license=[]), make_brand()
    submit_brand(sent)
    category = make_category_qualification()
    out, err, code = run("submit_qualifications", "--yes")
    assert code == 1
    assert "1 done, 0 refused, 1 skipped" in out
    assert f"{bad}\tskipped\t\tThe business licence is needed." in err
    assert len(platform.ledger("audit_brand")) == 2
    for record in (good, category):
        record.refresh_from_db()
        assert record.last_round.status == 0
    assert set(Step.objects.values_list("door", flat=True)) == {"command"}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(platform):
    make_brand(brand_wording="好")
    make_brand(brand_wording="缺", license=[])
    out, _err, code = run("submit_qualifications", "--dry-run")
    assert code == 0
    assert "好\twould be done" in out and "缺\twould be skipped: The business licence is needed." in out
    assert not Job.objects.exists() and not Step.objects.exists()


def test_an_unchanged_rejection_is_not_sent_again_but_a_corrected_one_is(platform):
    brand = make_brand()
    submit_brand(brand)
    platform.reject(brand.last_round.audit_id, "no")
    assert run("refresh_audits")[2] == 0
    run("submit_qualifications", "--yes")
    assert len(platform.ledger("audit_brand")) == 1
    brand.refresh_from_db()
    brand.brand_wording = "corrected"
    brand.save()
    run("submit_qualifications", "--yes")
    assert len(platform.ledger("audit_brand")) == 2


def test_refreshing_reads_every_open_review_and_no_other(platform):
    open_one, decided = make_brand(), make_brand()
    for brand in (open_one, decided):
        submit_brand(brand)
    platform.approve(decided.last_round.audit_id)
    assert run("refresh_audits")[2] == 0
    assert len(platform.ledger("result")) == 2
    assert run("refresh_audits")[2] == 0
    assert len(platform.ledger("result")) == 3


def test_uploading_documents_goes_on_where_it_stopped(platform):
    for _nth in range(5):
        make_document()
    platform.fault("error", "/shop/img/upload", errcode=1070001, left=2)
    out, _err, code = run("upload_documents", "--yes", threads=1)
    assert (code, "3 done, 2 refused" in out) == (1, True)
    out, _err, code = run("upload_documents", "--yes")
    assert (code, "2 done" in out) == (0, True)
    assert not Image.objects.filter(link="").exists()


def test_a_job_is_resumed_by_its_number(platform):
    from console import jobs

    make_brand()
    from qualifications.models import BrandQualification

    job = jobs.start(submit_brand, BrandQualification.objects.all())
    out, _err, code = run("submit_qualifications", "--resume", str(job.pk))
    assert (code, "1 done" in out, Job.objects.count()) == (0, True, 1)
    with pytest.raises(CommandError, match="no job 999"):
        run("submit_qualifications", "--resume", "999")


def test_the_limit_is_kept(platform):
    for _nth in range(3):
        make_brand()
    run("submit_qualifications", "--yes", "--limit", "2")
    assert len(platform.ledger("audit_brand")) == 2


def test_pulling_lists_says_how_many_and_fails_with_the_reason(platform):
    assert "would be pulled" in run("pull_categories", "--dry-run")[0]
    assert platform.ledger("get") == []
    out, _err, code = run("pull_categories")
    assert (code, "All categories: 42 rows" in out) == (0, True)
    platform.fault("error", "/shop/account/get_brand_list", errcode=48001)
    _out, err, code = run("pull_categories")
    assert (code, "48001" in err) == (1, True)
    out, _err, code = run("pull_certificates")
    assert (code, PulledList.objects.get(name="filed_certificates").count) == (0, 1)


def keep(key: str, **fields) -> Callback:
    defaults = {"event": "nobody_listens", "body": seal(b"{}"), "received_at": timezone.now()}
    return Callback.objects.create(key=key, **{**defaults, **fields})


def test_handling_messages_by_hand(platform):
    keep("a")
    keep("b", state="failed", error="once")
    assert "nobody_listens" in run("handle_callbacks", "--dry-run")[0]
    assert run("handle_callbacks") == ("1 handled, 1 failed\n", "", 1)
    assert run("handle_callbacks", "--again") == ("1 handled, 0 failed\n", "", 0)


def test_pruning_by_hand(settings):
    from datetime import timedelta

    keep("old", state="handled", received_at=timezone.now() - timedelta(days=settings.WECHAT_KEEP_DAYS + 1))
    assert run("prune_calls", "--dry-run")[0] == "0 calls and 1 messages would go\n"
    assert run("prune_calls")[0] == "1 rows are gone\n"
    assert not Callback.objects.exists()


def test_demo_sign_ins_are_refused_without_debug():
    with pytest.raises(CommandError, match="DEBUG"):
        run("demo_data", "--username", "a", "--password", "b")


def test_demo_sign_ins_have_their_roles(settings):
    from django.contrib.auth.models import User

    settings.DEBUG = True
    for _time in range(2):
        run("demo_data", "--username", "boss", "--password", "b")
    assert User.objects.count() == 7
    assert [group.name for group in User.objects.get(username="boss").groups.all()] == ["owner"]


def test_the_schedule_reads_reviews_that_nobody_told_of(platform):
    from datetime import timedelta

    from qualifications.models import BrandRound
    from qualifications.tasks import refresh_audits

    brand = make_brand()
    submit_brand(brand)
    platform.fault("push_lost")
    platform.approve(brand.last_round.audit_id)
    assert refresh_audits() == 0
    BrandRound.objects.update(submitted_at=timezone.now() - timedelta(minutes=31))
    assert refresh_audits() == 1
    brand.refresh_from_db()
    assert brand.last_round.status == 1
    assert refresh_audits() == 0
