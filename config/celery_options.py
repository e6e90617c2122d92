"""Celery's options; read when the app is first used, after Django's settings."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from celery.schedules import crontab
from django.conf import settings
from kombu import Queue

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
    "catalog.tasks.work_batch": "bulk",
}
timezone = "Asia/Shanghai"
beat_schedule_filename = str(settings.VAR / "beat")
beat_schedule = {
    "expired leases": {"task": "wechat.tasks.sweep", "schedule": 5.0},
    "downloads": {"task": "console.tasks.ring_exports", "schedule": 30.0},
    "drafts": {"task": "console.tasks.forget_drafts", "schedule": 3600.0},
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
    "access and scenes": {"task": "scenes.tasks.watch_access", "schedule": 300.0},
    "invitations": {"task": "scenes.tasks.refresh_sharers", "schedule": 300.0},
    "promoters and sharers": {"task": "scenes.tasks.pull_people", "schedule": crontab(minute=30, hour=4)},
    "entry scenes": {"task": "scenes.tasks.check_scenes", "schedule": 3600.0},
    "coupons": {"task": "catalog.coupons.tasks.pull_all_coupons", "schedule": 3600.0},
    "stock of coupons": {"task": "catalog.coupons.tasks.send_stock", "schedule": 30.0},
    "coupons that buyers received": {"task": "catalog.coupons.tasks.settle_user_coupons", "schedule": 300.0},
    "coupons whose time is over": {"task": "catalog.coupons.tasks.expire_user_coupons", "schedule": 3600.0},
    "prune": {"task": "wechat.tasks.prune", "schedule": crontab(minute=40, hour=3)},
}
