"""The broker in a folder, for `make run` and small shops: kombu's own, but a message is there only once it is whole."""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # two bases that differ
        """kombu makes the file, then writes it: a worker that takes it in between dies of it, or loses the message."""
        whole = Path(self.data_folder_out, f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg")
        part = whole.with_suffix(".part")
        try:
            part.write_text(dumps(payload))
            part.rename(whole)
        except OSError as error:
            raise ChannelError(f"Cannot add {whole} to the queue.") from error


class Transport(filesystem.Transport):
    Channel = Channel
