"""Encryption at rest ("sealing"): AES-256-GCM under keys that can be rotated.

A sealed value is: 4 bytes that name the key, 12 bytes nonce, ciphertext with its tag. The first of
`settings.FIELD_KEYS` encrypts, any of them decrypts: to rotate, put the new key first and keep the old one after it.
"""

import json
import os
from functools import lru_cache
from hashlib import sha256
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models


class Unreadable(Exception):
    """None of our keys decrypts this value."""


@lru_cache
def _ring(keys: tuple[str, ...]) -> dict[bytes, AESGCM]:
    digests = [sha256(b"console:" + key.encode()).digest() for key in keys]
    return {sha256(digest).digest()[:4]: AESGCM(digest) for digest in digests}


def seal(value: bytes) -> bytes:
    name, cipher = next(iter(_ring(tuple(settings.FIELD_KEYS)).items()))
    nonce = os.urandom(12)
    return name + nonce + cipher.encrypt(nonce, value, name)


def unseal(value: bytes) -> bytes:
    value = bytes(value)
    name, nonce, rest = value[:4], value[4:16], value[16:]
    try:
        return _ring(tuple(settings.FIELD_KEYS))[name].decrypt(nonce, rest, name)
    except (KeyError, InvalidTag) as error:
        raise Unreadable("sealed with a key that FIELD_KEYS does not hold") from error


class SealedField(models.BinaryField):
    """Bytes or text, encrypted in the database; text in Python."""

    # For the mypy plugin: in Python the column's value is not bytes.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Any:
        return unseal(value).decode() if value else ""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = seal(value.encode()) if value else None
        return super().get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> NoReturn:
        raise TypeError("sealed values are not exported")


class SealedJSONField(SealedField):
    """A dict, encrypted in the database; {} where there is none."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Any:
        return json.loads(unseal(value)) if value else {}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(json.dumps(value, ensure_ascii=False) if value else "", connection, prepared)
