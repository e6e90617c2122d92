"""Bodies of the API as programs send them: a mark at their front, control characters and torn text stop nothing."""

import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

from wechat.cleaning import clean_in_place, cleaned, compact, is_suspicious
from wechat.steps.errors import Incomplete

IDS = re.compile(r"(.*_)?(id|ids|no|openid)")  # a waybill is no id here: it is normalised where it is read
MOST_FAULTS = 20


class JSON(JSONParser):
    """JSON with its texts cleaned; the paths of those that were changed are kept for the answer's `warnings`.

    An id is not changed: one with control or zero-width characters, and one that is no text and no integer, is refused.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        text = body.decode("utf-8-sig", "replace")
        try:
            data = json.loads(text, strict=False, parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("The JSON cannot be read: %(why)s") % {"why": error}) from None
        faults: dict[str, list[str]] = {}
        _check_ids(data, "", faults)
        if faults:
            raise Incomplete(faults)
        changed = clean_in_place(data)[1] if is_suspicious(text) else []
        if "\ufffd" in text and "\ufffd".encode() not in body:
            changed.append("")
        if parser_context and changed:
            parser_context["request"].cleaned = changed
        return data


def _check_ids(value: Any, path: str, faults: dict[str, list[str]]) -> None:
    if len(faults) >= MOST_FAULTS:
        return
    if isinstance(value, list):
        for nth, item in enumerate(value):
            if isinstance(item, dict | list):
                _check_ids(item, f"{path}[{nth}]", faults)
    elif isinstance(value, dict):
        for name, item in value.items():
            inner = f"{path}.{name}" if path else name
            if isinstance(item, dict | list):
                _check_ids(item, inner, faults)
            if name != "waybill_id" and IDS.fullmatch(name):
                for one in item if isinstance(item, list) else [item]:
                    if fault := _fault_of_id(one):
                        faults[cleaned(inner)] = [fault]


def _fault_of_id(item: Any) -> str:
    if isinstance(item, bool | float):
        return _("An id is a text or an integer.")
    if isinstance(item, str) and compact(item) != item.strip():
        return _("There are control or zero-width characters in it, which an id must not have.")
    return ""
