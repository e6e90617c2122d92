from celery import shared_task

from . import exports, jobs, search_index
from .models import Draft


@shared_task(name="console.tasks.work_small_job")
def work_small_job(job_id: int) -> None:
    """Work on a job with few steps, for which a person waits."""
    jobs.work(job_id)


@shared_task(name="console.tasks.work_large_job")
def work_large_job(job_id: int, nth: int = 0) -> None:
    """Work on a large job; several workers run this at once."""
    jobs.work(job_id)


@shared_task(name="console.tasks.ring_jobs")
def wake_standing_jobs() -> None:
    """Wake workers again for jobs with steps that are due."""
    jobs.wake_standing()


@shared_task(name="console.tasks.index_new")
def index_new() -> int:
    """Add new and changed texts to the index of the search."""
    return search_index.refresh()


@shared_task(name="console.tasks.compare_index")
def compare_index() -> int:
    """Compare the index of the search with all rows."""
    return search_index.compare()


@shared_task(name="console.tasks.write_export")
def write_export(export_id: int) -> None:
    """Write the file of a large download."""
    exports.write(export_id)


@shared_task(name="console.tasks.ring_exports")
def ring_exports() -> None:
    """Wake workers for downloads that nobody writes, and delete old files."""
    exports.wake_waiting()
    exports.prune()


@shared_task(name="console.tasks.forget_drafts")
def forget_drafts() -> int:
    """Delete what was written in forms a day ago and never saved."""
    return Draft.objects.forget_old()
