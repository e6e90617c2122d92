"""Signatures and envelopes of WeChat's message push (BEHAVIOUR 10.2 and 10.3).

Plain layout: 16 random bytes, 4 bytes length (big endian), the message, the AppID; AES-256-CBC with the key's first
16 bytes as IV, PKCS#7 padding to blocks of 32.
"""

import base64
import binascii
import hmac
import os
from functools import lru_cache
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class BadEnvelope(ValueError):
    """Not an envelope that was encrypted for us."""


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts, as WeChat signs."""
    return sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324  WeChat's own scheme


def signed(signature: str, *parts: str) -> bool:
    return hmac.compare_digest(sign(*parts).encode(), signature.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4)
def _cipher(aes_key: str) -> Cipher:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(message: bytes, appid: str, aes_key: str) -> str:
    plain = os.urandom(16) + len(message).to_bytes(4, "big") + message + appid.encode()
    pad = 32 - len(plain) % 32
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt(envelope: str, appid: str, aes_key: str) -> bytes:
    """The message inside; raises BadEnvelope when it is damaged or encrypted for another AppID."""
    try:
        sealed = binascii.a2b_base64(envelope, strict_mode=True)
        decryptor = _cipher(aes_key).decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
    except (binascii.Error, ValueError) as error:
        raise BadEnvelope("the envelope is not base64 of whole blocks") from error
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= 32 or len(plain) < 20 + pad:
        raise BadEnvelope("the padding is wrong: another EncodingAESKey?")
    plain = plain[:-pad]
    end = 20 + int.from_bytes(plain[16:20], "big")
    if end > len(plain):
        raise BadEnvelope("the length inside does not fit")
    if not hmac.compare_digest(plain[end:], appid.encode()):
        raise BadEnvelope("it is sealed for another AppID")
    return plain[20:end]
