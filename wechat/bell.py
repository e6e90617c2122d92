"""Rings a task without waiting for the broker: what is to do stands in the database, and the sweep finds it too."""

import logging
import threading
import time

from celery import current_app

PAUSE = 0.02  # seconds between rings, in which those for the same task become one
log = logging.getLogger(__name__)
_wanted: dict[tuple, None] = {}
_wake = threading.Condition()
_thread: threading.Thread | None = None


def ring(task: str, *args) -> None:
    """Ask for a task soon. Never blocks, never fails; rings that wait already are one."""
    global _thread
    with _wake:
        _wanted[(task, *args)] = None
        # A thread does not survive a fork: each process starts its own when it first rings.
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_ring, name="bell", daemon=True)
            _thread.start()
        _wake.notify()


def _ring() -> None:
    while True:
        with _wake:
            _wake.wait_for(lambda: _wanted)
            task, *args = next(iter(_wanted))
            del _wanted[(task, *args)]
        try:
            current_app.send_task(task, args=args, retry=False)
        except Exception as error:  # whatever the broker's client raises: the sweep rings again
            log.warning("the broker did not take %s: %s", task, type(error).__name__)
        time.sleep(PAUSE)
