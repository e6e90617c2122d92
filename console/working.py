"""Commands that work on jobs in their own process: threads, progress, Ctrl-C, the report."""

import sys
import threading
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor

from django.core.management.base import BaseCommand
from django.db import connections
from tqdm import tqdm

from wechat.steps import claims, queue, stopping

from . import interrupts, jobs
from .links import number_of
from .models import Job, failed

WATCH = 0.2  # seconds between looks at whether to stop


class WorkingCommand(BaseCommand):
    """Works on jobs beside the workers; what it leaves, they or `--resume` go on with."""

    def end(self, work: Callable[[], bool]) -> None:
        """Do the work; raises SystemExit where it was stopped, or not all of it succeeded."""
        with interrupts.finishing_what_was_sent():
            went_well = work()
            if stopping.asked.is_set():
                raise SystemExit(interrupts.CODE)
        if not went_well:
            raise SystemExit(1)

    def work_on(self, made: list[Job], threads: int) -> bool:
        for job in made:
            self.stdout.write(f"{job.operation}, job {job.pk}: {job.counts()['to_go']} to go")
        self.stdout.flush()  # a second Ctrl-C would lose it in a pipe
        for job in made:
            self.work(job, threads, made)
        reports = [self.report(job) for job in made]
        return all(reports)

    def work(self, job: Job, threads: int, made: list[Job]) -> None:
        """Carry out the job's due steps, until none is left or somebody stops this process or pauses the job."""
        halt, lock = threading.Event(), threading.Lock()
        counts = job.counts()
        bar = tqdm(total=counts["total"], initial=counts["closed"], disable=not sys.stderr.isatty())

        def is_halted() -> bool:
            return stopping.asked.is_set() or halt.is_set()

        def one_thread() -> None:
            try:
                with claims.shared(job.pk) as claimed:
                    while not is_halted() and (step := claimed.next(job.steps.all(), is_halted)):
                        queue.carry_out(step)
                        with lock:
                            bar.update()
            finally:
                connections.close_all()

        with bar, ThreadPoolExecutor(threads) as pool:
            working = [pool.submit(one_thread) for _nth in range(threads)]
            while futures.wait(working, WATCH).not_done and not (stopping.asked.is_set() or jobs.is_paused(job)):
                pass
            halt.set()
            if stopping.asked.is_set():
                self.pause(made)
            elif jobs.is_paused(job):
                self.say_paused(job)
        for future in working:
            future.result()
        jobs.finish_if_done(job)

    def pause(self, made: list[Job]) -> None:
        """Pause those that are not done, once, and say how to go on."""
        running = [job for job in made if job.counts()["to_go"] and not jobs.is_paused(job)]
        for job in running:
            jobs.pause(job)
            self.say_paused(job)
        if running:
            self.stderr.write("What was sent is waited for. Ctrl-C again ends at once, and leaves its outcome unknown.")

    def say_paused(self, job: Job) -> None:
        name = type(self).__module__.rpartition(".")[2]
        self.stderr.write(f"Job {job.pk} is paused. Go on with: manage.py {name} --resume {job.pk}")

    def report(self, job: Job) -> bool:
        states = job.counts()
        for step in failed(job).order_by("id").prefetch_related("record"):
            self.stderr.write(f"{number_of(step.record)}\t{step.state}\t{step.errcode or ''}\t{step.message}")
        self.stdout.write(
            f"{job.operation}, job {job.pk}: {states['done']} done, {states['refused']} refused, "
            f"{states['skipped']} skipped, {states['failed']} failed, {states['unknown']} unknown, "
            f"{states['to_go']} to go"
        )
        return states["done"] == states["total"]
