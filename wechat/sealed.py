"""Sealing at rest: AES-256-GCM under keys that can be rotated.

A sealed value is: 4 bytes that name the key, 12 bytes nonce, ciphertext with its tag. The first of
`settings.FIELD_KEYS` seals; any of them opens, so a new key is put in front and the old one kept behind.
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
    """No key of ours opens this value."""


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
    """Bytes or text that are sealed in the database, and text in Python."""

    # Read by the checker's plugin: sealed columns are no bytes in Python.
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
    """A dict that lies sealed in the database; {} where there is none."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Any:
        return json.loads(unseal(value)) if value else {}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(json.dumps(value, ensure_ascii=False) if value else "", connection, prepared)
