"""Keeps the calls that arrive, and what a person does as WeChat, while a recording runs."""

import json
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from ..models import SWITCHES, Account, RecordedLine, Recording

FILE = "<file>"  # in the place of an uploaded file
DONE: dict[str, Any] = {"errcode": 0, "events": []}
SILENT = {"silence": True}
OWN = ("start_recording", "stop_recording", "csrfmiddlewaretoken")


def running() -> Recording | None:
    return Recording.objects.filter(stopped_at=None).order_by("-pk").first()


def start() -> Recording:
    """Begin a recording, and end the one that runs. Rules that are not the usual ones are its first line."""
    stop()
    recording, account = Recording.objects.create(), Account.only()
    if any(account.on(name) != default for name, (default, _text) in SWITCHES.items()):
        rules = {name: "on" for name in SWITCHES if account.on(name)} | {"ip_allowed": "on"}
        RecordedLine.objects.create(recording=recording, content={"do": "set_switches", "with": rules, **DONE})
    return recording


def stop() -> None:
    Recording.objects.filter(stopped_at=None).update(stopped_at=timezone.now())


def call(path: str, query: dict, body: dict, files: dict, heard: dict) -> None:
    """Keep a call; those for tokens are left out, for who plays the scenario fetches its own."""
    if path.startswith("/cgi-bin/"):
        return
    line: dict[str, Any] = {"call": path, "body": body | dict.fromkeys(files, FILE)}
    if more := {name: value for name, value in query.items() if name != "access_token"}:
        line["query"] = more
    _keep(line | heard)


def action(name: str, given: QueryDict, outcome: dict) -> None:
    """Keep what a person did, with its errcode and events: some ids come to the merchant by an event only."""
    if name not in OWN:
        _keep({"do": name, "with": {key: value for key, value in given.items() if key not in OWN}, **outcome})


def heard(content: bytes) -> dict[str, Any]:
    """What a caller makes of an answer."""
    try:
        return {"answer": json.loads(content)}
    except ValueError:
        return {"garbage": True}


def _keep(content: dict) -> None:
    if recording := running():
        RecordedLine.objects.create(recording=recording, content=content)
