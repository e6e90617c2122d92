"""Section 10.3: how the platform signs and seals what it pushes."""

import base64
import hashlib
import json
import secrets
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


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


def write(message: dict, form: str) -> str:
    return json.dumps(message, ensure_ascii=False) if form == "json" else f"<xml>{_xml(message)}</xml>"


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
