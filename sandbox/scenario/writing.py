"""A recording as a scenario: what is written to the file."""

import json
from typing import Any

from ..models import Recording
from .made_up import MadeUp, relative

VERSION = 1


def scenario(recording: Recording) -> dict[str, Any]:
    """The calls and actions in their order, with secrets and people taken out and times from the beginning on."""
    people, began, lines = MadeUp(), recording.started_at, []
    for number, line in enumerate(recording.lines.order_by("pk"), 1):
        content = relative(people.cleaned(line.content), began)
        lines.append({"line": number, "at": round((line.at - began).total_seconds()), **content})
    return {"scenario": VERSION, "lines": people.everywhere(lines)}


def text(recording: Recording) -> str:
    return json.dumps(scenario(recording), ensure_ascii=False, indent=2) + "\n"
