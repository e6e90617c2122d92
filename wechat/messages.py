"""Parses pushed messages, XML or JSON, nested or flat, to the same `Event`."""

import json
import re
from hashlib import sha256
from typing import Any

from lxml import etree

ENVELOPE = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId")
_ENVELOPE = re.compile(rb"<Encrypt>(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?</Encrypt>")
_parser = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)


class Malformed(ValueError):
    """The body is neither XML nor JSON as WeChat pushes it."""


class Event(dict):
    """One event's own fields, as text; `name`, `sent_at` (Unix seconds, 0 if absent) and `envelope` beside them."""

    def __init__(self, message: dict) -> None:
        rest = {key: value for key, value in message.items() if key not in ENVELOPE}
        # XML wraps an event's fields in one element, flat JSON does not: read both alike.
        while len(rest) == 1 and isinstance(next(iter(rest.values())), dict):
            rest = next(iter(rest.values()))
        super().__init__(rest)
        self.envelope = {key: message[key] for key in ENVELOPE if key in message}
        self.name: str = str(message.get("Event") or message.get("MsgType") or "")[:100]
        stamp = str(message.get("CreateTime") or "")
        self.sent_at = int(stamp) if stamp.isascii() and stamp.isdigit() else 0

    def several(self, name: str) -> list:
        """A repeated element as a list, also when it came once or not at all."""
        value = self.get(name)
        return value if isinstance(value, list) else [] if value in (None, "") else [value]


def parse(body: bytes) -> dict:
    """The message as a dict with all scalars as text; raises Malformed."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    message = _from_json(head) if head[:1] in (b"{", b"[") else _from_xml(head)
    if not isinstance(message, dict):
        raise Malformed("the message is not an object")
    return message


def envelope_of(body: bytes) -> str:
    """The Encrypt field of an encrypted push; "" when there is none. Raises Malformed.

    A regular expression finds the field where it is written as WeChat writes it, which saves parsing the body: the
    caller checks the field's signature, whatever else the body contains.
    """
    found = _ENVELOPE.search(body)
    if found:
        return found.group(1).decode()
    value = parse(body).get("Encrypt")
    return value if isinstance(value, str) else ""


def digest(body: bytes) -> str:
    """A hash that identifies a message; WeChat's repeats of a message have the same one."""
    return sha256(body).hexdigest()


def to_xml(fields: dict) -> bytes:
    root = etree.Element("xml")
    for name, value in fields.items():
        etree.SubElement(root, name).text = str(value)
    return etree.tostring(root, encoding="utf-8")


def to_json(fields: dict) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def _from_json(body: bytes) -> Any:
    try:
        return _as_text(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _from_xml(body: bytes) -> Any:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Malformed("document types and entities are not accepted")
    try:
        root = etree.fromstring(body, _parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed("not XML") from error
    # The check above sees a DOCTYPE in plain UTF-8 only, which is what WeChat writes. For any other encoding ask the
    # parser.
    plain = body[:1] == b"<" and body[:2] != b"<?" and b"\x00" not in body
    if not plain and getattr(root.getroottree().docinfo, "doctype", False):
        raise Malformed("document types and entities are not accepted")
    return _element(root)


def _element(node: Any) -> Any:
    if not len(node):
        return (node.text or "").strip()
    fields: dict[str, Any] = {}
    for child in node:
        name = child.tag
        value = _element(child) if len(child) else (child.text or "").strip()
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields
