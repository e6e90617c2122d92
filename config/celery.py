"""The Celery app. The work itself is in the database; a task only wakes a worker."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("console")
app.config_from_object("config.celery_options")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def prepare(**kwargs: Any) -> None:
    """Start neither worker nor schedule on another mini program's database; trace them where that is asked for."""
    from django.core.exceptions import ImproperlyConfigured

    from . import starting, telemetry

    try:
        starting.refuse_another()
        telemetry.start()
    except ImproperlyConfigured as refusal:
        raise SystemExit(str(refusal)) from None  # Celery logs any other exception of a receiver, and goes on


@task_prerun.connect
def follow(task_id: str = "", **kwargs: Any) -> None:
    """What a task logs and asks has the task's id; a step of a job goes on with that of the press."""
    from wechat.steps import request_ids

    request_ids.begin(task_id)
