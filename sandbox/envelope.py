"""Signs and encrypts pushed messages as the platform does (BEHAVIOUR 10.3)."""

import base64
import hashlib
import json
import secrets
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def seal(text: str, appid: str, aes_key: str) -> str:
    key = base64.b64decode(aes_key + "=")
    raw = text.encode()
    plain = secrets.token_bytes(16) + len(raw).to_bytes(4, "big") + raw + appid.encode()
    fill = 32 - len(plain) % 32
    plain += bytes([fill] * fill)
    box = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(box.update(plain) + box.finalize()).decode()


def opened(sealed: str, appid: str, aes_key: str) -> str:
    """Decrypt what `seal` encrypted; raises ValueError when it is damaged or for another mini program."""
    key = base64.b64decode(aes_key + "=")
    box = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = box.update(base64.b64decode(sealed, validate=True)) + box.finalize()
    plain = plain[: -plain[-1]] if plain else b""
    length = int.from_bytes(plain[16:20], "big")
    if plain[20 + length :] != appid.encode():
        raise ValueError("sealed for somebody else")
    return plain[20 : 20 + length].decode()


def write(message: dict, form: str) -> str:
    return json.dumps(message, ensure_ascii=False) if form == "json" else f"<xml>{_xml(message)}</xml>"


def read(text: str, form: str) -> dict[str, str]:
    """The fields of a flat answer, all as text; raises ValueError when it is not in the form that is set."""
    if form == "json":
        message = json.loads(text)
        if not isinstance(message, dict):
            raise ValueError("not an object")
        return {name: str(value) for name, value in message.items()}
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError("not XML") from error
    if root.tag != "xml":
        raise ValueError("the root is not xml")
    return {str(child.tag): (child.text or "").strip() for child in root}


def _xml(message: dict) -> str:
    parts = []
    for name, value in message.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                inner = _xml(item)
            elif isinstance(item, str):
                inner = f"<![CDATA[{item.replace(']]>', ']]]]><![CDATA[>')}]]>"
            else:
                inner = escape(str(item))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)
