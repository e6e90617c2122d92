"""Whether this process was told to stop: then it begins nothing new with WeChat, and finishes what was sent."""

import threading

from wechat.errors import Stopped

asked = threading.Event()


def refuse_if_asked() -> None:
    """Raises Stopped, which puts a step back into the queue."""
    if asked.is_set():
        raise Stopped()
