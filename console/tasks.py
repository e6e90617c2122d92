from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from wechat import retention

from . import edit_chain, edit_faults, exports, jobs, search_index
from .alerts import comparing
from .alerts import rounds as alert_rounds
from .erasing import downloads, lists, running
from .feed import positions
from .keeping import ending
from .models import Draft, RequestCount
from .reconciling import runs
from .reconciling import schedule as comparisons
from .setup_checks import workers
from .signing_in import notices
from .webhooks import rounds as webhook_rounds


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


@shared_task(name="console.tasks.prune_feed")
def prune_feed() -> int:
    """Of old events of the feed keep the newest of each record; delete old deliveries of webhooks."""
    return positions.prune() + webhook_rounds.prune()


@shared_task(name="console.tasks.ring_webhooks")
def ring_webhooks() -> None:
    """Wake a worker for each webhook that has something due."""
    webhook_rounds.wake_due()


@shared_task(name="console.tasks.deliver_webhooks")
def deliver_webhooks(endpoint_id: int) -> int:
    """Send what is due to one webhook; each has a task of its own, so that one that hangs delays no other."""
    return webhook_rounds.deliver(endpoint_id)


@shared_task(name="console.tasks.forget_drafts")
def forget_drafts() -> int:
    """Delete what was written in forms a day ago and never saved."""
    return Draft.objects.forget_old()


@shared_task(name="console.tasks.forget_requests")
def forget_requests() -> int:
    """Delete the counts of API keys' requests that are no longer shown."""
    return RequestCount.objects.forget_old()


@shared_task(name="console.tasks.forget_old")
def forget_old() -> int:
    """Delete jobs, sign-ins and sessions whose days are over; what erasures left in files."""
    gone = ending.end()
    running.empty_log()
    downloads.delete_unnamed()
    lists.add_missing()
    return gone


@shared_task(name="console.tasks.show_sign")
def show_sign(name: str) -> None:
    """Note that a worker got this message: of the set-up checks, or of beat's own."""
    workers.note_sign(name)


@shared_task(name="console.tasks.compare_alerts")
def compare_alerts() -> int:
    """Open an alert for each new cause, end those whose cause is gone."""
    changed = comparing.compare_all()
    alert_rounds.wake_due()
    return changed


@shared_task(name="console.tasks.ring_alerts")
def ring_alerts() -> None:
    """Wake a worker for each alert channel that has something due."""
    alert_rounds.wake_due()


@shared_task(name="console.tasks.send_alerts")
def send_alerts(channel_id: int) -> int:
    """Send what is due through one channel."""
    return alert_rounds.deliver(channel_id)


@shared_task(name="console.tasks.forget_alerts")
def forget_alerts() -> int:
    """Delete alerts that have been over for long."""
    return comparing.prune()


@shared_task(name="console.tasks.mail_sign_in_notices")
def mail_sign_in_notices() -> int:
    """Mail people what they are to know of their own account."""
    return notices.mail_due()


@shared_task(name="console.tasks.link_edits")
def link_edits() -> None:
    """Link the edits that were not when they were committed."""
    edit_chain.link_recent()


@shared_task(name="console.tasks.cut_edits")
def cut_edits() -> int:
    """Link what was left out; delete the edits of whole months that are over."""
    edit_chain.link_all()
    end = retention.end_of("edits")
    return edit_chain.cut(end) if end else 0


@shared_task(name="console.tasks.verify_edits")
def verify_edits() -> int:
    """Look whether the edits hold, for the alert."""
    return edit_faults.look()


@shared_task(name="console.tasks.ring_comparisons")
def ring_comparisons() -> int:
    """Begin comparisons with WeChat that are due, go on with those that nobody works on, resolve what was pushed."""
    return comparisons.ring()


@shared_task(name="console.tasks.compare_yesterday")
def compare_yesterday() -> int:
    """Compare everything of yesterday with WeChat."""
    return len(comparisons.start_day(timezone.localdate() - timedelta(days=1)))


@shared_task(name="console.tasks.work_comparison")
def work_comparison(run_id: int) -> None:
    """Go on with one comparison for a while, then let others have their turn."""
    if not runs.work(run_id):
        runs.wake_again(run_id)
