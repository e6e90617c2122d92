"""Files that come with a form or a request: counted while they stream in, and no longer kept above the largest size."""

from typing import IO, Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

MAX_UPLOAD = 500 * 1024 * 1024


def bare(file: IO[bytes]) -> IO[bytes]:
    """The file itself: what Django wraps around one is no file to other libraries."""
    while hasattr(file, "file"):
        file = file.file
    return file


class CappedFileHandler(TemporaryFileUploadHandler):
    """Writes a file to disk. One that grows too large is emptied and only counted: who takes it sees its size.

    Breaking off instead would lose the rest of the form, and most browsers would not show the answer.
    """

    file: TemporaryUploadedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.dropped = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= MAX_UPLOAD:
            super().receive_data_chunk(raw_data, start)
        elif not self.dropped:
            self.file.seek(0)
            self.file.truncate()
            self.dropped = True
