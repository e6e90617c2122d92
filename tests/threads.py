"""Many at the same moment."""

import threading
from collections.abc import Callable

from django.db import connections


def at_once(count: int, work: Callable[[], object]) -> list:
    """Run `work` in so many threads that start together; what each returned or raised."""
    barrier, outcomes = threading.Barrier(count), []

    def one():
        barrier.wait()
        try:
            outcomes.append(work())
        except Exception as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _nth in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
