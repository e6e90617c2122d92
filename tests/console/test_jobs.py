"""Jobs: a set of steps with an outcome each, worked by many, survived by all."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from console import jobs, tasks
from console.models import Job
from qualifications.operations import refresh_brand, submit_brand
from tests.factories import make_brand, make_document
from tests.processes import until
from tests.threads import at_once
from wechat.models import Image, Step
from wechat.operations import upload_image
from wechat.steps import operations, queue

pytestmark = pytest.mark.django_db(transaction=True)


def images(count: int):
    pks = [make_document().image_id for _nth in range(count)]
    return Image.objects.filter(pk__in=pks)


def test_each_row_has_its_outcome_and_a_second_run_sends_only_what_failed(platform, drain):
    pictures = images(6)
    platform.fault("error", "/shop/img/upload", errcode=1070001, left=2)
    first = jobs.start(upload_image, pictures)
    drain()
    counts = first.counts()
    assert (counts["done"], counts["refused"], counts["total"]) == (4, 2, 6)
    jobs.start(upload_image, pictures.filter(link=""))
    drain()
    assert pictures.filter(link="").count() == 0
    assert len(platform.ledger("upload")) == 8


def test_a_row_with_an_open_step_is_skipped_with_the_reason_and_the_others_go_on(platform, drain):
    busy, free = make_brand(), make_brand()
    operations.new_step(submit_brand, busy.pk, state="unknown").save()
    job = jobs.start(submit_brand, [busy, free])
    drain()
    outcomes = {step.object_id: (step.state, step.message) for step in job.steps.all()}
    assert outcomes[busy.pk] == ("skipped", "Another step is open on this record.")
    assert outcomes[free.pk][0] == "done"


def test_a_record_deleted_meanwhile_is_skipped(platform, drain):
    brand = make_brand()
    job = jobs.start(submit_brand, [brand])
    brand.delete()
    drain()
    assert job.steps.get().message == "The record has been deleted."


def test_an_endpoint_that_rests_puts_the_row_back_and_the_job_waits(platform, drain):
    platform.fault("error", "/shop/img/upload", errcode=300000)
    job = jobs.start(upload_image, images(3))
    drain()
    assert job.counts()["wanted"] == 3
    assert len(platform.ledger("upload")) == 1
    job.refresh_from_db()
    assert job.finished_at is None
    from wechat.models import Pace

    Pace.objects.update(paused_until=0)
    Step.objects.update(next_attempt_at=timezone.now())
    drain()
    job.refresh_from_db()
    assert job.counts()["done"] == 3
    assert job.finished_at is not None


def test_the_steps_of_a_killed_worker_are_taken_again_after_the_lease(platform, drain):
    job = jobs.start(upload_image, images(2))
    assert len(queue.claim(job.steps, 10)) == 2
    jobs.work(job.pk)
    assert platform.ledger("upload") == []
    Step.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    rung = []
    original, jobs.waking.wake = jobs.waking.wake, lambda task, *args: rung.append((task, args))
    try:
        tasks.wake_standing_jobs()
    finally:
        jobs.waking.wake = original
    assert rung == [("console.tasks.work_small_job", (job.pk,))]
    drain()
    assert len(platform.ledger("upload")) == 2


def test_workers_share_a_job_without_doing_a_row_twice(platform):
    pictures = images(24)
    job = jobs.start(upload_image, pictures)

    at_once(4, lambda: jobs.work(job.pk))
    assert job.counts()["done"] == 24
    assert len(platform.ledger("upload")) == 24


def test_a_worker_stops_at_a_pause_between_two_rows_and_gives_the_others_back(platform):
    job = jobs.start(upload_image, images(100))  # takes much longer than the first of them
    worker = threading.Thread(target=lambda: (jobs.work(job.pk), connections.close_all()))
    worker.start()
    until(lambda: platform.ledger("upload"), 10, "the first row is sent")
    jobs.pause(job)
    begun = len(platform.ledger("upload")) + 1  # one may have left just before the pause
    worker.join()
    sent = len(platform.ledger("upload"))
    assert (job.counts()["done"], sent <= begun, sent < 100) == (sent, True, True)
    assert job.steps.filter(state="wanted", lease_until=None).count() == 100 - sent


def test_an_unknown_row_does_not_keep_the_job_open(platform, drain):
    platform.fault("timeout_after", "/shop/audit/audit_brand")
    job = jobs.start(submit_brand, [make_brand()])
    drain()
    job.refresh_from_db()
    assert (job.counts()["unknown"], job.state) == (1, Job.State.FINISHED)


def test_a_large_job_rings_several_workers(platform):
    rung = []
    original, jobs.waking.wake = jobs.waking.wake, lambda task, *args: rung.append(task)
    try:
        jobs.start(upload_image, images(21))
    finally:
        jobs.waking.wake = original
    assert rung == ["console.tasks.work_large_job"] * jobs.WORKERS


def test_waiting_for_a_job_ends_with_its_time(platform):
    job = jobs.start(refresh_brand, [])
    assert jobs.wait(job, 0.2).finished_at is None
    jobs.work(job.pk)
    assert jobs.wait(job, 0.2).finished_at is not None
