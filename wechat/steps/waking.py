"""Wakes a worker without waiting for the broker: the work is in the database, where the sweep finds it as well."""

import logging
import threading
import time
from typing import Any

from celery import current_app

PAUSE = 0.02  # seconds between messages to the broker; equal tasks requested meanwhile are sent once
log = logging.getLogger(__name__)
_waiting: dict[tuple, None] = {}
_changed = threading.Condition()
_thread: threading.Thread | None = None


def wake(task: str, *args: Any) -> None:
    """Send a task to the broker soon. Never blocks or raises; a task requested twice before it is sent is sent once."""
    global _thread
    with _changed:
        _waiting[(task, *args)] = None
        # A thread does not survive a fork: each process starts its own when it first needs it.
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send, name="waking", daemon=True)
            _thread.start()
        _changed.notify()


def _send() -> None:
    while True:
        with _changed:
            _changed.wait_for(lambda: _waiting)
            task, *args = next(iter(_waiting))
            del _waiting[(task, *args)]
        try:
            current_app.send_task(task, args=args, retry=False)
        except Exception as error:  # each broker's client has errors of its own; the sweep will wake a worker
            log.warning("the broker did not take %s: %s", task, type(error).__name__)
        time.sleep(PAUSE)
