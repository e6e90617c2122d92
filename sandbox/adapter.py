"""The platform as a `requests` transport adapter: the same answers without a network."""

from email.utils import formatdate
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from . import platform


class SandboxAdapter(BaseAdapter):
    """When mounted on a session, the sandbox answers every call of the session in this process."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        url = str(request.url)
        parts = urlsplit(url)
        path = parts.path.removeprefix("/sandbox")
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        query = dict(parse_qsl(parts.query))
        try:
            answer = platform.call(str(request.method), path, query, body, request.headers.get("Content-Type", ""))
        except platform.Silence as silence:
            if silence.kind == "reset":
                raise requests.ConnectionError("Connection reset by peer", request=request) from None
            raise requests.ReadTimeout(request=request) from None
        if timeout and answer.seconds > timeout[1]:
            raise requests.ReadTimeout(request=request)
        response = requests.Response()
        response.status_code, response.raw = answer.status, BytesIO(answer.body)
        response.url, response.request = url, request
        response.headers["Content-Type"] = "application/json; encoding=utf-8"
        response.headers["Date"] = formatdate(usegmt=True)
        return response

    def close(self) -> None:
        pass
