"""Celery's options; read when the app is first used, after Django's settings."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from celery.schedules import crontab
from django.conf import settings
from kombu import Queue
from kombu.transport import TRANSPORT_ALIASES

DEFAULT_QUEUE = "schedule"  # its exchange has the same name


def _bind_tables(folder: Path) -> None:
    """Create the files with the bindings of the filesystem transport before the transport does.

    The transport creates such a file empty; another process that starts at that moment reads the empty file and dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for exchange in (DEFAULT_QUEUE, "celery.pidbox"):
        with NamedTemporaryFile("w", dir=folder) as empty, suppress(FileExistsError):
            empty.write("[]")
            empty.flush()
            os.link(empty.name, folder / f"{exchange}.exchange")


def _transport(url: str, folder: Path) -> dict:
    if url.startswith("filesystem"):
        TRANSPORT_ALIASES["filesystem"] = "config.file_broker:Transport"
        _bind_tables(folder / "control")
        return {
            "data_folder_in": str(folder),
            "data_folder_out": str(folder),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }
    if url.startswith("redis"):
        # Longer than the longest task; the sweep finds the work of a killed worker long before this.
        return {
            "visibility_timeout": 3600,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
        }
    return {}


broker_url = settings.CELERY_BROKER_URL
broker_transport_options = _transport(broker_url, settings.BROKER_DIR)
broker_connection_retry_on_startup = True
broker_connection_timeout = 3
accept_content = ["json"]
task_serializer = "json"
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
worker_hijack_root_logger = False
task_default_queue = DEFAULT_QUEUE
task_queues = [Queue(name) for name in ("callbacks", "press", "bulk", "schedule")]
task_routes = {
    "wechat.tasks.handle_callbacks": "callbacks",
    "console.tasks.work_small_job": "press",
    "console.tasks.work_large_job": "bulk",
    "console.tasks.write_export": "bulk",
    "console.tasks.deliver_webhooks": "bulk",
    "console.tasks.send_alerts": "bulk",
    "console.tasks.work_comparison": "bulk",
    "catalog.tasks.work_batch": "bulk",
    "books.payouts.tasks.make_statements": "bulk",
    "orders.tasks.work_count": "bulk",
}
timezone = "Asia/Shanghai"
beat_schedule_filename = str(settings.VAR / "beat")
beat_schedule: dict[str, dict[str, Any]] = {
    "expired leases": {"task": "wechat.tasks.sweep", "schedule": 5.0},
    "sign of life": {"task": "console.tasks.show_sign", "schedule": 30.0, "args": ["beat"]},
    "counts of calls": {"task": "wechat.tasks.count_calls", "schedule": 60.0},
    "downloads": {"task": "console.tasks.ring_exports", "schedule": 30.0},
    "webhooks": {"task": "console.tasks.ring_webhooks", "schedule": 2.0},
    "alerts": {"task": "console.tasks.compare_alerts", "schedule": 30.0},
    "alerts to send": {"task": "console.tasks.ring_alerts", "schedule": 10.0},
    "old alerts": {"task": "console.tasks.forget_alerts", "schedule": crontab(minute=55, hour=3)},
    "notices of sign-ins": {"task": "console.tasks.mail_sign_in_notices", "schedule": 30.0},
    "edits without a link": {"task": "console.tasks.link_edits", "schedule": 60.0},
    "old edits": {"task": "console.tasks.cut_edits", "schedule": crontab(minute=35, hour=3)},
    "edits that hold": {"task": "console.tasks.verify_edits", "schedule": crontab(minute=5, hour=4)},
    "jobs and sessions": {"task": "console.tasks.forget_old", "schedule": crontab(minute=45, hour=3)},
    "old imports": {"task": "catalog.tasks.forget_batches", "schedule": crontab(minute=35, hour=3)},
    "drafts": {"task": "console.tasks.forget_drafts", "schedule": 3600.0},
    "requests of keys": {"task": "console.tasks.forget_requests", "schedule": crontab(minute=50, hour=3)},
    "search": {"task": "console.tasks.index_new", "schedule": 60.0},
    "buyers": {"task": "orders.tasks.hash_buyers", "schedule": 60.0},
    "search compared": {"task": "console.tasks.compare_index", "schedule": crontab(minute=20, hour=3)},
    "jobs with due steps": {"task": "console.tasks.ring_jobs", "schedule": 10.0},
    "imports with due rows": {"task": "catalog.tasks.ring_batches", "schedule": 10.0},
    "reviews": {"task": "qualifications.tasks.refresh_audits", "schedule": 600.0},
    "products in review": {"task": "catalog.tasks.refresh_products", "schedule": 600.0},
    "products": {"task": "catalog.tasks.pull_all_products", "schedule": crontab(minute=50, hour=4)},
    "open after-sales": {"task": "aftersales.tasks.refresh_claims", "schedule": 120.0},
    "after-sales and disputes": {"task": "aftersales.tasks.pull_all_aftersales", "schedule": 600.0},
    "deadlines": {"task": "aftersales.tasks.warn_of_deadlines", "schedule": 60.0},
    "open orders": {"task": "orders.tasks.refresh_orders", "schedule": 120.0},
    "orders not placed yet": {"task": "orders.tasks.push_unplaced_orders", "schedule": 30.0},
    "orders not paid in time": {"task": "orders.tasks.close_overdue_orders", "schedule": 60.0},
    "shipping of what was refunded": {"task": "orders.tasks.finish_shipping", "schedule": 60.0},
    "stock of what was sold": {"task": "orders.tasks.push_sold_stock", "schedule": 30.0},
    "sheets of counts": {"task": "orders.tasks.go_on_with_counts", "schedule": 60.0},
    "orders": {"task": "orders.tasks.pull_all_orders", "schedule": 3600.0},
    "express companies": {"task": "orders.tasks.pull_companies", "schedule": crontab(minute=10, hour=4)},
    "addresses": {"task": "orders.tasks.erase_addresses", "schedule": crontab(minute=0, hour=3)},
    "idempotency keys": {"task": "orders.tasks.forget_idempotency_keys", "schedule": 3600.0},
    "granted lists": {"task": "catalog.tasks.pull_lists", "schedule": crontab(minute=20, hour=4)},
    "merchant account": {"task": "orders.funds.tasks.watch_merchant", "schedule": 300.0},
    "movements": {"task": "orders.funds.tasks.pull_recent_flows", "schedule": 1800.0},
    "QR codes": {"task": "orders.funds.tasks.look_at_scans", "schedule": 5.0},
    "withdrawals": {"task": "orders.funds.tasks.refresh_withdrawals", "schedule": 300.0},
    "lists of funds": {"task": "orders.funds.tasks.pull_lists", "schedule": crontab(minute=0, hour=5)},
    "payments": {"task": "orders.funds.tasks.refresh_payments", "schedule": 120.0},
    "settlements": {"task": "orders.funds.tasks.reckon", "schedule": 600.0},
    "sales figures": {"task": "books.sales.tasks.refresh_sales", "schedule": 60.0},
    "sales compared": {"task": "books.sales.tasks.compare_sales", "schedule": crontab(minute=15, hour=4)},
    "days to close": {"task": "books.closing.tasks.check_days", "schedule": crontab(minute=30, hour="6,8,12")},
    "access and scenes": {"task": "scenes.tasks.watch_access", "schedule": 300.0},
    "invitations": {"task": "scenes.tasks.refresh_sharers", "schedule": 300.0},
    "promoters and sharers": {"task": "scenes.tasks.pull_people", "schedule": crontab(minute=30, hour=4)},
    "evenings": {"task": "scenes.tasks.go_on_with_evenings", "schedule": 60.0},
    "entry scenes": {"task": "scenes.tasks.check_scenes", "schedule": 3600.0},
    "pay-outs to reckon": {"task": "books.payouts.tasks.ring_periods", "schedule": 30.0},
    "pay-outs of the open period": {
        "task": "books.payouts.tasks.make_open_period",
        "schedule": crontab(minute=40, hour=5),
    },
    "coupons": {"task": "catalog.coupons.tasks.pull_all_coupons", "schedule": 3600.0},
    "stock of coupons": {"task": "catalog.coupons.tasks.send_stock", "schedule": 30.0},
    "coupons that buyers received": {"task": "catalog.coupons.tasks.settle_user_coupons", "schedule": 300.0},
    "coupons whose time is over": {"task": "catalog.coupons.tasks.expire_user_coupons", "schedule": 3600.0},
    "comparisons": {"task": "console.tasks.ring_comparisons", "schedule": 60.0},
    "comparison of yesterday": {"task": "console.tasks.compare_yesterday", "schedule": crontab(minute=30, hour=2)},
    "old events": {"task": "console.tasks.prune_feed", "schedule": crontab(minute=50, hour=3)},
    "prune": {"task": "wechat.tasks.prune", "schedule": crontab(minute=40, hour=3)},
}
for _entry in beat_schedule.values():
    # While no worker runs its messages do not pile up: one that comes too late is dropped, for the next has been sent.
    _every = _entry["schedule"]
    _entry["options"] = {"expires": max(30.0, _every) if isinstance(_every, float) else 12 * 3600.0}
