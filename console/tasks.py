from celery import shared_task

from . import jobs


@shared_task
def work_small_job(job_id: int):
    """For somebody who waits."""
    jobs.work(job_id)


@shared_task
def work_large_job(job_id: int, nth: int = 0):
    """One of several workers on the same job."""
    jobs.work(job_id)


@shared_task
def ring_jobs():
    """Ring again for jobs that stand still."""
    jobs.ring_standing()
