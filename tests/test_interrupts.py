"""Ctrl-C while a command runs, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone

from console import interrupts, jobs
from console.models import Job
from tests.factories import make_document
from tests.processes import ROOT, end_sessions, environment, kill, until
from tests.test_commands import run
from wechat.models import Image, Step
from wechat.steps import recovery

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pull_that_is_stopped_ends_with_a_sentence(number):
    with pytest.raises(CommandError, match="Pull it again") as stopped, interrupts.ending_at_once("Pull it again."):
        os.kill(os.getpid(), number)
    assert stopped.value.returncode == 130


@pytest.fixture
def uploading(live_server, platform):
    """A command that has sent the first of three pictures, which takes two seconds."""
    for _nth in range(3):
        make_document()
    platform.fault("slow", "/shop/img/upload", seconds=2)
    command = [sys.executable, "manage.py", "upload_documents", "--all", "--yes", "--threads", "1"]
    env = environment(live_server.url)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, **pipes)
    until(lambda: platform.ledger("upload"), 60, "the command asks WeChat")
    yield process
    kill(process)
    end_sessions()


@pytest.mark.parametrize(("stop", "code"), [("SIGTERM", 130), ("on its page", 1)])
def test_a_stopped_command_finishes_what_was_sent_and_says_how_to_go_on(uploading, platform, stop, code):
    job = Job.objects.get()
    if stop == "SIGTERM":
        uploading.terminate()
        until(lambda: Job.objects.get().paused, 1, "the job is paused")
    else:
        jobs.pause(job)
    out, err = uploading.communicate(timeout=20)
    assert (uploading.returncode, out.splitlines()[0]) == (code, f"wechat.upload_image, job {job.pk}: 3 to go")
    assert f"Job {job.pk} is paused. Go on with: manage.py upload_documents --resume {job.pk}" in err
    assert (len(platform.ledger("upload")), job.counts()["done"], job.counts()["wanted"]) == (1, 1, 2)
    out, _err, code = run("upload_documents", "--resume", str(job.pk))
    assert (code, "3 done" in out, Image.objects.filter(link="").exists()) == (0, True, False)
    assert len(platform.ledger("upload")) == 3


def test_a_second_ctrl_c_ends_at_once_and_what_was_sent_is_unknown(uploading, platform):
    uploading.send_signal(signal.SIGINT)
    until(lambda: Job.objects.get().paused, 1, "the job is paused")
    began = time.monotonic()
    uploading.send_signal(signal.SIGINT)
    out, _err = uploading.communicate(timeout=5)
    assert (uploading.returncode, time.monotonic() - began < 1) == (130, True)
    assert out == f"wechat.upload_image, job {Job.objects.get().pk}: 3 to go\n"
    Step.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
    Step.objects.filter(state="sent").update(faults=9)  # given up: the sweep only finds it
    recovery.sweep()
    counts = Job.objects.get().counts()
    assert (counts["unknown"], counts["wanted"], len(platform.ledger("upload"))) == (1, 2, 1)
