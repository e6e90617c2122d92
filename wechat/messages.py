"""Pushed messages, XML or JSON, nested or flat: all read to the same `Event`, as leniently as WeChat writes them."""

import json
import re
from hashlib import sha256
from typing import Any

from lxml import etree

from .cleaning import clean_in_place, cleaned, is_suspicious
from .values import number64

ENVELOPE = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId")
_NAME, _BASE64 = rb"[A-Za-z0-9_@.-]*", rb"[A-Za-z0-9+/=]+"
_ENVELOPE = re.compile(
    rb"<xml>\s*(?:<ToUserName>(?:<!\[CDATA\[%b\]\]>|%b)</ToUserName>\s*)?"
    rb"<Encrypt>(?:<!\[CDATA\[(%b)\]\]>|(%b))</Encrypt>\s*</xml>\s*" % (_NAME, _NAME, _BASE64, _BASE64)
)
_PROLOG = re.compile(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_parser = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)


class Malformed(ValueError):
    """The body is neither XML nor JSON as WeChat pushes it."""


class Event(dict):
    """One event's own fields, as text; `name`, `sent_at` (Unix seconds, 0 if absent) and `envelope` beside them."""

    def __init__(self, message: dict) -> None:
        super().__init__(_flat({key: value for key, value in message.items() if key not in ENVELOPE}))
        self.envelope = {key: message[key] for key in ENVELOPE if key in message}
        self.name, self.sent_at = name_of(message), sent_at(message)

    @property
    def buyer(self) -> str:
        """The openid of the person it is about: a field of the event, else the sender; "" where it names nobody."""
        named = (self.get("openid"), self.get("open_id"), self.envelope.get("FromUserName"))
        return next((value for value in named if value and isinstance(value, str)), "")

    def need(self, *names: str) -> str:
        """The first of these fields that is not empty. Raises Malformed: a message without its id was not handled."""
        for name in names:
            if isinstance(value := self.get(name), str) and value:
                return value
        raise Malformed(f"{' or '.join(names)} is missing in it")

    def need_number(self, name: str) -> int:
        """A field that is an id of the platform's. Raises Malformed."""
        if (count := number64(self.get(name))) and count > 0:
            return count
        raise Malformed(f"{name} is missing in it")

    def several(self, name: str) -> list:
        """A repeated element as a list, also when it came once or not at all."""
        value = self.get(name)
        return value if isinstance(value, list) else [] if value in (None, "") else [value]


def name_of(message: dict) -> str:
    """The event's name, or the kind of a message that is no event; "" where it has neither."""
    return str(message.get("Event") or message.get("MsgType") or "")[:100]


def sent_at(message: dict) -> int:
    """Unix seconds; 0 if absent."""
    return max(number64(message.get("CreateTime")) or 0, 0)


def parse(body: bytes) -> dict:
    """The message as a dict with all scalars as text, cleaned; raises Malformed."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    message = _from_json(text) if text[:1] in ("{", "[") else _from_xml(text)
    if isinstance(message, list) and len(message) == 1:
        message = message[0]
    if not isinstance(message, dict):
        raise Malformed("the message is not an object")
    return message


def envelope_of(body: bytes) -> str:
    """The Encrypt field of an encrypted push; "" when there is none. Raises Malformed.

    A regular expression reads the body that is, from its first to its last byte, written as WeChat writes it in safe
    mode: the parser, which reads all others, would say the same.
    """
    match = _ENVELOPE.fullmatch(body)
    if match:
        return (match[1] or match[2]).decode()
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


def _flat(fields: dict) -> dict:
    """An event's fields: those inside its wrapper (XML has one, flat JSON has none), and what stands beside it."""
    while len(fields) == 1 and (wrapper := _wrapper(next(iter(fields.values())))):
        fields = wrapper
    flat, inner = dict(fields), [wrapper for value in fields.values() if (wrapper := _wrapper(value))]
    for wrapper in inner:
        flat = {**_flat(wrapper), **flat}
    return flat


def _wrapper(value: Any) -> dict | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def _from_json(text: str) -> Any:
    try:
        message = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    return _as_text(clean_in_place(message)[0] if is_suspicious(text) else message)


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _from_xml(text: str) -> Any:
    # Only before the root element is it a document type; in a text it is what a buyer wrote.
    start = _PROLOG.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    if text.startswith("<!", start):
        raise Malformed("document types and entities are not accepted")
    text = text[start:]
    if "&#" in text:
        text = _REFERENCE.sub(_legal, text)
    try:
        return _element(etree.fromstring(cleaned(text), _parser))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed("not XML") from error


def _legal(reference: re.Match) -> str:
    """A reference to a character that XML cannot hold is taken out; others stay."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    character = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\0"
    return reference[0] if cleaned(character) else ""


def _element(node: Any) -> Any:
    if not len(node):
        return (node.text or "").strip()
    fields: dict[str, Any] = {}
    for child in node:
        name, text = child.tag, child.text
        value = _element(child) if len(child) else text.strip() if text else ""
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields
