"""Bodies that come in chunks, without a length."""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

MOST = 600 * 1024 * 1024  # bytes: a sheet and a zip of pictures, each of the largest size


def with_length(application: Callable[..., Iterable[bytes]], most: int = MOST) -> Callable[..., Iterable[bytes]]:
    """Give a chunked body its length: Django reads none without. One of more than `most` bytes is refused."""

    def called(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH") or not environ.get("wsgi.input_terminated"):
            return application(environ, start_response)
        with SpooledTemporaryFile(max_size=1 << 20) as body:
            while part := environ["wsgi.input"].read(1 << 16):
                body.write(part)
                if body.tell() > most:
                    start_response("413 Content Too Large", [("Content-Type", "text/plain"), ("Connection", "close")])
                    return [b"the body is too large"]
            environ["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            environ["wsgi.input"] = body
            return application(environ, start_response)

    return called
