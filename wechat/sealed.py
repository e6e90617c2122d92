"""Encryption at rest ("sealing"): AES-256-GCM under keys that can be rotated.

A sealed value is: 4 bytes that name the key, 12 bytes nonce, ciphertext with its tag. The first of
`settings.FIELD_KEYS` encrypts, any of them decrypts: to rotate, put the new key first and keep the old one after it,
then `manage.py rotate_keys` (`wechat.field_keys`).
"""

import json
import os
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NAME = 4  # bytes at the beginning of a sealed value: the name of its key
MARK = "sealed:"  # before a sealed value in a dump


class Unreadable(Exception):
    """None of our keys decrypts this value."""


@lru_cache
def _ring(keys: tuple[str, ...]) -> dict[bytes, AESGCM]:
    digests = [sha256(b"console:" + key.encode()).digest() for key in keys]
    return {sha256(digest).digest()[:4]: AESGCM(digest) for digest in digests}


def key_names() -> list[bytes]:
    """The names of the keys that we have, the one that encrypts first."""
    return list(_ring(tuple(settings.FIELD_KEYS)))


def seal(value: bytes) -> bytes:
    name, cipher = next(iter(_ring(tuple(settings.FIELD_KEYS)).items()))
    nonce = os.urandom(12)
    return name + nonce + cipher.encrypt(nonce, value, name)


def unseal(value: bytes) -> bytes:
    value = bytes(value)
    name, nonce, rest = value[:NAME], value[NAME:16], value[16:]
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

    def clean(self, value: Any, model_instance: Any) -> Any:
        """As a person wrote it: only a dump may hold sealed values (`to_python`), or a form would open them."""
        self.validate(value, model_instance)
        self.run_validators(value)
        return value

    def value_to_string(self, obj: Any) -> str:
        """For `dumpdata`: never in the clear."""
        text = self._text(self.value_from_object(obj))
        return MARK + b64encode(seal(text.encode())).decode() if text else ""

    def to_python(self, value: Any) -> Any:
        """For `loaddata`, under a key with which it was dumped."""
        is_sealed = isinstance(value, str) and value.startswith(MARK)
        return self._value(unseal(b64decode(value.removeprefix(MARK))).decode() if is_sealed else value)

    def _text(self, value: Any) -> str:
        return value or ""

    def _value(self, text: str) -> Any:
        return text


class SealedJSONField(SealedField):
    """A dict, encrypted in the database; {} where there is none."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Any:
        return self._value(super().from_db_value(value, expression, connection))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self._text(value), connection, prepared)

    def _text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""

    def _value(self, text: Any) -> Any:
        return (json.loads(text) if text else {}) if isinstance(text, str) or text is None else text
