"""Operators' commands: progress, dry run, exit codes, and what they leave."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from console.models import Job
from qualifications.operations import submit_brand
from sandbox.models import Audit
from tests.factories import make_brand, make_category_qualification, make_document
from wechat.errors import Unreachable
from wechat.models import Callback, Image, PulledList, Step
from wechat.sealed import seal
from wechat.steps import recovery

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
    out, err, code = run("submit_qualifications", "--all", "--yes")
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
    out, _err, code = run("submit_qualifications", "--all", "--dry-run")
    assert code == 0
    assert "好\twould be done" in out and "缺\twould be skipped: The business licence is needed." in out
    assert not Job.objects.exists() and not Step.objects.exists()


def test_an_unchanged_rejection_is_not_sent_again_but_a_corrected_one_is(platform):
    brand = make_brand()
    submit_brand(brand)
    platform.reject(brand.last_round.audit_id, "no")
    assert run("refresh_audits")[2] == 0
    run("submit_qualifications", "--all", "--yes")
    assert len(platform.ledger("audit_brand")) == 1
    brand.refresh_from_db()
    brand.brand_wording = "corrected"
    brand.save()
    run("submit_qualifications", "--all", "--yes")
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
    out, _err, code = run("upload_documents", "--all", "--yes", threads=1)
    assert (code, "3 done, 2 refused" in out) == (1, True)
    out, _err, code = run("upload_documents", "--all", "--yes")
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
    run("submit_qualifications", "--all", "--yes", "--limit", "2")
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
    assert User.objects.count() == 8
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


# --- steps of unknown outcome


@pytest.fixture
def unknown(platform) -> Step:
    """WeChat has a brand's papers, and its answer did not arrive."""
    brand = make_brand()
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    with pytest.raises(Unreachable):
        submit_brand(brand)
    recovery.sweep()
    return Step.objects.unknown().get()


def test_steps_of_unknown_outcome_are_listed(platform, unknown):
    out, _err, code = run("settle_steps")
    sent = f"{timezone.localtime(unknown.sent_at):%Y-%m-%d %H:%M:%S}"
    assert (code, out.split("\t")[:4]) == (
        0,
        [str(unknown.pk), "qualifications.submit_brand", str(unknown.record), sent],
    )
    Step.objects.update(state="done")
    assert run("settle_steps")[0] == "Nothing to do.\n"


def test_a_step_is_done_under_the_number_that_wechat_has_it_under(platform, unknown):
    audit_id = Audit.objects.get().audit_id
    out, _err, code = run("settle_steps", str(unknown.pk), "--done", "--id", "123", "--yes")
    assert (code, "\tunknown\t" in out) == (1, True)
    assert "would be done" in run("settle_steps", str(unknown.pk), "--done", "--id", audit_id, "--dry-run")[0]
    out, _err, code = run("settle_steps", str(unknown.pk), "--done", "--id", audit_id, "--yes")
    assert (code, "\tdone\t" in out, unknown.record.last_round.audit_id) == (0, True, audit_id)


def test_a_step_that_wechat_did_not_get_can_be_sent_again(platform, unknown):
    assert run("settle_steps", str(unknown.pk), "--not-done", "--yes")[2] == 0
    unknown.refresh_from_db()
    assert (unknown.state, unknown.message) == ("skipped", "command says that WeChat did not get it.")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--not-done"], "Name the steps"),
        (["999999", "--not-done"], "There is no step of unknown outcome 999999"),
        (["{step}", "--done"], "say --id, the number that WeChat has it under"),
        (["{step}", "--not-done", "--id", "1"], "--id goes with --done"),
        (["{step}", "--again"], "it was not given up"),
        (["{step}", "--not-done"], "say --yes where there is no terminal"),
    ],
)
def test_an_answer_that_does_not_fit_settles_nothing(platform, unknown, args, why):
    yes = [] if "terminal" in why else ["--yes"]
    with pytest.raises(CommandError, match=why) as refused:
        run("settle_steps", *[arg.format(step=unknown.pk) for arg in args], *yes)
    assert (refused.value.returncode, Step.objects.unknown().count()) == (2, 1)


def test_times_are_those_of_shanghai(platform):
    PulledList.objects.filter(name="categories").update(pulled_at=datetime(2026, 11, 25, 18, tzinfo=UTC))
    assert "All categories: would be pulled, last at 2026-11-26 02:00:00\n" in run("pull_categories", "--dry-run")[0]


def test_applications_are_named_by_their_numbers(platform):
    first, second = make_brand(), make_brand()
    with pytest.raises(CommandError, match="There is no category application 77"):
        run("submit_qualifications", "--yes", "--brand", str(first.pk), "--category", "77")
    assert run("submit_qualifications", "--yes", "--brand", str(second.pk))[2] == 0
    assert [step.object_id for step in Step.objects.filter(operation=submit_brand.full_name)] == [second.pk]
