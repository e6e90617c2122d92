"""The Celery app. The work itself is in the database; a task only wakes a worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("console")
app.config_from_object("config.celery_options")
app.autodiscover_tasks()
