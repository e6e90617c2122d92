"""The two ways to a sandbox: the one in this process, through the adapter, and a running one, over HTTP."""

import json
from typing import Any

import requests
from django.http import Http404
from django.test import RequestFactory

from .. import control
from ..adapter import SandboxAdapter
from ..models import Account
from .recording import FILE, SILENT, heard

PICTURE = b"\x89PNG\r\n\x1a\n"  # enough of one for the sandbox
TIMEOUT = (5, 30)
TOKEN_GONE = (40001, 42001)


class Here:
    """The sandbox in this process."""

    def __init__(self) -> None:
        account = Account.only()
        self.url, self.session = "http://sandbox", requests.Session()
        self.appid, self.secret, self.token = account.appid, account.secret, ""
        self.session.mount("http://", SandboxAdapter())

    def call(self, path: str, query: dict, body: dict) -> dict[str, Any]:
        self.token = self.token or self._new_token()
        try:
            found = heard(self._post(path, {**query, "access_token": self.token}, body).content)
        except requests.RequestException:
            return SILENT
        if found.get("answer", {}).get("errcode") in TOKEN_GONE:
            self.token = ""
        return found

    def act(self, action: str, given: dict) -> dict[str, Any]:
        try:
            outcome = control.run(RequestFactory().post("/", given), action)
        except Http404:
            return {"errcode": None}  # its form or what it is about is not there
        return {"errcode": outcome.errcode, "events": outcome.events}

    def _post(self, path: str, query: dict, body: dict) -> requests.Response:
        files = {name: (f"{name}.png", PICTURE) for name, value in body.items() if value == FILE}
        fields = {name: value for name, value in body.items() if name not in files}
        content: Any = fields if files else json.dumps(fields, ensure_ascii=False).encode()
        headers = {} if files else {"Content-Type": "application/json"}
        url = f"{self.url}/sandbox{path}"
        return self.session.post(url, content, params=query, files=files, headers=headers, timeout=TIMEOUT)

    def _new_token(self) -> str:
        credentials = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._post("/cgi-bin/stable_token", {}, credentials).json()["access_token"]


class Served(Here):
    """A running sandbox, with what `make run` writes to .demo.json: url, username, password, appid, secret."""

    def __init__(self, demo: dict[str, str]) -> None:
        self.url, self.session = demo["url"].rstrip("/"), requests.Session()
        self.appid, self.secret, self.token = demo["appid"], demo["secret"], ""
        self.session.headers["Referer"] = f"{self.url}/sandbox/"
        self.session.get(f"{self.url}/admin/login/", timeout=TIMEOUT)
        who = {"username": demo["username"], "password": demo["password"]}
        self._submit("/admin/login/", who).raise_for_status()

    def act(self, action: str, given: dict) -> dict[str, Any]:
        response = self._submit(f"/sandbox/do/{action}/", given)
        if not response.ok:
            return {"errcode": response.status_code}
        outcome = response.json()
        return {"errcode": outcome["errcode"], "events": outcome["events"]}

    def _submit(self, path: str, given: dict) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), "Accept": "application/json"}
        return self.session.post(f"{self.url}{path}", given, headers=headers, timeout=TIMEOUT)
