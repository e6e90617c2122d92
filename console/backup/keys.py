"""The keys of a backup, sealed under a passphrase: in a file of their own, to be kept apart from the data."""

import json
import os
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings
from django.core.management.base import CommandError

SHORTEST = 12  # letters of a passphrase
COST = {"n": 2**15, "r": 8, "p": 1}
# What another machine needs to open the data, and to be the same for WeChat.
NAMES = (
    "SECRET_KEY",
    "FIELD_KEYS",
    "LOOKUP_KEY",
    "WECHAT_APPID",
    "WECHAT_SECRET",
    "WECHAT_TOKEN",
    "WECHAT_AES_KEY",
    "WECHAT_API_BASE",
)


def write(path: Path, passphrase: str) -> None:
    if len(passphrase) < SHORTEST:
        raise CommandError(f"The passphrase of the keys is too short: at least {SHORTEST} letters.", returncode=2)
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_key(passphrase, salt, COST)).encrypt(nonce, _lines().encode(), None)
    content = {"scrypt": COST, "salt": salt, "nonce": nonce, "sealed": sealed}
    text = json.dumps(
        {name: b64encode(value).decode() if isinstance(value, bytes) else value for name, value in content.items()}
    )
    path.touch(0o600)
    path.write_text(text + "\n")


def opened(path: Path, passphrase: str) -> str:
    """The lines NAME=value of an .env; raises CommandError."""
    try:
        content = json.loads(path.read_text())
        salt, nonce, sealed = (b64decode(content[name]) for name in ("salt", "nonce", "sealed"))
        return AESGCM(_key(passphrase, salt, content["scrypt"])).decrypt(nonce, sealed, None).decode()
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from None
    except InvalidTag:
        raise CommandError(f"The passphrase is not the one of {path}, or the file is damaged.") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{path} is no file of keys that a backup wrote.") from None


def _lines() -> str:
    values = {name: getattr(settings, name) for name in NAMES}
    values["FIELD_KEYS"] = ",".join(settings.FIELD_KEYS)
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())
