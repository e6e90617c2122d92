"""The tests' settings, with both databases in memory: a process plays one month at a time."""

import os
from pathlib import Path

# Kept from run to run, for the migrated databases.
os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent.parent / "var" / "simulation"))

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

for _database in DATABASES.values():
    _database.update(ENGINE="django.db.backends.sqlite3", NAME=":memory:", OPTIONS={"transaction_mode": "IMMEDIATE"})
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
