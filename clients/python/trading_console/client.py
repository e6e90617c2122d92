"""The client: all resources, and waiting for jobs."""

import time
from collections.abc import Mapping
from typing import Any

from .errors import Unreachable
from .resources import Resources
from .schemas import Job
from .transport import Transport

LONGEST_PAUSE = 5.0  # seconds


class TradingConsole(Resources):
    """`TradingConsole("https://console.example", "tc_…")`; one for each thread.

    `timeout` seconds for an answer, `tries` in all, and no pause of Retry-After above `longest_wait` seconds;
    `language` (`en`, `zh-hans`) is that of the sentences in problems.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30,
        tries: int = 5,
        longest_wait: float = 90,
        language: str = "",
    ) -> None:
        transport = Transport(url, key, timeout, tries, longest_wait, language)
        self.session = transport.session  # of `requests`: for proxies and certificates
        super().__init__(transport)

    def wait_for(self, job: Mapping[str, Any], seconds: float = 60) -> Job:
        """The job that an operation answered with, once it is finished: its `steps` have the outcome."""
        until, pause = time.monotonic() + seconds, 0.2
        while True:
            found = self.jobs.retrieve(job["id"])
            if found["state"] == "finished":
                return found
            if time.monotonic() > until:
                raise Unreachable(f"Job {job['id']} is not finished within {seconds} seconds.")
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
