"""A signed-in session with the console, over HTTP only: its API, its pages and the sandbox's page."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests
from django.utils.translation import gettext as _
from lxml import html

TIMEOUT = 60  # seconds one HTTP request may take
SECOND_FACTOR = "/admin/second-factor/"
NOT_SENT = "skipped"  # the API's state of a step


class Failed(Exception):
    """A step was not completed; the text is the reason, for people."""


class Client:
    """One session. `patience` is how many seconds a job or a message may take."""

    def __init__(self, url: str, username: str, password: str, language: str, patience: float, code: str = ""):
        self.url, self.patience = url.rstrip("/"), patience
        self.session = requests.Session()
        self.session.headers.update({"Accept-Language": language, "Referer": f"{self.url}/admin/"})
        self._sign_in(username, password, code)
        self._require_sandbox()

    # --- the API

    def get(self, path: str) -> Any:
        return _body(self.session.get(f"{self.url}/api/v1/{path}", timeout=TIMEOUT))

    def get_or_none(self, path: str) -> Any:
        """The record at that path, or None where there is none."""
        response = self.session.get(f"{self.url}/api/v1/{path}", timeout=TIMEOUT)
        return None if response.status_code == 404 else _body(response)

    def post(self, path: str, body: dict | None = None) -> Any:
        url = f"{self.url}/api/v1/{path}"
        return _body(self.session.post(url, json=body or {}, headers=self._csrf(), timeout=TIMEOUT))

    def upload(self, path: str, file: tuple[str, bytes, str]) -> Any:
        url = f"{self.url}/api/v1/{path}"
        return _body(self.session.post(url, files={"file": file}, headers=self._csrf(), timeout=TIMEOUT))

    def operate(self, path: str, **body: Any) -> None:
        """Run an operation and wait for its job.

        Nothing is sent while another step is open on the record, such as a worker's after a message: then run it again.
        """
        steps: list[dict] = []

        def is_sent() -> bool:
            steps[:] = self._steps_of_job(str(self.post(path, body)["id"]))
            return all(step["state"] != NOT_SENT for step in steps)

        self.wait(is_sent, lambda: " ".join(step["message"] for step in steps))
        _require_done(steps)

    # --- the pages

    def press(self, page: str, operation: str, fields: dict | None = None, files: dict | None = None) -> None:
        """Submit an operation's button on a page, after filling in the form where there is one."""
        response = self.session.get(f"{self.url}{page}", timeout=TIMEOUT)
        form = _form(response, operation)
        values = dict(form.form_values()) | (fields or {})
        target = response.url
        if f"/do/{operation}/" in (form.action or ""):
            target = urljoin(response.url, form.action)
        else:  # a form of the record that also runs the operation
            values["_operation"] = operation
        headers = {**self._csrf(), "Referer": response.url}
        response = self.session.post(target, values, files=files, headers=headers, timeout=TIMEOUT)
        if job := re.search(r"/console/job/(\d+)/change/", response.url):
            _require_done(self._steps_of_job(job.group(1)))
            return
        answer = _page(response)
        for error in (*answer.find_class("error"), *answer.find_class("errorlist")):
            raise Failed(error.text_content().strip())

    # --- the sandbox, as a person plays WeChat

    def sandbox(self, action: str, **fields: str) -> None:
        """Submit a button on the sandbox's page."""
        url = f"{self.url}/sandbox/do/{action}/"
        response = self.session.post(url, fields, headers=self._csrf(), timeout=TIMEOUT)
        if response.status_code != 200:
            raise Failed(f"sandbox {action}: HTTP {response.status_code}")
        errors = "//ul[@class='messages']/li[contains(@class, 'error')]"
        for error in _page(response).xpath(errors):
            raise Failed(error.text_content().strip())

    def sandbox_value(self, action: str, field: str) -> str | None:
        """The value of a field in the first form of that action on the sandbox's page."""
        page = _page(self.session.get(f"{self.url}/sandbox/", timeout=TIMEOUT))
        values = page.xpath(f"//form[contains(@action, '/{action}/')]/input[@name='{field}']/@value")
        return str(values[0]) if values else None

    # --- waiting

    def wait(self, is_so: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Poll until `is_so` returns True; else raises Failed with the text `what`, or with the text it returns."""
        deadline = time.monotonic() + self.patience
        while not is_so():
            if time.monotonic() > deadline:
                raise Failed(what() if callable(what) else _("Timeout: waited until %(what)s.") % {"what": what})
            time.sleep(0.2)

    def _steps_of_job(self, pk: str) -> list[dict]:
        """The steps of a job, once it is finished."""
        self.wait(lambda: self.get(f"jobs/{pk}/")["state"] == "finished", _("the job is finished"))
        return self.get(f"jobs/{pk}/")["steps"]

    # --- the session

    def _sign_in(self, username: str, password: str, code: str) -> None:
        login = f"{self.url}/admin/login/"
        self.session.get(login, timeout=TIMEOUT)
        values = {"username": username, "password": password, "next": "/admin/"}
        response = self.session.post(login, values, headers=self._csrf(), timeout=TIMEOUT)
        if response.url.startswith(f"{self.url}{SECOND_FACTOR}") and code:
            response = self.session.post(response.url, {"code": code}, headers=self._csrf(), timeout=TIMEOUT)
        if response.url.startswith(f"{self.url}{SECOND_FACTOR}"):
            text = _("“%(name)s” needs a second factor: give the code that the app shows now, with --code.")
            raise Failed(text % {"name": username})
        if response.url.startswith(login):
            raise Failed(_("Signing in as “%(name)s” did not work.") % {"name": username})

    def _require_sandbox(self) -> None:
        """Raises Failed where the console uses the real WeChat: the walkthrough has to act as WeChat."""
        response = self.session.get(f"{self.url}/sandbox/", allow_redirects=False, timeout=TIMEOUT)
        if response.status_code != 200:
            message = _("This is no console with the sandbox: /sandbox/ answers HTTP %(status)s.")
            raise Failed(message % {"status": response.status_code})

    def _csrf(self) -> dict[str, str]:
        return {"X-CSRFToken": self.session.cookies.get("csrftoken") or ""}


def _require_done(steps: list[dict]) -> None:
    """Raises Failed with WeChat's reason unless each step of a job is done."""
    for step in steps:
        if step["state"] == "unknown":
            raise Failed(_("WeChat gave no clear answer: %(message)s") % {"message": step["message"]})
        if step["state"] != "done":
            parts = (str(step["errcode"] or ""), step["message"], step["meaning"])
            raise Failed(" ".join(part for part in parts if part))


def _page(response: requests.Response) -> Any:
    return html.fromstring(response.text)


def _form(response: requests.Response, operation: str) -> Any:
    """The form of a page that runs the operation."""
    for form in _page(response).forms:
        is_its_own = f"/do/{operation}/" in (form.action or "")
        if is_its_own or form.xpath(f".//button[@name='_operation'][@value='{operation}']"):
            return form
    message = _("There is no button for “%(operation)s” at %(page)s.")
    raise Failed(message % {"operation": operation, "page": response.url})


def _body(response: requests.Response) -> Any:
    """The JSON of a response; raises Failed with the reason where the API refused."""
    try:
        body = response.json()
    except ValueError:
        raise Failed(f"HTTP {response.status_code} at {response.url}") from None
    if response.status_code < 400:
        return body
    fields = body if isinstance(body, dict) else {}
    parts = [str(fields[name]) for name in ("detail", "errcode", "errmsg", "fields") if fields.get(name)]
    raise Failed(" ".join(parts) or f"{response.status_code} {body}")
