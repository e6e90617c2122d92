"""Many at the same moment."""

import threading
from collections.abc import Callable

from django.db import OperationalError, connections


def at_once(count: int, work: Callable[[], object]) -> list:
    """Run `work` in so many threads that start together; what each returned or raised.

    What the database could not do is raised: it says nothing of `work`.
    """
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
    for outcome in outcomes:
        if isinstance(outcome, OperationalError):
            raise outcome
    return outcomes
